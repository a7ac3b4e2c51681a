"""Which of four fonts draws which character; one that none of them has is drawn as □ and told.

| face | stands for | file |
|---|---|---|
| Song | 宋体, and 仿宋, of which no free font covers village names | Song.ttf |
| SongBold | 小标宋 | SongBold.ttf |
| Hei | 黑体 | Hei.ttf |
| Kai | 楷体 | Kai.ttf |
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfbase.ttfonts import TTFont

from app.paths import resources_folder

Face = Literal["Song", "SongBold", "Hei", "Kai"]
Sign = Literal["", "missing", "box", "ticked", "crossed"]

FALLBACKS: Final[dict[Face, tuple[Face, ...]]] = {
    "Song": ("Song", "Hei", "Kai"),
    "SongBold": ("SongBold", "Song", "Hei", "Kai"),
    "Hei": ("Hei", "Song", "Kai"),
    "Kai": ("Kai", "Song", "Hei"),
}
DRAWN_SIGNS: Final[dict[str, Sign]] = {"☐": "box", "☑": "ticked", "☒": "crossed"}
MISSING_SIGN: Final = "□"


@dataclass(frozen=True, slots=True)
class Glyph:
    """How one character is drawn: the font, its width in em, and whether it is a sign drawn by lines."""

    face: Face
    width_em: float
    sign: Sign = ""


def _to_unicode_map(font_name: str, subset: list[int]) -> str:
    """What each code of an embedded font means, so that text can be searched and copied.

    WORKAROUND until ReportLab writes UTF-16 here: its own map (5.1.0) gives characters beyond U+FFFF five hex
    digits, which readers take for another character; 196 characters of 通用规范汉字表 are beyond.
    """
    pairs = [f"<{n:02X}> <{chr(code).encode('utf-16-be').hex().upper()}>" for n, code in enumerate(subset)]
    blocks = [pairs[start : start + 100] for start in range(0, len(pairs), 100)]  # at most 100 in a block
    meanings = [line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")]
    return "\n".join([
        "/CIDInit /ProcSet findresource begin", "12 dict begin", "begincmap",
        f"/CIDSystemInfo << /Registry ({font_name}) /Ordering ({font_name}) /Supplement 0 >> def",
        f"/CMapName /{font_name} def", "/CMapType 2 def",
        "1 begincodespacerange", f"<00> <{len(subset) - 1:02X}>", "endcodespacerange",
        *meanings,
        "endcmap", "CMapName currentdict /CMap defineresource pop", "end", "end",
    ])  # fmt: skip


ttfonts.makeToUnicodeCMap = _to_unicode_map


@cache
def _font(face: Face) -> TTFont:
    font = TTFont(face, str(resources_folder() / "fonts" / f"{face}.ttf"))
    pdfmetrics.registerFont(font)
    return font


def register_fonts() -> None:
    """Makes the four faces known to ReportLab; about 0.1 s the first time."""
    for face in FALLBACKS:
        _font(face)


@cache
def glyph(face: Face, character: str) -> Glyph:
    """What draws a character in running text of that face."""
    if character in DRAWN_SIGNS:
        return Glyph(face, 1.0, DRAWN_SIGNS[character])
    for candidate in FALLBACKS[face]:
        if ord(character) in _font(candidate).face.charToGlyph:
            return Glyph(candidate, _width_em(candidate, character))
    return Glyph(face, _width_em(face, MISSING_SIGN), "missing")


def _width_em(face: Face, character: str) -> float:
    return float(_font(face).face.getCharWidth(ord(character))) / 1000


def drawable(character: str) -> bool:
    """Whether one of the fonts, or we ourselves, can draw it."""
    return glyph("Song", character).sign != "missing"


def printable(text: str) -> str:
    """The text as it is set: composed, one kind of line end, one kind of space, invisible marks gone.

    What remains and has no glyph (control characters, half surrogates, emoji) shows as □, so that nothing
    that was typed disappears unseen.
    """
    lines = "\n".join(text.replace("\r\n", "\n").splitlines())
    return "".join(_printable_character(c) for c in unicodedata.normalize("NFC", lines))


@cache
def _printable_character(character: str) -> str:
    if character == "\n" or drawable(character):
        return character
    category = unicodedata.category(character)
    if category == "Zs" or character == "\t":
        return " "
    selects_variant = 0xFE00 <= ord(character) <= 0xFE0F or 0xE0100 <= ord(character) <= 0xE01EF
    return "" if category == "Cf" or selects_variant else character
