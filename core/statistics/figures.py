"""Numbers out of records: totals, medians, shares. Decimal arithmetic; only finalised records count.

Unfinished records sync too, but no figure has them (docs/forms.md): they are counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from core.forms.answers import names_in
from core.statistics.facts import CountedRecord, SummedQuestion
from core.values import decimal_of

_TENTH: Final = Decimal("0.1")
_HUNDREDTH: Final = Decimal("0.01")


@dataclass(frozen=True)
class ChoiceCount:
    """How many records gave an answer, and how many percent of those that answered (one decimal)."""

    value: str
    label: str
    records: int
    percent: Decimal


@dataclass(frozen=True)
class QuestionFigure:
    """What the finalised records say to one question. `amount` is the total or the median in its unit.

    None where nobody answered; `least` and `greatest` are of single answers.
    """

    question: SummedQuestion
    answered: int
    amount: Decimal | None = None
    least: Decimal | None = None
    greatest: Decimal | None = None
    choices: tuple[ChoiceCount, ...] = ()


def figure_of(question: SummedQuestion, facts: Iterable[CountedRecord]) -> QuestionFigure:
    """The figure of a question over the finalised records of its form among these."""
    answers = [
        fact.values.get(question.path, ())
        for fact in facts
        if fact.final and fact.form_id == question.form_id and fact.values.get(question.path)
    ]
    if question.kind in {"total", "median"}:
        numbers = [n for values in answers for value in values if (n := decimal_of(value)) is not None]
        if not numbers:
            return QuestionFigure(question, 0)
        amount = sum(numbers, Decimal()) if question.kind == "total" else median(numbers)
        return QuestionFigure(question, len(answers), amount, min(numbers), max(numbers))
    given = [{name for value in values for name in names_in(value)} for values in answers]
    return QuestionFigure(question, len(answers), choices=_choices(question, given))


def median(numbers: Sequence[Decimal]) -> Decimal:
    """The middle one, or the mean of the middle two to two decimals, halves up. There must be one."""
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return ((ordered[middle - 1] + ordered[middle]) / 2).quantize(_HUNDREDTH, ROUND_HALF_UP)


def percent(part: int, whole: int) -> Decimal:
    """`part` of `whole` in percent to one decimal, halves up; 0 of nothing."""
    if not whole:
        return Decimal("0.0")
    return (Decimal(part) * 100 / Decimal(whole)).quantize(_TENTH, ROUND_HALF_UP)


def shown_number(number: Decimal) -> str:
    """Digits without an exponent and without zeros at the end of a fraction: 12.50 is 12.5, 1E+3 is 1000."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _choices(question: SummedQuestion, given: Sequence[set[str]]) -> tuple[ChoiceCount, ...]:
    """The choices that anybody gave, in the order of their list, unknown ones last."""
    counted = Counter(name for names in given for name in names)
    labels = dict(question.choices)
    places = {value: place for place, value in enumerate(labels)}
    ordered = sorted(counted, key=lambda value: (places.get(value, len(places)), value))
    return tuple(
        ChoiceCount(value, labels.get(value, value), counted[value], percent(counted[value], len(given)))
        for value in ordered
    )
