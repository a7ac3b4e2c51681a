"""The records of the list page, one a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from app.i18n import language, tr
from app.ui.tokens import Tokens
from app.usecases.records import RecordRow
from core.forms.model import Form

Index = QModelIndex | QPersistentModelIndex
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
RECORD_ROLE = Qt.ItemDataRole.UserRole + 2


@dataclass(frozen=True)
class Column:
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
            Column(question.path, question.label(language()), 150)
            for question in form.list_columns()
            if question.path != _title_path(form)
        ]
    return [
        Column("@title", tr("records.column.title"), 300),
        *own,
        Column("@photos", tr("records.column.photos"), 70),
        Column("@state", tr("records.column.state"), 100),
        Column("@sync", tr("records.column.sync"), 100),
        Column("@updated", tr("records.column.updated"), 130),
    ]


def _title_path(form: Form) -> str:
    """The one question that is the record's title, if it is one."""
    source = form.instance_name.source if form.instance_name is not None else ""
    names = [
        question.path for question in form.list_columns() if source.strip().endswith(f"/{question.name}")
    ]
    return names[0] if len(names) == 1 and "(" not in source else ""


def title_of(row: RecordRow) -> str:
    """What a record is called in lists; invented ones say so."""
    title = row.title or tr("records.untitled")
    said = not row.sample or tr("records.mark") in title
    return title if said else tr("records.sample", title=title)


def state_of(row: RecordRow) -> tuple[str, str]:
    """The words for a record's state, and their kind (good, warn, bad, quiet)."""
    if row.conflicts:
        return tr("records.state.conflict"), "bad"
    if row.life == "deleted":
        return tr("records.state.deleted"), "quiet"
    if row.state == "final":
        return tr("records.state.final"), "good"
    return tr("records.state.draft"), "quiet"


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
    """Rows as `list_records` gives them; sorting is the proxy's."""

    def __init__(self, tokens: Tokens, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._colours = {"good": tokens.good, "warn": tokens.warn, "bad": tokens.bad, "quiet": tokens.muted}
        self.rows: list[RecordRow] = []
        self.columns: list[Column] = columns_of(None)
        self._forms: Mapping[str, Form] = {}

    def show_rows(self, rows: list[RecordRow], form: Form | None, forms: list[Form]) -> None:
        """Show these rows; `form` is the only form among them, or None."""
        self.beginResetModel()
        self.rows = rows
        self.columns = columns_of(form)
        self._forms = {one.form_id: one for one in forms}
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else len(self.rows)

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
        row, key = self.rows[index.row()], self.columns[index.column()].key
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return self._text(row, key)
        if role == SORT_ROLE:
            return (
                row.photos if key == "@photos" else row.updated if key == "@updated" else self._text(row, key)
            )
        if role == RECORD_ROLE:
            return row.record_id
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(row, key)
        return None

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
                return state_of(row)[0]
            case "@sync":
                return sync_of(row)[0]
            case "@updated":
                return day_and_time(row.updated)
        return row.columns.get(key, "")

    def _summary(self, row: RecordRow) -> str:
        """The form's columns with their labels, without those that the title says already."""
        form = self._forms.get(row.form_id)
        questions = form.list_columns() if form is not None else []
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
