"""Build `resources/pinyin/` from pypinyin. Run by hand, never at start-up: `python -m tools.build_pinyin`.

Every character of the basic CJK block, of the standard table of 8,105 and of all division names gets its
commonest reading. `by_hand.txt`, which this reads too, has characters that place names read in several ways
and places with a reading of their own; more such places come from pypinyin's phrases.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import files
from pathlib import Path

import pypinyin

from core.pinyin import Pinyin, read_table

RESOURCES = Path(__file__).resolve().parent.parent / "resources"
TARGET = RESOURCES / "pinyin"
BASIC_BLOCK = range(0x4E00, 0x9FFF + 1)
CHARACTERS_PER_LINE = 64

HEADING = """\
# Made by tools/build_pinyin.py from pypinyin {version} (MIT, LICENSE.txt) and by_hand.txt; do not edit.
# characters reading [reading...], the commonest first; several characters and syllables are a phrase.
"""


def main() -> None:
    """Writes the table, the licence and where it comes from."""
    by_hand = read_table((TARGET / "by_hand.txt").read_text(encoding="utf-8"))
    spelled = {one: by_hand.get(one) or commonest(one) for one in needed_characters()}
    missing = "".join(one for one, readings in spelled.items() if not readings)
    table = {one: readings for one, readings in spelled.items() if readings}
    phrases = {text: syllables for text, syllables in by_hand.items() if len(text) > 1}
    phrases |= differing_places(table | phrases)
    heading = HEADING.format(version=pypinyin.__version__)
    text = heading + "\n".join(character_lines(table) + phrase_lines(phrases)) + "\n"
    licence = next(file for file in files("pypinyin") or () if file.name == "LICENSE.txt")
    (TARGET / "table.txt").write_text(text, encoding="utf-8")
    (TARGET / "LICENSE.txt").write_bytes(licence.read_binary())
    (TARGET / "SOURCE.toml").write_text(source(text, len(table), len(phrases), missing), encoding="utf-8")
    print(f"{len(table)} characters, {len(phrases)} phrases, {len(text.encode()):,} bytes")


def needed_characters() -> list[str]:
    """Every Chinese character to spell, in code point order."""
    divisions = (RESOURCES / "divisions" / "characters.txt").read_text(encoding="utf-8")
    standard = (RESOURCES / "fonts" / "tgscc_8105.txt").read_text(encoding="utf-8")
    wanted = set(map(chr, BASIC_BLOCK)) | set(divisions) | set(standard)
    return sorted(one for one in wanted if ord(one) > 0x3400 and one.isalpha())


def commonest(character: str) -> tuple[str, ...]:
    """The first reading that pypinyin gives, or none."""
    style = pypinyin.Style.NORMAL
    found = pypinyin.lazy_pinyin(character, style=style, errors="ignore", v_to_u=False)
    return (found[0],) if found and found[0].isascii() else ()


def differing_places(table: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Names of provinces, prefectures and counties that pypinyin spells otherwise than their characters.

    Those with a character or phrase read by hand are left out: there pypinyin goes by the common word.
    """
    spell = Pinyin(table)
    by_hand = {text for text, readings in table.items() if len(text) > 1 or len(readings) > 1}
    found = {}
    for line in (RESOURCES / "divisions" / "index.csv").read_text(encoding="utf-8").splitlines():
        name = line.partition(",")[2]
        syllables = pypinyin.lazy_pinyin(name, errors="ignore", v_to_u=False)
        differs = len(syllables) == len(name) and "".join(syllables) != spell.full(name)
        if differs and not any(text in name for text in by_hand):
            found[name] = tuple(syllables)
    return found


def character_lines(table: dict[str, tuple[str, ...]]) -> list[str]:
    """Characters of one reading together, then those of several."""
    by_reading: dict[str, list[str]] = {}
    for one, readings in table.items():
        if len(readings) == 1:
            by_reading.setdefault(readings[0], []).append(one)
    shared = [
        f"{''.join(ones[at : at + CHARACTERS_PER_LINE])} {reading}"
        for reading, ones in sorted(by_reading.items())
        for at in range(0, len(ones), CHARACTERS_PER_LINE)
    ]
    return shared + [f"{one} {' '.join(readings)}" for one, readings in table.items() if len(readings) > 1]


def phrase_lines(phrases: dict[str, tuple[str, ...]]) -> list[str]:
    """A phrase a line."""
    return [f"{text} {' '.join(syllables)}" for text, syllables in sorted(phrases.items())]


def source(text: str, characters: int, phrases: int, missing: str) -> str:
    """What SOURCE.toml says."""
    return f"""\
# How Chinese characters are spelled. Made by tools/build_pinyin.py; do not edit by hand.
data = "pypinyin {pypinyin.__version__}, and by_hand.txt"
licence = "MIT (LICENSE.txt)"
characters = {characters}
phrases = {phrases}
# Characters nobody has given a reading: they are left as they are.
without_reading = "{missing}"

[sha256]
"table.txt" = "{hashlib.sha256(text.encode()).hexdigest()}"
"""


if __name__ == "__main__":
    main()
