"""SVG pictures of forms drawn into pixels, by any thread: whole ones, and maps of choices."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from core.errors import KnownError
from core.forms.model.vector_pictures import VectorPicture

MAP_PX: Final = 2048
"""Long side of a map: 16 MB at most, and sharp when it is looked at twice as large as it stands in a form."""
_REGIONS_PX: Final = 1024
_FIRST_PX: Final = 64
_SLOW_S: Final = 0.25
"""After a drawing that took so long no larger one is made; twice the side takes up to six times as long."""
_REACH_PX: Final = 4  # around a thin line of regions of 1024
_SPREAD: Final = 0x9E3779  # odd, so that no two shapes share a colour, and none is what two neighbours mix to


def picture_file(picture: VectorPicture, side_px: int) -> bytes:
    """The picture on white as a PNG file. Raises KnownError "vector_picture_refused"."""
    renderer = _renderer(picture.drawn())
    drawn = _drawn(renderer, side_px, Qt.GlobalColor.white)
    made = QBuffer()
    made.open(QIODevice.OpenModeFlag.WriteOnly)
    drawn.save(made, "PNG")  # type: ignore[call-overload]  # its stub names bytes, which it refuses
    return bytes(made.data().data())


class DrawnMap(NamedTuple):
    """A picture and, pixel by pixel, which value its uppermost shape stands for."""

    picture: QImage
    regions: QImage
    colours: dict[int, str]

    def value_at(self, x: float, y: float) -> str | None:
        """The value of the shape at a place given in shares of the whole, or close by; None for none."""
        at = QPoint(int(x * self.regions.width()), int(y * self.regions.height()))
        near = (QPoint(dx, dy) for dy in _NEAR for dx in _NEAR)
        for step in sorted(near, key=QPoint.manhattanLength):
            if self.regions.rect().contains(at + step):
                value = self.colours.get(self.regions.pixel(at + step))
                if value is not None:
                    return value
        return None

    def mask(self, value: str) -> QImage:
        """White where that value is, black elsewhere."""
        colour = next(colour for colour, one in self.colours.items() if one == value)
        mask = self.regions.createMaskFromColor(colour, Qt.MaskMode.MaskInColor)
        return mask.convertToFormat(QImage.Format.Format_Grayscale8)


_NEAR: Final = range(-_REACH_PX, _REACH_PX + 1)


def draw_map(picture: VectorPicture, values: Sequence[str]) -> DrawnMap:
    """The picture with the shapes of these values. Raises KnownError "vector_picture_refused"."""
    shapes = picture.shapes_of(values)
    named = {f"#{(at * _SPREAD) & 0xFFFFFF:06x}": value for at, value in enumerate(shapes, 1)}
    regions = picture.regions({shapes[value]: colour for colour, value in named.items()})
    renderer = _renderer(picture.drawn())
    return DrawnMap(
        _drawn(renderer, MAP_PX, Qt.GlobalColor.white),
        _drawn(_renderer(regions, renderer.viewBoxF()), _REGIONS_PX, Qt.GlobalColor.transparent),
        {QColor(name).rgba(): value for name, value in named.items()},
    )


def _renderer(svg: bytes, view: QRectF | None = None) -> QSvgRenderer:
    renderer = QSvgRenderer(QByteArray(svg))
    if view is not None:
        renderer.setViewBox(view)
    if not renderer.isValid() or renderer.viewBoxF().isEmpty():
        raise KnownError("vector_picture_refused", reason="nothing to draw")
    return renderer


def _size(renderer: QSvgRenderer, side_px: int) -> QSize:
    whole = renderer.viewBoxF()
    scale = side_px / max(whole.width(), whole.height())
    return QSize(max(1, round(whole.width() * scale)), max(1, round(whole.height() * scale)))


def _drawn(renderer: QSvgRenderer, side_px: int, ground: Qt.GlobalColor) -> QImage:
    """The picture with that long side; a smaller one where that would take long.

    What a shape costs QtSvg grows with its size in pixels and can not be told before: a thousand lines across
    the whole took a minute. So it is drawn small, then twice as large, as long as that goes fast.
    """
    side = min(_FIRST_PX, side_px)
    while True:
        before = time.thread_time()
        drawn = _drawn_once(renderer, _size(renderer, side), ground)
        if side == side_px or time.thread_time() - before > _SLOW_S:
            return drawn
        side = min(2 * side, side_px)


def _drawn_once(renderer: QSvgRenderer, size: QSize, ground: Qt.GlobalColor) -> QImage:
    drawn = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    drawn.fill(ground)
    with QPainter(drawn) as painter:
        renderer.render(painter, QRectF(drawn.rect()))
    return drawn
