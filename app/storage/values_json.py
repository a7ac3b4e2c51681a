"""Answers as text in the database: canonical JSON."""

from __future__ import annotations

from typing import cast

import msgspec

from core.values import Value, encode_canonical


def to_json(value: object) -> str:
    """The canonical JSON text of a value."""
    return encode_canonical(value).decode("utf-8")


def from_json(text: str) -> Value:
    """The value a canonical JSON text stands for."""
    return cast(Value, msgspec.json.decode(text))
