"""What a form gives lists of a record: a key for each column, the texts it is found by, what it names."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from app.storage.pinyin import bundled_pinyin
from app.storage.search_tokens import normalised
from core.forms.paths import template_path
from core.values import Value, decimal_of

if TYPE_CHECKING:
    from core.forms.filling.session import FormSession
    from core.forms.model.form import Form

KEY_SIGNS = 24  # what a column shows of a text
_FOUND = {"string", "int", "decimal", "date", "time", "dateTime", "select_one", "select_multiple", "rank"}
"""The stored types of answers that somebody may look for."""


class Listed(msgspec.Struct, frozen=True):
    """What a form gives lists of a record: sort keys of its columns by path, and the texts to be found by.

    `spelled` are those of the texts that are also found by their pinyin; `targets` are the records and
    divisions that it names.
    """

    keys: Mapping[str, str]
    texts: tuple[str, ...]
    spelled: tuple[str, ...]
    targets: frozenset[str]


NOTHING_LISTED = Listed({}, (), (), frozenset())


def listed_of(
    session: FormSession, form: Form, title: str, columns: Mapping[str, str], language: str
) -> Listed:
    """What the form makes of a record for lists. Sensitive answers are not found: finding would tell them."""
    texts = [title, *columns.values()]
    for path in session.answers():
        question = form.question(template_path(path))
        if question is not None and question.personal != "sensitive" and question.datatype in _FOUND:
            texts += _texts(session, path, language)
    keys = {path: _key(session.value(path), columns[path]) for path in columns}
    targets = frozenset(target for _, target in session.links())
    return Listed(keys, tuple(filter(None, texts)), (title, *columns.values()), targets)


def text_key(text: str) -> str:
    """A text in the order people look names up: Chinese by its letters, numbers by their size."""
    shown = normalised(text)[:KEY_SIGNS]
    spelled = "".join(bundled_pinyin().full(part) or part for part in re.split(r"([\W_]+)", shown))
    return re.sub("[0-9]+", lambda number: number[0].zfill(12), spelled) + "\0" + shown


def _texts(session: FormSession, path: str, language: str) -> list[str]:
    """The answer as people read it and, of a code, also as it is stored."""
    try:
        value, shown = session.value(path), session.shown(path, language)
    except KeyError:  # of a row that was removed, or of an older version of the form
        return []
    return [shown, value] if isinstance(value, str) and value.isdigit() else [shown]


def _key(value: Value, shown: str) -> str:
    number = decimal_of(value) if isinstance(value, dict) else value
    if number is None or isinstance(number, bool | str | list | dict):
        return text_key(shown)
    return _number_key(float(number))


def _number_key(number: float) -> str:
    """Hex digits whose order is that of the numbers: those of an IEEE 754 double, turned for minus."""
    bits = int.from_bytes(struct.pack(">d", number))
    return f"{bits ^ (2**64 - 1 if bits >> 63 else 2**63):016x}"
