"""Lines of Chinese and mixed text, in several fonts.

Breaks follow 标点符号用法 (GB/T 15834-2011, 5.1): no line starts with a closing mark or ends with an
opening one, —— and …… stay whole. Words and numbers stay whole unless they are wider than the line.

ReportLab's own wordWrap="CJK" breaks words of mixed text, takes one font a run and reads markup; here text is
never read as markup at all.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from app.reports.fonts import Face, Sign, glyph, printable

NO_START: Final = frozenset("，。、；：？！）》〉」』】〕〗’”～·％‰℃°′″,.;:?!)]}%»›〞ー々〻﹐﹑﹒﹔﹕﹖﹗")
NO_END: Final = frozenset("（《〈「『【〔〖‘“([{«‹￥＄$￡〝")
WHOLE_PAIRS: Final = frozenset("—…")
BREAK_AFTER: Final = frozenset(",;/-?&=")
FIRST_WIDE_CODE: Final = 0x2E80  # from here on characters stand alone: CJK, kana, full-width forms
EPSILON_EM: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters in one font. `sign` other than "" means that they are drawn by lines or stand for a gap."""

    face: Face
    text: str
    width_em: float
    sign: Sign = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line. Its width is without the spaces at its end; `last` closes a paragraph."""

    pieces: tuple[Piece, ...]
    width_em: float
    indent_em: float = 0.0
    last: bool = False

    @property
    def characters(self) -> int:
        return sum(len(piece.text) for piece in self.pieces)


def break_lines(text: str, face: Face, width_em: float, *, indent_em: float = 0.0) -> list[Line]:
    """The lines of a text at most `width_em` wide (one character more if even that does not fit).

    `indent_em` moves the first line of each paragraph in. An empty text has no lines.
    """
    if not text:
        return []
    lines: list[Line] = []
    for paragraph in printable(text).split("\n"):
        indent = indent_em if paragraph else 0.0
        lines += _paragraph_lines(paragraph, face, width_em, indent)
    return lines


def text_width_em(text: str, face: Face) -> float:
    """The width of a text on one line."""
    return sum(glyph(face, character).width_em for character in printable(text))


def _paragraph_lines(text: str, face: Face, width_em: float, indent_em: float) -> list[Line]:
    lines: list[Line] = []
    current, width, indent = "", 0.0, indent_em
    for atom in _atoms(text, face, width_em - indent_em):
        wide = _width(atom, face)
        bare = _width(atom.rstrip(" "), face) if atom[-1] == " " else wide
        if current and width + bare > width_em - indent + EPSILON_EM:
            lines.append(_line(current, face, indent, last=False))
            current, width, indent = "", 0.0, 0.0
        current += atom
        width += wide
    lines.append(_line(current, face, indent, last=True))
    return lines


def _atoms(text: str, face: Face, width_em: float) -> Iterator[str]:
    """What must not be broken; what is wider than a line is broken all the same."""
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and not _may_break(text[end - 1], text[end]):
            continue
        atom, start = text[start:end], end
        if len(atom) > 1 and _width(atom, face) > width_em:
            yield from _filled(atom, face, width_em)
        else:
            yield atom


def _filled(atom: str, face: Face, width_em: float) -> Iterator[str]:
    """Pieces of a too long atom, each as wide as fits."""
    start, width = 0, 0.0
    for place, character in enumerate(atom):
        wide = glyph(face, character).width_em
        if place > start and width + wide > width_em + EPSILON_EM:
            yield atom[start:place]
            start, width = place, 0.0
        width += wide
    yield atom[start:]


@cache
def _may_break(before: str, after: str) -> bool:
    if after == " " or after in NO_START or before in NO_END or unicodedata.combining(after):
        return False
    if before == " ":
        return True
    if before == after and before in WHOLE_PAIRS:
        return False
    if ord(before) < FIRST_WIDE_CODE and ord(after) < FIRST_WIDE_CODE:
        return before in BREAK_AFTER and after.isalpha()
    return True


def _width(text: str, face: Face) -> float:
    if len(text) == 1:  # nearly every atom of Chinese
        return glyph(face, text).width_em
    return sum(glyph(face, character).width_em for character in text)


def _line(text: str, face: Face, indent_em: float, *, last: bool) -> Line:
    shown = text.rstrip(" ")
    pieces: list[Piece] = []
    start, width, total = 0, 0.0, 0.0
    drawn = None
    for place, character in enumerate(shown):
        found = glyph(face, character)
        if drawn is not None and (found.face, found.sign) != (drawn.face, drawn.sign):
            pieces.append(Piece(drawn.face, shown[start:place], width, drawn.sign))
            start, width = place, 0.0
        drawn = found
        width += found.width_em
        total += found.width_em
    if drawn is not None:
        pieces.append(Piece(drawn.face, shown[start:], width, drawn.sign))
    return Line(tuple(pieces), total, indent_em, last)
