"""What a camera wrote into a photo: when, where, which way up, which camera. Never raises.

Real files hold strings for numbers, 0/0, NaN, half a table or another maker's tags, whatever EXIF 2.32 says.
What cannot be read is None and named in `oddities`, so that a person may look and nothing is made up.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any, Final

from PIL import Image

from app.media.xmp import xmp_position, xmp_time

_MAKE, _MODEL, _ORIENTATION = 0x010F, 0x0110, 0x0112
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_TIMES = ((0x9003, 0x9011), (0x9004, 0x9012))  # (original, its offset), (digitized, its offset)
_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE = 1, 2, 3, 4
_TIME = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)
_FRACTION = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)(?:/(0*[1-9]\d{0,11}))?", re.ASCII)
_SEPARATORS = re.compile(r"[\s,;]+")
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


def read_exif(tables: Callable[[], Image.Exif], xmp: bytes | str = b"") -> ExifFacts:
    """The facts of an opened image; XMP answers what EXIF is silent about. Pillow may warn on the way."""
    oddities: list[str] = []
    try:
        exif = tables()
        main: Mapping[int, Any] = dict(exif)
    except Exception:  # noqa: BLE001  # Pillow raises a dozen kinds for broken tables
        exif, main = Image.Exif(), {}
        oddities.append("exif_unreadable")
    details, place = _table(exif, _EXIF_IFD, oddities), _table(exif, _GPS_IFD, oddities)
    packet = xmp.decode("utf-8", "replace") if isinstance(xmp, bytes) else xmp
    return ExifFacts(
        taken_at=_taken_at(details, oddities) or xmp_time(packet),
        position_wgs84=_position(place, oddities) or xmp_position(packet),
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
    """Degrees from (degrees, minutes, seconds), or a text of them, and N, S, E or W."""
    if isinstance(value, str | bytes):
        value = _SEPARATORS.split(_text(value))
    if not isinstance(value, Sequence) or not 1 <= len(value) <= 3:
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
        found = _FRACTION.fullmatch(_text(value))
        if found is None:
            return None
        value = Fraction(found[1]) / (Fraction(found[2]) if found[2] else 1)
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
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return ""
    value = _in_chinese(value)
    return "".join(character for character in value.partition("\0")[0] if character.isprintable()).strip()


def _in_chinese(text: str) -> str:
    """Text that Pillow read as Latin-1, as EXIF says it is, though phones here write UTF-8 or GBK."""
    if text.isascii():
        return text
    try:
        written = text.encode("latin-1")
    except UnicodeEncodeError:
        return text
    for code in ("utf-8", "gb18030"):
        try:
            read = written.decode(code)
        except UnicodeDecodeError:
            continue
        if code == "utf-8" or all(
            character.isascii() or "\u4e00" <= character <= "\u9fff" for character in read
        ):
            return read
    return text
