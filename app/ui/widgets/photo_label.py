"""One photo by its digest, shown when its bytes come."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLabel

from app.ui.look import Look

HEIGHT = 150


class PhotoLabel(QLabel):
    """A picture `HEIGHT` pixels high; an icon until it is here, and when it is missing."""

    def __init__(self, look: Look, digest: str) -> None:
        super().__init__()
        self.digest = digest
        self._look = look
        self.setFixedHeight(HEIGHT)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setPixmap(look.icons.pixmap("image", look.tokens.line_strong, 32))

    def show_bytes(self, data: bytes) -> None:
        """The bytes of an image file."""
        picture = QPixmap()
        picture.loadFromData(data)
        scale = self.devicePixelRatioF()
        fitted = picture.scaledToHeight(round(HEIGHT * scale), Qt.TransformationMode.SmoothTransformation)
        fitted.setDevicePixelRatio(scale)
        self.setPixmap(fitted)

    def show_missing(self) -> None:
        """The picture is not on this computer."""
        self.setPixmap(self._look.icons.pixmap("image-off", self._look.tokens.line_strong, 32))
