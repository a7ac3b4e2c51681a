"""The list of records: find, filter, sort, begin a new one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedLayout, QWidget

from app.changes import Changes
from app.i18n import tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.listed_records import Asked, Read, read_list, read_pages, records_at, rows_at
from app.ui.page import Page
from app.ui.record_bin import RecordBin
from app.ui.widgets.card import Badge, Card, button
from app.ui.widgets.empty_state import EmptyState
from app.ui.widgets.new_record_button import NewRecordButton
from app.ui.widgets.record_filters import RecordFilters
from app.ui.widgets.record_table import RecordTable
from app.usecases.records import LAST_CHANGED_FIRST, RecordFilter, RecordRow, create_record
from core.forms.model.form import Form


class RecordListPage(Page):
    """All records of this workspace as a table."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("records.title"))
        self._entered = False
        self.forms: list[Form] = []
        self._asked = Asked()
        self._build_heading()
        self._build_filters()
        self._build_table()
        self.reload()

    @property
    def record_ids(self) -> list[str]:
        """The records around the chosen one in the order they stand in the table."""
        return self.table.records.ids_around(max(0, self.table.currentIndex().row()))

    def follow(self, changes: Changes) -> None:
        if changes:
            self.reload()

    def enter(self) -> None:
        self._entered = True
        self.table.setFocus()
        self.reload()  # a record that was begun and not saved is told by nobody

    def reload(self) -> None:
        """Read the list anew; an older answer that comes later is dropped."""
        asked = self._question()
        if asked != self._asked:
            self.table.begin_anew()
        self._asked = asked
        pages, chosen = self.table.visible_pages(), self.table.chosen
        work = partial(read_list, self.desk.workspace, asked, pages, chosen)
        job = Job("records.list", tr("records.reading"), lambda _: work())
        self.desk.jobs.start(self, job, self._show, stream="list")

    def _question(self) -> Asked:
        wanted, sort = self.filters.wanted, self.table.sort
        if not sort.field.startswith("@") and wanted.form_id != self._asked.wanted.form_id:
            sort = self.table.sort = LAST_CHANGED_FIRST  # a column of another form
        return Asked(wanted, sort)

    def _read_pages(self, numbers: list[int]) -> None:
        """The pages that have come into sight."""
        asked = self._asked
        job = Job(
            "records.list", tr("records.reading"), lambda _: read_pages(self.desk.workspace, asked, numbers)
        )
        self.desk.jobs.start(self, job, partial(self._add_pages, asked), stream="list.pages")

    def _add_pages(self, asked: Asked, pages: Mapping[int, list[RecordRow]]) -> None:
        if asked == self._asked:
            for number, rows in pages.items():
                self.table.records.add_page(number, rows)

    # What the menus do here

    def new_record(self) -> None:
        """Begin a record; with several forms the button asks which."""
        self.new_button.begin()

    def find_records(self) -> None:
        """Bring the person to the search."""
        self.filters.take_keys()

    def narrow(self, wanted: RecordFilter) -> None:
        """Show these records; what the filters here do not know of it does not count."""
        self.filters.narrow(wanted)

    def delete(self) -> None:
        """Put the chosen records into the bin; one click brings them back."""
        spans = self.table.chosen_spans()
        if not spans or self._asked.wanted.deleted:
            return
        asked, chosen = self._asked, [self.table.chosen] if self.table.chosen else []
        alone = sum(last - first + 1 for first, last in spans) == 1
        self.bin.put(asked, [] if alone else spans, chosen)

    def clear_chosen(self) -> None:
        """Clear the chosen records out of the bin, after one question."""
        self.bin.clear(self._asked, self.table.chosen_spans())

    def export_instances(self) -> None:
        """Write the chosen records as submission files; all that the list has where none is chosen."""
        from app.ui.instances import export_records  # noqa: PLC0415  # seldom asked for

        spans = self.table.chosen_spans() or [(0, self.table.records.rowCount() - 1)]
        export_records(self, partial(records_at, self.desk.workspace, self._asked, spans))

    # Building

    def _build_heading(self) -> None:
        self.count = Badge()
        self.heading.addWidget(self.count)
        self.heading.addStretch(1)
        self.new_button = NewRecordButton(self.desk.look)
        self.new_button.form_chosen.connect(self._begin)
        self.heading.addWidget(self.new_button)

    def _build_filters(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(10)
        self.filters = RecordFilters(self.desk)
        self.filters.changed.connect(self.reload)
        row.addWidget(self.filters, 1)
        self.columns_button = button(self.desk.look, "", "columns-3", "flat")
        self.columns_button.setToolTip(tr("list.columns"))
        self.columns_button.setAccessibleName(tr("list.columns"))
        self.columns_button.clicked.connect(self._show_column_menu)
        row.addWidget(self.columns_button)
        self.column.addLayout(row)

    def _build_table(self) -> None:
        card = Card()
        card.body.setContentsMargins(1, 4, 1, 1)
        self.table = RecordTable(self.desk)
        self.table.sort_changed.connect(self.reload)
        self.table.pages_missing.connect(self._read_pages)
        self.table.customContextMenuRequested.connect(self._context_menu)
        self.table.activated.connect(self._open)
        self.filters.left.connect(self.table.take_keys)
        self._empty = EmptyState(self.desk.look, "inbox", tr("records.empty"), tr("records.empty_hint"))
        self.bin = RecordBin(self.desk, self)
        self.bin.clear_wanted.connect(self.clear_chosen)
        card.body.addWidget(self.bin.strip)
        area = QWidget()
        self._layers = QStackedLayout(area)
        self._layers.addWidget(self.table)
        self._layers.addWidget(self._empty)
        card.body.addWidget(area, 1)
        self.column.addWidget(card, 1)
        self._add_key(tr("menu.delete"), QKeySequence.StandardKey.Delete, self.delete)
        self._add_key(tr("records.copy"), QKeySequence.StandardKey.Copy, self._copy)

    def _add_key(self, words: str, key: QKeySequence.StandardKey, run: Callable[[], None]) -> None:
        """A key of the table alone."""
        action = QAction(words, self.table, shortcut=QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(run)
        self.table.addAction(action)

    # Doing

    def _show_column_menu(self) -> None:
        corner = self.columns_button.rect().bottomRight()
        menu = self.table.column_menu()
        menu.popup(self.columns_button.mapToGlobal(corner) - QPoint(menu.sizeHint().width(), 0))

    def _show(self, read: Read) -> None:
        if [form.digest for form in read.forms] != [form.digest for form in self.forms]:
            self.forms = read.forms
            self.filters.offer_forms(self.forms)
            self.new_button.offer(self.forms)
        form = next((one for one in self.forms if one.form_id == self._asked.wanted.form_id), None)
        self.table.show_list(read.count, read.pages, form, self.forms, place=read.place)
        self.count.set_state(tr("records.count", count=read.count), "quiet")
        self._empty.set_words(
            tr("records.nothing_found" if self.filters.narrowed else "records.empty"),
            tr("records.nothing_found_hint" if self.filters.narrowed else "records.empty_hint"),
        )
        self._layers.setCurrentIndex(0 if read.count else 1)
        self.bin.strip.setVisible(bool(self._asked.wanted.deleted and read.count))
        if (
            self._entered and read.count and self.isVisible()
        ):  # before the first rows came, the table was hidden and took no keys
            self._entered = False
            if not self.filters.search.hasFocus():
                self.table.take_keys()

    def _open(self, index: QModelIndex) -> None:
        row = self.table.records.row_at(index.row())
        if row is not None:
            self.record_wanted.emit(row.record_id)

    def _begin(self, form_id: str) -> None:
        self.begin_record(partial(create_record, self.desk.workspace, form_id))

    def _context_menu(self, point: QPoint) -> None:
        record_id = self.table.chosen
        if not record_id:
            return
        menu = QMenu(self)
        if self.filters.wanted.deleted:
            menu.addAction(tr("records.restore"), partial(self.bin.restore, [record_id]))
            menu.addSeparator()
            menu.addAction(tr("bin.clear"), self.clear_chosen)
        else:
            menu.addAction(tr("records.open"), partial(self.record_wanted.emit, record_id))
            menu.addAction(tr("menu.preview"), partial(self.preview_wanted.emit, record_id))
            menu.addSeparator()
            menu.addAction(tr("menu.delete"), self.delete)
        menu.popup(self.table.viewport().mapToGlobal(point))

    def _copy(self) -> None:
        """The chosen rows as tab-separated text, as Excel takes them; rows that are not here are read."""
        asked, spans, model = self._asked, self.table.chosen_spans(), self.table.records
        columns = self.table.shown_columns()
        job = Job(
            "records.copy",
            tr("records.copy"),
            lambda _: model.lines(rows_at(self.desk.workspace, asked, spans), columns),
        )
        self.desk.jobs.start(self, job, QGuiApplication.clipboard().setText, stream="copy")
