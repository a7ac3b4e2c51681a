"""A PDF file from pages: a pen that draws in points from the top left, and the file around it.

Equal input gives equal bytes: no clock, no random name. Text is drawn, never parsed, so no text can become
markup or fetch anything.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from reportlab import rl_config
from reportlab.graphics import renderPDF
from reportlab.graphics.shapes import Drawing
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.i18n import Language
from app.reports.fonts import MISSING_SIGN, register_fonts
from app.reports.lines import Line, Piece, break_lines
from app.reports.styles import HAIRLINE_PT, MM, PAGE_HEIGHT_MM, PAGE_WIDTH_MM, STYLES, TextStyle

rl_config.invariant = 1  # no date, no random file id
rl_config.useA85 = 0  # photos as they are: 70 times faster pages than in ASCII
rl_config.trustedHosts = []  # whatever part of ReportLab may ever see text: it fetches nothing
rl_config.trustedSchemes = ["data"]

ASCENT_EM: Final = 0.88  # of the square a Chinese character stands in; the rest is below the baseline
STAMP_PAD_PT: Final = 3.0
JUSTIFY_LIMIT_EM: Final = 0.1  # between two characters; a line that wants more is left ragged

# ReportLab keeps the fonts of a process in one table, each read through one pointer: one file at a time.
_WRITING: Final = threading.Lock()


@dataclass(frozen=True)
class PrintedPdf:
    """A finished file. `missing` are the characters that no font has; they show as □."""

    pdf: bytes
    pages: int
    missing: tuple[str, ...] = ()


LANGUAGES: Final[dict[Language, str]] = {"zh": "zh-CN", "en": "en"}
"""How a file names the language it is in (BCP 47)."""


@dataclass(frozen=True)
class DocumentFacts:
    """What the file says of itself."""

    title: str
    subject: str = ""
    author: str = ""
    language: str = "zh-CN"


class _Jpeg(ImageReader):  # type: ignore[misc]  # ReportLab has no types
    """A JPEG that goes into the file as it is: told apart by its bytes, not by all its pixels decoded."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self._bytes = data
        self._dataA = None  # a JPEG has no transparency

    def getRGBData(self) -> bytes:  # noqa: N802 - ReportLab's name; it only hashes the result
        return self._bytes


class Pen:
    """Draws on one page. All places are points from the upper left corner of the page."""

    def __init__(self, canvas: Canvas, missing: set[str], outline: list[int]) -> None:
        self._canvas = canvas
        self._missing = missing
        self._outline = outline
        self._height = PAGE_HEIGHT_MM * MM

    def lines(self, lines: Sequence[Line], style: TextStyle, x: float, top: float, width: float) -> None:
        """Lines one under the other, aligned within `width`."""
        for line in lines:
            self.line(line, style, x, top, width)
            top += style.leading_pt

    def line(self, line: Line, style: TextStyle, x: float, top: float, width: float) -> None:
        """One line whose leading starts at `top`."""
        size = style.size_pt
        baseline = self._height - top - (style.leading_pt - size) / 2 - ASCENT_EM * size
        free = width - (line.width_em + line.indent_em) * size
        shift = {"left": 0.0, "justify": 0.0, "centre": free / 2, "right": free}[style.align]
        gaps = line.characters - 1
        stretched = style.align == "justify" and not line.last and gaps > 0
        spread = free / gaps if stretched and 0 < free <= gaps * JUSTIFY_LIMIT_EM * size else 0.0
        self._pieces(line.pieces, style, x + shift + line.indent_em * size, baseline, spread)

    def _pieces(
        self, pieces: Sequence[Piece], style: TextStyle, x: float, baseline: float, spread: float
    ) -> None:
        text = self._canvas.beginText(x, baseline)
        text.setFillGray(style.grey)
        if spread:
            text.setCharSpace(spread)
        for piece in pieces:
            if piece.sign in {"", "missing"}:
                text.setFont(piece.face, style.size_pt)
                text.textOut(self._seen(piece))
            x += piece.width_em * style.size_pt + len(piece.text) * spread
            if piece.sign not in {"", "missing"}:
                text.setTextOrigin(x, baseline)
        if spread:
            text.setCharSpace(0)
        self._canvas.drawText(text)
        self._signs(pieces, style, x, baseline, spread)

    def _seen(self, piece: Piece) -> str:
        if piece.sign != "missing":
            return piece.text
        self._missing.update(piece.text)
        return MISSING_SIGN * len(piece.text)

    def _signs(
        self, pieces: Sequence[Piece], style: TextStyle, end: float, baseline: float, spread: float
    ) -> None:
        """The boxes ☐ ☑ ☒ among the pieces of a line that ends at `end`."""
        x = end
        for piece in reversed(pieces):
            x -= piece.width_em * style.size_pt + len(piece.text) * spread
            if piece.sign in {"box", "ticked", "crossed"}:
                for place in range(len(piece.text)):
                    self._box(x + place * (style.size_pt + spread), baseline, style, piece.sign)

    def _box(self, x: float, baseline: float, style: TextStyle, sign: str) -> None:
        canvas, side = self._canvas, 0.8 * style.size_pt
        left, bottom = x + 0.1 * style.size_pt, baseline - 0.06 * style.size_pt
        canvas.setStrokeGray(style.grey)
        canvas.setLineWidth(0.06 * style.size_pt)
        canvas.rect(left, bottom, side, side)
        strokes = {
            "box": (),
            "ticked": ((0.18, 0.5, 0.42, 0.22), (0.42, 0.22, 0.84, 0.82)),
            "crossed": ((0.2, 0.2, 0.8, 0.8), (0.2, 0.8, 0.8, 0.2)),
        }[sign]
        canvas.setLineWidth(0.09 * style.size_pt)
        for x1, y1, x2, y2 in strokes:
            canvas.line(left + x1 * side, bottom + y1 * side, left + x2 * side, bottom + y2 * side)

    def rule(self, x1: float, y1: float, x2: float, y2: float, width: float = HAIRLINE_PT) -> None:
        """A black line."""
        self._canvas.setStrokeGray(0)
        self._canvas.setLineWidth(width)
        self._canvas.line(x1, self._height - y1, x2, self._height - y2)

    def frame(
        self, x: float, top: float, width: float, height: float, line: float = HAIRLINE_PT, grey: float = 0.0
    ) -> None:
        """The outline of a rectangle."""
        self._canvas.setStrokeGray(grey)
        self._canvas.setLineWidth(line)
        self._canvas.rect(x, self._height - top - height, width, height)

    def tint(self, x: float, top: float, width: float, height: float, grey: float) -> None:
        """A filled rectangle."""
        self._canvas.setFillGray(grey)
        self._canvas.rect(x, self._height - top - height, width, height, stroke=0, fill=1)

    def photo(self, data: bytes, x: float, top: float, width: float, height: float, stamp: str = "") -> None:
        """A JPEG, whole and in its own proportions, in the middle of a box and on its floor.

        `stamp` is written over its lower right corner, as far as it fits.
        """
        image = _Jpeg(data)
        wide, high = image.getSize()
        scale = min(width / wide, height / high)
        w, h = wide * scale, high * scale
        left = x + (width - w) / 2
        self._canvas.drawImage(image, left, self._height - top - height, w, h)
        if stamp:
            self._stamp(stamp, left, top + height, w)

    def _stamp(self, text: str, left: float, bottom: float, width: float) -> None:
        """Black on a white strip, so that it can be read on any picture and in any print."""
        style = STYLES["stamp"]
        room_em = (width - 2 * STAMP_PAD_PT) / style.size_pt
        line = break_lines(text, style.face, room_em)[0]
        wide = line.width_em * style.size_pt + 2 * STAMP_PAD_PT
        x, top = left + width - wide, bottom - style.leading_pt
        self.tint(x, top, wide, style.leading_pt, 1.0)
        self.line(line, style, x + STAMP_PAD_PT, top, wide)

    def drawing(self, drawing: Drawing, x: float, top: float) -> None:
        """Lines and areas of a chart, which know nothing of text, with their upper left corner there."""
        renderPDF.draw(drawing, self._canvas, x, self._height - top - drawing.height)

    def outline(self, text: str, level: int, top: float) -> None:
        """An entry of the file's outline that leads here; level 1 is the outermost."""
        key = f"at-{len(self._outline)}"
        depth = min(level - 1, self._outline[-1] + 1 if self._outline else 0)
        self._outline.append(depth)
        self._canvas.bookmarkHorizontal(key, 0, self._height - top)
        self._canvas.addOutlineEntry(text, key, depth, closed=False)


Page = Callable[[Pen], None]


def write_pdf(pages: Sequence[Page], facts: DocumentFacts) -> PrintedPdf:
    """The file of these pages, A4 upright."""
    with _WRITING:
        register_fonts()
        out = io.BytesIO()
        canvas = Canvas(
            out,
            pagesize=(PAGE_WIDTH_MM * MM, PAGE_HEIGHT_MM * MM),
            pageCompression=1,
            invariant=1,
            lang=facts.language,
        )
        canvas.setTitle(facts.title)
        canvas.setSubject(facts.subject)
        canvas.setAuthor(facts.author)
        canvas.setCreator("村匠")
        missing: set[str] = set()
        outline: list[int] = []
        for page in pages:
            page(Pen(canvas, missing, outline))
            canvas.showPage()
        canvas.save()
    return PrintedPdf(out.getvalue(), len(pages), tuple(sorted(missing)))
