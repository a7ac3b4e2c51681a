"""Answers as texts of an instance document, both ways, and what stands beside a text that says too little."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from datetime import datetime, time, tzinfo
from decimal import Decimal
from typing import Final

import msgspec

from core.forms.answers import WrongTypeError, accept, answer_text, parse_text
from core.forms.submission.xml import json_text, xml_text
from core.values import Value, encode_canonical, same_value

_EXPONENT: Final = re.compile(r"[+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})[eE][+-]?\d{1,3}\Z")
"""As Java writes doubles from 10^7 on: 1.0E7."""


def instance_text(datatype: str, value: Value, zone: tzinfo | None) -> str:
    """The text of an answer as JavaRosa writes it: truths as 1 and 0, times with milliseconds and zone.

    A time that was entered without a zone is one of `zone`.
    """
    if isinstance(value, bool):  # JavaRosa reads "true" as false
        return "1" if value else "0"
    text = answer_text(value)
    with suppress(ValueError):  # of another type than was asked: as it is
        if datatype == "dateTime":
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
            return moment.isoformat(timespec="milliseconds")
        if datatype == "time":
            hour = time.fromisoformat(text)
            hour = hour if hour.tzinfo else hour.replace(tzinfo=zone)
            return hour.isoformat(timespec="milliseconds")
    return text


def read_value(datatype: str, text: str) -> Value:
    """The answer that a text stands for, None for none or one of another type."""
    if not text.strip():
        return None
    try:
        return parse_text(datatype, _plain_number(text) if datatype == "decimal" else text)
    except WrongTypeError:
        return None


def exact_beside(datatype: str, text: str, value: Value) -> str:
    """The answer in our own form (canonical JSON) where a reader of the text gets another one, else ""."""
    read = read_value(datatype, xml_text(text))
    if isinstance(value, str) and isinstance(read, str) and read == value:  # as most are
        return ""
    told = read is not None and same_value(read, value)
    return "" if told else json_text(encode_canonical(value).decode())


def exact_value(datatype: str, exact: str, text: str) -> Value:
    """The answer that stands beside a text in our own form; None if the text does not say the same any more.

    A phone that edits a record keeps what stands beside, changed or not, and writes numbers its own way.
    """
    if not exact:
        return None
    try:
        value = accept(datatype, msgspec.json.decode(exact))
    except (msgspec.DecodeError, WrongTypeError, ValueError, TypeError, RecursionError):
        return None
    said = read_value(datatype, xml_text(instance_text(datatype, value, _zone_of(text))).strip())
    now = read_value(datatype, text.strip())
    return value if now == said else None


def _zone_of(text: str) -> tzinfo | None:
    for parse in (datetime.fromisoformat, time.fromisoformat):
        with suppress(ValueError):
            return parse(text.strip()).tzinfo
    return None


def _plain_number(text: str) -> str:
    """Java's way of writing large and small numbers as plain digits."""
    typed = unicodedata.normalize("NFKC", text).strip()
    return f"{Decimal(typed):f}" if _EXPONENT.match(typed) else typed
