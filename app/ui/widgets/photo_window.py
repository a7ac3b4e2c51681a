"""One photo as large as the window allows, turned as one wants to look at it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPixmap, QTransform
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.look import Look
from app.ui.widgets.card import button, named_label

SHARE = 0.9  # of the window it stands over
BELOW_PX = 60


class PhotoWindow(QDialog):
    """Shows `data`, the bytes of an image file; Esc or a click closes it, R turns what is shown.

    The photo itself stays as it is.
    """

    def __init__(self, look: Look, data: bytes, caption: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(caption)
        self._picture = QPixmap()
        self._picture.loadFromData(data)
        self._turned = 0
        self._room = parent.window().size() * SHARE
        self.label = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        turn = button(look, tr("strip.rotate"), "rotate-cw", "flat")
        turn.clicked.connect(self.turn)
        below = QHBoxLayout()
        below.addWidget(named_label("muted", caption), 1)
        below.addWidget(turn)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.label, 1)
        column.addLayout(below)
        self._show()

    def turn(self) -> None:
        """A quarter to the right."""
        self._turned = (self._turned + 90) % 360
        self._show()
        self.adjustSize()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_R:
            self.turn()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, _event: object) -> None:
        self.close()

    def _show(self) -> None:
        scale = self.devicePixelRatioF()
        turned = self._picture.transformed(QTransform().rotate(self._turned))
        room = self._room * scale
        room.setHeight(room.height() - round(BELOW_PX * scale))
        fitted = turned.scaled(
            room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        fitted.setDevicePixelRatio(scale)
        self.label.setPixmap(fitted)
