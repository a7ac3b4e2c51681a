"""The photos of one record or repeat; thumbnails come when they are first seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QPixmap

Index = QModelIndex | QPersistentModelIndex
PHOTO_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class PhotoItem:
    """One photo: its row in the form, its digest ("" if none yet), and what stands under it."""

    row_path: str
    digest: str
    caption: str = ""


class PhotoModel(QAbstractListModel):
    """Photos in the order of their rows. `thumbnail_wanted` asks for one digest, once."""

    thumbnail_wanted = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.items: list[PhotoItem] = []
        self._pictures: dict[str, QPixmap] = {}
        self._missing: set[str] = set()
        self._asked: set[str] = set()

    def show_items(self, items: list[PhotoItem]) -> None:
        """Show these photos; thumbnails already here are kept."""
        if items == self.items:
            return
        if [item.row_path for item in items] == [item.row_path for item in self.items]:
            self.items = items
            self.dataChanged.emit(self.index(0), self.index(len(items) - 1))
            return
        self.beginResetModel()
        self.items = items
        self.endResetModel()

    def set_thumbnail(self, digest: str, data: bytes) -> None:
        """The picture for a digest, as bytes of an image file."""
        picture = QPixmap()
        picture.loadFromData(data)
        self._pictures[digest] = picture
        self._tell(digest)

    def set_missing(self, digest: str) -> None:
        """There is no picture for this digest here."""
        self._missing.add(digest)
        self._tell(digest)

    def is_missing(self, digest: str) -> bool:
        """Whether the picture was asked for and is not here."""
        return digest in self._missing

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  # Qt's own default
        return 0 if parent.isValid() else len(self.items)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        item = self.items[index.row()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return item.caption
        if role == PHOTO_ROLE:
            return item
        if role == Qt.ItemDataRole.DecorationRole:
            return self._picture(item.digest)
        return None

    def _picture(self, digest: str) -> QPixmap | None:
        picture = self._pictures.get(digest)
        if picture is None and digest and digest not in self._asked:
            self._asked.add(digest)
            self.thumbnail_wanted.emit(digest)
        return picture

    def _tell(self, digest: str) -> None:
        for row, item in enumerate(self.items):
            if item.digest == digest:
                self.dataChanged.emit(self.index(row), self.index(row))
