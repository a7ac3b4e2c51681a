"""A PDF sent to a printer: its pages drawn by PDFium as fine as the printer prints, one at a time.

PDFium is not thread-safe, so pages are drawn on the UI thread; between two strips of a page the window lives,
and the person can stop.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPageSize, QPainter
from PySide6.QtWidgets import QProgressDialog, QWidget

from app.i18n import tr

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

MOST_DPI: Final = 600  # what laser printers resolve; a page of A4 takes 104 MB then
STRIPS: Final = 8  # a page is drawn in so many, between which the window lives
POINTS_PER_INCH: Final = 72.0


def ask_and_print(parent: QWidget, pdf: bytes, name: str) -> PrintRun:
    """Ask for a printer, pages and copies, then print; `name` is what the queue of the printer shows."""
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter  # noqa: PLC0415  # only when one prints

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    printer.setFullPage(True)
    printer.setDocName(name)
    run = PrintRun(pdf, printer, parent)
    dialog = QPrintDialog(printer, parent)
    dialog.setOption(QPrintDialog.PrintDialogOption.PrintPageRange)
    dialog.setMinMax(1, run.page_count)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.accepted.connect(run.start)
    dialog.rejected.connect(run.close)
    dialog.finished.connect(dialog.deleteLater)
    dialog.show()
    return run


class PrintRun(QObject):
    """Prints a PDF page by page. `ended` carries the kind of a notice and its words."""

    ended = Signal(str, str)

    def __init__(self, pdf: bytes, printer: QPrinter, parent: QWidget) -> None:
        import pypdfium2  # noqa: PLC0415  # 60 ms, and mostly loaded by the preview

        super().__init__(parent)
        self._document: Any = pypdfium2.PdfDocument(pdf)
        self._painter = QPainter()  # before the printer it paints on, so that it is let go of first
        self._printer = printer
        self._sheet = QImage()
        self._strips: list[tuple[int, int]] = []
        self._drawn = 0
        self._progress: QProgressDialog | None = None

    @property
    def page_count(self) -> int:
        """How many pages the PDF has."""
        return len(self._document)

    def start(self) -> None:
        """Print the pages and copies that the printer was set to."""
        if not self._painter.begin(self._printer):
            self._end("bad", tr("printing.refused"))
            return
        pages = self._pages()
        self._strips = [(page, strip) for page in pages for strip in range(STRIPS)]
        words = tr("printing.running", pages=len(pages))
        window = self.parent().window() if isinstance(self.parent(), QWidget) else None
        self._progress = QProgressDialog(words, tr("printing.stop"), 0, len(self._strips), window)
        self._progress.setWindowModality(Qt.WindowModality.WindowModal)
        self._progress.canceled.connect(self.stop)
        self._progress.show()
        QTimer.singleShot(0, self, self._draw)

    def stop(self) -> None:
        """Print no more. What the printer has taken already may still come out."""
        if self._painter.isActive():
            self._printer.abort()
            self._end("info", tr("printing.stopped"))

    def close(self) -> None:
        """Let go of the PDF."""
        self._document.close()
        self.deleteLater()

    def _pages(self) -> list[int]:
        first = self._printer.fromPage() or 1
        last = min(self._printer.toPage() or self.page_count, self.page_count)
        copies = 1 if self._printer.supportsMultipleCopies() else self._printer.copyCount()
        return list(range(first - 1, last)) * copies

    def _draw(self) -> None:
        if not self._painter.isActive():
            return  # stopped meanwhile
        page, strip = self._strips[self._drawn]
        if self._drawn and strip == 0 and not self._printer.newPage():
            self._end("bad", tr("printing.refused"))
            return
        self._draw_strip(page, strip)
        self._drawn += 1
        if self._progress is not None:
            self._progress.setValue(self._drawn)
        if self._drawn < len(self._strips):
            QTimer.singleShot(0, self, self._draw)
        else:
            self._end("good", tr("printing.sent"))

    def _draw_strip(self, number: int, strip: int) -> None:
        """One strip of a page onto the sheet; after the last one the sheet goes to the printer.

        Strips sent one by one would show where they meet: a printer behind a PDF or a scaling driver rounds
        the edges of each.
        """
        page = self._document[number]
        width, height = page.get_size()
        paper = QRectF(self._painter.viewport())
        dots_a_point = min(paper.width() / width, paper.height() / height)
        scale = min(dots_a_point, MOST_DPI / POINTS_PER_INCH)
        size = QSize(math.ceil(width * scale), math.ceil(height * scale))
        if self._sheet.size() != size:
            self._sheet = QImage(size, QImage.Format.Format_RGB888)
        top, bottom = strip * size.height() // STRIPS, (strip + 1) * size.height() // STRIPS
        onto = QPainter(self._sheet)
        onto.drawImage(0, top, page_image(page, scale, above_px=top, below_px=size.height() - bottom))
        onto.end()
        page.close()
        if strip == STRIPS - 1:
            self._painter.drawImage(QRectF(0, 0, width * dots_a_point, height * dots_a_point), self._sheet)

    def _end(self, kind: str, words: str) -> None:
        if self._painter.isActive():
            self._painter.end()
        if self._progress is not None:
            self._progress.canceled.disconnect(self.stop)
            self._progress.close()
            self._progress.deleteLater()
            self._progress = None
        self.ended.emit(kind, words)
        self.close()


def page_image(page: Any, scale: float, *, above_px: int = 0, below_px: int = 0) -> QImage:
    """A page of PDFium as a picture of `scale` dots a point, without so many lines at its top and bottom."""
    above, below = ((px - 0.5) / scale if px else 0.0 for px in (above_px, below_px))  # PDFium rounds up
    bitmap = page.render(scale=scale, crop=(0, below, 0, above), rev_byteorder=True, prefer_bgrx=True)
    return QImage(
        bytes(bitmap.buffer), bitmap.width, bitmap.height, bitmap.stride, QImage.Format.Format_RGBX8888
    ).copy()
