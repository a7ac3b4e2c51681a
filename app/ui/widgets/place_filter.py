"""A line in which one finds the place that a list is narrowed to."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QLineEdit

from app.i18n import tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.forms.composition import CompositionGuard
from app.ui.widgets.search_popup import Found, SearchPopup
from app.usecases.divisions import DivisionFound, find_divisions, prepare_divisions, recent_divisions

DELAY_MS = 150
WIDTH_PX = 150
FINDS = 20


class PlaceFilter(QLineEdit):
    """Typing 汉字, pinyin, initials or a code lists divisions; `place_chosen` carries the code of one."""

    place_chosen = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._guard = CompositionGuard(self)
        self.setFixedWidth(WIDTH_PX)
        self.setPlaceholderText(tr("list.place_any"))
        self.setAccessibleName(tr("list.place"))
        self.setToolTip(tr("list.place_search"))
        icon = desk.look.icons.icon("map-pin", desk.look.tokens.muted)
        self.addAction(QAction(icon, "", self), QLineEdit.ActionPosition.LeadingPosition)
        self.popup = SearchPopup(desk.look, self)
        self.popup.chosen.connect(self._choose)
        self._delay = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._delay.timeout.connect(self.ask)
        self._prepared = False
        self.textEdited.connect(lambda _: self._delay.start())

    def ask(self) -> None:
        """List what fits what is typed; of nothing the places of the records changed last."""
        typed, workspace = self.text().strip(), self._desk.workspace
        if not self._prepared:
            self._prepared = True
            prepare = Job("divisions", tr("divisions.searching"), lambda _: prepare_divisions(workspace))
            self._desk.jobs.start(self, prepare)
        if typed:
            work = partial(find_divisions, workspace, typed, limit=FINDS)
        else:
            work = partial(recent_divisions, workspace)
        job = Job("divisions", tr("divisions.searching"), lambda _: work())
        self._desk.jobs.start(self, job, partial(self._show, typed), stream="finds")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if not self.text():
            self.ask()

    def _show(self, typed: str, found: list[DivisionFound]) -> None:
        if typed != self.text().strip() or not self.hasFocus():
            return
        rows = [Found(one.code, one.name, one.full_name) for one in found]
        if rows or typed:
            self.popup.show_rows(rows or [Found("", tr("list.place_none"))], mark_first=bool(typed))

    def _choose(self, found: Found) -> None:
        self.clear()
        self.place_chosen.emit(found.key)
