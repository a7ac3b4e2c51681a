"""Milliseconds a page of reports, beside bare ReportLab drawing the same text, lines and photos.

The floor of text is a Canvas that draws ready-made lines in one font: no breaking, measuring, tables. That of
photos is a peer: ReportLab decodes each JPEG and packs its pixels, ours goes in as it is. The county book has
tables, bars and photos; its floor draws as many lines of text, rules and photos a page, and nothing else.
"""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

import pypdfium2
from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE, FPDF_PAGEOBJ_PATH
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.media.photo import print_copy
from app.paths import resources_folder
from app.reports.document import PrintedPdf
from app.reports.fonts import register_fonts
from app.reports.record_content import Entry, Field, Heading, Photo, RecordContent
from app.reports.record_report import RecordFacts, record_report_pdf
from app.reports.summary_book import summary_book_pdf
from app.reports.summary_content import (
    Bar,
    BarChart,
    KeyFigure,
    KeyFigures,
    Paragraphs,
    PhotoPair,
    PhotoPairs,
    SummaryContent,
    SummaryTable,
)
from benchmarks.result import Result, against_floor

FACTS = RecordFacts("01890000-0000-7000-8000-000000000000", "1", final=True)
TEXT = "示例村位于山区，传统夯土房与石砌院墙保存较好，屋面以小青瓦为主；道路已硬化 12.5 km。"
ROUNDS = 3


def text_report() -> PrintedPdf:
    """A record with 2,000 short answers and 200 long ones."""
    entries: list[Entry] = []
    for section in range(40):
        entries.append(Heading(f"示例部分 {section}", 1))
        entries += [Field(f"问题 {number}", TEXT[number % 20 :][:12]) for number in range(50)]
        entries += [Field(f"说明 {number}", TEXT * 6, wide=True) for number in range(5)]
    return record_report_pdf(RecordContent("示例", "", tuple(entries)), FACTS, lambda _: None)


def photo_report(photo: bytes) -> PrintedPdf:
    """A record with 300 photos that are prepared already."""
    entries = tuple(Photo(f"照片 {number}　示例", ("sha256:",)) for number in range(300))
    return record_report_pdf(RecordContent("示例", "", entries), FACTS, lambda _: photo)


def bare_text(pages: list[list[str]]) -> bytes:
    """The same lines of text by a Canvas alone."""
    out = io.BytesIO()
    canvas = Canvas(out, pageCompression=1, invariant=1)
    for lines in pages:
        text = canvas.beginText(80, 780)
        text.setFont("Song", 10.5)
        for line in lines:
            text.textLine(line)
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def bare_photos(photo: bytes, count: int, a_page: int) -> bytes:
    """The same photos by a Canvas alone."""
    out = io.BytesIO()
    canvas = Canvas(out, pageCompression=1, invariant=1)
    for number in range(count):
        canvas.drawImage(ImageReader(io.BytesIO(photo)), 80, 100 + 80 * (number % a_page), 200, 150)
        if number % a_page == a_page - 1:
            canvas.showPage()
    canvas.save()
    return out.getvalue()


def county_book(photo: bytes) -> PrintedPdf:
    """A county of 40 townships and 600 villages: tables, bars, and 60 views before and after."""
    rows = tuple((f"示例村 {n}", *(str(n * step) for step in range(1, 7))) for n in range(600))
    heads = ("村", *(f"指标 {n}（户）" for n in range(6)))
    bars = tuple(Bar(f"示例镇 {n}", Decimal(n), Decimal(40), f"{n}/40") for n in range(40))
    names = tuple(
        (f"示例镇 {n}", "15", "9", "、".join(f"示例村{n}-{m}" for m in range(9))) for n in range(40)
    )
    picture = Photo("改造前　2026年9月12日", ("sha256:",), stamp="示例村　2026年9月12日")
    pairs = tuple(PhotoPair("", f"示例点位 {n}　方位角 75 度", picture, picture) for n in range(60))
    sections = (
        KeyFigures("总体情况", tuple(KeyFigure(f"指标 {n}", str(n * 977), "户") for n in range(12))),
        BarChart("各地登记情况", bars, TEXT),
        SummaryTable("分村数字", heads, rows, frozenset(range(1, 7)), total=True),
        SummaryTable("尚无记录的村", ("镇", "村数", "尚无", "村名"), names, frozenset({1, 2})),
        PhotoPairs("前后对比", pairs),
        Paragraphs("说明", (TEXT * 4,) * 5),
    )
    return summary_book_pdf(SummaryContent("汇总", "示例县", sections, (), sample=True), lambda _: photo)


def bare_book(pages: list[tuple[list[str], int, int]], photo: bytes) -> bytes:
    """As many lines of text, rules and photos a page by a Canvas alone; the photo is put in once."""
    out = io.BytesIO()
    canvas = Canvas(out, pageCompression=1, invariant=1)
    canvas.beginForm("photo")
    canvas.drawImage(ImageReader(io.BytesIO(photo)), 0, 0, 200, 150)
    canvas.endForm()
    for lines, rules, photos in pages:
        text = canvas.beginText(80, 780)
        text.setFont("Song", 10.5)
        for line in lines:
            text.textLine(line)
        canvas.drawText(text)
        for number in range(rules):
            canvas.rect(80, 80 + number % 600, 60, 12)
        for number in range(photos):
            canvas.saveState()
            canvas.translate(80, 100 + 80 * number)
            canvas.doForm("photo")
            canvas.restoreState()
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def drawn(printed: PrintedPdf) -> list[tuple[list[str], int, int]]:
    """The lines of text, and how many rules and photos, of each page of a file."""
    found = []
    for page in pypdfium2.PdfDocument(printed.pdf):
        kinds = Counter(drawing.type for drawing in page.get_objects())
        lines = page.get_textpage().get_text_range().splitlines()
        found.append((lines, kinds[FPDF_PAGEOBJ_PATH], kinds[FPDF_PAGEOBJ_IMAGE]))
    return found


def seconds(run: Callable[[], object]) -> float:
    """The best of a few runs."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def run() -> Iterator[Result]:
    """Milliseconds a page: a report of text, one of photos prepared already, the book of a county."""
    register_fonts()
    printed = text_report()
    pages = [page.get_textpage().get_text_range().splitlines() for page in pypdfium2.PdfDocument(printed.pdf)]
    yield _a_page("paper_text", printed.pages, text_report, lambda: bare_text(pages), aim=12.0)
    original = (resources_folder().parent / "tests" / "pictures" / "pagoda.jpg").read_bytes()
    photo = print_copy(original, 1000)
    printed = photo_report(photo)
    yield _a_page(
        "paper_photos",
        printed.pages,
        lambda: photo_report(photo),
        lambda: bare_photos(photo, 300, 6),
        aim=0.2,
    )
    printed = county_book(photo)
    pages_drawn = drawn(printed)
    yield _a_page(
        "paper_county",
        printed.pages,
        lambda: county_book(photo),
        lambda: bare_book(pages_drawn, photo),
        aim=8.0,
    )


def _a_page(
    name: str, pages: int, ours: Callable[[], object], bare: Callable[[], object], *, aim: float
) -> Result:
    value, floor = (seconds(work) * 1000 / pages for work in (ours, bare))
    return against_floor(name, value, floor, "ms", aim=aim)
