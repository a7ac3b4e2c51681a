from __future__ import annotations

import pypdfium2
import pytest
from PySide6.QtGui import QPageSize
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QProgressDialog, QWidget

from app.reports.document import DocumentFacts, write_pdf
from app.reports.fonts import register_fonts
from app.reports.styles import MM
from app.ui.printing import PrintRun, ask_and_print


@pytest.fixture(scope="module")
def pdf():
    register_fonts()

    def page(pen):
        pen.frame(20 * MM, 20 * MM, 170 * MM, 257 * MM, 2)
        for eighth in range(1, 8):  # where strips meet
            height = eighth * 297 * MM / 8
            pen.rule(20 * MM, height, 190 * MM, height, 0.5)

    return write_pdf([page] * 3, DocumentFacts("示例")).pdf


@pytest.fixture
def printer(tmp_path):
    made = QPrinter(QPrinter.PrinterMode.HighResolution)
    made.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    made.setOutputFileName(str(tmp_path / "printed.pdf"))
    made.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    made.setFullPage(True)
    made.setResolution(150)
    return made


@pytest.fixture
def parent(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def run(pdf, printer, parent):
    return PrintRun(pdf, printer, parent)


def printed(tmp_path):
    return pypdfium2.PdfDocument(tmp_path / "printed.pdf")


def dark(page, scale=60 / 72):
    """Where the middle of a page is dark from top to bottom, in parts of its height."""
    image = page.render(scale=scale).to_pil().convert("L")
    half = [image.getpixel((image.width // 2, y)) for y in range(image.height)]
    return [y / image.height for y, grey in enumerate(half) if grey < 245]


def test_every_page_comes_out_whole_and_in_its_place(qtbot, run, tmp_path):
    with qtbot.waitSignal(run.ended) as told:
        run.start()
    assert told.args[0] == "good"
    pages = list(printed(tmp_path))
    assert len(pages) == 3
    rows = dark(pages[1])
    assert rows[0] == pytest.approx(20 / 297, abs=0.003)
    assert rows[-1] == pytest.approx(277 / 297, abs=0.003)
    pictures = [one for one in pages[1].get_objects() if one.type == pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]
    assert len(pictures) == 1, "pictures side by side show where they meet once a driver scales them"
    for eighth in range(1, 8):
        assert any(row == pytest.approx(eighth / 8, abs=0.003) for row in rows), "a line where strips meet"


def test_only_the_pages_asked_for_are_printed(qtbot, run, printer, tmp_path):
    printer.setFromTo(2, 3)
    with qtbot.waitSignal(run.ended):
        run.start()
    assert len(printed(tmp_path)) == 2


def test_it_stops_between_strips_when_asked_to(qtbot, run):
    with qtbot.waitSignal(run.ended) as told:
        run.start()
        run.parent().findChild(QProgressDialog).canceled.emit()
    assert told.args[0] == "info"
    assert run._drawn == 0


@pytest.mark.qt_log_ignore("QPainter::begin", extend=True)
def test_a_printer_that_takes_nothing_is_told(qtbot, pdf, printer, parent, tmp_path):
    printer.setOutputFileName(str(tmp_path / "no" / "such" / "folder" / "printed.pdf"))
    run = PrintRun(pdf, printer, parent)
    with qtbot.waitSignal(run.ended) as told:
        run.start()
    assert told.args[0] == "bad"
    assert "没有接受" in told.args[1]


def test_the_dialog_offers_the_pages_of_the_paper_and_leaving_it_prints_nothing(qtbot, pdf, parent):
    parent.show()
    run = ask_and_print(parent, pdf, "示例")
    dialog = parent.findChild(QPrintDialog)
    assert (dialog.minPage(), dialog.maxPage()) == (1, 3)
    with qtbot.waitSignal(run.destroyed):
        dialog.reject()
