"""The papers of `official_form.py` and `record_report.py` as Word files that can be edited.

The same layout and the same content as the PDF. Where the PDF sets a long text smaller, the row of a Word
table grows instead, because whoever opens it goes on writing there.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE
from docx.image.image import Image
from docx.shared import Mm, Pt, RGBColor
from docx.table import _Cell
from docx.text.run import Run

from app.i18n import Language, words
from app.reports.document import DocumentFacts
from app.reports.official_form import CellLayout, FormLayout, cell_text
from app.reports.record_blocks import blocks, numbered, paired
from app.reports.record_content import Entry, Field, Heading, Photo, RecordContent, Table
from app.reports.record_report import PhotoReader, RecordFacts, facts_of
from app.reports.report_page import column_widths
from app.reports.styles import MARGIN_BOTTOM_MM, MARGIN_TOP_MM, MM, STYLES, TYPE_WIDTH_MM
from app.reports.word_parts import (
    add_run,
    document_bytes,
    empty_document,
    plain_table,
    repeat_as_head,
    write_cell,
    write_footer,
    write_mark,
    write_text,
)

LABEL_PAD_MM: Final = 1.0
VALUE_PAD_MM: Final = 2.5
FIELD_PAD_MM: Final = 1.5
LABEL_MM: Final = 30.0
TOP_MM: Final = 25.0  # of a report: a working paper has less air above and below
PHOTO_MM: Final = 75.0
PHOTO_HIGH_MM: Final = PHOTO_MM * 3 / 4


def official_docx(
    layout: FormLayout, answers: Mapping[str, str] | None, *, mark: str = "", lang: Language = "zh"
) -> bytes:
    """The official form, filled with shown answers by path, or blank with its placeholders if None."""
    facts = DocumentFacts("".join(layout.title), subject=layout.attachment)
    document = empty_document(facts, top_mm=MARGIN_TOP_MM, bottom_mm=MARGIN_BOTTOM_MM)
    section = document.sections[0]
    section.different_first_page_header_footer = True  # the form has no page number, what it grows to has
    write_footer(section, words(lang)["paper.page"])
    if mark:
        write_mark(section.first_page_header.paragraphs[0], mark)
        write_mark(section.header.paragraphs[0], mark)
    write_text(document.add_paragraph(), layout.attachment, STYLES["attachment"])
    for line in layout.title:
        write_text(document.add_paragraph(), line, STYLES["title"])
    document.paragraphs[1].paragraph_format.space_before = Mm(6)
    document.paragraphs[-1].paragraph_format.space_after = Mm(7)
    _form_table(document, layout, answers)
    for line in layout.note:
        write_text(document.add_paragraph(), line, STYLES["note"])
    document.paragraphs[-len(layout.note)].paragraph_format.space_before = Mm(2)
    return document_bytes(document)


def record_docx(
    content: RecordContent, facts: RecordFacts, read_photo: PhotoReader, lang: Language = "zh"
) -> bytes:
    """The report of a record. `read_photo` gives the JPEG for the digests of a photo, or None."""
    say = words(lang)
    document = empty_document(
        DocumentFacts(content.title, subject=content.subtitle, author=facts.author),
        top_mm=TOP_MM,
        bottom_mm=TOP_MM,
    )
    section = document.sections[0]
    write_footer(section, say["paper.page"])
    if mark := facts.mark(say):
        write_mark(section.header.paragraphs[0], mark)
    if content.number:
        named = say["paper.numbered"].format(number=content.number)
        write_text(document.add_paragraph(), named, STYLES["small"])
    write_text(document.add_paragraph(), content.title, STYLES["title"])
    if content.subtitle:
        write_text(document.add_paragraph(), content.subtitle, STYLES["subtitle"])
    _gap(document)
    _field_table(document, facts_of(facts, say))
    numbers = [0, 0, 0]
    for block in blocks(content.entries):
        _add_block(document, block, numbers, read_photo, lang)
    if content.masked:
        _gap(document)
        write_text(document.add_paragraph(), say["paper.masked_note"], STYLES["small"])
    return document_bytes(document)


def _form_table(document: Document, layout: FormLayout, answers: Mapping[str, str] | None) -> None:
    table = plain_table(document, layout.columns_mm, len(layout.rows), ruled=True)
    for row, made in zip(layout.rows, table.rows, strict=True):
        made.height, made.height_rule = Mm(row.height_mm), WD_ROW_HEIGHT_RULE.AT_LEAST
        column = 0
        for cell in row.cells:
            target = made.cells[column].merge(made.cells[column + cell.span - 1])
            column += cell.span
            _fill(target, cell, cell_text(cell, answers))


def _fill(target: _Cell, cell: CellLayout, text: str) -> None:
    style = STYLES["value" if text == cell.placeholder else cell.style]
    write_cell(target, text, style, LABEL_PAD_MM if cell.style == "label" else VALUE_PAD_MM)
    top = cell.style == "paragraph" and text != cell.placeholder
    places = WD_CELL_VERTICAL_ALIGNMENT
    target.vertical_alignment = places.TOP if top else places.CENTER


def _add_block(
    document: Document, block: Sequence[Entry], numbers: list[int], read_photo: PhotoReader, lang: Language
) -> None:
    match block[0]:
        case Heading() as heading:
            _heading(document, heading, numbers, lang)
        case Field():
            _field_table(document, [entry for entry in block if isinstance(entry, Field)])
        case Table() as table:
            _answer_table(document, table)
        case Photo():
            _photo_table(document, [entry for entry in block if isinstance(entry, Photo)], read_photo)


def _heading(document: Document, heading: Heading, numbers: list[int], lang: Language) -> None:
    """A real heading of Word, so that its outline leads to it."""
    level, text = numbered(heading, numbers, lang)
    paragraph = document.add_paragraph(style=f"Heading {level}")
    style = STYLES["heading" if level == 1 else "subheading"]
    write_text(paragraph, "", style)
    run = add_run(paragraph, text, style)
    run.font.bold = False
    run.font.color.rgb = RGBColor(0, 0, 0)
    paragraph.paragraph_format.space_before = Mm(5 if level == 1 else 3)
    paragraph.paragraph_format.space_after = Mm(1)
    paragraph.paragraph_format.keep_with_next = True


def _field_table(document: Document, fields: Sequence[Field]) -> None:
    rows = list(paired(fields))
    half = TYPE_WIDTH_MM / 2 - LABEL_MM
    table = plain_table(document, (LABEL_MM, half, LABEL_MM, half), len(rows), ruled=True)
    for row, made in zip(rows, table.rows, strict=True):
        for number, field in enumerate(row):
            label, value = made.cells[2 * number], made.cells[2 * number + 1]
            if len(row) == 1:
                value = value.merge(made.cells[3])
            write_cell(label, field.label, STYLES["field_label"], FIELD_PAD_MM)
            write_cell(value, field.value, STYLES["field_value"], FIELD_PAD_MM)
            label.vertical_alignment = value.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    _gap(document)


def _answer_table(document: Document, table: Table) -> None:
    widths_mm = tuple(width / MM for width in column_widths(table.heads, table.rows, table.numbers))
    made = plain_table(document, widths_mm, len(table.rows) + 1, ruled=True)
    repeat_as_head(made)
    for cell, text in zip(made.rows[0].cells, table.heads, strict=True):
        write_cell(cell, text, STYLES["column_head"], FIELD_PAD_MM)
    for row, texts in zip(list(made.rows)[1:], table.rows, strict=True):
        for place, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            style = STYLES["field_value"]
            write_cell(
                cell, text, replace(style, align="right") if place in table.numbers else style, FIELD_PAD_MM
            )
    _gap(document)


def _photo_table(document: Document, photos: Sequence[Photo], read_photo: PhotoReader) -> None:
    """Photos two by two, each over its caption; a pair and its captions stay on one page."""
    pairs = [photos[start : start + 2] for start in range(0, len(photos), 2)]
    table = plain_table(document, (TYPE_WIDTH_MM / 2, TYPE_WIDTH_MM / 2), 2 * len(pairs), ruled=False)
    for number, pair in enumerate(pairs):
        pictures, captions = table.rows[2 * number].cells, table.rows[2 * number + 1].cells
        for photo, above, below in zip(pair, pictures, captions, strict=False):
            data = read_photo(photo.digests) if photo.digests else None
            write_cell(above, "" if data else photo.reason, STYLES["caption"], LABEL_PAD_MM)
            paragraph = above.paragraphs[0]
            paragraph.paragraph_format.keep_with_next = True
            if data:
                paragraph.paragraph_format.line_spacing = 1.0  # an exact height would cut the picture
                _add_picture(paragraph.add_run(), data, photo.caption)
            write_cell(below, photo.caption, STYLES["caption"], LABEL_PAD_MM)
            below.paragraphs[-1].paragraph_format.space_after = Mm(4)
    _gap(document)


def _add_picture(run: Run, data: bytes, caption: str) -> None:
    size = Image.from_blob(data)
    scale = min(PHOTO_MM / size.px_width, PHOTO_HIGH_MM / size.px_height)
    picture = run.add_picture(io.BytesIO(data), width=Mm(size.px_width * scale))
    picture._inline.docPr.set("descr", caption)  # noqa: SLF001  for who has pictures read out


def _gap(document: Document) -> None:
    """Air below a table; without a paragraph between them Word makes two tables one."""
    paragraph = document.add_paragraph()
    write_text(paragraph, "", STYLES["small"])
    paragraph.paragraph_format.line_spacing = Pt(6)
