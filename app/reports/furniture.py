"""What stands on a page beside its contents: the mark of a draft, the line at the top, the page number."""

from __future__ import annotations

from typing import Final

from app.reports.document import Pen
from app.reports.lines import Line, break_lines
from app.reports.styles import (
    FRAME_PT,
    HAIRLINE_PT,
    MARGIN_BOTTOM_MM,
    MARGIN_LEFT_MM,
    MM,
    PAGE_HEIGHT_MM,
    STYLES,
    TYPE_WIDTH_MM,
    TextStyle,
)

FOOTER_BELOW_MM: Final = 7.0  # GB/T 9704-2012, 7.5: the page number stands 7 mm below the type area
WITHOUT_LIMIT_EM: Final = 1e6
MOST_CHARACTERS: Final = 500


def draw_mark(pen: Pen, mark: str, right: float, top: float) -> None:
    """A framed word (草稿) that ends at `right`, on the line that starts at `top`."""
    style = STYLES["mark"]
    line = one_line(mark, style)
    width = line.width_em * style.size_pt + 4 * MM
    pen.frame(right - width, top, width, style.leading_pt, FRAME_PT)
    pen.line(line, style, right - width, top, width)


def draw_head_note(pen: Pen, text: str, top: float) -> None:
    """A small line at the left above the title: the record's number."""
    if text:
        style, left = STYLES["field_value"], MARGIN_LEFT_MM * MM
        pen.line(one_line(text, style, TYPE_WIDTH_MM * MM / 2 / style.size_pt), style, left, top, 0)


def draw_footer(pen: Pen, text: str) -> None:
    """The page number, centred below the type area."""
    top = (PAGE_HEIGHT_MM - MARGIN_BOTTOM_MM + FOOTER_BELOW_MM) * MM
    style = STYLES["footer"]
    pen.line(one_line(text, style), style, MARGIN_LEFT_MM * MM, top, TYPE_WIDTH_MM * MM)


def draw_page_number(pen: Pen, number: int) -> None:
    """— 1 — as official documents have it: odd pages on the right, even ones on the left, a character in.

    Source: GB/T 9704-2012, 7.5.
    """
    style = STYLES["page_number"]
    line = one_line(f"— {number} —", style)
    left = MARGIN_LEFT_MM * MM + style.size_pt
    if number % 2:
        left += TYPE_WIDTH_MM * MM - line.width_em * style.size_pt - 2 * style.size_pt
    top = (PAGE_HEIGHT_MM - MARGIN_BOTTOM_MM + FOOTER_BELOW_MM) * MM
    pen.line(line, style, left, top, line.width_em * style.size_pt)


def draw_running_head(pen: Pen, left_text: str, right_text: str, top: float) -> None:
    """A small line above the type area: the report on the left, its state on the right, a hairline below."""
    style, left, width = STYLES["small"], MARGIN_LEFT_MM * MM, TYPE_WIDTH_MM * MM
    right = one_line(right_text, style)
    room_em = width / style.size_pt - right.width_em - 2
    pen.line(one_line(left_text, style, room_em), style, left, top, width)
    pen.line(right, style, left + width - right.width_em * style.size_pt, top, width)
    pen.rule(left, top + style.leading_pt + MM, left + width, top + style.leading_pt + MM, HAIRLINE_PT)


def one_line(text: str, style: TextStyle, width_em: float = WITHOUT_LIMIT_EM) -> Line:
    """As much of a text as one line holds; a longer one ends in ……."""
    face = style.face
    if width_em < WITHOUT_LIMIT_EM:
        text = text[: MOST_CHARACTERS + 1]  # more never stand on a line, and a title can be very long
    lines = break_lines(text, face, width_em) or break_lines(" ", face, width_em)
    if len(lines) == 1:
        return lines[0]
    shown = "".join(piece.text for piece in break_lines(text, face, width_em - 2)[0].pieces)
    return break_lines(shown + "……", face, WITHOUT_LIMIT_EM)[0]
