"""The table of the record list: as many rows as there are records, of which the last looked-at are here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView

from app.i18n import tr
from app.ui.desk import Desk
from app.ui.models.record_list_model import PAGE_ROWS, RECORD_ROLE, UNSORTED, Column, RecordListModel
from app.ui.widgets.row_table import read_by_rows
from app.usecases.records import LAST_CHANGED_FIRST, RecordRow, RecordSort
from core.forms.model.form import Form

ROW_HEIGHT = 34
LEAST_COLUMN = 70
LEAST_TITLE = 180
MISSING_DELAY_MS = 20  # a scroll asks for the pages where it is by then, not for all it passes
WIDTHS_DELAY_MS = 500


class RecordTable(QTableView):
    """Shows a list page by page. `sort_changed` and `pages_missing` ask for what to read."""

    sort_changed = Signal()
    pages_missing = Signal(list)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._preferences = desk.preferences
        self.sort = LAST_CHANGED_FIRST
        self.records = RecordListModel(desk.look.tokens, self)
        self._chosen = ""
        self._form_id = ""
        self._own_widths = self._sizing = False
        self._sized_for: list[str] = []
        self.setModel(self.records)
        self._missing = QTimer(self, singleShot=True, interval=MISSING_DELAY_MS)
        self._missing.timeout.connect(lambda: self.pages_missing.emit(self.visible_pages()))
        self.records.page_missing.connect(self._note_missing)
        self._keep_widths = QTimer(self, singleShot=True, interval=WIDTHS_DELAY_MS)
        self._keep_widths.timeout.connect(self._remember_widths)
        self._set_up()

    # What is chosen

    @property
    def chosen(self) -> str:
        """The record in hand, "" for none."""
        return self._chosen if self.currentIndex().isValid() else ""

    def chosen_spans(self) -> list[tuple[int, int]]:
        """The first and last place of every run of selected rows, in order."""
        spans = self.selectionModel().selection()
        return sorted((span.top(), span.bottom()) for span in spans)  # type: ignore[attr-defined]  # it is a list

    def visible_pages(self) -> list[int]:
        """The pages that the rows now in sight belong to."""
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        count = self.records.rowCount()
        first = max(0, first)
        last = count - 1 if last < 0 else last
        return list(range(first // PAGE_ROWS, min(max(last, first), first + PAGE_ROWS) // PAGE_ROWS + 1))

    # Showing

    def show_list(
        self,
        count: int,
        pages: Mapping[int, list[RecordRow]],
        form: Form | None,
        forms: list[Form],
        *,
        place: int | None,
    ) -> None:
        """Show this list; `place` is where the chosen record stands in it now, None if it does not."""
        chosen, scrolled = self.chosen, self.verticalScrollBar().value()
        self.records.show_list(count, pages, form, forms)
        self._form_id = "" if form is None else form.form_id
        if self._sized_for != [column.key for column in self.records.columns]:
            self._size_columns()
        self._show_sort()
        self.verticalScrollBar().setValue(scrolled)
        if chosen and place is not None and place != self.currentIndex().row():
            self.setAutoScroll(False)
            self.selectRow(place)
            self.setAutoScroll(True)
        elif place is None:
            self.setCurrentIndex(QModelIndex())
        self._chosen = chosen if place is not None else ""

    def shown_columns(self) -> list[Column]:
        """The columns in sight, in the order in which they stand."""
        header = self.horizontalHeader()
        places = (header.logicalIndex(at) for at in range(header.count()))
        return [self.records.columns[place] for place in places if not self.isColumnHidden(place)]

    def column_menu(self) -> QMenu:
        """Which columns are shown; headings are dragged for their order."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for at, column in enumerate(self.records.columns):
            if column.key == "@title":
                continue
            action = menu.addAction(column.heading)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(at))
            action.toggled.connect(partial(self.show_column, column.key))
        menu.addSeparator()
        menu.addAction(tr("list.columns_reset"), self.reset_columns)
        return menu

    def show_column(self, key: str, on: bool) -> None:
        """Show a column, or hide it; kept for this form's list."""
        hidden = [self._sized_for[at] for at in self._hidden_places()]
        self._keep_layout([one for one in hidden if one != key] + ([] if on else [key]))
        self._size_columns()

    def reset_columns(self) -> None:
        """The columns, their order and widths as they are without a person's choice."""
        for name in (self._widths_name, self._layout_name):
            self._preferences.remember(name, "")
        self._size_columns()

    def begin_anew(self) -> None:
        """Another list is to come: it is looked at from its beginning."""
        self.scrollToTop()

    def take_keys(self) -> None:
        """Bring the person to the records, to the first one if none is chosen."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self.selectionModel().hasSelection():
            self.selectRow(0)

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        super().currentChanged(current, previous)
        if current.isValid():
            self._chosen = str(current.siblingAtColumn(0).data(RECORD_ROLE) or "")

    # Building

    def _set_up(self) -> None:
        read_by_rows(self, ROW_HEIGHT)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(60)
        header.sectionClicked.connect(self._sort_by)
        header.sectionResized.connect(self._note_width)
        header.sectionMoved.connect(self._note_order)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(
            lambda point: self.column_menu().popup(header.viewport().mapToGlobal(point))
        )

    def _note_missing(self) -> None:
        if not self._missing.isActive():
            self._missing.start()

    # Order

    def _sort_by(self, column: int) -> None:
        """First rising, then falling, then as the list is without."""
        field = self.records.columns[column].key
        if field in UNSORTED:
            return
        if self.sort.field != field:
            self.sort = RecordSort(field, descending=False)
        elif not self.sort.descending:
            self.sort = RecordSort(field, descending=True)
        else:
            self.sort = LAST_CHANGED_FIRST
        self._show_sort()
        self.sort_changed.emit()

    def _show_sort(self) -> None:
        keys = [column.key for column in self.records.columns]
        at = keys.index(self.sort.field) if self.sort.field in keys else -1
        falling = Qt.SortOrder.DescendingOrder if self.sort.descending else Qt.SortOrder.AscendingOrder
        with QSignalBlocker(self.horizontalHeader()):
            self.horizontalHeader().setSortIndicator(at, falling)
        self.horizontalHeader().viewport().update()

    # Widths

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._fit_columns)  # once the table has its new width

    def _fit_columns(self) -> None:
        if self._sized_for and not self._own_widths:
            self._size_columns()

    def _size_columns(self) -> None:
        """The widths the person gave this form's list, else those that fit the window."""
        columns = self.records.columns
        self._sized_for = [column.key for column in columns]
        kept = _read_widths(self._preferences.remembered(self._widths_name))
        self._own_widths = bool(kept)
        layout = _read_layout(self._preferences.remembered(self._layout_name))
        hidden, order = set(layout.get("hidden", ())), layout.get("order", [])
        room = self.viewport().width() - sum(one.width for one in columns if one.key not in hidden)
        loose = [column for column in columns if column.key in {"@title", "@summary"}]
        narrow = not (kept or layout) and len(loose) > 1 and loose[0].width + room // len(loose) < LEAST_TITLE
        if narrow:  # then the title takes what the summary would have
            room += loose.pop().width
        self._sizing = True
        for at, column in enumerate(columns):
            width = column.width + (room // len(loose) if column in loose else 0)
            self.setColumnWidth(at, kept.get(column.key, max(LEAST_COLUMN, width)))
            self.setColumnHidden(at, column.key in hidden or (narrow and column.key == "@summary"))
        self._put_in_order([*order, *(key for key in self._sized_for if key not in order)])
        self._sizing = False

    def _note_width(self) -> None:
        """Once the person drags a heading the widths are theirs."""
        if not self._sizing and QGuiApplication.mouseButtons():
            self._own_widths = True
            self._keep_widths.start()

    def _put_in_order(self, keys: list[str]) -> None:
        header, place = self.horizontalHeader(), 0
        for key in keys:
            if key in self._sized_for:
                header.moveSection(header.visualIndex(self._sized_for.index(key)), place)
                place += 1

    def _note_order(self) -> None:
        if not self._sizing:
            self._keep_layout([self._sized_for[at] for at in self._hidden_places()])

    def _hidden_places(self) -> list[int]:
        return [at for at in range(len(self._sized_for)) if self.isColumnHidden(at)]

    def _keep_layout(self, hidden: list[str]) -> None:
        header = self.horizontalHeader()
        order = [self._sized_for[header.logicalIndex(at)] for at in range(len(self._sized_for))]
        kept = json.dumps({"hidden": hidden, "order": order})
        self._preferences.remember(self._layout_name, kept)

    def _remember_widths(self) -> None:
        shown = {
            column.key: self.columnWidth(at)
            for at, column in enumerate(self.records.columns[:-1])  # the last one takes what is left
            if not self.isColumnHidden(at)
        }
        self._preferences.remember(self._widths_name, json.dumps(shown))

    @property
    def _layout_name(self) -> str:
        return f"layout.{self._form_id or 'all'}"

    @property
    def _widths_name(self) -> str:
        return f"columns.{self._form_id or 'all'}"


def _read_layout(text: str) -> dict[str, list[str]]:
    """What was remembered of the choice and order of columns; nothing if it is no longer readable."""
    try:
        kept = json.loads(text or "{}")
    except ValueError:
        return {}
    return {name: [str(key) for key in keys] for name, keys in kept.items() if isinstance(keys, list)}


def _read_widths(text: str) -> dict[str, int]:
    """What was remembered of the widths; nothing if it is no longer readable."""
    try:
        kept = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(key): width for key, width in kept.items() if isinstance(width, int) and width > 0}
