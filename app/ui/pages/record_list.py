"""The list of records: find, filter, sort, begin a new one."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPoint, QSortFilterProxyModel, Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QStackedLayout,
    QTableView,
    QWidget,
)

from app.changes import Changes
from app.i18n import language, tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.forms.composition import CompositionGuard
from app.ui.models.record_list_model import RECORD_ROLE, SORT_ROLE, RecordListModel
from app.ui.page import Page
from app.ui.widgets.card import Badge, Card, button, repolish
from app.ui.widgets.empty_state import EmptyState
from app.usecases.forms import install_form, list_forms
from app.usecases.records import (
    RecordFilter,
    RecordRow,
    create_record,
    delete_record,
    list_records,
    restore_record,
)
from app.workspace import Workspace
from core.forms.model import Form

SEARCH_DELAY_MS = 150
ROW_HEIGHT = 34
LEAST_COLUMN = 70
LEAST_TITLE = 180
_FILTERS = {
    "all": RecordFilter(),
    "draft": RecordFilter(state="draft"),
    "final": RecordFilter(state="final"),
    "conflict": RecordFilter(in_conflict=True),
    "deleted": RecordFilter(deleted=True),
}


class RecordListPage(Page):
    """All records of this workspace as a table."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("records.title"))
        self._entered = False
        self.forms: list[Form] = []
        self.model = RecordListModel(desk.look.tokens, self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.model)
        self._sorted.setSortRole(SORT_ROLE)
        self._build_heading()
        self._build_filters()
        self._build_table()
        self._delay = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._delay.timeout.connect(self.reload)
        self.reload()

    @property
    def record_ids(self) -> list[str]:
        """The records in the order they stand in the table."""
        rows = range(self._sorted.rowCount())
        return [self._sorted.index(row, 0).data(RECORD_ROLE) for row in rows]

    def follow(self, changes: Changes) -> None:
        if changes:
            self.reload()

    def enter(self) -> None:
        self._entered = True
        self.table.setFocus()
        self.reload()  # a record that was begun and not saved is told by nobody

    def reload(self) -> None:
        """Read the list anew; an older answer that comes later is dropped."""
        wanted = _FILTERS[self.state_box.currentData()]
        text = self.search.text().strip() or None
        form_id = self.form_box.currentData()
        wanted = RecordFilter(form_id, text, wanted.state, wanted.deleted, wanted.in_conflict)
        work = partial(_read, self.desk.workspace, wanted)
        job = Job("records.list", tr("records.reading"), lambda _: work())
        self.desk.jobs.start(self, job, self._show, stream="list")

    # What the menus do here

    def new_record(self) -> None:
        """Begin a record; with several forms the button asks which."""
        if len(self.forms) == 1:
            self._begin(self.forms[0].form_id)
        elif self.forms:
            self.new_button.showMenu()

    def _clicked_new(self) -> None:
        if self.new_button.menu() is None:
            self.new_record()

    def find_records(self) -> None:
        """Bring the person to the search."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def install_form(self) -> None:
        """Ask for a form file and install it."""
        kinds = tr("records.form_files") + " (*.xml *.xlsx *.xls)"
        name, _ = QFileDialog.getOpenFileName(
            self, tr("menu.install_form"), self.desk.preferences.last_folder, kinds
        )
        if name:
            self.install_form_file(Path(name))

    def install_form_file(self, file: Path) -> None:
        """Install this form file."""
        self.desk.preferences.use_folder(file.parent)
        job = Job("forms", tr("records.installing_form"), lambda _: install_form(self.desk.workspace, file))
        self.desk.jobs.start(self, job, self._form_installed, failed=self.show_error)

    def delete(self) -> None:
        """Put the chosen record into the bin; one click brings it back."""
        record_id = self._chosen()
        if record_id:
            work = partial(delete_record, self.desk.workspace, record_id)
            job = Job(f"record:{record_id}", tr("records.deleting"), lambda _: work(), must_finish=True)
            self.desk.jobs.start(self, job, lambda _: self._deleted(record_id), failed=self.show_error)

    # Building

    def _build_heading(self) -> None:
        self.count = Badge()
        self.heading.addWidget(self.count)
        self.heading.addStretch(1)
        self.new_button = button(self.desk.look, tr("records.new"), "plus", "primary")
        self.new_button.clicked.connect(self._clicked_new)
        self.heading.addWidget(self.new_button)

    def _fill_new_menu(self) -> None:
        """With several forms the button asks which; with one it begins at once."""
        menu = QMenu(self.new_button) if len(self.forms) > 1 else None
        if menu is not None:
            for form in self.forms:
                menu.addAction(form.title(language()), partial(self._begin, form.form_id))
        self.new_button.setProperty("menu", "true" if menu is not None else "")
        self.new_button.setMenu(menu)  # type: ignore[arg-type]  # None takes a menu away, the stubs forget it
        repolish(self.new_button)

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
        row.addWidget(self.search, 1)
        row.addWidget(self.form_box)
        row.addWidget(self.state_box)
        self.column.addLayout(row)

    def _fill_forms(self) -> None:
        chosen = self.form_box.currentData()
        self.form_box.clear()
        self.form_box.addItem(tr("records.all_forms"), None)
        for form in self.forms:
            self.form_box.addItem(form.title(language()), form.form_id)
        self.form_box.setCurrentIndex(max(0, self.form_box.findData(chosen)))

    def _build_table(self) -> None:
        card = Card()
        card.body.setContentsMargins(1, 4, 1, 1)
        self.table = QTableView()
        self.table.setModel(self._sorted)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(60)
        header.sectionResized.connect(self._note_move)
        self._moved = self._sizing = False
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._context_menu)
        self.table.activated.connect(self._open)
        self._empty = EmptyState(self.desk.look, "inbox", tr("records.empty"), tr("records.empty_hint"))
        area = QWidget()
        self._layers = QStackedLayout(area)
        self._layers.addWidget(self.table)
        self._layers.addWidget(self._empty)
        card.body.addWidget(area, 1)
        self.column.addWidget(card, 1)
        copy = QAction(tr("records.copy"), self.table, shortcut=QKeySequence(QKeySequence.StandardKey.Copy))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self._copy)
        self.table.addAction(copy)

    # Doing

    def _show(self, read: tuple[list[RecordRow], list[Form]]) -> None:
        rows, forms = read
        if [form.digest for form in forms] != [form.digest for form in self.forms]:
            self.forms = forms
            self._fill_forms()
            self._fill_new_menu()
        chosen = self._chosen()
        form = next((one for one in self.forms if one.form_id == self.form_box.currentData()), None)
        same_columns = [column.key for column in self.model.columns]
        self.model.show_rows(rows, form, self.forms)
        if same_columns != [column.key for column in self.model.columns] or not self._sized():
            self._size_columns()
            self.table.setSortingEnabled(True)
            self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.count.set_state(tr("records.count", count=len(rows)), "quiet")
        searching = bool(self.search.text().strip()) or self.state_box.currentIndex() > 0
        self._empty.set_words(
            tr("records.nothing_found" if searching else "records.empty"),
            tr("records.nothing_found_hint" if searching else "records.empty_hint"),
        )
        self._layers.setCurrentIndex(0 if rows else 1)
        self._choose(chosen)
        if (
            self._entered and rows and self.isVisible()
        ):  # before the first rows came, the table was hidden and took no keys
            self._entered = False
            if not self.search.hasFocus():
                self._to_table()

    def _sized(self) -> bool:
        return self.table.isSortingEnabled()

    def _size_columns(self) -> None:
        """The widths that fit the window; what is over or missing goes to the columns with words."""
        columns = self.model.columns
        room = self.table.viewport().width() - sum(column.width for column in columns)
        loose = [column for column in columns if column.key in {"@title", "@summary"}]
        narrow = len(loose) > 1 and loose[0].width + room // len(loose) < LEAST_TITLE
        if narrow:  # then the title takes what the summary would have
            room += loose.pop().width
        self._sizing = True
        for at, column in enumerate(columns):
            width = column.width + (room // len(loose) if column in loose else 0)
            self.table.setColumnWidth(at, max(LEAST_COLUMN, width))
            self.table.setColumnHidden(at, narrow and column.key == "@summary")
        self._sizing = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._fit_columns)  # once the table has its new width

    def _fit_columns(self) -> None:
        if self._sized() and not self._moved:
            self._size_columns()

    def _note_move(self) -> None:
        """Once the person drags a heading the widths are theirs."""
        self._moved = self._moved or (not self._sizing and bool(QGuiApplication.mouseButtons()))

    def _chosen(self) -> str:
        index = self.table.currentIndex()
        return str(index.siblingAtColumn(0).data(RECORD_ROLE)) if index.isValid() else ""

    def _to_table(self) -> None:
        """Bring the person to the records, to the first one if none is chosen."""
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self.table.selectionModel().hasSelection():
            self.table.selectRow(0)

    def _choose(self, record_id: str) -> None:
        for row in range(self._sorted.rowCount()):
            if self._sorted.index(row, 0).data(RECORD_ROLE) == record_id:
                self.table.setCurrentIndex(self._sorted.index(row, 0))

    def _open(self, index: QModelIndex) -> None:
        self.record_wanted.emit(index.siblingAtColumn(0).data(RECORD_ROLE))

    def _begin(self, form_id: str) -> None:
        work = partial(create_record, self.desk.workspace, form_id)
        job = Job("records.new", tr("records.beginning"), lambda _: work())
        self.desk.jobs.start(self, job, self.record_wanted.emit, failed=self.show_error)

    def _context_menu(self, point: QPoint) -> None:
        record_id = self._chosen()
        if not record_id:
            return
        menu = QMenu(self)
        deleted = self.state_box.currentData() == "deleted"
        if deleted:
            menu.addAction(tr("records.restore"), partial(self._restore, record_id))
        else:
            menu.addAction(tr("records.open"), partial(self.record_wanted.emit, record_id))
            menu.addAction(tr("menu.preview"), partial(self.preview_wanted.emit, record_id))
            menu.addSeparator()
            menu.addAction(tr("menu.delete"), self.delete)
        menu.popup(self.table.viewport().mapToGlobal(point))

    def _deleted(self, record_id: str) -> None:
        self.banner.show_message(
            "info", tr("records.deleted"), tr("records.undo"), partial(self._restore, record_id)
        )

    def _restore(self, record_id: str) -> None:
        work = partial(restore_record, self.desk.workspace, record_id)
        job = Job(f"record:{record_id}", tr("records.restoring"), lambda _: work(), must_finish=True)
        self.desk.jobs.start(self, job, failed=self.show_error)

    def _form_installed(self, changes: Changes) -> None:
        kind = "records.form_installed" if changes else "records.form_known"
        self.banner.show_message("good", tr(kind))

    def _copy(self) -> None:
        """The chosen rows as tab-separated text, as Excel takes them."""
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        columns = range(self._sorted.columnCount())
        lines = ["\t".join(str(self._sorted.index(row, at).data()) for at in columns) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))


def _read(workspace: Workspace, wanted: RecordFilter) -> tuple[list[RecordRow], list[Form]]:
    """The rows, and the forms that can be filled in: reading a form takes longer than the window may wait."""
    return list_records(workspace, wanted), list_forms(workspace)
