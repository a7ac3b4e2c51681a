"""Chinese text as the Latin letters people type for it: 安吉县 as `anjixian`, or by initials as `ajx`.

Without tones; ü is written v, as keyboards ask for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, product

Table = Mapping[str, tuple[str, ...]]
SPELLINGS_LIMIT = 8


class Pinyin:
    """Spells by a table: a character with its readings, the commonest first, or a phrase with its syllables.

    Of phrases the longest counts. Letters and digits stay, in lower case, and so does a character of any
    other script; signs and spaces fall away.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        phrases: dict[str, list[str]] = {}
        for text in sorted((text for text in table if len(text) > 1), key=len, reverse=True):
            phrases.setdefault(text[0], []).append(text)
        self._phrases = phrases

    def full(self, text: str) -> str:
        """`anjixian` for 安吉县."""
        return "".join(readings[0] for readings in self._readings(text))

    def initials(self, text: str) -> str:
        """`ajx` for 安吉县."""
        return "".join(readings[0][:1] for readings in self._readings(text))

    def spellings(self, text: str) -> list[tuple[str, str]]:
        """(full, initials) by every reading its characters have, the commonest first; at most eight."""
        found = islice(product(*self._readings(text)), SPELLINGS_LIMIT)
        return [("".join(syllables), "".join(one[:1] for one in syllables)) for syllables in found]

    def _readings(self, text: str) -> list[tuple[str, ...]]:
        found: list[tuple[str, ...]] = []
        at = 0
        while at < len(text):
            phrase = self._phrase_at(text, at)
            if phrase:
                found += [(syllable,) for syllable in self._table[phrase]]
            else:
                found += self._character(text[at])
            at += len(phrase) or 1
        return found

    def _phrase_at(self, text: str, at: int) -> str:
        return next((one for one in self._phrases.get(text[at], ()) if text.startswith(one, at)), "")

    def _character(self, character: str) -> list[tuple[str, ...]]:
        readings = self._table.get(character)
        if readings is None:
            return [(character.lower(),)] if character.isalnum() else []
        return [readings]


def read_table(text: str) -> dict[str, tuple[str, ...]]:
    """The table in a file of lines `characters reading…`.

    Several characters with one reading share it; one character may have several readings; several characters
    with as many syllables are a phrase. `#` begins a remark.
    """
    table: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        characters, *readings = line.split()
        if len(readings) == 1:
            table |= dict.fromkeys(characters, (readings[0],))
        else:
            table[characters] = tuple(readings)
    return table
