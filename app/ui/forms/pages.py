"""The pages of a repeat with many rows: which rows are shown, and the way to the others."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.i18n import tr
from app.ui.look import Look
from app.ui.widgets.card import button, named_label

CARDS_SHOWN = 50
"""Rows on a page; the card of a row with ten questions takes some 30 ms to make."""


class Pages(QWidget):
    """Hidden where one page holds everything. `wanted` carries the first row of the page to turn to."""

    wanted = Signal(int)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._first = 0
        self.told = named_label("hint")
        self.before = button(look, tr("pages.before"), "chevron-left", "flat")
        self.after = button(look, tr("pages.after"), "chevron-right", "flat")
        self.before.clicked.connect(lambda: self.wanted.emit(self._first - CARDS_SHOWN))
        self.after.clicked.connect(lambda: self.wanted.emit(self._first + CARDS_SHOWN))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.before, self.told, self.after):
            row.addWidget(widget)
        row.addStretch(1)
        self.hide()

    def show_page(self, first: int, rows: int) -> None:
        """The page that begins with this row, counted from 0, is shown."""
        self._first = first
        last = min(first + CARDS_SHOWN, rows)
        self.setVisible(rows > CARDS_SHOWN)
        self.told.setText(tr("pages.shown", first=first + 1, last=last, count=rows))
        self.before.setEnabled(first > 0)
        self.after.setEnabled(last < rows)
