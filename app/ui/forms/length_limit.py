"""How many characters an answer may have, read from and counted by the form's own constraint."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.forms.filling.session import FormSession
from core.forms.instance import Node
from core.forms.model.items import Question
from core.forms.xpath.expressions import Expression
from core.values import Value, text_of

_LIMIT = re.compile(r"\s*(string-length\(.+\))\s*<=\s*(\d+)\s*\Z", re.DOTALL)


@dataclass(frozen=True)
class LengthLimit:
    """The counting part of a constraint `string-length(…) <= limit`."""

    limit: int
    counting: Expression

    def used(self, value: Value, session: FormSession) -> int:
        """What the form counts for this answer, saved or not."""
        answer = Node("answer", None)
        answer.text = text_of(value) or ""
        return int(self.counting.number(answer, session))


def length_limit(question: Question) -> LengthLimit | None:
    """The limit of a text, if its constraint is nothing else."""
    found = _LIMIT.match(question.constraint.source) if question.constraint else None
    return LengthLimit(int(found[2]), Expression(found[1])) if found else None
