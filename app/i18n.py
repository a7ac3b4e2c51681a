"""The words people see, in their language: `tr("records.title", count=3)`.

The words of a language are all the TOML files of `resources/i18n/<language>/`; nested tables make keys with
dots.
"""

from __future__ import annotations

import locale
import os
import sys
import tomllib
from functools import cache
from typing import Final, Literal, get_args

from app.paths import resources_folder

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)


class MissingWordsError(LookupError):
    """A key without words, or words that want a value nobody gave: a defect of ours."""


class _Choice:
    """Which language is spoken, and whether missing words are raised (tests) or shown as their key."""

    language: Language = "zh"
    strict: bool = False


def set_language(language: Language) -> None:
    """Speaks another language from the next `tr` on; what is already on screen is the window's to redraw."""
    _Choice.language = language


def language() -> Language:
    """The language spoken now."""
    return _Choice.language


def system_language() -> Language:
    """English where the person's system is set to English, else Chinese; a bare system is set to nothing."""
    asked = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    name = next(filter(None, asked), "")
    if not name and sys.platform in {"win32", "darwin"}:  # elsewhere Python takes no setting for en_US
        name = locale.getlocale()[0] or ""
    return "en" if name.lower().startswith("en") else "zh"


def raise_missing_words(*, strict: bool) -> None:
    """Lets `tr` raise MissingWordsError instead of showing the key; the tests switch this on."""
    _Choice.strict = strict


def tr(key: str, **values: object) -> str:
    """The words of `key` in the language spoken, with `{name}` filled from `values`.

    Missing words show their key, so that a person still sees which thing it is.
    """
    try:
        return words(_Choice.language)[key].format_map(values)
    except (LookupError, ValueError) as e:
        if _Choice.strict:
            raise MissingWordsError(f"{_Choice.language}: {key} with {sorted(values)}") from e
        return words(_Choice.language).get(key, key)


def has_words(key: str) -> bool:
    """Whether `tr(key)` would find words in the language spoken."""
    return key in words(_Choice.language)


@cache
def words(language: Language) -> dict[str, str]:
    """Every key and its words, from all files of the language; a test sees that no key stands in two."""
    return {
        key: text for words_of_file in words_by_file(language).values() for key, text in words_of_file.items()
    }


def words_by_file(language: Language) -> dict[str, dict[str, str]]:
    """Keys and words of each file of the language, by file name."""
    files = sorted((resources_folder() / "i18n" / language).glob("*.toml"))
    return {file.name: _flat(tomllib.loads(file.read_text(encoding="utf-8")), "") for file in files}


def _flat(table: dict[str, object], prefix: str) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, entry in table.items():
        if isinstance(entry, dict):
            flat |= _flat(entry, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = str(entry)
    return flat
