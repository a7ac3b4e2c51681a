"""Lucide icons in the colours of the theme, sharp at every scale."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

SIDE_PX = 18


class Icons:
    """Icons of one theme, drawn when first asked for. `folder` holds the SVG files."""

    def __init__(self, folder: Path, colour: str, disabled: str) -> None:
        self._folder = folder
        self._colour = colour
        self._disabled = disabled
        self._drawn: dict[tuple[str, str, int, int, float], QPixmap] = {}

    def icon(
        self, name: str, colour: str | None = None, checked: str | None = None, gap_px: int = 0
    ) -> QIcon:
        """The icon in `colour` (the theme's text by default); `checked` colours it for a checked button,
        which is one that is never disabled.

        `gap_px` is blank space on its right, towards the words of a button.
        """
        made = QIcon()
        made.addPixmap(self.pixmap(name, colour, gap_px=gap_px), QIcon.Mode.Normal, QIcon.State.Off)
        if checked is None:
            faint = self.pixmap(name, self._disabled, gap_px=gap_px)
            made.addPixmap(faint, QIcon.Mode.Disabled, QIcon.State.Off)
        else:
            picture = self.pixmap(name, checked, gap_px=gap_px)
            for mode in (QIcon.Mode.Normal, QIcon.Mode.Active, QIcon.Mode.Selected):
                made.addPixmap(picture, mode, QIcon.State.On)
        return made

    def pixmap(
        self, name: str, colour: str | None = None, side_px: int = SIDE_PX, gap_px: int = 0
    ) -> QPixmap:
        """The icon as a picture of `side_px` logical pixels for the sharpest screen."""
        scale = max([1.0, *(screen.devicePixelRatio() for screen in QGuiApplication.screens())])
        key = (name, colour or self._colour, side_px, gap_px, scale)
        if key not in self._drawn:
            self._drawn[key] = self._draw(*key)
        return self._drawn[key]

    def _draw(self, name: str, colour: str, side_px: int, gap_px: int, scale: float) -> QPixmap:
        picture = QPixmap(round((side_px + gap_px) * scale), round(side_px * scale))
        picture.setDevicePixelRatio(scale)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        svg = _source(self._folder / f"{name}.svg").replace("currentColor", colour)
        QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, side_px, side_px))
        painter.end()
        return picture


@cache
def _source(file: Path) -> str:
    return file.read_text("utf-8")
