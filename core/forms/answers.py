"""Answers between their three shapes: the stored value, what expressions see, and text as ODK writes it."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime, time, tzinfo
from typing import Any

from core.coordinates import shown_degrees
from core.forms.atoms import Atom, atom_text
from core.values import INTEGER_LIMIT, Value, decimal_of, decimal_value, point_value, text_of, text_value

_INTEGER = re.compile(r"[+-]?\d+\Z")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z")
_OF_ANY_WORDS = {"string", "barcode", "select_one"}
_FARTHEST = 10_000_000
"""Of degrees and metres, no coordinate goes beyond; a number of 2^53 has no canonical bytes."""
_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/heic": ".heic", "image/webp": ".webp"}


class WrongTypeError(ValueError):
    """An answer that is none of its question's type."""


def accept(datatype: str, value: Value) -> Value:
    """The value as it is stored for that datatype; "" is no answer.

    Text is read as people type it (full-width digits, spaces). Raises WrongTypeError for what cannot be
    meant.
    """
    if value is None or value in ("", []):
        return None
    text = text_of(value)
    if datatype in ("select_multiple", "rank"):
        return _accept_names(datatype, value, text)
    if text is not None:
        return parse_text(datatype, text)
    if _fits(datatype, value):
        return value
    if datatype == "decimal" and isinstance(value, int) and not isinstance(value, bool):
        return decimal_value(str(value))
    raise WrongTypeError(datatype)


def accept_stored(datatype: str, value: Value) -> Value:
    """As `accept`, for an answer that another version of the form may have stored under another type.

    A number or a set of choices becomes the text that a document of ODK has for it. Raises WrongTypeError.
    """
    if datatype in _OF_ANY_WORDS and _in_words(value):
        return parse_text(datatype, answer_text(value))
    return accept(datatype, value)


def _in_words(value: Value) -> bool:
    """Whether it is a number or a set of choices: what a document of ODK would hold as the same text."""
    if isinstance(value, list):
        return all(isinstance(name, str) for name in value)
    return isinstance(value, int) or _fits("decimal", value)


def _accept_names(datatype: str, value: Value, text: str | None) -> Value:
    names = text.split() if text is not None else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise WrongTypeError(datatype)
    # The order of a ranking is its answer; several choices are a set.
    return list(dict.fromkeys(names)) if datatype == "rank" else sorted(set(names))


def _fits(datatype: str, value: Value) -> bool:
    match value:
        case bool():
            return datatype == "boolean"
        case int():
            return datatype == "int" and abs(value) < INTEGER_LIMIT
        case {"d": str(digits)}:
            return datatype == "decimal" and _NUMBER.match(digits) is not None
        case {"g": shape}:
            return datatype.startswith("geo") and answer_text(value) != "" and _is_on_earth(shape)
        case {"b": str()}:
            return datatype == "binary"
    return False


def parse_text(datatype: str, text: str) -> Value:
    """The value that a text stands for, None for "". Raises WrongTypeError."""
    if datatype in ("string", "barcode", "select_one"):
        return text_value(text) if text else None
    typed = unicodedata.normalize("NFKC", text).strip()
    if typed == "":
        return None
    if datatype in ("select_multiple", "rank"):
        return _accept_names(datatype, typed, typed)
    try:
        return _parse_typed(datatype, typed)
    except ValueError as e:
        raise WrongTypeError(datatype) from e


def _parse_typed(datatype: str, text: str) -> Value:
    if datatype == "int":
        if not _INTEGER.match(text) or abs(int(text)) >= INTEGER_LIMIT:
            raise WrongTypeError(datatype)
        return int(text)
    if datatype == "decimal":
        return decimal_value(text)
    if datatype == "boolean":
        if text not in ("true", "false", "1", "0"):
            raise WrongTypeError(datatype)
        return text in ("true", "1")
    if datatype == "date":
        return date.fromisoformat(text[:10]).isoformat()
    if datatype == "time":
        time.fromisoformat(text)
        return text
    if datatype == "dateTime":
        return datetime.fromisoformat(text).isoformat()
    if datatype == "geopoint":
        return _point(text)
    if datatype in ("geotrace", "geoshape"):
        return _line(text, closed=datatype == "geoshape")
    raise WrongTypeError(datatype)


def _point(text: str) -> dict[str, Any]:
    numbers = text.split()
    if not 2 <= len(numbers) <= 4 or not all(_NUMBER.match(number) for number in numbers):
        raise WrongTypeError("geopoint")
    latitude, longitude = float(numbers[0]), float(numbers[1])
    altitude_m = float(numbers[2]) if len(numbers) > 2 else None
    if abs(latitude) > 90 or abs(longitude) > 180 or abs(altitude_m or 0) > _FARTHEST:
        raise WrongTypeError("geopoint")
    return point_value(
        latitude,
        longitude,
        altitude_m=altitude_m,
        accuracy_m=numbers[3] if len(numbers) > 3 and float(numbers[3]) else None,  # 0: not known,
    )


def _line(text: str, *, closed: bool) -> Value:
    points = [_point(part) for part in text.split(";") if part.strip()]
    coordinates = [point["g"]["coordinates"] for point in points]
    if len(coordinates) < (4 if closed else 2):
        raise WrongTypeError("geoshape" if closed else "geotrace")
    kind, drawn = ("Polygon", [coordinates]) if closed else ("LineString", coordinates)
    value = {"g": {"type": kind, "coordinates": drawn}, "src": "manual"}
    fixes = [point.get("acc") for point in points]
    return {**value, "accs": fixes} if any(fixes) else value


def answer_text(value: Value) -> str:
    """The text ODK writes for a value: names joined by spaces, `lat lon altitude accuracy`, file names."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case list():
            return " ".join(map(str, value))
        case {"d": str(digits)}:
            return digits
        case {"b": str(digest), **photo}:
            return media_name(digest, photo.get("name"), photo.get("m"))
        case {"g": {"type": kind, "coordinates": coordinates}, **fix}:
            accuracies_m = fix.get("accs") if kind != "Point" else [fix.get("acc")]
            try:
                return _geometry_text(str(kind), coordinates, accuracies_m)
            except (TypeError, ValueError, LookupError):  # somebody else's, and no geometry
                return ""
    return text_of(value) or ""


def _is_on_earth(shape: object) -> bool:
    """Whether all its numbers could be degrees and metres; what is beyond has no canonical bytes."""
    coordinates = shape.get("coordinates") if isinstance(shape, dict) else shape
    if isinstance(coordinates, list | tuple):
        return all(map(_is_on_earth, coordinates))
    return isinstance(coordinates, int | float) and abs(coordinates) <= _FARTHEST


def _geometry_text(kind: str, coordinates: object, accuracies_m: object) -> str:
    if not isinstance(coordinates, list):
        return ""
    points = [coordinates] if kind == "Point" else coordinates[0] if kind == "Polygon" else coordinates
    known = isinstance(accuracies_m, list) and len(accuracies_m) == len(points)
    fixes: list[Value] = accuracies_m if known else [None] * len(points)  # type: ignore[assignment]
    return "; ".join(
        _point_text(point, str(decimal_of(fix) or 0)) for point, fix in zip(points, fixes, strict=True)
    )


def _point_text(coordinates: list[float], accuracy_m: str) -> str:
    longitude, latitude, *rest = coordinates
    altitude_m = rest[0] if rest else 0
    return f"{shown_degrees(latitude)} {shown_degrees(longitude)} {shown_degrees(altitude_m)} {accuracy_m}"


def media_name(digest: str, name: object, mime: object) -> str:
    """The file name a photo has in a submission: its own, else one made from its digest."""
    own = text_of(name)  # type: ignore[arg-type]  # a name is a text value
    return own or digest.removeprefix("sha256:")[:16] + _ENDINGS.get(str(mime), "")


def names_in(value: Value) -> list[str]:
    """The choices that an answer to a selection names: none, one or several."""
    if value is None:
        return []
    return value if isinstance(value, list) else [answer_text(value)]


def to_atom(datatype: str, value: Value) -> Atom:
    """What expressions see: numbers as numbers, dates as dates, all else as ODK's text."""
    if datatype == "int" and isinstance(value, int):
        return float(value)
    text = answer_text(value)
    if text == "":
        return ""
    if datatype in ("int", "decimal"):
        return float(text)
    if datatype == "boolean":
        return text == "true"
    if datatype == "date":
        return date.fromisoformat(text)
    if datatype == "dateTime":
        return datetime.fromisoformat(text)
    return text


def from_calculation(datatype: str, atom: Atom, zone: tzinfo | None = None) -> Value:
    """The value of a calculation; None when it is not of the type (NaN, a date that is none).

    Into text a truth goes as 1 or 0, and a date as the beginning of its day in the zone, as in JavaRosa.
    """
    if datatype == "int" and isinstance(atom, float) and atom.is_integer():
        return int(atom) if abs(atom) < INTEGER_LIMIT else None
    text = _calculated_text(datatype, atom, zone)
    if datatype == "int" and re.fullmatch(r"[+-]?\d+\.\d+", text):
        text = str(int(float(text)))
    try:
        return parse_text(datatype, text)
    except WrongTypeError:
        return None


def _calculated_text(datatype: str, atom: Atom, zone: tzinfo | None) -> str:
    if isinstance(atom, bool) and datatype != "boolean":
        return "1" if atom else "0"
    if isinstance(atom, float) and math.isnan(atom):
        return ""
    if isinstance(atom, date) and datatype != "date":
        moment = atom if isinstance(atom, datetime) else datetime.combine(atom, time(), zone)
        return (moment.timetz() if datatype == "time" else moment).isoformat(timespec="milliseconds")
    return atom_text(atom)
