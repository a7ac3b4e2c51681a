"""A sheet to draw on with mouse, finger or pen, over a picture or blank."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

INK, MARK = QColor("#1b2430"), QColor("#d8232a")
"""What is written on paper, and what is marked on a photo: seen on any ground."""


class DrawingSheet(QWidget):
    """Lines as the person draws them, on white or on the picture `ground`."""

    drawn = Signal()  # there is a line more, or one less

    def __init__(self, size: QSize, ground: QImage | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = ground
        self._lines: list[QPainterPath] = []
        self._line_px = max(2.0, size.width() / 240)
        self.setFixedSize(size)
        self.setCursor(Qt.CursorShape.CrossCursor)

    @property
    def empty(self) -> bool:
        """Whether nothing was drawn yet."""
        return not self._lines

    def clear(self) -> None:
        """Take all lines away."""
        self._lines = []
        self._show_lines()

    def take_back(self) -> None:
        """Take the last line away."""
        self._lines = self._lines[:-1]
        self._show_lines()

    def png(self) -> bytes:
        """The sheet as a PNG: as large as the picture it lies over, else twice its size on screen."""
        size = self._ground.size() if self._ground is not None else self.size() * 2
        image = QImage(size, QImage.Format.Format_RGB32)
        with QPainter(image) as painter:
            painter.scale(size.width() / self.width(), size.height() / self.height())
            self._draw(painter)
        held = QByteArray()
        buffer = QBuffer(held)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(buffer, "PNG")  # type: ignore[call-overload]  # its stub names bytes, which it refuses
        return bytes(held.data())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        path = QPainterPath(event.position())
        path.lineTo(event.position() + QPointF(0.1, 0.1))  # a click is a dot
        self._lines.append(path)
        self._show_lines()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._lines and event.buttons() & Qt.MouseButton.LeftButton:
            self._lines[-1].lineTo(event.position())
            self.update()

    def _show_lines(self) -> None:
        self.update()
        self.drawn.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            self._draw(painter)

    def _draw(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        sheet = QRectF(0, 0, self.width(), self.height())
        painter.fillRect(sheet, Qt.GlobalColor.white)
        if self._ground is not None:
            painter.drawImage(sheet, self._ground)
        colour = INK if self._ground is None else MARK
        cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.setPen(QPen(colour, self._line_px, Qt.PenStyle.SolidLine, cap, join))
        for path in self._lines:
            painter.drawPath(path)
