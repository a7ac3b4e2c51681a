"""What a summary knows of each record, and the questions it adds up, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from core.divisions import code_prefix
from core.forms.model.form import Form
from core.forms.model.items import Question
from core.values import Value

Kind = Literal["count", "total", "median", "share"]
KINDS: Final = frozenset({"count", "total", "median", "share"})


@dataclass(frozen=True)
class CountedRecord:
    """One living record. `division`: the deepest code it names; `day`: the ISO date it counts under.

    `values` are the relevant answers in force by template path: several in a repeat, none for an empty one.
    `conflicts` and `warnings` are how many of them a person should look at.
    """

    record_id: str
    form_id: str
    title: str
    division: str
    day: str
    final: bool
    conflicts: int = 0
    warnings: int = 0
    sample: bool = False
    values: Mapping[str, Sequence[Value]] = field(default_factory=dict)


@dataclass(frozen=True)
class SummedQuestion:
    """A question that its form wants added up; `choices` are (value, label) in the order of its list."""

    form_id: str
    path: str
    label: str
    kind: Kind
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    several: bool = False
    """Whether one record may give several of the choices, so that shares may add up to more than 100 %."""


@dataclass(frozen=True)
class Period:
    """The days that count, both ends among them; "" is open."""

    first: str = ""
    last: str = ""

    def contains(self, day: str) -> bool:
        """Whether an ISO date lies within; a record without one counts only when both ends are open."""
        if not day:
            return not (self.first or self.last)
        return self.first <= day[:10] and (not self.last or day[:10] <= self.last)


ALWAYS: Final = Period()


def summed_questions(form: Form) -> list[Question]:
    """The questions of a form that carry `cj:summary`, in order."""
    return [question for question in form.questions() if question.summary in KINDS]


def within(facts: Iterable[CountedRecord], code: str) -> list[CountedRecord]:
    """The records that lie in a division."""
    prefix = code_prefix(code)
    return [fact for fact in facts if fact.division.startswith(prefix)]
