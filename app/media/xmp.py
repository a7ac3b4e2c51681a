"""When and where, out of an XMP packet: some editors and phones keep it there alone.

The packet is searched, not parsed as XML: a damaged or hostile one costs nothing.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

_TIME_NAMES: Final = ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_DEGREES = re.compile(r"(\d{1,3}),(\d{1,2}(?:\.\d{1,12})?)(?:,(\d{1,2}(?:\.\d{1,12})?))?([NSEW])", re.ASCII)
_OLDEST_YEAR: Final = 1990


def xmp_time(packet: str) -> datetime | None:
    """When it was taken, with the offset if one is written; None if it is not said or cannot be read."""
    for name in _TIME_NAMES:
        text = _value(packet, name)
        if _TIME.fullmatch(text):
            try:
                moment = datetime.fromisoformat(text)
            except ValueError:
                continue
            if moment.year >= _OLDEST_YEAR:
                return moment.replace(microsecond=0)
    return None


def xmp_position(packet: str) -> tuple[float, float] | None:
    """(latitude, longitude) in degrees; None unless both are said and possible. 0, 0 is no place."""
    latitude = _degrees(_value(packet, "exif:GPSLatitude"), "NS", 90)
    longitude = _degrees(_value(packet, "exif:GPSLongitude"), "EW", 180)
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None
    return latitude, longitude


def _value(packet: str, name: str) -> str:
    """The text of the first property of that name, as an attribute or as an element."""
    found = re.search(name + r"""(?:\s*=\s*["']|\s*>)\s*([^"'<]{1,60})""", packet)
    return found[1].strip() if found else ""


def _degrees(text: str, sides: str, limit: int) -> float | None:
    """`30,37.65N` or `30,37,39N` (XMP specification part 2, GPSCoordinate)."""
    found = _DEGREES.fullmatch(text)
    if found is None or found[4] not in sides:
        return None
    minutes, seconds = float(found[2]), float(found[3] or 0)
    total = int(found[1]) + minutes / 60 + seconds / 3600
    if minutes >= 60 or seconds > 60 or total > limit:
        return None
    return -total if found[4] == sides[1] else total
