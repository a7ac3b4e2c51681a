"""The functions for numbers (ODK XForms specification, behaviour of JavaRosa)."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal

from core.forms.atoms import Result, atoms_of, number_text, to_number
from core.forms.instance import Node
from core.forms.xpath.expressions import Scope, function


@function("number", 0, 1)
def number(scope: Scope, argument: Result | None = None) -> Result:
    return to_number([scope.node] if argument is None else argument)


@function("int", 1)
def int_(scope: Scope, argument: Result) -> Result:
    """The whole part, towards zero, with the sign: of -0.5 it is -0."""
    value = to_number(argument)
    return math.copysign(math.trunc(value), value) if math.isfinite(value) else value


_TOO_MANY_PLACES = 31  # JavaRosa's limit


@function("round", 1, 2)
def round_(scope: Scope, argument: Result, places: Result = 0.0) -> Result:
    """Rounded to decimal places; a half goes up, so -1.5 becomes -1."""
    value, digits = to_number(argument), to_number(places)
    if not math.isfinite(value):
        return value
    digits = 0.0 if math.isnan(digits) else digits
    if abs(digits) >= _TOO_MANY_PLACES:
        return math.nan
    try:
        step = Decimal(1).scaleb(-int(digits))
        return float((Decimal(number_text(value)) + step / 2).quantize(step, ROUND_FLOOR))
    except (ArithmeticError, OverflowError):
        return value  # more places than a number has


@function("abs", 1)
def abs_(scope: Scope, argument: Result) -> Result:
    return abs(to_number(argument))


@function("pow", 2)
def pow_(scope: Scope, base: Result, exponent: Result) -> Result:
    one, other = to_number(base), to_number(exponent)
    if math.isnan(one) or math.isnan(other):
        return math.nan if other != 0 else 1.0
    if one == 0 and other < 0:
        return math.inf
    power = _calculated(lambda: math.pow(one, other))
    odd = other % 2 == 1 if math.isfinite(other) else False
    return -power if math.isinf(power) and power > 0 and one < 0 and odd else power


@function("exp10", 1)
def exp10(scope: Scope, argument: Result) -> Result:
    return _calculated(lambda: math.pow(10, to_number(argument)))


@function("atan2", 2)
def atan2(scope: Scope, y: Result, x: Result) -> Result:
    return math.atan2(to_number(y), to_number(x))


def _logarithm(of: Callable[[float], float]) -> Callable[[float], float]:
    return lambda value: -math.inf if value == 0 else of(value)


def _calculated(calculate: Callable[[], float]) -> float:
    """The number, infinity beyond the largest, NaN where there is none."""
    try:
        return calculate()
    except OverflowError:
        return math.inf
    except ValueError:
        return math.nan


def _register(name: str, of: Callable[[float], float]) -> None:
    @function(name, 1)
    def of_one_number(scope: Scope, argument: Result) -> Result:
        value = to_number(argument)
        return _calculated(lambda: of(value))


for _name, _of in {
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": _logarithm(math.log),
    "log10": _logarithm(math.log10),
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
}.items():
    _register(_name, _of)


@function("pi", 0)
def pi(scope: Scope) -> Result:
    return math.pi


@function("random", 0)
def random(scope: Scope) -> Result:
    return scope.world.random()


@function("sum", 1)
def sum_(scope: Scope, nodes: Result) -> Result:
    """The sum of what is a number."""
    return math.fsum(_numbers([nodes]))


@function("count", 1)
def count(scope: Scope, nodes: Result) -> Result:
    return float(len(nodes)) if isinstance(nodes, list) else math.nan


@function("count-non-empty", 1)
def count_non_empty(scope: Scope, nodes: Result) -> Result:
    """How many nodes have an answer or are groups."""
    found: list[Node] = nodes if isinstance(nodes, list) else []
    return float(sum(bool(node.children) or node.atom() != "" for node in found))


@function("max", 0, None)
def max_(scope: Scope, *arguments: Result) -> Result:
    """The greatest number; what is none is left out, NaN if nothing is left."""
    return max(_numbers(arguments), default=math.nan)


@function("min", 0, None)
def min_(scope: Scope, *arguments: Result) -> Result:
    """The least number; what is none is left out, NaN if nothing is left."""
    return min(_numbers(arguments), default=math.nan)


def _numbers(arguments: list[Result] | tuple[Result, ...]) -> list[float]:
    numbers = (to_number(atom) for atom in atoms_of(arguments) if atom != "")
    return [number for number in numbers if not math.isnan(number)]
