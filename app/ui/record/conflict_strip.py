"""What stands above a record that two people changed at the same place."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal

from app.i18n import tr
from app.ui.look import Look
from app.ui.widgets.banner import Banner
from app.usecases.records import RecordRow


class ConflictStrip(Banner):
    """Says that there is something to decide; `wanted` asks for the page where it is decided."""

    wanted = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__(look)
        self._record_id = ""

    def show_row(self, row: RecordRow | None) -> None:
        """Stand there as long as this record has a conflict."""
        record_id = row.record_id if row is not None and row.conflicts else ""
        if not record_id:
            self.hide()
        elif record_id != self._record_id:
            decide = partial(self.wanted.emit, record_id)
            self.show_lasting("warn", tr("record.in_conflict"), {tr("record.settle"): decide})
        self._record_id = record_id
