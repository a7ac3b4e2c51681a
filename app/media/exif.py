"""What a camera wrote into a photo: when, where, which way up, which camera. Never raises.

Real files hold strings for numbers, 0/0, NaN, half a table or another maker's tags, whatever EXIF 2.32 says.
What cannot be read is None and named in `oddities`, so that a person may look and nothing is made up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from PIL import Image

_MAKE, _MODEL, _ORIENTATION = 0x010F, 0x0110, 0x0112
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_TIMES = ((0x9003, 0x9011), (0x9004, 0x9012))  # (original, its offset), (digitized, its offset)
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4
_TIME = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)
_OLDEST_YEAR: Final = 1990  # no digital camera wrote EXIF before; 0000 and 1970 are clocks never set
_CAMERA_LENGTH: Final = 64


@dataclass(frozen=True)
class ExifFacts:
    """Facts as the file claims them; None for what it does not say or says unreadably.

    `taken_at` is naive where the camera wrote no offset from UTC. `position_wgs84` is (latitude, longitude)
    in degrees. `orientation` is 1 to 8 as EXIF numbers it, 1 if unknown.
    """

    taken_at: datetime | None = None
    position_wgs84: tuple[float, float] | None = None
    orientation: int = 1
    camera: str | None = None
    oddities: tuple[str, ...] = ()


def read_exif(image: Image.Image) -> ExifFacts:
    """The facts of an opened image. Pillow may warn on the way; the caller decides about warnings."""
    oddities: list[str] = []
    try:
        exif = image.getexif()
        main: Mapping[int, Any] = dict(exif)
    except Exception:  # noqa: BLE001  # Pillow raises a dozen kinds for broken tables
        return ExifFacts(oddities=("exif_unreadable",))
    details = _table(exif, _EXIF_IFD, oddities)
    return ExifFacts(
        taken_at=_taken_at(details, oddities),
        position_wgs84=_position(_table(exif, _GPS_IFD, oddities), oddities),
        orientation=_orientation(main.get(_ORIENTATION), oddities),
        camera=_camera(main),
        oddities=tuple(dict.fromkeys(oddities)),
    )


def _table(exif: Image.Exif, tag: int, oddities: list[str]) -> Mapping[int, Any]:
    try:
        return dict(exif.get_ifd(tag))
    except Exception:  # noqa: BLE001  # as above
        oddities.append("exif_unreadable")
        return {}


def _taken_at(details: Mapping[int, Any], oddities: list[str]) -> datetime | None:
    for time_tag, offset_tag in _TIMES:
        text = _text(details.get(time_tag))
        if not text.strip(" :0"):  # absent, or a camera whose clock was never set
            continue
        moment = _moment(text)
        if moment is None:
            oddities.append("time_unreadable")
            continue
        offset = _text(details.get(offset_tag))
        zone = _zone(offset)
        if offset and zone is None:
            oddities.append("time_offset_unreadable")
        return moment.replace(tzinfo=zone)
    return None


def _moment(text: str) -> datetime | None:
    found = _TIME.match(text)
    if found is None:
        return None
    try:
        moment = datetime(*(int(part) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return None
    return moment if moment.year >= _OLDEST_YEAR else None


def _zone(text: str) -> timezone | None:
    found = _OFFSET.fullmatch(text)
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    # UTC-12:00 to UTC+14:00 are in use.
    return (
        timezone(timedelta(minutes=minutes if found[1] == "+" else -minutes)) if minutes <= 14 * 60 else None
    )


def _position(place: Mapping[int, Any], oddities: list[str]) -> tuple[float, float] | None:
    if place.get(_LATITUDE) is None and place.get(_LONGITUDE) is None:
        return None
    latitude = _degrees(place.get(_LATITUDE), _text(place.get(_LATITUDE_REF)), "NS", 90)
    longitude = _degrees(place.get(_LONGITUDE), _text(place.get(_LONGITUDE_REF)), "EW", 180)
    if latitude is None or longitude is None:
        oddities.append("position_unreadable")
        return None
    if latitude == longitude == 0:  # what receivers write before they have found themselves
        oddities.append("position_zero")
        return None
    return latitude, longitude


def _degrees(value: Any, side: str, sides: str, limit: int) -> float | None:
    """Degrees from (degrees, minutes, seconds) and N, S, E or W."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not 1 <= len(value) <= 3:
        return None
    if side.upper() not in tuple(sides):
        return None
    parts = [_number(part) for part in value]
    if any(part is None or part < 0 for part in parts):
        return None
    degrees, minutes, seconds = (*(part or 0.0 for part in parts), 0.0, 0.0)[:3]
    if minutes >= 60 or seconds > 60:
        return None
    total = degrees + minutes / 60 + seconds / 3600
    if total > limit:
        return None
    return -total if side.upper() == sides[1] else total


def _number(value: Any) -> float | None:
    if isinstance(value, str | bytes):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, ArithmeticError):
        return None
    return number if math.isfinite(number) else None


def _orientation(value: Any, oddities: list[str]) -> int:
    if value is None:
        return 1
    if isinstance(value, int) and 1 <= value <= 8:
        return value
    oddities.append("orientation_unknown")
    return 1


def _camera(main: Mapping[int, Any]) -> str | None:
    """`Google Pixel 6`: maker and model, the maker once."""
    maker, model = _text(main.get(_MAKE)), _text(main.get(_MODEL))
    name = model if model.startswith(maker) else f"{maker} {model}"
    return name.strip()[:_CAMERA_LENGTH] or None


def _text(value: Any) -> str:
    """A text without control characters; "" for anything else."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    return "".join(character for character in value.partition("\0")[0] if character.isprintable()).strip()
