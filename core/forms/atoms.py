"""The values of expressions and how one turns into another, as JavaRosa does it.

An expression yields text, a number (float), a truth value, a date, a moment, or a list of nodes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

Atom = str | float | bool | date | datetime


class AtomNode(Protocol):
    """A node as expressions see it."""

    def atom(self) -> Atom: ...


Result = Atom | Sequence[AtomNode]

_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*\Z")
_EPOCH = date(1970, 1, 1)
_DAY_S = 86_400.0


def unpack(result: Result) -> Atom:
    """A single value: the first node's, or "" for no node at all."""
    if isinstance(result, str | float | bool | date):
        return result
    return result[0].atom() if result else ""


def atom_text(atom: Atom) -> str:
    """Text of a value: whole numbers without a fraction, `true`/`false`, ISO dates."""
    if isinstance(atom, str):
        return atom
    if isinstance(atom, bool):
        return "true" if atom else "false"
    if isinstance(atom, float):
        return number_text(atom)
    if isinstance(atom, datetime):
        return atom.isoformat(timespec="milliseconds")
    return atom.isoformat()


def number_text(number: float) -> str:
    """A number's shortest plain text; never an exponent."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number == int(number):
        return str(int(number))
    text = repr(number)
    if "e" in text:
        text = f"{number:.20f}".rstrip("0")
    return text


def to_string(result: Result) -> str:
    """Text of a result; of several nodes, the first counts."""
    return atom_text(unpack(result))


def to_number(result: Result) -> float:
    """A number; NaN for text that is none. A date counts days since 1970-01-01."""
    atom = unpack(result)
    if isinstance(atom, float):
        return atom
    if isinstance(atom, bool):
        return 1.0 if atom else 0.0
    if isinstance(atom, str):
        return float(atom) if _NUMBER.match(atom) else math.nan
    if isinstance(atom, datetime):
        return days_since_epoch(atom)
    return float((atom - _EPOCH).days)


def to_boolean(result: Result) -> bool:
    """Truth: any node, non-empty text, a number that is neither 0 nor NaN, any date."""
    if isinstance(result, bool):
        return result
    if isinstance(result, str):
        return result != ""
    if isinstance(result, float):
        return result != 0 and not math.isnan(result)
    if isinstance(result, date):
        return True
    return bool(result) and to_boolean(result[0].atom())


def days_since_epoch(moment: date) -> float:
    """Days since 1970-01-01 with their fraction; a moment without a zone is taken as UTC."""
    if isinstance(moment, datetime):
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.timestamp() / _DAY_S
    return float((moment - _EPOCH).days)


def to_date(result: Result) -> date | None:
    """A date or moment out of a date, days since 1970, or ISO text; None when it is none of these."""
    atom = unpack(result)
    if isinstance(atom, date):
        return atom
    if isinstance(atom, bool):
        return None
    if isinstance(atom, float):
        return _date_of_days(atom)
    try:
        return datetime.fromisoformat(atom) if "T" in atom else date.fromisoformat(atom)
    except ValueError:
        return None


def _date_of_days(days: float) -> date | None:
    try:
        return _EPOCH + timedelta(days=math.floor(days))
    except (OverflowError, ValueError):  # infinite, NaN, or beyond the year 9999
        return None


def compare(left: Result, operator: str, right: Result) -> bool:
    """`=`, `!=`, `<`, `<=`, `>`, `>=` between two results; a list of nodes stands for its first."""
    one, other = unpack(left), unpack(right)
    if operator in ("=", "!="):
        return equal(one, other) == (operator == "=")
    a, b = _ordered_number(one, other), _ordered_number(other, one)
    if operator == "<":
        return a < b
    if operator == "<=":
        return a <= b
    if operator == ">":
        return a > b
    return a >= b


def equal(one: Atom, other: Atom) -> bool:
    """Equality as JavaRosa has it: by truth, else by number, else by date, else by text."""
    if isinstance(one, bool) or isinstance(other, bool):
        return to_boolean(one) == to_boolean(other)
    if isinstance(one, float) or isinstance(other, float):
        a, b = to_number(one), to_number(other)
        return abs(a - b) < 1e-12 if not math.isinf(a) else a == b
    if isinstance(one, date) or isinstance(other, date):
        return to_date(one) == to_date(other)
    return one == other


def _ordered_number(atom: Atom, partner: Atom) -> float:
    if isinstance(atom, str) and isinstance(partner, date):
        moment = to_date(atom)
        return math.nan if moment is None else days_since_epoch(moment)
    return to_number(atom)
