"""The pieces Word files are made of: the empty document, paragraphs and cells in our text styles, fields.

Every run names its faces itself: Word takes what a run does not say from the theme, and the theme of an
empty document is for English.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from itertools import groupby
from typing import Final

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.section import Section
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from app.reports.document import DocumentFacts
from app.reports.fonts import Face
from app.reports.styles import (
    FRAME_PT,
    HAIRLINE_PT,
    MARGIN_LEFT_MM,
    MARGIN_RIGHT_MM,
    PAGE_HEIGHT_MM,
    PAGE_WIDTH_MM,
    STYLES,
    Align,
    TextStyle,
)

# The faces official documents are typed in (GB/T 9704-2012, 7.1) by the names they have in Word. Where one is
# not installed Word shows 宋体 in its place and keeps the name.
FACES: Final[dict[Face, str]] = {
    "Song": "仿宋",
    "SongBold": "方正小标宋简体",
    "Hei": "黑体",
    "Kai": "楷体",
}
LATIN: Final = "Times New Roman"
SIGNS: Final = "☐☑☒"
SIGNS_FACE: Final = "Segoe UI Symbol"
"""On every Windows since 7; the faces above have no boxes, and Word would draw ☑ as an empty frame."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_THEMED = ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")
_ALIGNED: Final[dict[Align, WD_ALIGN_PARAGRAPH]] = {
    "left": WD_ALIGN_PARAGRAPH.LEFT,
    "centre": WD_ALIGN_PARAGRAPH.CENTER,
    "right": WD_ALIGN_PARAGRAPH.RIGHT,
    "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
}
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # of a ZIP entry


def empty_document(facts: DocumentFacts, *, top_mm: float, bottom_mm: float) -> Document:
    """An A4 document in Chinese without a line, with the sides of official documents."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(PAGE_WIDTH_MM), Mm(PAGE_HEIGHT_MM)
    section.left_margin, section.right_margin = Mm(MARGIN_LEFT_MM), Mm(MARGIN_RIGHT_MM)
    section.top_margin, section.bottom_margin = Mm(top_mm), Mm(bottom_mm)
    section.header_distance, section.footer_distance = Mm(12), Mm(15)
    _speak_chinese(document)
    told = document.core_properties
    told.title, told.subject, told.author, told.comments = facts.title, facts.subject, facts.author, ""
    told.language, told.revision = "zh-CN", 1
    for when in ("created", "modified"):  # equal records make equal bytes
        for element in told._element.findall(qn(f"dcterms:{when}")):  # noqa: SLF001  the API cannot unset
            told._element.remove(element)  # noqa: SLF001
    package = document.part.package
    assert package is not None
    for key, rel in list(package.rels.items()):
        if rel.reltype == RELATIONSHIP_TYPE.THUMBNAIL:  # a picture of the library's empty page
            del package.rels[key]
    return document


def document_bytes(document: Document) -> bytes:
    """The file. Equal documents make equal bytes: no entry carries the hour it was written in."""
    written, packed = io.BytesIO(), io.BytesIO()
    document.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return packed.getvalue()


def write_text(paragraph: Paragraph, text: str, style: TextStyle) -> None:
    """Adds the text in its style, and lays the paragraph out as that style asks."""
    form = paragraph.paragraph_format
    form.alignment = _ALIGNED[style.align]
    form.space_before = form.space_after = Pt(0)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(style.leading_pt)
    if style.indent_em:
        form.first_line_indent = Pt(style.size_pt * style.indent_em)
    for signs, part in _parts(text):
        add_run(paragraph, part, style, face=SIGNS_FACE if signs else "")


def add_run(paragraph: Paragraph, text: str, style: TextStyle, *, face: str = "") -> Run:
    """A run in the face and size of the style; `face` is used in place of all of its faces."""
    run = paragraph.add_run(_NOT_XML.sub("\ufffd", text))
    set_faces(run, style, face)
    return run


def set_faces(run: Run, style: TextStyle, face: str = "") -> None:
    """Face, size and colour of the style, for Chinese and for Latin."""
    run.font.size = Pt(style.size_pt)
    if style.grey:
        run.font.color.rgb = RGBColor(*[round(style.grey * 255)] * 3)
    fonts = run._r.get_or_add_rPr().get_or_add_rFonts()  # noqa: SLF001  the API knows no East Asian face
    fonts.set(qn("w:eastAsia"), face or FACES[style.face])
    for latin in ("w:ascii", "w:hAnsi", "w:cs"):
        fonts.set(qn(latin), face or LATIN)
    fonts.set(qn("w:hint"), "eastAsia")  # “…” and — are Chinese signs here


def write_cell(cell: _Cell, text: str, style: TextStyle, pad_mm: float) -> None:
    """Fills an empty cell: a line is a paragraph; `pad_mm` is the air left and right."""
    properties = cell._tc.get_or_add_tcPr()  # noqa: SLF001  the API knows no margins of a cell
    margins = OxmlElement("w:tcMar")
    for side in ("w:left", "w:right"):
        margins.append(_element(side, w=_twips(Mm(pad_mm)), type="dxa"))
    properties.insert_element_before(margins, "w:textDirection", "w:tcFitText", "w:vAlign", "w:hideMark")
    first, *others = text.split("\n")
    write_text(cell.paragraphs[0], first, style)
    for line in others:
        write_text(cell.add_paragraph(), line, style)


def plain_table(document: Document, columns_mm: tuple[float, ...], rows: int, *, ruled: bool) -> Table:
    """A table of fixed widths whose rows are never cut by a page's end."""
    table: Table = document.add_table(rows, len(columns_mm))
    table.autofit = False
    properties = table._tbl.tblPr  # noqa: SLF001  the API knows neither borders nor margins
    edge, inner = (FRAME_PT, HAIRLINE_PT) if ruled else (0.0, 0.0)
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        width = inner if side.startswith("inside") else edge
        kind = "single" if ruled else "nil"
        borders.append(_element(f"w:{side}", val=kind, sz=round(width * 8), space=0, color="000000"))
    properties.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")
    for column, width in zip(table.columns, columns_mm, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001
        for cell, width in zip(row.cells, columns_mm, strict=True):
            cell.width = Mm(width)
    return table


def repeat_as_head(table: Table) -> None:
    """The first row stands on top of every page that the table goes on to."""
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001  not in the API


def write_mark(paragraph: Paragraph, mark: str) -> None:
    """草稿, 示例 in a frame at the right."""
    write_text(paragraph, "", STYLES["mark"])
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = add_run(paragraph, f" {mark} ", STYLES["mark"])
    run._r.get_or_add_rPr().append(_element("w:bdr", val="single", sz=8, space=2, color="000000"))  # noqa: SLF001


def write_footer(section: Section, words: str) -> None:
    """`words` with {page} and {pages} in them, counted by Word."""
    paragraph = section.footer.paragraphs[0]
    style = STYLES["footer"]
    write_text(paragraph, "", style)
    for part in re.split(r"(\{page\}|\{pages\})", words):
        if part in {"{page}", "{pages}"}:
            field = _element("w:fldSimple", instr="PAGE" if part == "{page}" else "NUMPAGES")
            run = add_run(paragraph, "1", style)
            field.append(run._r)  # noqa: SLF001  fields are not in the API
            paragraph._p.append(field)  # noqa: SLF001
        elif part:
            add_run(paragraph, part, style)


def _speak_chinese(document: Document) -> None:
    """No face from the theme, no colour of headings, no air between paragraphs that nobody asked for."""
    styles = document.styles.element
    for fonts in styles.iter(qn("w:rFonts")):
        for themed in _THEMED:
            fonts.attrib.pop(qn(f"w:{themed}"), None)
        fonts.set(qn("w:eastAsia"), FACES["Song"])
        for latin in ("w:ascii", "w:hAnsi"):
            fonts.set(qn(latin), LATIN)
    for language in styles.iter(qn("w:lang")):
        language.set(qn("w:eastAsia"), "zh-CN")
    settings = document.settings.element
    for theme in settings.iter(qn("w:themeFontLang")):
        theme.set(qn("w:eastAsia"), "zh-CN")
    for setting in settings.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")  # of Word 2013; below it Word opens the file in an old manner
    for zoom in settings.iter(qn("w:zoom")):
        zoom.set(qn("w:percent"), "100")  # the library leaves out what the schema asks for


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """The text in pieces: whether they are boxes and ticks, and the piece."""
    for signs, characters in groupby(text, lambda character: character in SIGNS):
        yield signs, "".join(characters)


def _element(tag: str, **attributes: object) -> BaseOxmlElement:
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), str(value))
    return element


def _twips(length: Length) -> int:
    return round(float(length.pt) * 20)
