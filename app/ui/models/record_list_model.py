"""The records of the list page, one a row."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from app.i18n import language, tr
from app.ui.tokens import Tokens
from app.usecases.records import RecordRow

if TYPE_CHECKING:
    from core.forms.model.form import Form

Index = QModelIndex | QPersistentModelIndex
RECORD_ROLE = Qt.ItemDataRole.UserRole + 1
PAGE_ROWS = 100
PAGES_KEPT = 12
_ROLES = {
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.ForegroundRole,
    RECORD_ROLE,
}
UNSORTED = {"@summary", "@sync"}
"""Columns that no list is sorted by: a summary of several answers, and what changes without the record."""


class Column(msgspec.Struct, frozen=True):
    """One column: its heading, and the path of its question or the name of a fact about the record."""

    key: str
    heading: str
    width: int


def columns_of(form: Form | None) -> list[Column]:
    """What a list shows: the form's own columns if it shows one form, else a summary of them."""
    if form is None:
        own = [
            Column("@form", tr("records.column.form"), 180),
            Column("@summary", tr("records.column.summary"), 300),
        ]
    else:
        own = [
            Column(question.path, form.called(question, language()), 150)
            for question in form.list_columns
            if question.path != _title_path(form)
        ]
    return [
        Column("@title", tr("records.column.title"), 300),
        *own,
        Column("@photos", tr("records.column.photos"), 70),
        Column("@state", tr("records.column.state"), 130),
        Column("@sync", tr("records.column.sync"), 100),
        Column("@updated", tr("records.column.updated"), 130),
    ]


def _title_path(form: Form) -> str:
    """The one question that is the record's title, if it is one."""
    source = form.instance_name.source if form.instance_name is not None else ""
    read = f"/{source.strip().lstrip('./')}"
    paths = [one.path for one in form.list_columns if f"/{'/'.join(one.full_path)}".endswith(read)]
    return paths[0] if len(paths) == 1 and "(" not in source else ""


def title_of(row: RecordRow) -> str:
    """What a record is called in lists; invented ones say so."""
    title = row.title or tr("records.untitled")
    said = not row.sample or tr("records.mark") in title
    return title if said else tr("records.sample", title=title)


def state_of(row: RecordRow) -> tuple[str, str]:
    """The words for a record's state, and their kind (good, warn, bad, quiet)."""
    if row.conflicts:
        return tr("records.state.conflict"), "bad"
    if row.days_left is not None:
        return tr("records.state.days_left", days=row.days_left), "quiet"
    if row.returned is not None:
        return tr("records.state.returned"), "bad"
    if row.state == "final":
        return tr("records.state.final"), "good"
    return tr("records.state.draft"), "quiet"


def progress_of(row: RecordRow) -> tuple[str, str]:
    """The state as lists tell it: of a draft also how many answers are missing or to correct, as saved."""
    words, kind = state_of(row)
    plain_draft = row.state == "draft" and row.days_left is None and row.returned is None
    if plain_draft and not row.conflicts and row.problems:
        words = tr("records.state.lacks", count=row.problems)
    return words, kind


def sync_of(row: RecordRow) -> tuple[str, str]:
    """The words for what the server has of a record, and their kind."""
    if row.unsaved:
        return tr("records.sync.unsaved"), "warn"
    return (tr("records.sync.unsent"), "warn") if row.unsent else (tr("records.sync.sent"), "good")


def day_and_time(moment: str) -> str:
    """A claimed time as people read it on this computer; the text itself if it is none."""
    try:
        local = datetime.fromisoformat(moment).astimezone()
    except ValueError:
        return moment
    return local.strftime("%Y-%m-%d %H:%M")


class RecordListModel(QAbstractTableModel):
    """A list of any length of which the last looked-at pages are here; `page_missing` asks for another one.

    A row that has not come yet is empty for a moment.
    """

    page_missing = Signal()

    def __init__(self, tokens: Tokens, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._colours = {"good": tokens.good, "warn": tokens.warn, "bad": tokens.bad, "quiet": tokens.muted}
        self._count = 0
        self._pages: OrderedDict[int, list[RecordRow]] = OrderedDict()
        self.columns: list[Column] = columns_of(None)
        self._forms: Mapping[str, Form] = {}

    def show_list(
        self, count: int, pages: Mapping[int, list[RecordRow]], form: Form | None, forms: list[Form]
    ) -> None:
        """Show a list of that length with these pages of it; `form` is the only form in it, or None.

        A list as long as the one before, with the same columns, keeps what is selected and where one is.
        """
        columns = columns_of(form)
        same = count == self._count and columns == self.columns
        if not same:
            self.beginResetModel()
        self._count, self.columns = count, columns
        self._pages = OrderedDict(pages)
        self._forms = {one.form_id: one for one in forms}
        if not same:
            self.endResetModel()
        elif count:
            self.dataChanged.emit(self.index(0, 0), self.index(count - 1, len(columns) - 1))

    def add_page(self, number: int, rows: list[RecordRow]) -> None:
        """A page that was missing; the one looked at longest ago makes room for it."""
        self._pages[number] = rows
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        first = number * PAGE_ROWS
        last = min(first + len(rows), self._count) - 1
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    def row_at(self, place: int) -> RecordRow | None:
        """The row at that place, or None while it has not come."""
        number, inside = divmod(place, PAGE_ROWS)
        page = self._pages.get(number)
        if page is None:
            self.page_missing.emit()
            return None
        self._pages.move_to_end(number)
        return page[inside] if inside < len(page) else None

    def ids_around(self, place: int) -> list[str]:
        """The records at and around that place that are here without a gap, in order."""
        first = last = place // PAGE_ROWS
        while first - 1 in self._pages:
            first -= 1
        while last + 1 in self._pages:
            last += 1
        return [row.record_id for number in range(first, last + 1) for row in self._pages.get(number, ())]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].heading
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in _ROLES:
            return None
        row, key = self.row_at(index.row()), self.columns[index.column()].key
        if row is None:
            return None
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return self._text(row, key)
        if role == RECORD_ROLE:
            return row.record_id
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(row, key)
        return None

    def lines(self, rows: Iterable[RecordRow], columns: Sequence[Column]) -> str:
        """These columns of these rows as tab-separated text."""
        return "\n".join("\t".join(self._text(row, column.key) for column in columns) for row in rows)

    def _text(self, row: RecordRow, key: str) -> str:
        match key:
            case "@title":
                return title_of(row)
            case "@form":
                form = self._forms.get(row.form_id)
                return form.title(language()) if form is not None else row.form_id
            case "@summary":
                return self._summary(row)
            case "@photos":
                return str(row.photos)
            case "@state":
                return progress_of(row)[0]
            case "@sync":
                return sync_of(row)[0]
            case "@updated":
                return day_and_time(row.updated)
        return row.columns.get(key, "")

    def _summary(self, row: RecordRow) -> str:
        """The form's columns with their labels, without those that the title says already."""
        form = self._forms.get(row.form_id)
        questions = form.list_columns if form is not None else []
        shown = ((question, row.columns.get(question.path, "")) for question in questions)
        return "　".join(
            f"{question.label(language())} {text}{question.unit}"
            for question, text in shown
            if text and text not in row.title
        )

    def _colour(self, row: RecordRow, key: str) -> QColor | None:
        if key == "@state":
            return QColor(self._colours[state_of(row)[1]])
        if key == "@sync":
            return QColor(self._colours[sync_of(row)[1]])
        if key in {"@form", "@summary", "@photos", "@updated"} or (key == "@title" and not row.title):
            return QColor(self._colours["quiet"])
        return None
