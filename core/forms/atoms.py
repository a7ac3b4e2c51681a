"""The values of expressions and how one turns into another, as JavaRosa does it.

An expression yields text, a number (float), a truth value, a date, a moment, or a list of nodes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from operator import ge, gt, le, lt
from typing import Final, Protocol

Atom = str | float | bool | date | datetime


class AtomNode(Protocol):
    """A node as expressions see it."""

    def atom(self) -> Atom: ...


Result = Atom | Sequence[AtomNode]

_ATOMS: Final = (str, float, bool, date)  # a moment is a date

_NUMBER = re.compile(r"\s*-?([0-9]+([.,][0-9]*)?|[.,][0-9]+)\s*\Z")
_EPOCH = date(1970, 1, 1)
_NEARLY_NOTHING = 1e-12  # numbers that are no farther apart are equal


def unpack(result: Result) -> Atom:
    """A single value: the first node's, or "" for no node at all."""
    if isinstance(result, _ATOMS):
        return result
    return result[0].atom() if result else ""


def atom_text(atom: Atom) -> str:
    """Text of a value: whole numbers without a fraction, `true`/`false`, the ISO date of a date or moment."""
    if isinstance(atom, str):
        return atom
    if isinstance(atom, bool):
        return "true" if atom else "false"
    if isinstance(atom, float):
        return number_text(atom)
    return atom.date().isoformat() if isinstance(atom, datetime) else atom.isoformat()


def number_text(number: float) -> str:
    """Plain text, never an exponent; what is hardly beyond a whole number is that number, as in JavaRosa."""
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if abs(number - int(number)) < _NEARLY_NOTHING:
        return str(int(number))
    text = repr(number)
    if "e" in text:
        text = f"{number:.20f}".rstrip("0")
    return text


def to_string(result: Result) -> str:
    """Text of a result; of several nodes, the first counts."""
    return atom_text(unpack(result))


def to_number(result: Result) -> float:
    """A number; NaN for text that is none. A date or moment counts whole days since 1970-01-01.

    Digits are those of ASCII, without exponent or plus sign; a comma is a point.
    """
    if isinstance(result, float):
        return result
    atom = unpack(result)
    if isinstance(atom, float):
        return atom
    if isinstance(atom, bool):
        return 1.0 if atom else 0.0
    if isinstance(atom, str):
        return float(atom.replace(",", ".")) if _NUMBER.match(atom) else math.nan
    return whole_days(atom)


def to_boolean(result: Result) -> bool:
    """Truth: any node, non-empty text, a number that is neither 0 nor NaN, any date."""
    if isinstance(result, bool):
        return result
    if isinstance(result, str):
        return result != ""
    if isinstance(result, float):
        return abs(result) > _NEARLY_NOTHING
    if isinstance(result, date):
        return True
    return bool(result) and to_boolean(result[0].atom())


def whole_days(day: date) -> float:
    """Days since 1970-01-01 of a date, or of the date of a moment."""
    return float(day.toordinal() - _EPOCH.toordinal())


def atoms_of(arguments: Iterable[Result]) -> list[Atom]:
    """All single values of some results; a list of nodes gives each of its values."""
    atoms: list[Atom] = []
    for argument in arguments:
        if isinstance(argument, list):
            atoms.extend(node.atom() for node in argument)
        else:
            atoms.append(unpack(argument))
    return atoms


def equal(left: Result, right: Result) -> bool:
    """Equality as JavaRosa has it: by truth, else by number, else by text; of several nodes the first."""
    if isinstance(left, float) and isinstance(right, float):
        return abs(left - right) < _NEARLY_NOTHING
    one, other = unpack(left), unpack(right)
    if isinstance(one, bool) or isinstance(other, bool):
        return to_boolean(one) == to_boolean(other)
    if isinstance(one, float) or isinstance(other, float):
        return abs(to_number(one) - to_number(other)) < _NEARLY_NOTHING
    return atom_text(one) == atom_text(other)


def _in_order(left: Result, right: Result) -> tuple[float, float]:
    """Two numbers that stand to each other as the two values do."""
    one, other = unpack(left), unpack(right)
    if isinstance(one, datetime) and isinstance(other, datetime) and bool(one.tzinfo) == bool(other.tzinfo):
        return (one - other).total_seconds(), 0.0  # JavaRosa compares only their days
    return to_number(one), to_number(other)


COMPARISONS: Final[dict[str, Callable[[Result, Result], bool]]] = {
    "=": equal,
    "!=": lambda one, other: not equal(one, other),
    "<": lambda one, other: lt(*_in_order(one, other)),
    "<=": lambda one, other: le(*_in_order(one, other)),
    ">": lambda one, other: gt(*_in_order(one, other)),
    ">=": lambda one, other: ge(*_in_order(one, other)),
}


def _divide(a: float, b: float) -> float:
    if b == 0:
        return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)
    return a / b


def _modulo(a: float, b: float) -> float:
    return math.nan if b == 0 or math.isnan(a) or math.isnan(b) or math.isinf(a) else math.fmod(a, b)


ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "div": _divide,
    "mod": _modulo,
}
