"""Drawing, signing, or marking a photo: a sheet with what clears it and what takes it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.look import Look
from app.ui.widgets.card import button
from app.ui.widgets.drawing_sheet import DrawingSheet

SHARE: Final = 0.75  # of the window it stands over
SHEETS: Final = {"draw": QSize(720, 480), "signature": QSize(640, 240)}


class DrawingDialog(QDialog):
    """`taken` carries the drawing as a PNG. `way` is draw, signature or annotate; `ground` what is marked."""

    taken = Signal(bytes)

    def __init__(self, look: Look, way: str, ground: bytes | None, parent: QWidget) -> None:
        super().__init__(parent.window())
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr(f"drawing.{way}"))
        picture = QImage.fromData(ground) if ground is not None else None
        wanted = SHEETS.get(way, SHEETS["draw"]) if picture is None else picture.size()
        room = parent.window().size() * SHARE
        size = wanted.scaled(room, Qt.AspectRatioMode.KeepAspectRatio).boundedTo(wanted)
        self.sheet = DrawingSheet(size, picture, self)
        self.sheet.setAccessibleName(tr(f"drawing.{way}"))
        back = button(look, tr("drawing.take_back"), "undo-2", "flat")
        back.clicked.connect(self.sheet.take_back)
        clear = button(look, tr("drawing.clear"), "trash-2", "flat")
        clear.clicked.connect(self.sheet.clear)
        self.buttons = QDialogButtonBox()
        self.take = self.buttons.addButton(tr("drawing.take"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.take.setProperty("kind", "primary")
        self.buttons.addButton(tr("drawing.leave"), QDialogButtonBox.ButtonRole.RejectRole)
        self.buttons.accepted.connect(self._take)
        self.buttons.rejected.connect(self.reject)
        self.sheet.drawn.connect(self._offer)
        below = QHBoxLayout()
        below.addWidget(back)
        below.addWidget(clear)
        below.addStretch(1)
        below.addWidget(self.buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 14)
        column.addWidget(self.sheet, 0, Qt.AlignmentFlag.AlignCenter)
        column.addLayout(below)
        self._offer()

    def _offer(self) -> None:
        """Only what was drawn can be taken."""
        self.take.setEnabled(not self.sheet.empty)

    def _take(self) -> None:
        self.taken.emit(self.sheet.png())
        self.accept()
