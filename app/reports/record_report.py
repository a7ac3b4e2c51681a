"""A record of any form as a report: title, what it is, its sections with fields, tables and photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Final

from app.i18n import Language, words
from app.reports.document import DocumentFacts, Pen, PrintedPdf, write_pdf
from app.reports.fonts import register_fonts
from app.reports.furniture import draw_footer, draw_mark, draw_running_head
from app.reports.lines import Line, break_lines, text_width_em
from app.reports.record_blocks import blocks, numbered, paired
from app.reports.record_content import Entry, Field, Heading, Photo, RecordContent, Table
from app.reports.strips import (
    PAD_X_PT,
    Cell,
    Column,
    PhotoBox,
    PhotoStrip,
    RowStrip,
    Strip,
    TextStrip,
    fill_columns,
    text_cell,
    text_strip,
)
from app.reports.styles import (
    MARGIN_LEFT_MM,
    MARGIN_RIGHT_MM,
    MM,
    PAGE_WIDTH_MM,
    STYLES,
    TYPE_WIDTH_MM,
    TextStyle,
)

# Reports are working papers: the sides of GB/T 9704-2012 for binding, less air above and below.
TOP_MM: Final = 25.0
HEIGHT_MM: Final = 237.0
HEAD_TOP_MM: Final = 15.0
WIDTH_PT: Final = TYPE_WIDTH_MM * MM
LABEL_WIDTH_PT: Final = 30 * MM
VALUE_WIDTH_PT: Final = WIDTH_PT / 2 - LABEL_WIDTH_PT
KEPT_WHOLE_PT: Final = 45 * MM
MOST_CAPTION_LINES: Final = 5
PHOTO_GAP_PT: Final = 6 * MM
PHOTO_WIDTH_PT: Final = (WIDTH_PT - PHOTO_GAP_PT) / 2
PHOTO_HEIGHT_PT: Final = PHOTO_WIDTH_PT * 3 / 4
WIDEST_COLUMN_EM: Final = 16.0

PhotoReader = Callable[[tuple[str, ...]], bytes | None]


@dataclass(frozen=True)
class RecordFacts:
    """What the report says of the record itself. `changed` is shown as it is."""

    record_id: str
    version: str
    final: bool
    changed: str = ""
    sample: bool = False

    def mark(self, say: Mapping[str, str]) -> str:
        """What stands in a frame on the paper: 草稿, 示例, both, or nothing."""
        return "　".join(
            say[key] for key, true in (("paper.sample", self.sample), ("paper.draft", not self.final)) if true
        )


def record_report_pdf(
    content: RecordContent, facts: RecordFacts, read_photo: PhotoReader, lang: Language = "zh"
) -> PrintedPdf:
    """The report as a file. `read_photo` gives the JPEG for the digests of a photo, None if none is here.

    Photos are read one after the other as their pages are written.
    """
    register_fonts()
    say = words(lang)
    strips = [*_title(content, facts, say), *_sections(content.entries, read_photo, lang)]
    if content.masked:
        strips.append(text_strip(say["paper.masked_note"], STYLES["small"], WIDTH_PT, space_before_pt=4 * MM))
    columns = fill_columns(strips, HEIGHT_MM * MM)
    pages = [
        partial(_draw_page, column, number, len(columns), content, facts, say)
        for number, column in enumerate(columns, 1)
    ]
    return write_pdf(pages, DocumentFacts(content.title, subject=content.subtitle))


def _draw_page(
    column: Column,
    number: int,
    pages: int,
    content: RecordContent,
    facts: RecordFacts,
    say: Mapping[str, str],
    pen: Pen,
) -> None:
    mark = facts.mark(say)
    if number > 1:
        title = f"{content.title}　{content.subtitle}"
        draw_running_head(pen, title, mark, HEAD_TOP_MM * MM)
    elif mark:
        draw_mark(pen, mark, (PAGE_WIDTH_MM - MARGIN_RIGHT_MM) * MM, HEAD_TOP_MM * MM)
    column.draw(pen, MARGIN_LEFT_MM * MM, TOP_MM * MM)
    draw_footer(pen, say["paper.page"].format(page=number, pages=pages))


def _title(content: RecordContent, facts: RecordFacts, say: Mapping[str, str]) -> list[Strip]:
    strips: list[Strip] = [text_strip(content.title, STYLES["title"], WIDTH_PT)]
    if content.subtitle:
        strips.append(text_strip(content.subtitle, STYLES["subtitle"], WIDTH_PT, space_before_pt=2 * MM))
    rows = _field_rows(facts_of(facts, say))
    return [*strips, *_block(rows, 6 * MM)]


def facts_of(facts: RecordFacts, say: Mapping[str, str]) -> list[Field]:
    """What the first table of a report says of the record itself."""
    about = [
        Field(say["paper.state"], say["paper.state_final" if facts.final else "paper.state_draft"]),
        Field(say["paper.changed"], facts.changed),
        Field(
            say["paper.record"],
            say["paper.record_of_version"].format(record=facts.record_id, version=facts.version),
            wide=True,
        ),
    ]
    return [field for field in about if field.value]


def _sections(entries: Sequence[Entry], read_photo: PhotoReader, lang: Language) -> list[Strip]:
    """The strips of all entries. Neighbours of one kind make one block."""
    strips: list[Strip] = []
    numbers = [0, 0, 0]
    for block in blocks(entries):
        match block[0]:
            case Heading() as heading:
                strips.append(_heading(heading, numbers, lang))
            case Field():
                strips += _block(_field_rows([e for e in block if isinstance(e, Field)]), 2 * MM)
            case Table() as table:
                strips += _block(_table_rows(table), 2 * MM)
            case Photo():
                strips += _photo_rows([e for e in block if isinstance(e, Photo)], read_photo)
    return strips


def _heading(heading: Heading, numbers: list[int], lang: Language) -> TextStrip:
    """A heading with its number; the space above tells its level."""
    level, text = numbered(heading, numbers, lang)
    style = STYLES["heading" if level == 1 else "subheading"]
    space = 5 * MM if level == 1 else 3 * MM
    return text_strip(text, style, WIDTH_PT, space_before_pt=space, keep_next=True)


def _block(rows: Sequence[RowStrip], space_pt: float) -> list[RowStrip]:
    """Rows as one block: a small one stays whole, of a large one no row stands alone at a page's end."""
    small = sum(row.height_pt for row in rows) <= KEPT_WHOLE_PT
    last = len(rows) - 1
    tied = [small or number in {0, last - 1} or row.keep_next for number, row in enumerate(rows)]
    return [
        replace(row, space_before_pt=0.0 if number else space_pt, keep_next=tie and number < last)
        for number, (row, tie) in enumerate(zip(rows, tied, strict=True))
    ]


def _field_rows(fields: Sequence[Field]) -> list[RowStrip]:
    return [
        RowStrip(tuple(cell for field in row for cell in _cells(field, len(row)))) for row in paired(fields)
    ]


def _cells(field: Field, beside: int) -> tuple[Cell, Cell]:
    """Label and value; a field alone in its row has all of its width."""
    width = VALUE_WIDTH_PT if beside == 2 else WIDTH_PT - LABEL_WIDTH_PT
    return (
        text_cell(field.label, STYLES["field_label"], LABEL_WIDTH_PT, label=True),
        text_cell(field.value, STYLES["field_value"], width),
    )


def _table_rows(table: Table) -> list[RowStrip]:
    """A head and its rows; the head is repeated on every page."""
    widths = _column_widths(table)
    head = RowStrip(
        tuple(
            text_cell(text, STYLES["column_head"], width, label=True)
            for text, width in zip(table.heads, widths, strict=True)
        ),
        keep_next=True,
    )
    rows = [
        RowStrip(
            tuple(
                text_cell(text, STYLES["field_value"], width) for text, width in zip(row, widths, strict=True)
            ),
            header=head,
        )
        for row in table.rows
    ]
    return [head, *rows]


def _column_widths(table: Table) -> list[float]:
    """Widths that share the page after what stands in the columns; a long text asks for 16 em at most."""
    style = STYLES["field_value"]
    wanted = []
    for texts in zip(table.heads, *table.rows, strict=True):
        widest = max(text_width_em(text, style.face) for text in texts)
        wanted.append(min(widest, WIDEST_COLUMN_EM) * style.size_pt + 2 * PAD_X_PT)
    scale = WIDTH_PT / sum(wanted)
    edges = [0.0]
    for width in wanted:
        edges.append(edges[-1] + width * scale)
    return [right - left for left, right in pairwise(edges)]


def _photo_rows(photos: Sequence[Photo], read_photo: PhotoReader) -> list[Strip]:
    """Photos two by two. A caption longer than a few lines stands whole below its pair."""
    style = STYLES["caption"]
    strips: list[Strip] = []
    for start in range(0, len(photos), 2):
        pair = photos[start : start + 2]
        boxes = tuple(_photo_box(photo, style, read_photo) for photo in pair)
        strips.append(
            PhotoStrip(boxes, PHOTO_WIDTH_PT, PHOTO_HEIGHT_PT, PHOTO_GAP_PT, style, space_before_pt=4 * MM)
        )
        strips += [
            text_strip(photo.caption, STYLES["small"], WIDTH_PT, space_before_pt=2 * MM)
            for photo in pair
            if len(_caption(photo, style)) > MOST_CAPTION_LINES
        ]
    return strips


def _photo_box(photo: Photo, style: TextStyle, read_photo: PhotoReader) -> PhotoBox:
    absent = break_lines(photo.reason, style.face, PHOTO_WIDTH_PT / style.size_pt)
    return PhotoBox(
        tuple(_caption(photo, style)[:MOST_CAPTION_LINES]),
        partial(_photo_data, photo.digests, read_photo),
        tuple(absent),
    )


def _caption(photo: Photo, style: TextStyle) -> list[Line]:
    return break_lines(photo.caption, style.face, PHOTO_WIDTH_PT / style.size_pt)


def _photo_data(digests: tuple[str, ...], read_photo: PhotoReader) -> bytes | None:
    return read_photo(digests) if digests else None
