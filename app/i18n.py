"""The words people see, in their language: `tr("records.title", count=3)`.

The words of a language are all the TOML files of `resources/i18n/<language>/`; nested tables make keys with
dots. They are read one after the other until a key is found: a start needs a third of them.

Where one thing is called otherwise than several, words have both: `{count:# record|# records}`.
"""

from __future__ import annotations

import os
import sys
import tomllib
from functools import cache
from pathlib import Path
from string import Formatter
from threading import Lock
from typing import Final, Literal, get_args

from app.paths import resources_folder

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
_OF_THE_FIRST_PAGE = ("window", "places", "base", "links", "summary")


class MissingWordsError(LookupError):
    """A key without words, or words that want a value nobody gave: a defect of ours."""


class _Counting(Formatter):
    """Fills in the words before the `|` for one and those behind it for other numbers; `#` is the number."""

    def format_field(self, value: object, format_spec: str) -> str:
        one, sign, several = format_spec.partition("|")
        if not sign:
            return format(value, format_spec)
        return (one if str(value) == "1" else several).replace("#", str(value))


_counting: Final = _Counting()


class _Choice:
    """Which language is spoken, and whether missing words are raised (tests) or shown as their key."""

    language: Language = "zh"
    strict: bool = False


class _Words:
    """The words of one language, from any thread."""

    def __init__(self, language: Language) -> None:
        first = {name: place for place, name in enumerate(_OF_THE_FIRST_PAGE)}
        self._unread = sorted(word_files(language), key=lambda file: (first.get(file.stem, len(first)), file))
        self._known: dict[str, str] = {}
        self._reading = Lock()

    def get(self, key: str) -> str | None:
        """The words of a key; None if no file has any."""
        if key not in self._known:
            with self._reading:
                while self._unread and key not in self._known:
                    self._read()
        return self._known.get(key)

    def all(self) -> dict[str, str]:
        """Every key and its words."""
        with self._reading:
            while self._unread:
                self._read()
        return self._known

    def _read(self) -> None:
        self._known.update(words_of(self._unread[0]))
        del self._unread[0]


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
        import locale  # noqa: PLC0415  # 1 ms that other systems need not wait for

        name = locale.getlocale()[0] or ""
    return "en" if name.lower().startswith("en") else "zh"


def raise_missing_words(*, strict: bool) -> None:
    """Lets `tr` raise MissingWordsError instead of showing the key; the tests switch this on."""
    _Choice.strict = strict


def tr(key: str, **values: object) -> str:
    """The words of `key` in the language spoken, with `{name}` filled from `values`.

    Missing words show their key, so that a person still sees which thing it is.
    """
    text = _words(_Choice.language).get(key)
    try:
        if text is None:
            raise KeyError(key)
        return _counting.vformat(text, (), values) if "|" in text else text.format_map(values)
    except (LookupError, ValueError) as e:
        if _Choice.strict:
            raise MissingWordsError(f"{_Choice.language}: {key} with {sorted(values)}") from e
        return text or key


def has_words(key: str) -> bool:
    """Whether `tr(key)` would find words in the language spoken."""
    return _words(_Choice.language).get(key) is not None


def words(language: Language) -> dict[str, str]:
    """Every key and its words, from all files of the language; a test sees that no key stands in two."""
    return _words(language).all()


def word_files(language: Language) -> list[Path]:
    """The files with the words of the language."""
    return sorted((resources_folder() / "i18n" / language).glob("*.toml"))


def words_of(file: Path) -> dict[str, str]:
    """Keys and words of one file."""
    return _flat(tomllib.loads(file.read_text(encoding="utf-8")), "")


@cache
def _words(language: Language) -> _Words:
    return _Words(language)


def _flat(table: dict[str, object], prefix: str) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, entry in table.items():
        if isinstance(entry, dict):
            flat |= _flat(entry, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = str(entry)
    return flat
