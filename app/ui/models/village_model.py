"""The villages of the list page, one a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from app.i18n import tr
from app.ui.models.record_list_model import day_and_time
from app.ui.tokens import Tokens
from app.usecases.villages import Village

Index = QModelIndex | QPersistentModelIndex
COLUMNS = ("name", "place", "records", "unfinished", "in_conflict", "photos", "updated")
NUMBERS = {"records", "unfinished", "in_conflict", "photos"}
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class VillageModel(QAbstractTableModel):
    """All villages found, in the order one sorts them."""

    def __init__(self, tokens: Tokens, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.villages: Sequence[Village] = ()
        self._tokens = tokens
        self._order: tuple[str, Qt.SortOrder] = ("updated", Qt.SortOrder.DescendingOrder)

    def show_villages(self, villages: Sequence[Village]) -> None:
        """Show these in the present order."""
        self.beginResetModel()
        field, way = self._order
        key = (lambda one: one.findable) if field == "name" else (lambda one: getattr(one, field))
        self.villages = sorted(villages, key=key, reverse=way == Qt.SortOrder.DescendingOrder)
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = (COLUMNS[column], order)
        self.show_villages(self.villages)

    def place_of(self, village: Village) -> int:
        """The row of a village of the same code and profile, -1 for none."""
        keys = [(one.code, one.profile if not one.code else "") for one in self.villages]
        key = (village.code, village.profile if not village.code else "")
        return keys.index(key) if key in keys else -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else len(self.villages)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(f"villages.column.{COLUMNS[section]}")
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if COLUMNS[section] in NUMBERS else _LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        village, field = self.villages[index.row()], COLUMNS[index.column()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return _text(village, field)
        if role == Qt.ItemDataRole.TextAlignmentRole and field in NUMBERS:
            return _RIGHT
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(village, field)
        return None

    def _colour(self, village: Village, field: str) -> QColor | None:
        if field == "in_conflict" and village.in_conflict:
            return QColor(self._tokens.bad)
        if field in {"place", "updated"} or (field in NUMBERS and not getattr(village, field)):
            return QColor(self._tokens.muted)
        return None


def _text(village: Village, field: str) -> str:
    if field == "name":
        return village.name or tr("records.untitled")
    if field == "place":
        if not village.code:
            return tr("villages.unplaced")
        return village.place if village.profile else tr("villages.no_profile", place=village.place)
    if field == "updated":
        return day_and_time(village.updated)
    return str(getattr(village, field) or "—")
