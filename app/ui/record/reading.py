"""Reading the record that is to be shown, and its list row, beside the window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.i18n import language, tr
from app.jobs import Job
from app.ui.desk import Desk
from app.usecases.older_answers import OlderAnswer, older_answers
from app.usecases.records import RecordRow, record_row
from core.forms.filling.session import FormSession


@dataclass(frozen=True)
class Opened:
    """A record as it was read to be shown; `row` is None before it is saved for the first time."""

    session: FormSession
    arrival: int
    row: RecordRow | None
    older: list[OlderAnswer]


class RecordReading(QObject):
    """Of several readings only the last is told."""

    opened = Signal(object)  # Opened
    row_read = Signal(object)  # RecordRow or None
    failed = Signal(object)  # what stopped opening

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__(page)
        self._desk = desk

    def open(self, record_id: str) -> None:
        """Read the record with what is typed in it."""
        work = partial(self._open, record_id)
        job = Job(f"record:{record_id}", tr("record.opening"), lambda _: work())
        self._desk.jobs.start(self, job, self.opened.emit, failed=self.failed.emit, stream="open")

    def read_row(self, record_id: str) -> None:
        """Read how the record stands."""
        work = partial(record_row, self._desk.workspace, record_id)
        job = Job(f"record:{record_id}", tr("record.opening"), lambda _: work())
        self._desk.jobs.start(self, job, self.row_read.emit, stream="row")

    def _open(self, record_id: str) -> Opened:
        session, arrival = self._desk.keeper.look_at(record_id)
        older = older_answers(self._desk.workspace, session, language())
        return Opened(session, arrival, record_row(self._desk.workspace, record_id), older)
