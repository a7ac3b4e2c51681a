"""The borders of counties around a place, to choose a position on. There are no tiles and no network."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from app.ui.look import Look
from app.usecases.divisions import CountyOutline

ZOOM_STEP = 1.3
LEAST_SPAN, MOST_SPAN = 0.02, 70.0  # degrees of longitude across the widget
ASK_DELAY_MS = 120
POINT_PX = 7
DRAG_PX = 4  # a press that moves less is a click


class BorderMap(QWidget):
    """Equirectangular around its middle. A click chooses, dragging moves, the wheel zooms.

    `outlines_wanted` asks for what lies in a box: west, south, east, north in degrees.
    """

    outlines_wanted = Signal(float, float, float, float)
    point_chosen = Signal(float, float)  # latitude, longitude

    def __init__(self, look: Look, latitude: float, longitude: float, span: float) -> None:
        super().__init__()
        self._tokens = look.tokens
        self._middle = [latitude, longitude]
        self._span = span
        self.point: tuple[float, float] | None = None
        self._outlines: Sequence[CountyOutline] = ()
        self._pressed: QPointF | None = None
        self._dragged = False
        self._ask = QTimer(self, singleShot=True, interval=ASK_DELAY_MS)
        self._ask.timeout.connect(self._ask_for_outlines)
        self.setMinimumSize(420, 300)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def sizeHint(self) -> QSize:
        return QSize(680, 440)

    def show_outlines(self, outlines: Sequence[CountyOutline]) -> None:
        """Draw these counties."""
        self._outlines = outlines
        self.update()

    def show_point(self, latitude: float, longitude: float) -> None:
        """Mark this position."""
        self.point = latitude, longitude
        self.update()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """See more (above 1) or less around a point of the picture, or its middle."""
        at = at or QPointF(self.width() / 2, self.height() / 2)
        latitude, longitude = self.place_at(at)
        self._span = min(max(self._span * factor, LEAST_SPAN), MOST_SPAN)
        moved_latitude, moved_longitude = self.place_at(at)
        self._move(latitude - moved_latitude, longitude - moved_longitude)

    def place_at(self, point: QPointF) -> tuple[float, float]:
        """Latitude and longitude of a point of the picture."""
        step = self._span / self.width()
        longitude = self._middle[1] + (point.x() - self.width() / 2) * step
        latitude = self._middle[0] - (point.y() - self.height() / 2) * step * self._squeeze
        return latitude, longitude

    def point_at(self, latitude: float, longitude: float) -> QPointF:
        """Where a position stands in the picture."""
        step = self._span / self.width()
        across = (longitude - self._middle[1]) / step + self.width() / 2
        down = (self._middle[0] - latitude) / (step * self._squeeze) + self.height() / 2
        return QPointF(across, down)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom(ZOOM_STEP ** (-event.angleDelta().y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        way = event.position() - self._pressed
        if self._dragged or way.manhattanLength() > DRAG_PX:
            before, now = self.place_at(self._pressed), self.place_at(event.position())
            self._dragged, self._pressed = True, event.position()
            self._move(before[0] - now[0], before[1] - now[1])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._dragged:
            self.show_point(*self.place_at(event.position()))
            assert self.point is not None
            self.point_chosen.emit(*self.point)
        self._pressed = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._ask.start()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(self._tokens.field))
        for outline in self._outlines:
            painter.setPen(QPen(QColor(self._tokens.line_strong), 1.2))
            painter.setBrush(QColor(self._tokens.stripe))
            for ring in outline.rings:
                painter.drawPolygon(QPolygonF([self.point_at(lat, lon) for lon, lat in ring]))
        painter.setPen(QColor(self._tokens.muted))
        for outline in self._outlines:
            at = self.point_at(*outline.label_at)
            painter.drawText(
                QPointF(at.x() - painter.fontMetrics().horizontalAdvance(outline.name) / 2, at.y()),
                outline.name,
            )
        if self.point is not None:
            painter.setPen(QPen(QColor(self._tokens.card), 2))
            painter.setBrush(QColor(self._tokens.accent))
            painter.drawEllipse(self.point_at(*self.point), POINT_PX, POINT_PX)

    @property
    def _squeeze(self) -> float:
        """How much shorter a degree of longitude is here than one of latitude."""
        return math.cos(math.radians(min(abs(self._middle[0]), 80)))

    def _move(self, latitude: float, longitude: float) -> None:
        self._middle[0] = min(max(self._middle[0] + latitude, -85), 85)
        self._middle[1] = min(max(self._middle[1] + longitude, -180), 180)
        self._ask.start()
        self.update()

    def _ask_for_outlines(self) -> None:
        north, west = self.place_at(QPointF(0, 0))
        south, east = self.place_at(QPointF(self.width(), self.height()))
        self.outlines_wanted.emit(west, south, east, north)
