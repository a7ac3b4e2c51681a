"""Positions as people write them down: decimal degrees, or degrees with minutes and seconds."""

from __future__ import annotations

import re

_FULL_WIDTH = str.maketrans("０１２３４５６７８９．－＋，；：　", "0123456789.-+,;: ")
_NUMBER = r"\d+(?:\.\d+)?"
_ANGLE = re.compile(
    rf"""(?P<before>北纬|南纬|东经|西经|纬度|经度|[NSEWnsew])?\s*[:：]?\s*
    (?P<sign>[+-])?\s*(?P<degrees>{_NUMBER})\s*(?:[°度]|(?=[\s,;)）NSEWnsew]|$))\s*
    (?:(?P<minutes>{_NUMBER})\s*['′’分]\s*)?
    (?:(?P<seconds>{_NUMBER})\s*(?:["″”秒]|''|′′)\s*)?
    (?P<after>[NSEWnsew](?![a-z]))?""",
    re.VERBOSE,
)
_NORTH, _EAST = {"N", "S", "北纬", "南纬", "纬度"}, {"E", "W", "东经", "西经", "经度"}
_BACKWARDS = {"S", "W", "南纬", "西经"}


def position_in(text: str) -> tuple[float, float] | None:
    """(latitude, longitude) in degrees of what was written; None if it is no position.

    Without letters the latitude comes first, unless only the other order can be meant: `30.6,119.4`,
    `119.4 30.6` and `N30°36′00″ E119°24′00″` are the same place. Which datum it is in nobody can see.
    """
    plain = text.translate(_FULL_WIDTH).strip()
    angles = list(_ANGLE.finditer(plain))
    left_over = _ANGLE.sub("", plain)
    if len(angles) != 2 or re.sub(r"[\s,;()（）]", "", left_over):
        return None
    (first, first_axis), (second, second_axis) = (_angle(match) for match in angles)
    if first is None or second is None or (first_axis and first_axis == second_axis):
        return None
    swapped = first_axis == "east" or second_axis == "north" or (not first_axis and abs(first) > 90)
    latitude, longitude = (second, first) if swapped else (first, second)
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def shown_degrees(number: float) -> str:
    """A number of degrees or metres in as many digits as it needs, at most seven after the point."""
    return f"{number:.7f}".rstrip("0").rstrip(".")


def _angle(match: re.Match[str]) -> tuple[float | None, str]:
    """Degrees with their sign, None for minutes or seconds from 60 on; and the axis that it names."""
    minutes, seconds = (float(match[part] or 0) for part in ("minutes", "seconds"))
    if minutes >= 60 or seconds >= 60:
        return None, ""
    named = {part.upper() for part in (match["before"], match["after"]) if part}
    axis = "north" if named & _NORTH else "east" if named & _EAST else ""
    degrees = float(match["degrees"]) + minutes / 60 + seconds / 3600
    backwards = (match["sign"] == "-") != bool(named & _BACKWARDS)
    return round(-degrees if backwards else degrees, 7), axis
