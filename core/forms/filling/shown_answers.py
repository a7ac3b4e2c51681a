"""How an answer reads where its question says more than its kind: thousands, a month, a time, points."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from core.forms.model.items import Question

_NUMBER: Final = re.compile(r"([+-]?)(\d+)(\.\d*)?")
_TIME: Final = re.compile(r"(\d{2}:\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?\Z")


def shown_answer(question: Question, text: str) -> str:
    """The text of a number, a day, a time, a line or an area as it is shown; other texts as they are."""
    if question.kind in ("int", "decimal") and question.has_appearance("thousands-sep"):
        return with_thousands(text)
    if question.kind == "date" and question.has_appearance("year"):
        return text[:4]
    if question.kind == "date" and question.has_appearance("month-year"):
        return text[:7]
    if question.kind in ("geotrace", "geoshape"):
        return shown_points(text)
    return shown_moment(text) if question.kind in ("time", "dateTime") else text


def with_thousands(text: str) -> str:
    """The digits of a number with a comma after each three; what is no number stays as it is."""
    found = _NUMBER.fullmatch(text)
    return f"{found[1]}{Decimal(found[2]):,}{found[3] or ''}" if found else text


def shown_moment(text: str) -> str:
    """An ISO time, with its day if it has one, in minutes where it has no seconds, without its zone."""
    day, separator, clock = text.rpartition("T")
    found = _TIME.match(clock)
    if not found:
        return text
    seconds = f":{found[2]}" if found[2] not in (None, "00") else ""
    return f"{day} {found[1]}{seconds}" if separator else f"{found[1]}{seconds}"


def shown_points(text: str) -> str:
    """The points of a line or an area without heights and accuracies of 0, which say that there are none."""
    points = (point.split() for point in text.split(";"))
    return "；".join(" ".join(point[: 2 if point[2:3] == ["0"] else 3]) for point in points)
