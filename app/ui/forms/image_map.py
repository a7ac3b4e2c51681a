"""A picture whose shapes are choices: one points at them, and sees which are chosen by more than colour."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from app.ui.forms.map_marks import HALO, box_of, drawn_mark, inside, paint_badge
from app.ui.tokens import LIGHT
from app.ui.vector_drawing import DrawnMap

TALLEST: Final = 420
LARGEST: Final = 8.0
_STEP: Final = 1.5


class ImageMap(QWidget):
    """Always on white, as pictures of forms are. `picked` carries the value of the shape that was clicked."""

    picked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._map: DrawnMap | None = None
        self._labels: Mapping[str, str] = {}
        self._chosen: frozenset[str] = frozenset()
        self._under: str | None = None
        self._zoom = 1.0
        self._middle = QPointF(0.5, 0.5)  # in shares of the picture
        self._pressed: QPoint | None = None
        self._dragged = False
        self._boxes: dict[str, tuple[QRect, QPointF, QPointF]] = {}
        self._marks: dict[tuple[str, bool], QPixmap] = {}
        self._scaled = QPixmap()
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_map(self, drawn: DrawnMap, labels: Mapping[str, str]) -> None:
        """Show this picture; `labels` are the words of the values."""
        self._map, self._labels = drawn, labels
        self._boxes.clear()
        self.zoom(0)
        self.updateGeometry()

    def show_chosen(self, chosen: Collection[str]) -> None:
        """Mark these values; one that is new and out of sight is brought into it."""
        shown = self._map.colours.values() if self._map is not None else ()
        new = [value for value in shown if value in chosen and value not in self._chosen]
        self._chosen = frozenset(chosen)
        if len(new) == 1 and not self._view().contains(self.center_of(new[0])):
            self._middle = self._box(new[0])[1]
        self.update()

    @property
    def zoomed(self) -> float:
        """How many times larger than the whole picture it is shown."""
        return self._zoom

    def zoom(self, steps: float, at: QPointF | None = None) -> None:
        """Larger by so many steps, smaller by negative ones, 0 for the whole; what is `at` stays there."""
        at = at or QPointF(self.rect().center())
        before = self._share(at)
        self._zoom = min(LARGEST, max(1.0, self._zoom * _STEP**steps)) if steps else 1.0
        self._middle += before - self._share(at)
        self._forget_pixels()

    def center_of(self, value: str) -> QPointF:
        """A place of the widget inside of that value's shape."""
        return self._at(self._box(value)[1])

    # Where things are

    def sizeHint(self) -> QSize:
        return QSize(560, self.heightForWidth(560))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 60)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if self._map is None:
            return 0
        whole = self._map.picture.size()
        return max(40, min(TALLEST, round(width * whole.height() / whole.width())))

    def _view(self) -> QRectF:
        """What of the widget the whole picture takes at zoom 1: at its left."""
        assert self._map is not None
        size = self._map.picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
        return QRectF(0, 0, size.width(), size.height())

    def _place(self) -> QRectF:
        """Where the whole picture stands at this zoom."""
        view = self._view()
        width, height = view.width() * self._zoom, view.height() * self._zoom
        half_x, half_y = 0.5 / self._zoom, 0.5 / self._zoom
        self._middle = QPointF(
            min(max(self._middle.x(), half_x), 1 - half_x), min(max(self._middle.y(), half_y), 1 - half_y)
        )
        left = view.width() / 2 - self._middle.x() * width
        top = view.height() / 2 - self._middle.y() * height
        return QRectF(left, top, width, height)

    def _at(self, share: QPointF) -> QPointF:
        place = self._place()
        return QPointF(place.x() + share.x() * place.width(), place.y() + share.y() * place.height())

    def _share(self, at: QPointF) -> QPointF:
        place = self._place()
        return QPointF((at.x() - place.x()) / place.width(), (at.y() - place.y()) / place.height())

    def _value_at(self, at: QPointF) -> str | None:
        if self._map is None or not self._view().contains(at):
            return None
        share = self._share(at)
        return self._map.value_at(share.x(), share.y())

    def _box(self, value: str) -> tuple[QRect, QPointF, QPointF]:
        """The part of the map's pixels that a value takes, and two places inside of its shape, as shares of
        the whole: near its middle, and near its upper right corner, where fewer words stand.
        """
        if value not in self._boxes:
            assert self._map is not None
            mask = self._map.mask(value)
            box, whole = box_of(mask), mask.size()
            middle, corner = (
                QPointF((one.x() + 0.5) / whole.width(), (one.y() + 0.5) / whole.height())
                for one in (inside(mask, box, box.center()), inside(mask, box, box.topRight()))
            )
            self._boxes[value] = box, middle, corner
        return self._boxes[value]

    # What is seen

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._map is None:
            return
        view, place = self._view(), self._place()
        with QPainter(self) as painter:
            painter.setRenderHints(
                QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
            )
            painter.setClipRect(view)
            self._paint_picture(painter, place)
            marked = [value for value in self._map.colours.values() if value in self._chosen]
            hovered = self._under if self._under is not None and self.isEnabled() else None
            for value in dict.fromkeys([*marked, *([hovered] if hovered else [])]):
                self._paint_mark(painter, place, value)
            for value in marked:
                paint_badge(painter, self._at(self._box(value)[2]))
            painter.setClipping(False)
            painter.setPen(QPen(QColor(LIGHT.line_strong), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(view.adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_picture(self, painter: QPainter, place: QRectF) -> None:
        """The picture made smaller well, pixel for pixel of the screen; or as it is where it is larger."""
        assert self._map is not None
        image, scale = self._map.picture, self.devicePixelRatioF()
        wanted = (place.size() * scale).toSize()
        if wanted.width() >= image.width():
            painter.drawImage(place, image)
            return
        if self._scaled.isNull():
            aspect, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            self._scaled = QPixmap.fromImage(image.scaled(wanted, aspect, smooth))
            self._scaled.setDevicePixelRatio(scale)
        painter.drawPixmap(place.topLeft(), self._scaled)

    def _paint_mark(self, painter: QPainter, place: QRectF, value: str) -> None:
        assert self._map is not None
        box = QRectF(self._box(value)[0])
        whole = self._map.regions.size()
        x, y = place.width() / whole.width(), place.height() / whole.height()
        at = QRectF(place.x() + box.x() * x, place.y() + box.y() * y, box.width() * x, box.height() * y)
        key = value, value in self._chosen
        if key not in self._marks:
            mask = self._map.mask(value).copy(self._box(value)[0])
            scale = self.devicePixelRatioF()
            self._marks[key] = drawn_mark(mask, at.size().toSize(), scale, chosen=key[1])
        painter.drawPixmap(at.topLeft() - QPointF(HALO, HALO), self._marks[key])

    def _forget_pixels(self) -> None:
        self._marks.clear()
        self._scaled = QPixmap()
        self.update()

    # What a person does

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._forget_pixels()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position().toPoint(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._pressed is not None and self._map is not None:
            moved = at - QPointF(self._pressed)
            far = moved.manhattanLength() >= QApplication.startDragDistance()
            if self._zoom > 1 and (self._dragged or far):
                self._dragged = True
                place = self._place()
                self._middle -= QPointF(moved.x() / place.width(), moved.y() / place.height())
                self._pressed = at.toPoint()
                self.update()
            return
        self._point_at(self._value_at(at))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None or self._dragged or event.button() != Qt.MouseButton.LeftButton:
            return
        value = self._value_at(event.position())
        if value is not None and value == self._value_at(QPointF(pressed)):
            self.picked.emit(value)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """With Ctrl it zooms; else the page is scrolled."""
        if self._map is None or not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        self.zoom(event.angleDelta().y() / 120 or 0.001, event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._point_at(None)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            value = self._value_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self._labels.get(value or "", ""), self)
            return True
        return super().event(event)

    def _point_at(self, value: str | None) -> None:
        if value != self._under:
            self._under = value
            self.setCursor(Qt.CursorShape.PointingHandCursor if value else Qt.CursorShape.ArrowCursor)
            self.update()
