"""An official form on paper, cell by cell, from a layout file of `resources/reports/`.

A blank form shows its 【…】 placeholders; a filled one leaves an empty cell empty. Nothing is drawn over
the table: a seal is pressed there by hand. A text too long for its cell is set smaller down to 小五, then is
printed whole on an annex page (fit "shrink"), or is so at once ("continue"), or is refused ("refuse"); it is
never cut.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

import msgspec

from app.i18n import Language, words
from app.paths import resources_folder
from app.reports.document import DocumentFacts, Page, Pen, PrintedPdf, write_pdf
from app.reports.fonts import register_fonts
from app.reports.furniture import draw_footer, draw_mark
from app.reports.lines import Line, break_lines
from app.reports.strips import Column, Strip, fill_columns, text_strip
from app.reports.styles import (
    FRAME_PT,
    HAIRLINE_PT,
    MARGIN_LEFT_MM,
    MARGIN_TOP_MM,
    MM,
    SIZES_PT,
    STYLES,
    TYPE_HEIGHT_MM,
    TYPE_WIDTH_MM,
    TextStyle,
)
from core.errors import KnownError

LABEL_PAD_PT: Final = 1.0 * MM
VALUE_PAD_PT: Final = 2.5 * MM
SMALLEST_PT: Final = SIZES_PT["小五"]
SHRINK_STEP_PT: Final = 0.5


class CellLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One cell: a fixed text, or the answers of `fields` joined by a space; `span` columns wide."""

    style: Literal["label", "value", "paragraph"]
    text: str = ""
    fields: tuple[str, ...] = ()
    title: str = ""
    placeholder: str = ""
    span: int = 1
    fit: Literal["shrink", "continue", "refuse"] = "shrink"


class RowLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the table."""

    height_mm: float
    cells: tuple[CellLayout, ...]


class FormLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole form: the line above it, its title, the table, the note below."""

    form_id: str
    title: tuple[str, ...]
    columns_mm: tuple[float, ...]
    rows: tuple[RowLayout, ...]
    attachment: str = ""
    note: tuple[str, ...] = ()


@dataclass(frozen=True)
class CellText:
    """A cell's text as it fits: its lines, and what is left for the annex."""

    lines: tuple[Line, ...]
    style: TextStyle
    rest: str = ""


def official_layout(form_id: str) -> FormLayout | None:
    """The layout of the official form behind a form of ours, or None. A broken file is our defect."""
    file = resources_folder() / "reports" / f"{form_id}.toml"
    if not file.exists():
        return None
    layout = msgspec.toml.decode(file.read_bytes(), type=FormLayout)
    for number, row in enumerate(layout.rows, 1):
        if sum(cell.span for cell in row.cells) != len(layout.columns_mm):
            raise ValueError(f"{file.name}: row {number} does not fill the columns")
    return layout


def official_pdf(
    layout: FormLayout, answers: Mapping[str, str] | None, *, mark: str = "", lang: Language = "zh"
) -> PrintedPdf:
    """The form filled with shown answers by path, or blank with placeholders if `answers` is None.

    `mark` (草稿, 示例) stands in a frame above the table. Raises KnownError "print_too_long"
    for a cell that refuses a text longer than it.
    """
    register_fonts()
    table = _table(layout, answers, lang)
    first = partial(_draw_form, layout, table, mark)
    annex = _annex(layout, answers or {}, table, lang)
    pages: list[Page] = [first, *annex]
    facts = DocumentFacts("".join(layout.title), subject=layout.attachment)
    return write_pdf(pages, facts)


Table = tuple[tuple[CellText, ...], ...]


def _table(layout: FormLayout, answers: Mapping[str, str] | None, lang: Language) -> Table:
    rows = []
    for row in layout.rows:
        cells, column = [], 0
        for cell in row.cells:
            width_mm = sum(layout.columns_mm[column : column + cell.span])
            column += cell.span
            cells.append(_fit(cell, cell_text(cell, answers), width_mm * MM, row.height_mm * MM, lang))
        rows.append(tuple(cells))
    return tuple(rows)


def cell_text(cell: CellLayout, answers: Mapping[str, str] | None) -> str:
    """What stands in a cell: its own text, else the answers, else (`answers` None) its placeholder."""
    if cell.text:
        return cell.text
    if answers is None:
        return cell.placeholder
    return " ".join(filter(None, (answers.get(path, "").strip() for path in cell.fields)))


def _fit(cell: CellLayout, text: str, width_pt: float, height_pt: float, lang: Language) -> CellText:
    style, pad = STYLES[cell.style], LABEL_PAD_PT if cell.style == "label" else VALUE_PAD_PT
    if text == cell.placeholder:
        style = STYLES["value"]
    sizes = [style.size_pt]
    while cell.fit == "shrink" and sizes[-1] > SMALLEST_PT:
        sizes.append(max(SMALLEST_PT, sizes[-1] - SHRINK_STEP_PT))
    for size in sizes:
        sized = style.sized(size)
        lines = _lines(text, sized, width_pt - 2 * pad)
        if len(lines) * sized.leading_pt <= height_pt - 2 * HAIRLINE_PT:
            return CellText(tuple(lines), sized)
    if cell.fit == "refuse":
        raise KnownError("print_too_long", cell=cell.title)
    return _begun(text, style, width_pt - 2 * pad, height_pt, words(lang)["paper.goes_on"])


def _begun(text: str, style: TextStyle, width_pt: float, height_pt: float, goes_on: str) -> CellText:
    """As much as fits with the words that say where the rest is; the annex then has the whole text."""
    count = int((height_pt - 2 * HAIRLINE_PT) / style.leading_pt)
    pointer = break_lines(goes_on, style.face, width_pt / style.size_pt)
    lines = _lines(text, style, width_pt)[: max(0, count - len(pointer))]
    return CellText((*lines, *pointer), style, rest=text)


def _lines(text: str, style: TextStyle, width_pt: float) -> list[Line]:
    return break_lines(text, style.face, width_pt / style.size_pt, indent_em=style.indent_em)


def _draw_form(layout: FormLayout, table: Table, mark: str, pen: Pen) -> None:
    left, width = MARGIN_LEFT_MM * MM, TYPE_WIDTH_MM * MM
    top = MARGIN_TOP_MM * MM
    attachment = text_strip(layout.attachment, STYLES["attachment"], width)
    attachment.draw(pen, left, top)
    if mark:
        draw_mark(pen, mark, left + width, top)
    top += STYLES["attachment"].leading_pt + 6 * MM
    for line in layout.title:
        strip = text_strip(line, STYLES["title"], width)
        strip.draw(pen, left, top)
        top += strip.height_pt
    top = math.ceil(top / MM + 7) * MM  # a whole millimetre, so that the paper can be measured
    top = _draw_table(layout, table, pen, left, top)
    note = text_strip("\n".join(layout.note), STYLES["note"], width)
    note.draw(pen, left, top + 2 * MM)


def _draw_table(layout: FormLayout, table: Table, pen: Pen, left: float, top: float) -> float:
    """The ruled table; returns where it ends."""
    start, width = top, sum(layout.columns_mm) * MM
    for row, texts in zip(layout.rows, table, strict=True):
        height, x, column = row.height_mm * MM, left, 0
        for cell, text in zip(row.cells, texts, strict=True):
            wide = sum(layout.columns_mm[column : column + cell.span]) * MM
            column += cell.span
            pad = LABEL_PAD_PT if cell.style == "label" else VALUE_PAD_PT
            high = len(text.lines) * text.style.leading_pt
            down = 2 * MM if cell.style == "paragraph" and high + 4 * MM <= height else (height - high) / 2
            pen.lines(text.lines, text.style, x + pad, top + down, wide - 2 * pad)
            x += wide
            if column < len(layout.columns_mm):
                pen.rule(x, top, x, top + height)
        top += height
        if row is not layout.rows[-1]:
            pen.rule(left, top, left + width, top)
    pen.frame(left, start, width, top - start, FRAME_PT)
    return top


def _annex(layout: FormLayout, answers: Mapping[str, str], table: Table, lang: Language) -> list[Page]:
    """Pages with the whole text of every cell that was too small for it."""
    say, width = words(lang), TYPE_WIDTH_MM * MM
    strips: list[Strip] = []
    for row, texts in zip(layout.rows, table, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            if text.rest:
                strips += [
                    text_strip(cell.title, STYLES["heading"], width, space_before_pt=4 * MM, keep_next=True),
                    text_strip(cell_text(cell, answers), STYLES["paragraph"], width),
                ]
    if not strips:
        return []
    head = text_strip(say["paper.annex"].format(form="".join(layout.title)), STYLES["subtitle"], width)
    columns = fill_columns([head, *strips], TYPE_HEIGHT_MM * MM)
    return [
        partial(_draw_annex, column, say["paper.page"].format(page=number, pages=len(columns) + 1))
        for number, column in enumerate(columns, 2)
    ]


def _draw_annex(column: Column, footer: str, pen: Pen) -> None:
    column.draw(pen, MARGIN_LEFT_MM * MM, MARGIN_TOP_MM * MM)
    draw_footer(pen, footer)
