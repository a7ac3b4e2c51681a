"""The records, each with what the server has of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from app.i18n import tr
from app.ui.look import Look
from app.ui.models.record_list_model import day_and_time, title_of
from app.ui.sync_reading import SyncReading
from app.ui.widgets.row_table import read_by_rows
from app.usecases.records import RecordRow

ROW_HEIGHT = 34
ROWS_HIGH = 8  # and a heading: the least that is seen at once
_COLUMNS = {"record": None, "state": 200, "photos": 200, "updated": 150}  # px; None: what is left
_STATE = list(_COLUMNS).index("state")
_KINDS = {
    "unsent": "warn",
    "part": "warn",
    "sent": "quiet",
    "photos": "warn",
    "confirmed": "good",
    "received": "quiet",
}


class SyncTable(QTableWidget):
    """`record_wanted` carries the record of the row that is opened."""

    record_wanted = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__(0, len(_COLUMNS))
        self._look = look
        self.setHorizontalHeaderLabels([tr(f"sync.column.{one}") for one in _COLUMNS])
        read_by_rows(self, ROW_HEIGHT)
        self.setMinimumHeight(ROWS_HIGH * ROW_HEIGHT)
        header = self.horizontalHeader()
        for at, width_px in enumerate(_COLUMNS.values()):
            if width_px is None:
                header.setSectionResizeMode(at, QHeaderView.ResizeMode.Stretch)
            else:
                header.resizeSection(at, width_px)
        self.cellActivated.connect(self._open)

    def show_reading(self, reading: SyncReading) -> None:
        """The rows anew."""
        tokens = self._look.tokens
        colours = {"good": tokens.good, "warn": tokens.warn, "bad": tokens.bad, "quiet": tokens.muted}
        aside = {one.record for one in reading.state.quarantined}
        self.setRowCount(len(reading.rows))
        for at, row in enumerate(reading.rows):
            words, kind = _state_of(row, reading.states[row.record_id], aside=row.record_id in aside)
            photos = str(row.photos) if row.photos else ""
            cells = (title_of(row), words, photos, day_and_time(row.updated))
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setData(Qt.ItemDataRole.UserRole, row.record_id)
                if column:
                    item.setForeground(QColor(colours[kind] if column == _STATE else tokens.muted))
                self.setItem(at, column, item)

    def _open(self, row: int) -> None:
        item = self.item(row, 0)
        if item is not None:
            self.record_wanted.emit(item.data(Qt.ItemDataRole.UserRole))


def _state_of(row: RecordRow, state: str, *, aside: bool) -> tuple[str, str]:
    """The words and their kind."""
    if row.unsaved:
        return tr("records.sync.unsaved"), "warn"
    if aside and state != "unsent":
        return tr("sync.record.aside"), "warn"
    return tr(f"sync.record.{state}"), _KINDS[state]
