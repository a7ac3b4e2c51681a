"""What typed or pasted text means as the answer to a question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time

from core.coordinates import position_in
from core.forms.model.choices import Choice
from core.forms.model.items import Question
from core.values import INTEGER_LIMIT, Value, choices_value, decimal_value, point_value, text_value

_INTEGER = re.compile(r"[+-]?\d{1,1000}\Z")  # Python reads no more than 4,300 digits
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．－＋，、", "0123456789.-+,,")
_DATE = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?\Z")
_MONTH = re.compile(r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*月?\Z")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_YEAR = re.compile(r"(\d{4})\s*年?\Z")
_CLOCK = re.compile(r"(\d{1,2})\s*[:点时]?\s*(\d{2})(?:\s*[:分]\s*(\d{2})?\s*秒?)?\Z")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})\Z")
_BETWEEN_CHOICES = re.compile(r"[、,，;；/|\n]+")
IN_CELLS = {
    "string", "barcode", "time", "dateTime", "int", "decimal", "date", "geopoint", "select_one",
    "select_multiple", "rank",
}  # fmt: skip
"""The kinds of questions that text answers."""


def integer_in(text: str) -> Value:
    """A whole number that can be kept, full-width digits and thousands commas understood; else the text."""
    plain = _plain(text).replace(",", "")
    number = int(plain) if _INTEGER.match(plain) else None
    return number if number is not None and abs(number) < INTEGER_LIMIT else text


def decimal_in(text: str) -> Value:
    """A decimal number with the digits as typed; else the text as it is."""
    try:
        return decimal_value(_plain(text).replace(",", ""))
    except ValueError:
        return text


def date_in(text: str) -> Value:
    """2026-11-21, 20261121, 2026/11/21 or 2026年11月21日 as an ISO date; else the text as it is."""
    plain = _plain(text)
    found = _COMPACT_DATE.match(plain) or _DATE.match(plain)
    if found:
        try:
            return date(*(int(part) for part in found.groups())).isoformat()
        except ValueError:
            return text
    return text


def month_in(text: str) -> Value:
    """The first day of the month typed as 2026-11, 202611 or 2026年11月; else the text as it is."""
    found = _MONTH.match(_plain(text))
    day = date_in(f"{found[1]}-{found[2]}-1" if found else text)
    return f"{day[:7]}-01" if isinstance(day, str) and _ISO_DAY.match(day) else text


def year_in(text: str) -> Value:
    """The first day of the year typed as 2026 or 2026年; else the text as it is."""
    found = _YEAR.match(_plain(text))
    day = date_in(f"{found[1]}-1-1" if found else text)
    return f"{day[:4]}-01-01" if isinstance(day, str) and _ISO_DAY.match(day) else text


def time_in(text: str) -> Value:
    """9:30, 0930, 9点30分 or 9:30:15 as an ISO time of day; else the text as it is."""
    found = _CLOCK.match(_plain(text).replace("：", ":"))
    if not found:
        return text
    try:
        return time(int(found[1]), int(found[2]), int(found[3] or 0)).isoformat()
    except ValueError:
        return text


def moment_in(text: str) -> Value:
    """A day and a time of day, as each is understood, as an ISO moment; else the text as it is."""
    day, _, clock = _plain(text).replace("T", " ").rpartition(" ")
    when = date_in(day), time_in(clock)
    return f"{when[0]}T{when[1]}" if _is_moment(*when) else text


def _is_moment(day: Value, clock: Value) -> bool:
    try:
        datetime.fromisoformat(f"{day}T{clock}")
    except ValueError:
        return False
    return True


def answer_in(question: Question, choices: Sequence[Choice], text: str) -> tuple[Value, bool]:
    """The answer that a cell of text gives, and whether it was understood. An empty cell is no answer."""
    text = text.strip()
    if not text:
        return None, True
    match question.kind:
        case "int":
            return _unless_text(integer_in(text))
        case "decimal":
            return _unless_text(decimal_in(text))
        case "date":
            value = _day_in(question, text)
            return (value, True) if value != text or _DATE.match(text) else (None, False)
        case "time" | "dateTime":
            return _unless_no_time(time_in(text) if question.kind == "time" else moment_in(text))
        case "geopoint":
            position = position_in(text)
            return (None, False) if position is None else (point_value(*position), True)
        case "select_one":
            chosen = _choice(choices, text)
            return chosen, chosen is not None
        case "select_multiple" | "rank":
            meant = [_choice(choices, part) for part in _BETWEEN_CHOICES.split(text) if part.strip()]
            names = [name for name in meant if name is not None]
            in_order = names if question.kind == "rank" else choices_value(names)
            return in_order or None, len(names) == len(meant)
    return text_value(text), True


def _day_in(question: Question, text: str) -> Value:
    if question.has_appearance("year"):
        return year_in(text)
    return month_in(text) if question.has_appearance("month-year") else date_in(text)


def _choice(choices: Sequence[Choice], text: str) -> str | None:
    """The choice of that name or label."""
    wanted = text.strip().casefold()
    return next(
        (one.value for one in choices if wanted in {one.label.casefold(), one.value.casefold()}), None
    )


def _unless_no_time(value: Value) -> tuple[Value, bool]:
    understood = _is_moment("2000-01-01", value) or _is_moment(*str(value).partition("T")[::2])
    return (value, True) if understood else (None, False)


def _unless_text(value: Value) -> tuple[Value, bool]:
    return (None, False) if isinstance(value, str) else (value, True)


def _plain(text: str) -> str:
    return text.translate(_FULL_WIDTH).strip()
