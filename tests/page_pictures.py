"""Pictures of printed pages, kept as references, and how far a page may differ from its picture.

Pages are drawn by PDFium at 60 dpi in 16 greys and compared in tiles of 8 pixels (3.4 mm). Measured on a report:
one digit for another changes its tile by 12 to 55 greys of 255 on average, a character that is gone by 50; a
softer rasteriser (30 % of a blur by half a pixel) by 8. The limit lies between.
`python -m tools.page_pictures` makes the references anew; look at them before committing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pypdfium2
from PIL import Image, ImageChops

from app.i18n import Language
from app.reports.document import PrintedPdf
from app.reports.official_form import official_layout, official_pdf
from app.reports.record_content import RecordContent
from app.reports.record_report import PhotoReader, RecordFacts, record_report_pdf
from app.usecases import reports
from app.usecases.summary import gather_summary, summary_content, summary_pdf
from app.workspace import Workspace

FOLDER = Path(__file__).parent / "app" / "reports" / "pages"
DPI, GREYS, TILE_PX, MOST_GREYS = 60, 16, 8, 11
RECORD_ID = "01890000-0000-7000-8000-000000000000"  # those of the samples are new every time
COUNTY = "330523000000"


def printed_pages(workspace: Workspace, records: dict[str, str]) -> Iterator[tuple[str, PrintedPdf]]:
    """Name and file of everything that is compared: the official form, each form's report, a county."""
    layout = official_layout("cluster_application")
    assert layout is not None
    yield "cluster_application-blank", official_pdf(layout, None)
    for key, record in records.items():
        yield key, _record(workspace, record)
    yield "county", summary_pdf(workspace, summary_content(gather_summary(workspace, COUNTY)))


def _record(workspace: Workspace, record: str) -> PrintedPdf:
    """The paper of a record with a record id that stays."""
    with patch.object(reports, "record_report_pdf", _with_a_lasting_id):
        return reports.record_pdf(workspace, record)


def _with_a_lasting_id(
    content: RecordContent, facts: RecordFacts, photo: PhotoReader, lang: Language
) -> PrintedPdf:
    return record_report_pdf(content, replace(facts, record_id=RECORD_ID), photo, lang)


def pictures_of(printed: PrintedPdf) -> list[Image.Image]:
    """A small grey picture of each page."""
    pages = (
        page.render(scale=DPI / 72, grayscale=True).to_pil() for page in pypdfium2.PdfDocument(printed.pdf)
    )
    step = 256 // GREYS
    return [
        page.convert("L").point(lambda grey: min(255, grey // step * step * 255 // 240)) for page in pages
    ]


def save_picture(picture: Image.Image, file: Path) -> None:
    """The picture in a palette of greys: some 15 kB."""
    picture.quantize(GREYS).save(file, optimize=True)


def most_changed_tile(seen: Image.Image, kept: Image.Image) -> int:
    """The mean difference, in greys of 255, of the tile that differs most; 255 for pages of other sizes."""
    if seen.size != kept.size:
        return 255
    tiles = ImageChops.difference(seen, kept.convert("L")).reduce(TILE_PX)
    return tiles.getextrema()[1]


def save_difference(seen: Image.Image, kept: Image.Image, file: Path) -> None:
    """Kept, seen and what differs (dark) side by side."""
    kept = kept.convert("L")
    both = Image.new("L", (seen.width * 3, max(seen.height, kept.height)), 255)
    both.paste(kept, (0, 0))
    both.paste(seen, (seen.width, 0))
    if seen.size == kept.size:
        both.paste(ImageChops.invert(ImageChops.difference(seen, kept)), (seen.width * 2, 0))
    both.save(file)
