"""The list of records: find, filter, sort, begin a new one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QMessageBox,
    QStackedLayout,
    QWidget,
)

from app.changes import Changes
from app.i18n import language, tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.forms.composition import CompositionGuard
from app.ui.models.record_list_model import PAGE_ROWS
from app.ui.page import Page
from app.ui.widgets.card import Badge, Card, button, named_label
from app.ui.widgets.empty_state import EmptyState
from app.ui.widgets.new_record_button import NewRecordButton
from app.ui.widgets.place_search import PlaceSearch
from app.ui.widgets.record_table import RecordTable
from app.usecases.bin import Cleared, clear_records
from app.usecases.forms import list_forms
from app.usecases.records import (
    EVERYTHING,
    LAST_CHANGED_FIRST,
    RecordFilter,
    RecordRow,
    RecordSort,
    count_records,
    create_record,
    delete_record,
    page_records,
    place_of_record,
    restore_record,
)
from app.workspace import Workspace
from core.forms.model import Form

SEARCH_DELAY_MS = 150
PLACE_WIDTH = 150
_FILTERS = {
    "all": RecordFilter(),
    "draft": RecordFilter(state="draft"),
    "final": RecordFilter(state="final"),
    "returned": RecordFilter(returned=True),
    "conflict": RecordFilter(in_conflict=True),
    "problems": RecordFilter(with_problems=True),
    "unsent": RecordFilter(unsent=True),
    "deleted": RecordFilter(deleted=True),
}


@dataclass(frozen=True)
class _Asked:
    """What the list is to show."""

    wanted: RecordFilter = EVERYTHING
    sort: RecordSort = LAST_CHANGED_FIRST


@dataclass(frozen=True)
class _Read:
    """What was read of it: its length, some pages, where the chosen record stands, the forms there are."""

    count: int
    pages: Mapping[int, list[RecordRow]]
    place: int | None
    forms: list[Form]


@dataclass(frozen=True)
class _Deleted:
    """The records that went into the bin."""

    record_ids: list[str]
    changes: Changes


class RecordListPage(Page):
    """All records of this workspace as a table."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("records.title"))
        self._entered = False
        self.forms: list[Form] = []
        self._asked = _Asked()
        self._form_wanted: str | None = None  # until the forms have been read
        self._place: str | None = None  # the division that the list keeps to
        self._build_heading()
        self._build_filters()
        self._build_table()
        self._delay = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._delay.timeout.connect(self.reload)
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
        work = partial(_read, self.desk.workspace, asked, pages, chosen)
        job = Job("records.list", tr("records.reading"), lambda _: work())
        self.desk.jobs.start(self, job, self._show, stream="list")

    def _question(self) -> _Asked:
        form_id = self._form_wanted or self.form_box.currentData()
        text = self.search.text().strip() or None
        wanted = replace(
            _FILTERS[self.state_box.currentData()], form_id=form_id, text=text, place=self._place
        )
        sort = self.table.sort
        if not sort.field.startswith("@") and form_id != self._asked.wanted.form_id:
            sort = self.table.sort = LAST_CHANGED_FIRST  # a column of another form
        return _Asked(wanted, sort)

    def _read_pages(self, numbers: list[int]) -> None:
        """The pages that have come into sight."""
        asked = self._asked
        job = Job(
            "records.list", tr("records.reading"), lambda _: _pages(self.desk.workspace, asked, numbers)
        )
        self.desk.jobs.start(self, job, partial(self._add_pages, asked), stream="list.pages")

    def _add_pages(self, asked: _Asked, pages: Mapping[int, list[RecordRow]]) -> None:
        if asked == self._asked:
            for number, rows in pages.items():
                self.table.records.add_page(number, rows)

    # What the menus do here

    def new_record(self) -> None:
        """Begin a record; with several forms the button asks which."""
        self.new_button.begin()

    def find_records(self) -> None:
        """Bring the person to the search."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def narrow(self, wanted: RecordFilter) -> None:
        """Show these records; what the filters here do not know of it does not count."""
        alone = replace(wanted, form_id=None, text=None, place=None)
        state = next((key for key, known in _FILTERS.items() if known == alone), "all")
        with QSignalBlocker(self.search):
            self.search.setText(wanted.text or "")
        known = self.form_box.findData(wanted.form_id)
        self._form_wanted = wanted.form_id if known < 0 else None
        self.form_box.setCurrentIndex(max(0, known))
        self.state_box.setCurrentIndex(self.state_box.findData(state))
        self._keep_to(wanted.place)
        self.reload()

    def _keep_to(self, place: str | None) -> None:
        """Show only what lies in this division, None for everywhere."""
        self._place = place
        name = self.desk.workspace.divisions.name(place) or place if place else ""
        self.place_button.setText(tr("villages.only_here", name=name))
        self.place_button.setVisible(place is not None)
        self.place_filter.setVisible(place is None)

    def _choose_place(self, place: str) -> None:
        self._keep_to(place)
        self.reload()
        self.table.take_keys()

    def _leave_place(self) -> None:
        self._keep_to(None)
        self.reload()

    def delete(self) -> None:
        """Put the chosen records into the bin; one click brings them back."""
        spans = self.table.chosen_spans()
        if not spans or self._asked.wanted.deleted:
            return
        asked, chosen = self._asked, [self.table.chosen] if self.table.chosen else []
        alone = sum(last - first + 1 for first, last in spans) == 1
        work = partial(_delete, self.desk.workspace, asked, [] if alone else spans, chosen)
        job = Job("records.bin", tr("records.deleting"), lambda _: work(), must_finish=True)
        self.desk.jobs.start(self, job, self._deleted, failed=self.show_error)

    def export_instances(self) -> None:
        """Write the chosen records as submission files; all that the list has where none is chosen."""
        from app.ui.instances import export_records  # noqa: PLC0415  # seldom asked for

        spans = self.table.chosen_spans() or [(0, self.table.records.rowCount() - 1)]
        export_records(self, partial(_listed, self.desk.workspace, self._asked, spans))

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
        self.search = QLineEdit()
        self._guard = CompositionGuard(self.search)
        self.search.setPlaceholderText(tr("records.search"))
        self.search.setAccessibleName(tr("records.search"))
        self.search.setClearButtonEnabled(True)
        look = self.desk.look
        self.search.addAction(
            QAction(look.icons.icon("search", look.tokens.muted), "", self.search),
            QLineEdit.ActionPosition.LeadingPosition,
        )
        down = QShortcut(QKeySequence(Qt.Key.Key_Down), self.search)
        down.setContext(Qt.ShortcutContext.WidgetShortcut)
        down.activated.connect(self._to_table)
        self.search.textChanged.connect(lambda _: self._delay.start())
        self.form_box, self.state_box = QComboBox(), QComboBox()
        self.form_box.setAccessibleName(tr("records.column.form"))
        self.state_box.setAccessibleName(tr("records.column.state"))
        self.form_box.setMinimumWidth(220)
        self.state_box.setMinimumWidth(120)
        self._fill_forms()
        for key in _FILTERS:
            self.state_box.addItem(tr(f"records.filter.{key}"), key)
        self.form_box.activated.connect(lambda _: self.reload())
        self.state_box.activated.connect(lambda _: self.reload())
        self.place_button = button(look, "", "x", "flat")
        self.place_button.setToolTip(tr("villages.everywhere"))
        self.place_button.clicked.connect(self._leave_place)
        self.place_button.hide()
        self.place_filter = PlaceSearch(self.desk, tr("list.place_any"), "map-pin")
        self.place_filter.setFixedWidth(PLACE_WIDTH)
        self.place_filter.setAccessibleName(tr("list.place"))
        self.place_filter.setToolTip(tr("list.place_search"))
        self.place_filter.chosen.connect(self._choose_place)
        row.addWidget(self.search, 1)
        row.addWidget(self.place_button)
        row.addWidget(self.place_filter)
        row.addWidget(self.form_box)
        row.addWidget(self.state_box)
        self.columns_button = button(look, "", "columns-3", "flat")
        self.columns_button.setToolTip(tr("list.columns"))
        self.columns_button.setAccessibleName(tr("list.columns"))
        self.columns_button.clicked.connect(self._show_column_menu)
        row.addWidget(self.columns_button)
        self.column.addLayout(row)

    def _fill_forms(self) -> None:
        chosen = self._form_wanted or self.form_box.currentData()
        self._form_wanted = None
        self.form_box.clear()
        self.form_box.addItem(tr("records.all_forms"), None)
        for form in self.forms:
            self.form_box.addItem(form.title(language()), form.form_id)
        self.form_box.setCurrentIndex(max(0, self.form_box.findData(chosen)))

    def _build_table(self) -> None:
        card = Card()
        card.body.setContentsMargins(1, 4, 1, 1)
        self.table = RecordTable(self.desk)
        self.table.sort_changed.connect(self.reload)
        self.table.pages_missing.connect(self._read_pages)
        self.table.customContextMenuRequested.connect(self._context_menu)
        self.table.activated.connect(self._open)
        self._empty = EmptyState(self.desk.look, "inbox", tr("records.empty"), tr("records.empty_hint"))
        self._bin_row = QWidget()
        row = QHBoxLayout(self._bin_row)
        row.setContentsMargins(12, 4, 12, 4)
        row.addWidget(named_label("muted", tr("bin.hint"), wrap=True), 1)
        clear = button(self.desk.look, tr("bin.clear"), kind="flat")
        clear.clicked.connect(self.clear_chosen)
        row.addWidget(clear)
        self._bin_row.hide()
        card.body.addWidget(self._bin_row)
        area = QWidget()
        self._layers = QStackedLayout(area)
        self._layers.addWidget(self.table)
        self._layers.addWidget(self._empty)
        card.body.addWidget(area, 1)
        self.column.addWidget(card, 1)
        delete = QAction(
            tr("menu.delete"), self.table, shortcut=QKeySequence(QKeySequence.StandardKey.Delete)
        )
        delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        delete.triggered.connect(self.delete)
        self.table.addAction(delete)
        copy = QAction(tr("records.copy"), self.table, shortcut=QKeySequence(QKeySequence.StandardKey.Copy))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self._copy)
        self.table.addAction(copy)

    # Doing

    def _show_column_menu(self) -> None:
        corner = self.columns_button.rect().bottomRight()
        menu = self.table.column_menu()
        menu.popup(self.columns_button.mapToGlobal(corner) - QPoint(menu.sizeHint().width(), 0))

    def _show(self, read: _Read) -> None:
        if [form.digest for form in read.forms] != [form.digest for form in self.forms]:
            self.forms = read.forms
            self._fill_forms()
            self.new_button.offer(self.forms)
        form = next((one for one in self.forms if one.form_id == self._asked.wanted.form_id), None)
        self.table.show_list(read.count, read.pages, form, self.forms, place=read.place)
        self.count.set_state(tr("records.count", count=read.count), "quiet")
        searching = bool(self.search.text().strip() or self._place) or self.state_box.currentIndex() > 0
        self._empty.set_words(
            tr("records.nothing_found" if searching else "records.empty"),
            tr("records.nothing_found_hint" if searching else "records.empty_hint"),
        )
        self._layers.setCurrentIndex(0 if read.count else 1)
        self._bin_row.setVisible(bool(self._asked.wanted.deleted and read.count))
        if (
            self._entered and read.count and self.isVisible()
        ):  # before the first rows came, the table was hidden and took no keys
            self._entered = False
            if not self.search.hasFocus():
                self.table.take_keys()

    def _to_table(self) -> None:
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
        deleted = self.state_box.currentData() == "deleted"
        if deleted:
            menu.addAction(tr("records.restore"), partial(self._restore, [record_id]))
            menu.addSeparator()
            menu.addAction(tr("bin.clear"), self.clear_chosen)
        else:
            menu.addAction(tr("records.open"), partial(self.record_wanted.emit, record_id))
            menu.addAction(tr("menu.preview"), partial(self.preview_wanted.emit, record_id))
            menu.addSeparator()
            menu.addAction(tr("menu.delete"), self.delete)
        menu.popup(self.table.viewport().mapToGlobal(point))

    def _deleted(self, deleted: _Deleted) -> None:
        count = len(deleted.record_ids)
        words = tr("records.deleted") if count == 1 else tr("list.deleted", count=count)
        undo = partial(self._restore, deleted.record_ids)
        self.banner.show_message("info", words, tr("records.undo"), undo)

    def _restore(self, record_ids: list[str]) -> None:
        work = partial(_each, restore_record, self.desk.workspace, record_ids)
        job = Job("records.bin", tr("records.restoring"), lambda _: work(), must_finish=True)
        self.desk.jobs.start(self, job, failed=self.show_error)

    def clear_chosen(self) -> None:
        """Clear the chosen records out of the bin, after one question."""
        asked, spans = self._asked, self.table.chosen_spans()
        job = Job("bin", tr("bin.looking"), lambda _: _ids(_spans(self.desk.workspace, asked, spans)))
        self.desk.jobs.start(self, job, self.ask_to_clear, failed=self.show_error, stream="bin")

    def ask_to_clear(self, record_ids: list[str]) -> None:
        """The question; what is chosen in the meantime changes nothing."""
        if not record_ids:
            return
        question = tr("bin.question", count=len(record_ids))
        box = QMessageBox(QMessageBox.Icon.Question, tr("bin.question_title"), question, parent=self)
        yes = box.addButton(tr("bin.clear"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.buttonClicked.connect(lambda clicked: clicked is yes and self.clear_now(record_ids))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def clear_now(self, record_ids: list[str]) -> None:
        """Clear these records out of the bin."""
        work = partial(clear_records, self.desk.workspace, record_ids)
        job = Job("bin", tr("bin.clearing"), lambda _: work(), must_finish=True)
        self.desk.jobs.start(self, job, self._cleared, failed=self.show_error)

    def _cleared(self, cleared: Cleared) -> None:
        words = [tr("bin.cleared", count=cleared.records)] if cleared.records else []
        words += [tr("bin.kept", kept=cleared.kept)] if cleared.kept else []
        self.banner.show_message("info" if cleared.kept else "good", "".join(words))

    def _copy(self) -> None:
        """The chosen rows as tab-separated text, as Excel takes them; rows that are not here are read."""
        asked, spans, model = self._asked, self.table.chosen_spans(), self.table.records
        columns = self.table.shown_columns()
        job = Job(
            "records.copy",
            tr("records.copy"),
            lambda _: model.lines(_spans(self.desk.workspace, asked, spans), columns),
        )
        self.desk.jobs.start(self, job, QGuiApplication.clipboard().setText, stream="copy")


def _delete(workspace: Workspace, asked: _Asked, spans: list[tuple[int, int]], chosen: list[str]) -> _Deleted:
    """Those at these places, or those chosen where there are none; each is durable by itself."""
    record_ids = _ids(_spans(workspace, asked, spans)) if spans else chosen
    return _Deleted(record_ids, _each(delete_record, workspace, record_ids))


def _each(
    work: Callable[[Workspace, str], Changes], workspace: Workspace, record_ids: Iterable[str]
) -> Changes:
    changes = Changes()
    for record_id in record_ids:
        changes |= work(workspace, record_id)
    return changes


def _ids(rows: Iterable[RecordRow]) -> list[str]:
    return [row.record_id for row in rows]


def _read(workspace: Workspace, asked: _Asked, numbers: list[int], chosen: str) -> _Read:
    """A list as it is now, and the forms that can be filled in: reading those takes time as well."""
    with workspace.database.read():
        return _Read(
            count_records(workspace, asked.wanted),
            _pages(workspace, asked, numbers),
            place_of_record(workspace, chosen, asked.wanted, asked.sort) if chosen else None,
            list_forms(workspace),
        )


def _pages(workspace: Workspace, asked: _Asked, numbers: list[int]) -> dict[int, list[RecordRow]]:
    return {
        number: page_records(workspace, asked.wanted, asked.sort, offset=number * PAGE_ROWS, limit=PAGE_ROWS)
        for number in numbers
    }


def _listed(workspace: Workspace, asked: _Asked, spans: list[tuple[int, int]]) -> list[str]:
    return _ids(_spans(workspace, asked, spans))


def _spans(workspace: Workspace, asked: _Asked, spans: list[tuple[int, int]]) -> Iterator[RecordRow]:
    for first, last in spans:
        yield from page_records(workspace, asked.wanted, asked.sort, offset=first, limit=last - first + 1)
