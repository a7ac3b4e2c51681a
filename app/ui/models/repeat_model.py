"""The rows of a repeat as a table: one question a column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from app.ui.forms.binding import FormBinding
from app.ui.forms.field_box import problem_text
from app.ui.tokens import Tokens
from core.forms.model.items import Question

Index = QModelIndex | QPersistentModelIndex
PATH_ROLE = int(Qt.ItemDataRole.UserRole) + 1


class RepeatModel(QAbstractTableModel):
    """Shows what the session says of each cell. Cells that are not relevant are empty and take nothing."""

    def __init__(
        self, binding: FormBinding, path: str, questions: Sequence[Question], tokens: Tokens, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._binding, self._path, self._tokens = binding, path, tokens
        self.questions = tuple(questions)
        self.rows: list[str] = []
        self.reload()

    def reload(self) -> None:
        """The rows as the session has them."""
        rows = self._binding.session.rows(self._path)
        if rows == self.rows:
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(self.questions) - 1))
            return
        if self.rows and rows[: len(self.rows)] == self.rows:  # what one has selected stays
            self.beginInsertRows(QModelIndex(), len(self.rows), len(rows) - 1)
            self.rows = rows
            self.endInsertRows()
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def path_at(self, index: Index) -> str:
        """The question of a cell."""
        return f"{self.rows[index.row()]}/{self.questions[index.column()].step}"

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.questions)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1) if role == Qt.ItemDataRole.DisplayRole else None
        question = self.questions[section]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            label = question.short_label(self._binding.language)
            return f"{label}（{question.unit}）" if question.unit else label
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        path, session = self.path_at(index), self._binding.session
        open_ = session.relevant(path) and not session.readonly(path)
        return flags | Qt.ItemFlag.ItemIsEditable if open_ else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        path, question = self.path_at(index), self.questions[index.column()]
        session, lang = self._binding.session, self._binding.language
        if role == PATH_ROLE:
            return path
        if not session.relevant(path):
            return QColor(self._tokens.page) if role == Qt.ItemDataRole.BackgroundRole else None
        problem = self._binding.problem(path)
        if role == Qt.ItemDataRole.DisplayRole:
            if problem is not None and problem.code == "type":
                return str(problem.values.get("entered", ""))
            return session.shown(path, lang)
        if role == Qt.ItemDataRole.ToolTipRole:
            return problem_text(problem, lang) if problem is not None else session.shown(path, lang)
        if role == Qt.ItemDataRole.BackgroundRole and problem is not None:
            return QColor(self._tokens.warn_soft if problem.severity == "warning" else self._tokens.bad_soft)
        if role == Qt.ItemDataRole.TextAlignmentRole and question.kind in {"int", "decimal"}:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None
