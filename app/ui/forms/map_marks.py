"""How a shape of a picture is marked: pointed at by a ring, chosen by a ring, hatching and a tick."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QMargins, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QBitmap, QBrush, QColor, QImage, QPainter, QPen, QPixmap, QRegion

from app.ui.tokens import LIGHT

HALO: Final = 4.5
"""How far a mark reaches beyond its shape: a white ring around a dark one, seen on any colour."""
_RING: Final = 2.5
_BADGE: Final = 22
_GRID: Final = 12
_MOST_PX: Final = 1600
_TINT: Final = 80  # of 255: words in the shape stay legible


def drawn_mark(mask: QImage, size: QSize, scale: float, *, chosen: bool) -> QPixmap:
    """The mark of a shape that is white in `mask`, drawn this large, with HALO around it."""
    scale = min(scale, _MOST_PX / max(size.width(), size.height(), 1))
    aspect, smooth = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    mask = mask.scaled((size * scale).expandedTo(QSize(1, 1)), aspect, smooth)
    margin = round(HALO * scale)
    centre = QPoint(margin, margin)
    mark = QImage(
        mask.size().grownBy(QMargins(margin, margin, margin, margin)),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    mark.fill(Qt.GlobalColor.transparent)
    dark, tint = QColor(LIGHT.accent_pressed), QColor(LIGHT.accent)
    tint.setAlpha(_TINT)
    with QPainter(mark) as painter:
        for colour, reach in ((QColor("white"), HALO * scale), (dark, _RING * scale)):
            shape = _filled(mask, QBrush(colour))
            for step in _around(reach):
                painter.drawImage(centre + step, shape)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationOut)
        painter.drawImage(centre, _filled(mask, QBrush(dark)))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        for brush in (QBrush(tint), QBrush(dark, Qt.BrushStyle.BDiagPattern)) if chosen else ():
            painter.drawImage(centre, _filled(mask, brush))
    made = QPixmap.fromImage(mark)
    made.setDevicePixelRatio(scale)
    return made


def paint_badge(painter: QPainter, at: QPointF) -> None:
    """A tick on a disc."""
    cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    painter.setPen(QPen(QColor("white"), 2))
    painter.setBrush(QColor(LIGHT.accent_pressed))
    painter.drawEllipse(at, _BADGE / 2, _BADGE / 2)
    painter.setPen(QPen(QColor("white"), 2.4, Qt.PenStyle.SolidLine, cap, join))
    painter.drawPolyline([at + QPointF(-4.5, 0.5), at + QPointF(-1.2, 4), at + QPointF(5, -3.5)])


def box_of(mask: QImage) -> QRect:
    """The box around what is white."""
    black = mask.copy()
    black.invertPixels()  # a bitmap's regions are its black parts
    return QRegion(QBitmap.fromImage(black)).boundingRect()


def inside(mask: QImage, box: QRect, wanted: QPoint) -> QPoint:
    """A white pixel as near to the wanted place of the box as a coarse grid has one, else its middle."""
    places = (
        QPoint(box.x() + box.width() * x // _GRID, box.y() + box.height() * y // _GRID)
        for x in range(1, _GRID)
        for y in range(1, _GRID)
    )
    white = (one for one in places if mask.pixelColor(one).lightness() > 127)
    return min(white, key=lambda one: (one - wanted).manhattanLength(), default=box.center())


def _around(reach: float) -> list[QPoint]:
    """Steps of so many pixels to all sides."""
    far, aslant = round(reach), round(reach * 0.7)
    straight = [QPoint(far, 0), QPoint(-far, 0), QPoint(0, far), QPoint(0, -far)]
    return [*straight, *(QPoint(x, y) for x in (-aslant, aslant) for y in (-aslant, aslant))]


def _filled(mask: QImage, brush: QBrush) -> QImage:
    """The shape in a colour or pattern."""
    alpha = mask.convertToFormat(QImage.Format.Format_Grayscale8)
    alpha.reinterpretAsFormat(QImage.Format.Format_Alpha8)
    made = QImage(mask.size(), QImage.Format.Format_ARGB32_Premultiplied)
    made.fill(Qt.GlobalColor.transparent)
    with QPainter(made) as painter:
        painter.fillRect(made.rect(), brush)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
        painter.drawImage(0, 0, alpha)
    return made
