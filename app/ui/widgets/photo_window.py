"""One photo as large as the window allows."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QVBoxLayout, QWidget

SHARE = 0.9  # of the window it stands over


class PhotoWindow(QDialog):
    """Shows `data`, the bytes of an image file; Esc or a click closes it."""

    def __init__(self, data: bytes, caption: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(caption)
        picture = QPixmap()
        picture.loadFromData(data)
        scale = self.devicePixelRatioF()
        room = parent.window().size() * SHARE * scale
        fitted = picture.scaled(
            room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        fitted.setDevicePixelRatio(scale)
        label = QLabel()
        label.setPixmap(fitted)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(label)

    def mouseReleaseEvent(self, _event: object) -> None:
        self.close()
