"""A record of any form as a report: title, what it is, its sections with fields, tables and photos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from app.i18n import Language, words
from app.reports.document import LANGUAGES, DocumentFacts, Pen, PrintedPdf, write_pdf
from app.reports.fonts import register_fonts
from app.reports.furniture import draw_footer, draw_head_note, draw_mark, draw_running_head
from app.reports.record_blocks import blocks, numbered, paired
from app.reports.record_content import Entry, Field, Heading, Photo, RecordContent, Table
from app.reports.report_page import WIDTH_PT, PhotoReader, block, heading_strip, photo_rows, table_rows
from app.reports.strips import (
    Cell,
    Column,
    RowStrip,
    Strip,
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
)

# Reports are working papers: the sides of GB/T 9704-2012 for binding, less air above and below.
TOP_MM: Final = 25.0
HEIGHT_MM: Final = 237.0
HEAD_TOP_MM: Final = 15.0
LABEL_WIDTH_PT: Final = 30 * MM
VALUE_WIDTH_PT: Final = WIDTH_PT / 2 - LABEL_WIDTH_PT


@dataclass(frozen=True)
class RecordFacts:
    """What the report says of the record itself. `changed` is shown as it is."""

    record_id: str
    version: str
    final: bool
    changed: str = ""
    sample: bool = False
    author: str = ""
    """Who prints it, for the properties of the file."""

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
    title = f"{content.title} {content.subtitle}".strip()
    return write_pdf(
        pages, DocumentFacts(title, subject=content.title, author=facts.author, language=LANGUAGES[lang])
    )


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
    named = say["paper.numbered"].format(number=content.number) if content.number else ""
    if number > 1:
        title = f"{content.title}　{content.subtitle}"
        shown = "" if content.number in content.subtitle else named
        draw_running_head(pen, title, "　".join(filter(None, (shown, mark))), HEAD_TOP_MM * MM)
    else:
        draw_head_note(pen, named, HEAD_TOP_MM * MM)
        if mark:
            draw_mark(pen, mark, (PAGE_WIDTH_MM - MARGIN_RIGHT_MM) * MM, HEAD_TOP_MM * MM)
    column.draw(pen, MARGIN_LEFT_MM * MM, TOP_MM * MM)
    draw_footer(pen, say["paper.page"].format(page=number, pages=pages))


def _title(content: RecordContent, facts: RecordFacts, say: Mapping[str, str]) -> list[Strip]:
    strips: list[Strip] = [text_strip(content.title, STYLES["title"], WIDTH_PT)]
    if content.subtitle:
        strips.append(text_strip(content.subtitle, STYLES["subtitle"], WIDTH_PT, space_before_pt=2 * MM))
    rows = _field_rows(facts_of(facts, say))
    return [*strips, *block(rows, 6 * MM)]


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
    for run in blocks(entries):
        match run[0]:
            case Heading() as heading:
                strips.append(heading_strip(*numbered(heading, numbers, lang)))
            case Field():
                strips += block(_field_rows([e for e in run if isinstance(e, Field)]), 2 * MM)
            case Table() as table:
                strips += block(table_rows(table.heads, table.rows, table.numbers), 2 * MM)
            case Photo():
                strips += photo_rows([e for e in run if isinstance(e, Photo)], read_photo)
    return strips


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
