"""Pages of a PDF, drawn with PDFium. All calls are made on the UI thread: PDFium is not thread-safe."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from app.ui.look import Look
from app.ui.printing import ask_and_print, page_image

POINTS_PER_INCH = 72.0
SCREEN_DPI = 96.0
MARGIN = 18
ZOOM_LIMITS = (0.25, 4.0)
_KEPT_PAGES = 12


class PdfView(QAbstractScrollArea):
    """A PDF to scroll and zoom. `zoom` 1.0 shows an A4 page 210 mm wide at 96 dots an inch."""

    page_changed = Signal(int, int)  # page from 1, number of pages
    zoom_changed = Signal(float)
    printed = Signal(str, str)  # the kind of a notice and its words, once printing has ended

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._document: Any = None
        self._data = b""
        self._sizes: list[tuple[float, float]] = []
        self._images: dict[tuple[int, int], QImage] = {}
        self._zoom = 1.0
        self._fit = True
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)

    def show_pdf(self, data: bytes) -> None:
        """Show this PDF from its first page. `data` are the bytes of a whole file."""
        import pypdfium2  # noqa: PLC0415  # 60 ms: only when the first preview opens

        self.close_pdf()
        self._document, self._data = pypdfium2.PdfDocument(data), data
        self._sizes = [self._document.get_page_size(number) for number in range(len(self._document))]
        self._arrange()
        self.verticalScrollBar().setValue(0)
        self.page_changed.emit(1 if self._sizes else 0, len(self._sizes))

    def close_pdf(self) -> None:
        """Let go of the present PDF."""
        if self._document is not None:
            self._document.close()
        self._document, self._data = None, b""
        self._sizes, self._images = [], {}
        self.viewport().update()

    @property
    def page_count(self) -> int:
        """How many pages the shown PDF has; 0 without one."""
        return len(self._sizes)

    def set_zoom(self, zoom: float) -> None:
        """Show pages at this size from now on (kept within 25 % and 400 %)."""
        self._fit = False
        self._zoom = min(max(zoom, ZOOM_LIMITS[0]), ZOOM_LIMITS[1])
        self._arrange()

    def zoom_by(self, factor: float) -> None:
        """Make the pages larger or smaller by this factor."""
        self.set_zoom(self._zoom * factor)

    def fit_width(self) -> None:
        """Let the widest page fill the view, now and when the window changes its size."""
        self._fit = True
        self._arrange()

    def ask_and_print(self, name: str) -> None:
        """Ask for a printer and send every page; `name` is what the printer's queue shows."""
        if self._data:
            ask_and_print(self, self._data, name).ended.connect(self.printed)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), QColor(self._look.tokens.page))
        for number, place in enumerate(self._places()):
            if place.intersects(event.rect()):
                painter.fillRect(place.adjusted(-1, -1, 1, 1), QColor(self._look.tokens.line))
                painter.drawImage(place, self._page_image(number))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(1.1 if event.angleDelta().y() > 0 else 1 / 1.1)
            return
        super().wheelEvent(event)

    def _scale(self) -> float:
        return self._zoom * SCREEN_DPI / POINTS_PER_INCH

    def _arrange(self) -> None:
        if not self._sizes:
            return
        view = self.viewport().size()
        if self._fit:
            widest = max(width for width, _ in self._sizes)
            self._zoom = max(
                0.25, min(1.1, (view.width() - 2 * MARGIN) / widest * POINTS_PER_INCH / SCREEN_DPI)
            )
        scale = self._scale()
        height = sum(round(h * scale) + MARGIN for _, h in self._sizes) + MARGIN
        width = round(max(w for w, _ in self._sizes) * scale) + 2 * MARGIN
        self.verticalScrollBar().setRange(0, max(0, height - view.height()))
        self.verticalScrollBar().setPageStep(view.height())
        self.verticalScrollBar().setSingleStep(48)
        self.horizontalScrollBar().setRange(0, max(0, width - view.width()))
        self.horizontalScrollBar().setPageStep(view.width())
        self.zoom_changed.emit(self._zoom)
        self.viewport().update()

    def _places(self) -> list[QRect]:
        """Where each page stands in the view now, in logical pixels."""
        scale, places = self._scale(), []
        top = MARGIN - self.verticalScrollBar().value()
        for width, height in self._sizes:
            size = QSize(round(width * scale), round(height * scale))
            left = max(MARGIN, (self.viewport().width() - size.width()) // 2)
            places.append(QRect(left - self.horizontalScrollBar().value(), top, size.width(), size.height()))
            top += size.height() + MARGIN
        return places

    def _page_image(self, number: int) -> QImage:
        sharp = self._scale() * self.devicePixelRatioF()
        key = (number, round(sharp * 1000))
        if key not in self._images:
            if len(self._images) >= _KEPT_PAGES:
                self._images.pop(next(iter(self._images)))
            self._images[key] = self._render(number, sharp)
        return self._images[key]

    def _render(self, number: int, scale: float) -> QImage:
        page = self._document[number]
        image = page_image(page, scale)
        page.close()
        return image

    def _scrolled(self) -> None:
        middle = self.viewport().height() // 3
        places = self._places()
        current = next((at for at, place in enumerate(places, 1) if place.bottom() > middle), len(places))
        self.page_changed.emit(current, len(places))
        self.viewport().update()
