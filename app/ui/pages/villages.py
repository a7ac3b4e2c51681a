"""The list of villages: find one by name, pinyin, initials or code, and go to it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QStackedLayout, QTableView, QWidget

from app.changes import Changes
from app.i18n import tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.models.village_model import COLUMNS, NUMBERS, VillageModel
from app.ui.page import Page
from app.ui.widgets.card import Badge, Card, button
from app.ui.widgets.composition import CompositionGuard
from app.ui.widgets.empty_state import EmptyState
from app.ui.widgets.row_table import read_by_rows
from app.usecases.records import create_record
from app.usecases.villages import Village, find_villages, list_villages

SEARCH_DELAY_MS = 150
ROW_HEIGHT = 36
NUMBER_WIDTH, TIME_WIDTH, NAME_SHARE = 74, 150, 0.42


class VillagesPage(Page):
    """All villages in which something was recorded."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("villages.title"))
        self._villages: list[Village] = []
        self.count = Badge()
        self.heading.addWidget(self.count)
        self.heading.addStretch(1)
        self.new_button = button(desk.look, tr("villages.new"), "plus", "primary")
        self.new_button.clicked.connect(self.new_record)
        self.heading.addWidget(self.new_button)
        self._build_search()
        self._build_table()
        self._delay = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._delay.timeout.connect(self._search)

    def enter(self) -> None:
        self.reload()
        if not self.search.hasFocus():
            self.table.setFocus()

    def follow(self, changes: Changes) -> None:
        if changes.records and self.isVisible():
            self.reload()

    def reload(self) -> None:
        """Read the villages anew."""
        job = Job("villages", tr("villages.reading"), lambda _: list_villages(self.desk.workspace))
        self.desk.jobs.start(self, job, self._show, stream="villages")

    # What the menus do here

    def new_record(self) -> None:
        """Begin a village profile."""
        self.begin_record(partial(create_record, self.desk.workspace, "village_profile"))

    def find_records(self) -> None:
        """Bring the person to the search."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    # Building

    def _build_search(self) -> None:
        look = self.desk.look
        self.search = QLineEdit()
        self._guard = CompositionGuard(self.search)
        self.search.setPlaceholderText(tr("villages.search"))
        self.search.setAccessibleName(tr("villages.search"))
        self.search.setClearButtonEnabled(True)
        icon = QAction(look.icons.icon("search", look.tokens.muted), "", self.search)
        self.search.addAction(icon, QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(lambda _: self._delay.start())
        self.search.returnPressed.connect(self._take_first)
        down = QShortcut(QKeySequence(Qt.Key.Key_Down), self.search)
        down.setContext(Qt.ShortcutContext.WidgetShortcut)
        down.activated.connect(self._to_table)
        self.column.addWidget(self.search)

    def _build_table(self) -> None:
        self.table = QTableView()
        self.table.setAccessibleName(tr("villages.title"))
        self.model = VillageModel(self.desk.look.tokens, self.table)
        self.table.setModel(self.model)
        read_by_rows(self.table, ROW_HEIGHT)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.table.horizontalHeader()
        header.setSortIndicator(COLUMNS.index("updated"), Qt.SortOrder.DescendingOrder)
        self.table.setSortingEnabled(True)
        self.table.activated.connect(self._open)
        self._empty = EmptyState(self.desk.look, "map-pin", tr("villages.empty"), tr("villages.empty_hint"))
        area = QWidget()
        self._layers = QStackedLayout(area)
        self._layers.addWidget(self.table)
        self._layers.addWidget(self._empty)
        card = Card()
        card.body.setContentsMargins(1, 4, 1, 1)
        card.body.addWidget(area, 1)
        self.column.addWidget(card, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._size_columns)

    def _size_columns(self) -> None:
        """Numbers as wide as they need; name and place share what is left."""
        room = self.table.viewport().width() - NUMBER_WIDTH * len(NUMBERS) - TIME_WIDTH
        widths = {
            "name": int(room * NAME_SHARE),
            "place": room - int(room * NAME_SHARE),
            "updated": TIME_WIDTH,
        }
        for at, column in enumerate(COLUMNS):
            self.table.setColumnWidth(at, max(NUMBER_WIDTH, widths.get(column, NUMBER_WIDTH)))

    # Showing

    def _show(self, villages: list[Village]) -> None:
        self._villages = villages
        self.count.set_state(tr("villages.count", count=len(villages)), "quiet")
        self._search()

    def _search(self) -> None:
        chosen, had_keys = self._chosen(), self.table.hasFocus()
        found = find_villages(self._villages, self.search.text())
        self.model.show_villages(found)
        nothing = "villages.nothing_found" if self._villages else "villages.empty"
        self._empty.set_words(tr(nothing), tr(f"{nothing}_hint"))
        self._layers.setCurrentIndex(0 if found else 1)
        self._size_columns()
        if found:
            self.table.selectRow(max(0, self.model.place_of(chosen)) if chosen is not None else 0)
        if had_keys:
            self.table.setFocus()

    def _chosen(self) -> Village | None:
        row = self.table.currentIndex().row()
        return self.model.villages[row] if 0 <= row < len(self.model.villages) else None

    def _to_table(self) -> None:
        self.table.setFocus()

    def _take_first(self) -> None:
        self._delay.stop()
        self._search()
        if self.model.villages:
            self._open(self.model.index(0, 0))

    def _open(self, index: QModelIndex) -> None:
        village = self.model.villages[index.row()]
        if village.code:
            self.village_wanted.emit(village.code)
        else:
            self.record_wanted.emit(village.profile)
