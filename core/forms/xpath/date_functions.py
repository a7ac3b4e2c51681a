"""The functions for dates, moments and times (ODK XForms specification, behaviour of JavaRosa).

A moment without a zone is taken in the zone of the machine, and so is the beginning of a day.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from core.forms.atoms import Result, to_number, to_string, unpack
from core.forms.xpath.expressions import Scope, function

_DATE = re.compile(r"([0-9]{1,4})-([0-9]{1,2})-([0-9]{1,2})(?:T(.+))?\Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_S = 86_400.0
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _moment(scope: Scope, argument: Result) -> date | None:
    """A date, or a moment in the machine's zone, out of one, ISO text or days since 1970; None for none."""
    atom = unpack(argument)
    zone = scope.world.now().tzinfo
    if isinstance(atom, datetime):
        return _local(atom, zone)
    if isinstance(atom, date):
        return atom
    if isinstance(atom, str):
        return _read(atom, zone)
    days = to_number(atom)
    try:
        return None if isinstance(atom, bool) else (_EPOCH + timedelta(days=days)).astimezone(zone)
    except (OverflowError, ValueError):  # infinite, NaN, or beyond the year 9999
        return None


def _read(text: str, zone: tzinfo | None) -> date | None:
    match = _DATE.match(text)
    if match is None:
        return None
    year, month, day, clock = match.groups()
    try:
        found = date(int(year), int(month), int(day))
        return found if clock is None else _local(datetime.combine(found, time.fromisoformat(clock)), zone)
    except ValueError:
        return None


def _local(moment: datetime, zone: tzinfo | None) -> datetime:
    return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)


def _start(scope: Scope, day: date) -> datetime:
    """The moment itself, or the beginning of the day where the machine stands."""
    return day if isinstance(day, datetime) else datetime.combine(day, time(), scope.world.now().tzinfo)


@function("today", 0)
def today(scope: Scope) -> Result:
    return scope.world.now().date()


@function("now", 0)
def now(scope: Scope) -> Result:
    return scope.world.now()


@function("date", 1)
def date_(scope: Scope, argument: Result) -> Result:
    """A date out of text or of whole days since 1970; "" stays empty."""
    atom = unpack(argument)
    if isinstance(atom, float) and math.isfinite(atom):
        try:
            return date.fromordinal(_EPOCH.toordinal() + int(atom))
        except (OverflowError, ValueError):
            return ""
    moment = _moment(scope, atom)
    if moment is None:
        return atom if isinstance(atom, float) and math.isnan(atom) else ""
    return moment.date() if isinstance(moment, datetime) else moment


@function("date-time", 1)
def date_time(scope: Scope, argument: Result) -> Result:
    atom = unpack(argument)
    moment = _moment(scope, atom)
    if moment is not None:
        return _start(scope, moment)
    return atom if isinstance(atom, float) and math.isnan(atom) else ""


@function("decimal-date-time", 1)
def decimal_date_time(scope: Scope, argument: Result) -> Result:
    """Days since 1970-01-01T00:00Z with their fraction."""
    atom = unpack(argument)
    if isinstance(atom, float):
        return atom
    moment = _moment(scope, atom)
    return "" if moment is None else (_start(scope, moment) - _EPOCH).total_seconds() / _DAY_S


@function("decimal-time", 1)
def decimal_time(scope: Scope, argument: Result) -> Result:
    """The part of the day that has passed at a moment or at `hh:mm:ss`."""
    atom = unpack(argument)
    if isinstance(atom, float):
        return atom - math.floor(atom) if math.isfinite(atom) else math.nan
    moment = _moment(scope, atom)
    if moment is not None:
        clock: time | None = _start(scope, moment).time()
    else:
        clock = _time(atom) if isinstance(atom, str) else None
    if clock is None:
        return ""
    seconds = clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6
    return seconds / _DAY_S


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


@function("format-date", 2)
@function("format-date-time", 2)
def format_date(scope: Scope, argument: Result, pattern: Result) -> Result:
    """A date written by a pattern of %Y %y %m %n %b %d %e %H %h %M %S %3 %a %W; "" for no date."""
    atom = unpack(argument)
    moment = _moment(scope, atom)
    clock = _time(atom) if moment is None and isinstance(atom, str) else None
    if clock is not None:
        moment = datetime.combine(scope.world.now().date(), clock)
    if moment is None:
        return ""
    parts = _date_parts(_start(scope, moment))
    text = to_string(pattern)
    if not set(re.findall("%(.?)", text, re.DOTALL)) <= parts.keys():
        return ""  # JavaRosa stops at a letter it does not know
    return re.sub("%(.)", lambda match: parts[match.group(1)], text)


def _week(at: date) -> int:
    """The week of the year: the first is that of 1 January, and weeks begin on Sunday."""
    saturday = at + timedelta(days=(5 - at.weekday()) % 7)
    return (saturday.timetuple().tm_yday - 1) // 7 + 1


def _date_parts(at: datetime) -> dict[str, str]:
    return {
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
        "a": _DAYS[at.weekday()],
        "W": str(_week(at)),
        "%": "%",
    }
