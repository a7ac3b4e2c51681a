"""A line that finds a division by name, pinyin, initials or code."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from app.jobs import Job
from app.ui.desk import Desk
from app.ui.forms.composition import CompositionGuard
from app.ui.widgets.search_popup import Found, SearchPopup
from app.usecases.divisions import DivisionFound, find_divisions

TYPING_MS = 150
MOST_FINDS = 20


class PlaceSearch(QLineEdit):
    """Shows what is found under itself; `chosen` carries the code, once Enter or a click takes it."""

    chosen = Signal(str)

    def __init__(self, desk: Desk, words: str, near: str = "") -> None:
        super().__init__()
        self._desk = desk
        self.near = near
        self.setPlaceholderText(words)
        self.setAccessibleName(words)
        self.setClearButtonEnabled(True)
        look = desk.look
        icon = QAction(look.icons.icon("search", look.tokens.muted), "", self)
        self.addAction(icon, QLineEdit.ActionPosition.LeadingPosition)
        self._guard = CompositionGuard(self)
        self.popup = SearchPopup(look, self)
        self.popup.chosen.connect(self._take)
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._ask)
        self.textEdited.connect(lambda _: self._typing.start())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and not self.popup.isVisible():
            self._ask()
        else:
            super().keyPressEvent(event)

    def _ask(self) -> None:
        typed = self.text().strip()
        if not typed:
            self.popup.close_rows()
            return
        find = partial(find_divisions, self._desk.workspace, typed, near=self.near, limit=MOST_FINDS)
        job = Job("divisions", self.placeholderText(), lambda _: (typed, find()))
        self._desk.jobs.start(self, job, self._show, stream="places")

    def _show(self, found: tuple[str, list[DivisionFound]]) -> None:
        typed, finds = found
        if typed == self.text().strip() and self.hasFocus():
            rows = [Found(one.code, one.name, one.full_name) for one in finds if one.level != "province"]
            self.popup.show_rows(rows, mark_first=True)

    def _take(self, found: Found) -> None:
        self.popup.close_rows()
        self.clear()
        self.chosen.emit(found.key)
