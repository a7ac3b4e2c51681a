"""The numbers that a range question offers: from its start to its end by steps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from core.forms.model.choices import Choice
from core.forms.model.items import Question
from core.values import Value, decimal_of, decimal_value

_NUMBER: Final = re.compile(r"[+-]?\d{1,12}(\.\d{1,9})?")
_MOST_STEPS: Final = 100_000  # more than a slider or a list can show; then the number is typed


@dataclass(frozen=True)
class NumberRange:
    """`steps` + 1 numbers. `start` is the first, whether or not it is the smallest."""

    start: Decimal
    step: Decimal
    steps: int
    whole: bool

    @property
    def end(self) -> Decimal:
        """The last number."""
        return self.at(self.steps)

    def at(self, place: int) -> Decimal:
        """The number at a place; 0 is the start."""
        return self.start + place * self.step

    def value(self, place: int) -> Value:
        """The answer at a place."""
        return int(self.at(place)) if self.whole else decimal_value(self.text(place))

    def text(self, place: int) -> str:
        """The number at a place in plain digits."""
        return f"{self.at(place):f}"

    def place(self, value: Value) -> int | None:
        """Where an answer stands, None for none that is offered."""
        number = decimal_of(value)
        if number is None:
            return None
        steps = (number - self.start) / self.step
        return int(steps) if steps == int(steps) and 0 <= steps <= self.steps else None

    def steps_in(self, length: str) -> int | None:
        """How many steps that difference of two numbers is; None where it is none."""
        steps = Decimal(length) / abs(self.step) if _NUMBER.fullmatch(length) else Decimal(0)
        return int(steps) if steps > 0 and steps == int(steps) else None

    def place_of(self, parameter: str) -> int | None:
        """Where the number of a parameter stands; None where it is no number or not offered."""
        return self.place(decimal_value(parameter)) if _NUMBER.fullmatch(parameter) else None


def is_range(question: Question) -> bool:
    """Whether the form asks by a range, rightly or not."""
    return question.kind in ("int", "decimal") and {"start", "end"} <= question.parameters.keys()


def label_of_number(question: Question, value: Value, labels: Sequence[Choice]) -> str:
    """What the form calls that number of a range, "" for nothing; `labels` are the question's choices."""
    numbers = range_of(question) if labels else None
    place = numbers.place(value) if numbers is not None else None
    if numbers is None or place is None:
        return ""
    return next((one.label for one in labels if numbers.place_of(one.value) == place), "")


def range_of(question: Question) -> NumberRange | None:
    """The range of a question; None for none, and for one whose numbers do not fit each other.

    As in ODK Collect the step is not zero and leads from start to end; its sign is that of the way there.
    """
    texts = [question.parameters.get(name, "").strip() for name in ("start", "end", "step")]
    if not is_range(question) or not all(map(_NUMBER.fullmatch, texts)):
        return None
    start, end, step = map(Decimal, texts)
    if step == 0 or start == end or (end - start) % step:
        return None
    whole = question.kind == "int"
    if whole and any(number % 1 for number in (start, step)):
        return None
    step = abs(step) if end > start else -abs(step)
    steps = int((end - start) / step)
    return NumberRange(start, step, steps, whole) if steps <= _MOST_STEPS else None
