"""A line that finds a division by name, pinyin, initials or code."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit

from app.i18n import tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.widgets.composition import CompositionGuard
from app.ui.widgets.search_popup import Found, SearchPopup
from app.usecases.divisions import DivisionFound, find_divisions, prepare_divisions, recent_divisions

TYPING_MS = 150
MOST_FINDS = 20


class PlaceSearch(QLineEdit):
    """Shows what is found under itself; `chosen` carries the code, once Enter or a click takes it.

    Down or a click in the empty line shows the places of the records changed last. Places near the code
    `near` are found first.
    """

    chosen = Signal(str)

    def __init__(self, desk: Desk, words: str, icon: str = "search", *, provinces: bool = True) -> None:
        super().__init__()
        self._desk, self._provinces = desk, provinces
        self.near = ""
        self.setPlaceholderText(words)
        self.setAccessibleName(words)
        self.setClearButtonEnabled(True)
        look = desk.look
        picture = QAction(look.icons.icon(icon, look.tokens.muted), "", self)
        self.addAction(picture, QLineEdit.ActionPosition.LeadingPosition)
        self._guard = CompositionGuard(self)
        self.popup = SearchPopup(look, self)
        self.popup.chosen.connect(self._take)
        self._prepared = self._take_first = False
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self.ask)
        self.textEdited.connect(self._edited)

    def ask(self) -> None:
        """List what fits what is typed; of nothing the places of the records changed last."""
        typed, workspace = self.text().strip(), self._desk.workspace
        if not self._prepared:
            self._prepared = True
            prepare = Job("divisions", tr("divisions.searching"), lambda _: prepare_divisions(workspace))
            self._desk.jobs.start(self, prepare)
        if typed:
            work = partial(find_divisions, workspace, typed, near=self.near, limit=MOST_FINDS)
        else:
            work = partial(recent_divisions, workspace)
        job = Job("divisions", tr("divisions.searching"), lambda _: work())
        self._desk.jobs.start(self, job, partial(self._show, typed), stream="finds")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and not self.popup.isVisible():
            self.ask()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.text().strip():
            self._take_first = True  # typed faster than searched: the first that comes
            self._typing.stop()
            self.ask()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if not self.text():
            self.ask()

    def _edited(self) -> None:
        self._take_first = False
        self.popup.unmark()
        self._typing.start()

    def _show(self, typed: str, finds: list[DivisionFound]) -> None:
        if typed != self.text().strip() or not self.hasFocus():
            return
        offered = [one for one in finds if self._provinces or one.level != "province"]
        rows = [division_row(one) for one in offered]
        take_first, self._take_first = self._take_first, False
        if take_first and rows:
            self._take(rows[0])
        elif rows or typed:
            self.popup.show_rows(rows or [Found("", tr("divisions.none_found"))], mark_first=bool(typed))
        else:
            self.popup.close_rows()

    def _take(self, found: Found) -> None:
        self.popup.close_rows()
        self.clear()
        self.chosen.emit(found.key)


def division_row(one: DivisionFound) -> Found:
    """A division as it is shown where one searches for it: its key is its code."""
    mark = tr("divisions.local") if one.local else tr(f"divisions.level.{one.level}")
    return Found(one.code, one.name, one.full_name, mark=mark, mark_kind="warn" if one.local else "")
