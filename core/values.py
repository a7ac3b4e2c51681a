"""The values an answer can have, and their canonical bytes. This format never changes.

| answer | value |
|---|---|
| cleared | `null` |
| yes or no | `true`, `false` |
| integer | a number, |n| < 2^53 |
| text, one choice, date, time | a string (dates and times in ISO form) |
| decimal | `{"d": "12.50"}`: digits as entered, never a float |
| several choices | a sorted array of strings |
| geometry | `{"g": GeoJSON, "acc": {"d": "4.2"}, "src": "gps", "t": GPS time}`; lines: `accs` |
| photo | `{"b": "sha256:…", "n": bytes, "m": MIME type, "name": file name, "pv": preview, "pn": its bytes}` |
| text that JSON must not carry | `{"x": base64 of UTF-8 with surrogates passed through}` |
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from typing import Any

import msgspec

Value = None | bool | int | str | list[str] | dict[str, Any]

INTEGER_LIMIT = 2**53
COORDINATE_DECIMALS = 7  # 1e-7 degrees is about a centimetre
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z")
_UNSAFE_TEXT = re.compile("[\x00\ud800-\udfff]")
_encode_sorted = msgspec.json.Encoder(order="sorted").encode


def encode_canonical(value: object) -> bytes:
    """The RFC 8785 bytes of JSON data whose object keys lie in the basic plane.

    Floats are only allowed inside GeoJSON coordinates; a whole number is written without its fraction, as
    ECMAScript does. Raises ValueError for what has no canonical form: NaN, an integer of 2^53 or more, text
    with U+0000 or half a surrogate pair (see `text_value`), a key outside the basic plane.
    """
    return _encode_sorted(_canonical(value))


def _canonical(value: object) -> object:
    match value:
        case str():  # first: most are
            if _UNSAFE_TEXT.search(value):
                raise ValueError("text with U+0000 or half a surrogate pair")
            return value
        case None | bool():
            return value
        case int():
            if abs(value) >= INTEGER_LIMIT:
                raise ValueError("an integer this large is not exact in JSON")
            return value
        case float():
            return _canonical_float(value)
        case list() | tuple():
            return [_canonical(item) for item in value]
        case Mapping():
            return {_canonical_key(key): _canonical(item) for key, item in value.items()}
    raise ValueError(f"{type(value).__name__} is not JSON")


def _canonical_key(key: object) -> object:
    if not isinstance(key, str) or key > "\ud7ff":
        raise ValueError("an object key outside the basic plane")
    return _canonical(key)


def _canonical_float(number: float) -> float | int | msgspec.Raw:
    if not math.isfinite(number):
        raise ValueError("not a number")
    rounded = round(number, COORDINATE_DECIMALS)
    if rounded == int(rounded):
        return int(rounded)
    if 1e-6 <= abs(rounded) < 1e-5:  # msgspec would write 6.9e-6, ECMAScript writes 0.0000069
        return msgspec.Raw(f"{Decimal(repr(rounded)):f}".encode())
    return rounded


def same_value(one: Value, other: Value) -> bool:
    """Whether two answers are equal in canonical form (`true` is not 1, "1" is not 1)."""
    return encode_canonical(one) == encode_canonical(other)


def text_value(text: str) -> Value:
    """A text as a value: itself, or its `{"x": …}` form where JSON could not carry it unharmed."""
    if _UNSAFE_TEXT.search(text):
        return {"x": base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")}
    return text


def text_of(value: Value) -> str | None:
    """The text a value stands for, or None if it is not a text."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and isinstance(value.get("x"), str):
        with suppress(ValueError):
            return base64.b64decode(value["x"]).decode("utf-8", "surrogatepass")
    return None


def safe_text(text: str) -> str:
    """The text for lists and searches, with U+FFFD in place of what JSON and SQLite cannot carry."""
    return _UNSAFE_TEXT.sub("\ufffd", text)


def decimal_value(text: str) -> dict[str, Any]:
    """`{"d": text}`: a decimal with the digits that were entered. Raises ValueError for other text."""
    if not _DECIMAL.match(text):
        raise ValueError("not a decimal number")
    return {"d": text}


def decimal_of(value: Value) -> Decimal | None:
    """The number a decimal or integer value stands for, or None."""
    if isinstance(value, dict) and isinstance(value.get("d"), str) and _DECIMAL.match(value["d"]):
        return Decimal(value["d"])
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return None


def choices_value(names: Iterator[str] | list[str] | set[str]) -> list[str]:
    """Several choices as a value: sorted, each once."""
    return sorted(set(names))


def point_value(
    latitude: float,
    longitude: float,
    *,
    altitude_m: float | None = None,
    accuracy_m: str | None = None,
    source: str = "manual",
    gps_time: str | None = None,
) -> dict[str, Any]:
    """A WGS-84 point as a value. `source` says how it was got: gps, exif, manual, map."""
    coordinates = [round(longitude, COORDINATE_DECIMALS), round(latitude, COORDINATE_DECIMALS)]
    if altitude_m is not None:
        coordinates.append(round(altitude_m, 2))
    value: dict[str, Any] = {"g": {"type": "Point", "coordinates": coordinates}, "src": source}
    if accuracy_m is not None:
        value["acc"] = decimal_value(accuracy_m)
    if gps_time is not None:
        value["t"] = gps_time
    return value


def photo_value(digest: str, size_bytes: int, mime: str, *, name: str | None = None) -> dict[str, Any]:
    """A photo as a value; the picture itself is the blob of that digest."""
    if not _DIGEST.match(digest):
        raise ValueError("not a sha256 digest")
    value: dict[str, Any] = {"b": digest, "n": size_bytes, "m": mime}
    if name is not None:
        value["name"] = text_value(name)
    return value


def is_digest(text: object) -> bool:
    """Whether this is `sha256:` and 64 lower-case hex digits."""
    return isinstance(text, str) and _DIGEST.match(text) is not None


def photo_digests(value: object) -> Iterator[str]:
    """The digests of the blobs a value refers to: the photo and, if it has one, its preview."""
    if isinstance(value, dict):
        for key in ("b", "pv"):
            digest = value.get(key)
            if isinstance(digest, str) and _DIGEST.match(digest):
                yield digest
