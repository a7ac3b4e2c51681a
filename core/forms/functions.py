"""The function table of the dialect (ODK XForms specification, behaviour of JavaRosa)."""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal

from core.forms.atoms import (
    Atom,
    Result,
    days_since_epoch,
    number_text,
    to_boolean,
    to_date,
    to_number,
    to_string,
    unpack,
)
from core.forms.expressions import FUNCTIONS, Evaluate, Scope, function
from core.forms.instance import Node

_XML_SPACE = " \t\r\n"


def _values(arguments: Iterable[Result]) -> list[Atom]:
    """All single values of the arguments; a list of nodes gives each of its values."""
    atoms: list[Atom] = []
    for argument in arguments:
        if isinstance(argument, list):
            atoms.extend(node.atom() for node in argument)
        else:
            atoms.append(unpack(argument))
    return atoms


# Choices and conditions


@function("if", 3, lazy=True)
def if_(scope: Scope, condition: Evaluate, then: Evaluate, otherwise: Evaluate) -> Result:
    return unpack(then(scope) if to_boolean(condition(scope)) else otherwise(scope))


@function("coalesce", 2, None)
def coalesce(scope: Scope, *arguments: Result) -> Result:
    """The first argument that is not empty; else the last."""
    atoms = [unpack(argument) for argument in arguments]
    return next((atom for atom in atoms if atom != ""), atoms[-1])


@function("once", 1, lazy=True)
def once(scope: Scope, argument: Evaluate) -> Result:
    """The value already there, else the argument."""
    there = scope.node.atom()
    return argument(scope) if there == "" else there


@function("selected", 2)
@function("is-selected", 2)
def selected(scope: Scope, answer: Result, name: Result) -> Result:
    return to_string(name).strip() in to_string(answer).split()


@function("selected-at", 2)
def selected_at(scope: Scope, answer: Result, index: Result) -> Result:
    names, at = to_string(answer).split(), to_number(index)
    return names[int(at)] if 0 <= at < len(names) else ""


@function("count-selected", 1)
def count_selected(scope: Scope, answer: Result) -> Result:
    return float(len(to_string(answer).split()))


@function("choice-name", 2)
def choice_name(scope: Scope, answer: Result, question: Result) -> Result:
    """`jr:choice-name(value, 'path')`: the label that question shows for the value."""
    return scope.world.choice_label(scope.current, to_string(question).strip(), to_string(answer))


@function("checklist", 3, None)
def checklist(scope: Scope, least: Result, most: Result, *arguments: Result) -> Result:
    ticked = sum(to_boolean(atom) for atom in _values(arguments))
    low, high = to_number(least), to_number(most)
    return (low < 0 or ticked >= low) and (high < 0 or ticked <= high)


# Truth


@function("not", 1)
def not_(scope: Scope, argument: Result) -> Result:
    return not to_boolean(argument)


@function("true", 0)
def true(scope: Scope) -> Result:
    return True


@function("false", 0)
def false(scope: Scope) -> Result:
    return False


@function("boolean", 1)
def boolean(scope: Scope, argument: Result) -> Result:
    return to_boolean(argument)


@function("boolean-from-string", 1)
def boolean_from_string(scope: Scope, argument: Result) -> Result:
    return to_string(argument).lower() in ("true", "1")


# Text


@function("string", 0, 1)
def string(scope: Scope, argument: Result | None = None) -> Result:
    return to_string([scope.node] if argument is None else argument)


@function("concat", 0, None)
def concat(scope: Scope, *arguments: Result) -> Result:
    return "".join(to_string(atom) for atom in _values(arguments))


@function("join", 1, None)
def join(scope: Scope, separator: Result, *arguments: Result) -> Result:
    return to_string(separator).join(to_string(atom) for atom in _values(arguments))


@function("string-length", 0, 1)
def string_length(scope: Scope, argument: Result | None = None) -> Result:
    return float(len(to_string([scope.node] if argument is None else argument)))


@function("normalize-space", 0, 1)
def normalize_space(scope: Scope, argument: Result | None = None) -> Result:
    text = to_string([scope.node] if argument is None else argument)
    return " ".join(part for part in re.split(f"[{_XML_SPACE}]+", text) if part)


@function("translate", 3)
def translate(scope: Scope, text: Result, of: Result, to: Result) -> Result:
    before, after = to_string(of), to_string(to)
    table: dict[int, str | None] = {}
    for at, character in enumerate(before):
        table.setdefault(ord(character), after[at] if at < len(after) else None)
    return to_string(text).translate(table)


@function("contains", 2)
def contains(scope: Scope, text: Result, part: Result) -> Result:
    return to_string(part) in to_string(text)


@function("starts-with", 2)
def starts_with(scope: Scope, text: Result, start: Result) -> Result:
    return to_string(text).startswith(to_string(start))


@function("ends-with", 2)
def ends_with(scope: Scope, text: Result, end: Result) -> Result:
    return to_string(text).endswith(to_string(end))


@function("substring-before", 2)
def substring_before(scope: Scope, text: Result, part: Result) -> Result:
    whole, at = to_string(text), to_string(text).find(to_string(part))
    return whole[: max(0, at)]


@function("substring-after", 2)
def substring_after(scope: Scope, text: Result, part: Result) -> Result:
    whole, mark = to_string(text), to_string(part)
    return whole[whole.find(mark) + len(mark) :] if mark in whole else ""


@function("substr", 2, 3)
def substr(scope: Scope, text: Result, start: Result, end: Result | None = None) -> Result:
    """Counts from 0; negative places count from the end; `end` itself is left out."""
    whole = to_string(text)
    first, last = to_number(start), math.inf if end is None else to_number(end)
    if math.isnan(first) or math.isnan(last):
        return ""
    begin = _place(first, len(whole))
    return whole[begin : max(begin, _place(last, len(whole)))]


def _place(number: float, length: int) -> int:
    return int(min(length, max(0, number + length if number < 0 else number)))


@function("substring", 2, 3)
def substring(scope: Scope, text: Result, start: Result, length: Result | None = None) -> Result:
    """Counts from 1, as XPath has it."""
    whole, first = to_string(text), _half_up(to_number(start))
    last = math.inf if length is None else first + _half_up(to_number(length))
    return "".join(character for place, character in enumerate(whole, 1) if first <= place < last)


@function("regex", 2)
def regex(scope: Scope, text: Result, pattern: Result) -> Result:
    """Whether the whole text matches, as Java's `String.matches`; nothing matches a pattern that is none."""
    try:
        return re.fullmatch(to_string(pattern), to_string(text)) is not None
    except re.error:
        return False  # a pattern written in the form is checked when it is compiled


@function("uuid", 0, 1)
def uuid_(scope: Scope, length: Result | None = None) -> Result:
    return str(uuid.uuid4())


# Numbers


@function("number", 0, 1)
def number(scope: Scope, argument: Result | None = None) -> Result:
    return to_number([scope.node] if argument is None else argument)


@function("int", 1)
def int_(scope: Scope, argument: Result) -> Result:
    """The whole part, towards zero."""
    value = to_number(argument)
    return value if math.isnan(value) or math.isinf(value) else float(math.trunc(value))


@function("round", 1, 2)
def round_(scope: Scope, argument: Result, places: Result = 0.0) -> Result:
    """Rounded half away from zero to decimal places."""
    value, digits = to_number(argument), to_number(places)
    if math.isnan(value) or math.isinf(value) or math.isnan(digits):
        return value
    try:
        step = Decimal(1).scaleb(-int(digits))
        return float(Decimal(number_text(value)).quantize(step, ROUND_HALF_UP))
    except (ArithmeticError, OverflowError):
        return value  # more places than a number has


def _half_up(value: float) -> float:
    return value if math.isnan(value) or math.isinf(value) else float(math.floor(value + 0.5))


@function("floor", 1)
def floor(scope: Scope, argument: Result) -> Result:
    value = to_number(argument)
    return float(math.floor(value)) if math.isfinite(value) else value


@function("ceiling", 1)
def ceiling(scope: Scope, argument: Result) -> Result:
    value = to_number(argument)
    return float(math.ceil(value)) if math.isfinite(value) else value


@function("abs", 1)
def abs_(scope: Scope, argument: Result) -> Result:
    return abs(to_number(argument))


@function("sqrt", 1)
def sqrt(scope: Scope, argument: Result) -> Result:
    value = to_number(argument)
    return math.sqrt(value) if value >= 0 else math.nan


@function("pow", 2)
def pow_(scope: Scope, base: Result, exponent: Result) -> Result:
    try:
        return math.pow(to_number(base), to_number(exponent))
    except (ValueError, OverflowError):
        return math.nan


@function("pi", 0)
def pi(scope: Scope) -> Result:
    return math.pi


@function("random", 0)
def random(scope: Scope) -> Result:
    return scope.world.random()


@function("sum", 1)
def sum_(scope: Scope, nodes: Result) -> Result:
    """The sum; empty answers count as nothing."""
    return math.fsum(to_number(atom) for atom in _values([nodes]) if atom != "")


@function("count", 1)
def count(scope: Scope, nodes: Result) -> Result:
    return float(len(nodes)) if isinstance(nodes, list) else math.nan


@function("count-non-empty", 1)
def count_non_empty(scope: Scope, nodes: Result) -> Result:
    return float(sum(atom != "" for atom in _values([nodes])))


@function("max", 1, None)
def max_(scope: Scope, *arguments: Result) -> Result:
    """The greatest number; empty answers are left out, NaN if nothing is left."""
    return max((to_number(atom) for atom in _values(arguments) if atom != ""), default=math.nan)


@function("min", 1, None)
def min_(scope: Scope, *arguments: Result) -> Result:
    """The least number; empty answers are left out, NaN if nothing is left."""
    return min((to_number(atom) for atom in _values(arguments) if atom != ""), default=math.nan)


# Places


@function("position", 0, 1)
def position(scope: Scope, node: Result | None = None) -> Result:
    """The place of the current item, or of a repeat row among its rows (`position(..)`), from 1."""
    if node is None:
        return float(scope.position)
    if not isinstance(node, list) or not node:
        return math.nan
    first: Node = node[0]
    if first.parent is None:
        return 1.0
    return float(first.parent.children[first.name].index(first) + 1)


@function("last", 0)
def last(scope: Scope) -> Result:
    return float(scope.size)


@function("name", 0, 1)
@function("local-name", 0, 1)
def name(scope: Scope, node: Result | None = None) -> Result:
    if node is None:
        return scope.node.name
    return node[0].name if isinstance(node, list) and node else ""


@function("pulldata", 4)
def pulldata(scope: Scope, instance: Result, column: Result, key_column: Result, key: Result) -> Result:
    """One cell of a CSV list: of the first row whose key column equals the key; "" if none does."""
    root = scope.world.secondary(to_string(instance))
    if root is None:
        return ""
    for item in root.children_where("item", to_string(key_column), to_string(key)):
        for cell in item.children.get(to_string(column), ()):
            return cell.text
    return ""


@function("indexed-repeat", 3, 7)
def indexed_repeat(scope: Scope, *arguments: Result) -> Result:
    raise NotImplementedError("the compiler turns indexed-repeat into a path")


@function("instance", 1)
def instance(scope: Scope, instance_id: Result) -> Result:
    root = scope.world.secondary(to_string(instance_id))
    return [] if root is None else [root]


@function("current", 0)
def current(scope: Scope) -> Result:
    return [scope.current]


# Dates


@function("today", 0)
def today(scope: Scope) -> Result:
    return scope.world.now().date()


@function("now", 0)
def now(scope: Scope) -> Result:
    return scope.world.now()


@function("date", 1)
def date_(scope: Scope, argument: Result) -> Result:
    """A date out of text or of days since 1970; "" stays empty."""
    moment = to_date(argument)
    if isinstance(moment, datetime):
        return moment.date()
    return "" if moment is None else moment


@function("date-time", 1)
def date_time(scope: Scope, argument: Result) -> Result:
    moment = to_date(argument)
    if moment is None:
        return ""
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(), tzinfo=UTC)


@function("decimal-date-time", 1)
def decimal_date_time(scope: Scope, argument: Result) -> Result:
    """Days since 1970-01-01 with their fraction."""
    moment = to_date(argument)
    return math.nan if moment is None else days_since_epoch(moment)


@function("decimal-time", 1)
def decimal_time(scope: Scope, argument: Result) -> Result:
    """The part of the day that has passed at `hh:mm:ss`."""
    try:
        clock = time.fromisoformat(to_string(argument))
    except ValueError:
        return math.nan
    return (clock.hour * 3600 + clock.minute * 60 + clock.second) / 86_400


@function("format-date", 2)
@function("format-date-time", 2)
def format_date(scope: Scope, argument: Result, pattern: Result) -> Result:
    """A date written by a pattern of %Y %y %m %n %b %d %e %H %h %M %S %3 %a; "" for no date."""
    moment = to_date(argument)
    if moment is None:
        return ""
    at = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    return re.sub("%(.)", lambda match: _date_part(at, match.group(1)), to_string(pattern))


def _date_part(at: datetime, letter: str) -> str:
    parts = {
        "Y": f"{at.year:04d}",
        "y": f"{at.year % 100:02d}",
        "m": f"{at.month:02d}",
        "n": str(at.month),
        "b": _MONTHS[at.month - 1],
        "d": f"{at.day:02d}",
        "e": str(at.day),
        "H": f"{at.hour:02d}",
        "h": str(at.hour),
        "M": f"{at.minute:02d}",
        "S": f"{at.second:02d}",
        "3": f"{at.microsecond // 1000:03d}",
        "a": _DAYS[date.weekday(at)],
        "%": "%",
    }
    return parts.get(letter, f"%{letter}")


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


__all__ = ["FUNCTIONS"]
