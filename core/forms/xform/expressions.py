"""The expressions of one XForm, each made once however often it is written."""

from __future__ import annotations

from typing import Final

from core.forms.xform_errors import Errors, form_broken
from core.forms.xform_names import NAMESPACES
from core.forms.xpath.expressions import Expression, ExpressionError

LONGEST_EXPRESSION: Final = 100_000
"""Characters; Excel's longest cell has 32,767, and names become paths. It takes half a second to read."""
MOST_CHARACTERS: Final = 4_000_000
"""Of all expressions of a form together; one of 5,000 questions has less than two million."""


class Expressions:
    """Makes expressions of their texts; if `checking` each is compiled now, else when it is first needed."""

    def __init__(self, errors: Errors, *, checking: bool) -> None:
        self._errors, self._checking = errors, checking
        self._made: dict[str, Expression] = {}
        self._characters = 0

    def expression(self, source: str, place: str) -> Expression:
        """The expression; one that cannot be read is noted with its `place` and becomes an empty text.

        Raises KnownError "form_broken" for one, or a form of all, that is too long.
        """
        source = source.strip()
        found = self._made.get(source)
        if found is None:
            self._characters += len(source)
            if len(source) > LONGEST_EXPRESSION or self._characters > MOST_CHARACTERS:
                raise form_broken(place, "expression", f"{source[:60]}…: too long")
            found = self._made[source] = Expression(source, NAMESPACES)
            try:
                _ = self._checking and found.compiled
            except ExpressionError as e:
                self._errors.note(form_broken(place, "expression", f"{source}: {e}"))
                found = self._made[source] = Expression("''")
        return found

    def optional(self, source: str | None, place: str) -> Expression | None:
        """The expression, None where none is written."""
        return self.expression(source, place) if source and source.strip() else None
