"""What a form says besides to whoever asks for it: hidden until then."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.look import Look
from app.ui.widgets.card import button
from app.ui.widgets.marked_label import MarkedLabel


class Guidance(QWidget):
    """The words, shown and hidden by `button`, which stands where the question is."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._words = MarkedLabel(look.tokens, "guidance")
        self.button = button(look, tr("form_media.guidance"), "info", "flat")
        self.button.setCheckable(True)
        self.button.setToolTip(tr("form_media.guidance_tip"))
        self.button.toggled.connect(self.setVisible)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 2)
        column.addWidget(self._words)
        self.hide()

    def show_marked(self, marked: str) -> None:
        """Say this to whoever asks."""
        self._words.show_marked(marked)
        self.button.setVisible(bool(marked))
        self.setVisible(bool(marked) and self.button.isChecked())
