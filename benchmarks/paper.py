"""Milliseconds a page of record reports, beside bare ReportLab drawing the same text or the same photos.

The floor of text is a Canvas that draws ready-made lines in one font: no breaking, measuring, tables. That of
photos is a peer: ReportLab decodes each JPEG and packs its pixels, ours goes in as it is.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator

import pypdfium2
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.media.photo import print_copy
from app.paths import resources_folder
from app.reports.document import PrintedPdf
from app.reports.fonts import register_fonts
from app.reports.record_content import Entry, Field, Heading, Photo, RecordContent
from app.reports.record_report import RecordFacts, record_report_pdf
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


def seconds(run: Callable[[], object]) -> float:
    """The best of a few runs."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def run() -> Iterator[Result]:
    """Two results, milliseconds a page: a report of text, a report of photos that are prepared already."""
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


def _a_page(
    name: str, pages: int, ours: Callable[[], object], bare: Callable[[], object], *, aim: float
) -> Result:
    value, floor = (seconds(work) * 1000 / pages for work in (ours, bare))
    return against_floor(name, value, floor, "ms", aim=aim)
