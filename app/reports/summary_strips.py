"""Key figures in cells and bars, as strips of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from reportlab.graphics.shapes import Drawing, Line, Rect
from reportlab.lib.colors import Color

from app.reports.document import Pen
from app.reports.furniture import one_line
from app.reports.report_page import WIDTH_PT
from app.reports.strips import PAD_X_PT, PAD_Y_PT, Strip
from app.reports.styles import HAIRLINE_PT, MM, STYLES
from app.reports.summary_content import Bar, KeyFigure

CELLS_A_ROW: Final = 3
BAR_PT: Final = 4.2 * MM
BAR_PITCH_PT: Final = 7 * MM
LABEL_PT: Final = 42 * MM
VALUE_PT: Final = 26 * MM
FIELD_PT: Final = WIDTH_PT - LABEL_PT - VALUE_PT
LEAST_BARS: Final = 3
MOST_TOGETHER: Final = 24  # bars that stay on one page

# Two greys and a frame, so that a copy in black and white says the same.
GROUND: Final = Color(0.93, 0.93, 0.93)
FILLED: Final = Color(0.38, 0.38, 0.38)
EDGE: Final = Color(0.6, 0.6, 0.6)


@dataclass(frozen=True)
class FiguresStrip:
    """A row of key figures: the number large, its unit beside it, what it counts below."""

    cells: tuple[KeyFigure, ...]
    space_before_pt: float = 0.0
    keep_next: bool = False
    header: Strip | None = None

    @property
    def height_pt(self) -> float:
        return STYLES["figure"].leading_pt + STYLES["caption"].leading_pt + 2 * PAD_Y_PT

    @property
    def tied_pt(self) -> float:
        return self.height_pt

    def draw(self, pen: Pen, x: float, top: float) -> None:
        width = WIDTH_PT / CELLS_A_ROW
        for place, cell in enumerate(self.cells):
            left = x + place * width
            pen.frame(left, top, width, self.height_pt, HAIRLINE_PT)
            self._cell(pen, cell, left + PAD_X_PT, top + PAD_Y_PT, width - 2 * PAD_X_PT)

    def _cell(self, pen: Pen, cell: KeyFigure, x: float, top: float, width: float) -> None:
        figure, unit = STYLES["figure"], STYLES["bar_value"]
        number, beside = one_line(cell.value, figure), one_line(cell.unit, unit)
        gap = 0.25 * figure.size_pt if cell.unit else 0.0
        wide = number.width_em * figure.size_pt
        total = wide + gap + beside.width_em * unit.size_pt
        if total > width:  # a very large sum: smaller, never cut
            figure = figure.sized(figure.size_pt * width / total)
            wide, total = wide * width / total, width
        start = x + (width - total) / 2
        pen.line(number, replace(figure, align="left"), start, top, wide)
        pen.line(beside, unit, start + wide + gap, top + figure.leading_pt - unit.leading_pt - 1, total)
        caption = STYLES["caption"]
        label = one_line(cell.label, caption, width / caption.size_pt)
        pen.line(label, caption, x, top + STYLES["figure"].leading_pt, width)

    def split(self, room_pt: float) -> tuple[Strip, Strip] | None:  # noqa: ARG002 - a row stays whole
        return None


@dataclass(frozen=True)
class BarsStrip:
    """Bars one below the other: label, the whole as a light field, the part dark in it, the number."""

    bars: tuple[Bar, ...]
    space_before_pt: float = 0.0
    keep_next: bool = False
    header: Strip | None = None

    @property
    def height_pt(self) -> float:
        return len(self.bars) * BAR_PITCH_PT

    @property
    def tied_pt(self) -> float:
        return self.height_pt if len(self.bars) <= MOST_TOGETHER else LEAST_BARS * BAR_PITCH_PT

    def draw(self, pen: Pen, x: float, top: float) -> None:
        pen.drawing(self._drawing(), x + LABEL_PT, top)
        label, value = STYLES["bar_label"], STYLES["bar_value"]
        for place, bar in enumerate(self.bars):
            line_top = top + place * BAR_PITCH_PT + (BAR_PITCH_PT - label.leading_pt) / 2
            name = one_line(bar.label, label, (LABEL_PT - 3 * MM) / label.size_pt)
            pen.line(name, label, x, line_top, LABEL_PT - 3 * MM)
            shown = one_line(bar.shown, value, (VALUE_PT - 2 * MM) / value.size_pt)
            pen.line(shown, value, x + LABEL_PT + FIELD_PT + 2 * MM, line_top, VALUE_PT - 2 * MM)

    def _drawing(self) -> Drawing:
        drawing = Drawing(FIELD_PT, self.height_pt)
        for place, bar in enumerate(self.bars):
            bottom = self.height_pt - (place + 0.5) * BAR_PITCH_PT - BAR_PT / 2
            part = float(bar.value / bar.whole) if bar.whole else 0.0
            drawing.add(_rectangle(bottom, FIELD_PT, GROUND))
            if part > 0:
                drawing.add(_rectangle(bottom, FIELD_PT * min(1.0, part), FILLED))
        drawing.add(Line(0, 0, 0, self.height_pt, strokeColor=Color(0, 0, 0), strokeWidth=HAIRLINE_PT))
        return drawing

    def split(self, room_pt: float) -> tuple[Strip, Strip] | None:
        count = min(int(room_pt / BAR_PITCH_PT), len(self.bars) - LEAST_BARS)
        if count < LEAST_BARS or len(self.bars) <= MOST_TOGETHER:
            return None
        return (
            replace(self, bars=self.bars[:count], keep_next=False),
            replace(self, bars=self.bars[count:], space_before_pt=0.0),
        )


def figure_strips(cells: Sequence[KeyFigure]) -> list[FiguresStrip]:
    """The cells, three a row."""
    rows = [tuple(cells[start : start + CELLS_A_ROW]) for start in range(0, len(cells), CELLS_A_ROW)]
    return [
        FiguresStrip(row, 0.0 if number else 2 * MM, keep_next=number < len(rows) - 1)
        for number, row in enumerate(rows)
    ]


def _rectangle(bottom: float, width: float, fill: Color) -> Rect:
    return Rect(0, bottom, width, BAR_PT, fillColor=fill, strokeColor=EDGE, strokeWidth=HAIRLINE_PT / 2)
