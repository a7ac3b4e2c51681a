"""A summary as a book: head, key figures, tables, bars, photos before and after two a row.

It is handed in, so its pages are those of an official document: margins, type area and page numbers of
GB/T 9704-2012 (5.2 and 7.5); how many pages there are stands in the line above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Final

from app.i18n import Language, words
from app.reports.document import LANGUAGES, DocumentFacts, Pen, PrintedPdf, write_pdf
from app.reports.fonts import register_fonts
from app.reports.furniture import draw_page_number, draw_running_head
from app.reports.record_blocks import numbered
from app.reports.record_content import Heading
from app.reports.report_page import (
    WIDTH_PT,
    PhotoReader,
    block,
    heading_strip,
    photo_rows,
    table_rows,
)
from app.reports.strips import Column, RowStrip, Strip, fill_columns, text_cell, text_strip
from app.reports.styles import MARGIN_LEFT_MM, MARGIN_TOP_MM, MM, STYLES, TYPE_HEIGHT_MM
from app.reports.summary_content import (
    BarChart,
    Head,
    KeyFigures,
    Paragraphs,
    PhotoPair,
    PhotoPairs,
    Section,
    SummaryContent,
    SummaryTable,
)
from app.reports.summary_strips import BarsStrip, figure_strips

HEAD_TOP_MM: Final = 25.0
HEAD_LABEL_PT: Final = 30 * MM


def summary_book_pdf(
    content: SummaryContent, read_photo: PhotoReader, lang: Language = "zh", *, author: str = ""
) -> PrintedPdf:
    """The summary as a file. `read_photo` gives the JPEG for the digests of a photo, None if none is here.

    Photos are read one after the other as their pages are written.
    """
    register_fonts()
    say = words(lang)
    numbers = [0, 0, 0]
    strips: list[Strip] = []
    for before, section in pairwise([None, *content.sections]):
        if section is not None:
            strips += _headings(section, before, numbers, lang)
            strips += _section(section, read_photo)
    columns = fill_columns(strips, TYPE_HEIGHT_MM * MM)
    pages = [
        partial(_draw_page, column, number, len(columns), content, say)
        for number, column in enumerate(columns, 1)
    ]
    title = content.place + content.title if lang == "zh" else f"{content.title}: {content.place}"
    facts = DocumentFacts(title, subject=content.title, author=author, language=LANGUAGES[lang])
    return write_pdf(pages, facts)


def _draw_page(
    column: Column, number: int, pages: int, content: SummaryContent, say: Mapping[str, str], pen: Pen
) -> None:
    title = f"{content.place}　{content.title}" if number > 1 else ""
    marks = [say["paper.sample"]] if content.sample else []
    right = "　".join([*marks, say["summary.page_of"].format(page=number, pages=pages)])
    draw_running_head(pen, title, right, HEAD_TOP_MM * MM)
    column.draw(pen, MARGIN_LEFT_MM * MM, MARGIN_TOP_MM * MM)
    draw_page_number(pen, number)


def _headings(
    section: Section, before: Section | None, numbers: list[int], lang: Language
) -> Iterator[Strip]:
    """The heading of a section, once for tables that stand together, and the form below it."""
    if isinstance(section, Head):
        return
    if before is None or isinstance(before, Head) or before.title != section.title:
        yield heading_strip(*numbered(Heading(section.title, 1), numbers, lang))
    if isinstance(section, SummaryTable) and section.form:
        yield heading_strip(*numbered(Heading(section.form, 2), numbers, lang))


def _section(section: Section, read_photo: PhotoReader) -> Sequence[Strip]:
    match section:
        case Head():
            return _head(section)
        case KeyFigures():
            return figure_strips(section.cells)
        case SummaryTable():
            rows = table_rows(section.heads, section.rows, section.right, total=section.total)
            return [*block(rows, 2 * MM), *_note(section.note)]
        case BarChart():
            return [BarsStrip(section.bars, 2 * MM, keep_next=bool(section.note)), *_note(section.note)]
        case PhotoPairs():
            return [strip for pair in section.pairs for strip in _pair(pair, read_photo)]
        case Paragraphs():
            return [text_strip(text, STYLES["paragraph"], WIDTH_PT) for text in section.texts]


def _head(head: Head) -> list[Strip]:
    """The division, the title, and a table of what it counts and as of when."""
    strips: list[Strip] = [
        text_strip(head.place, STYLES["title"], WIDTH_PT),
        text_strip(head.title, STYLES["title"], WIDTH_PT),
    ]
    label, value = STYLES["field_label"], STYLES["field_value"]
    rows = [
        RowStrip(
            (
                text_cell(name, label, HEAD_LABEL_PT, label=True),
                text_cell(text, value, WIDTH_PT - HEAD_LABEL_PT),
            )
        )
        for name, text in head.lines
    ]
    return [*strips, *block(rows, 8 * MM)]


def _note(text: str) -> list[Strip]:
    return [text_strip(text, STYLES["small"], WIDTH_PT, space_before_pt=1.5 * MM)] if text else []


def _pair(pair: PhotoPair, read_photo: PhotoReader) -> list[Strip]:
    """The view's name above its two photos, on one page with them."""
    name = text_strip(pair.heading, STYLES["field_label"], WIDTH_PT, space_before_pt=4 * MM)
    photos = photo_rows((pair.before, pair.after), read_photo, space_pt=MM)
    return [replace(name, keep_next=True), *photos]
