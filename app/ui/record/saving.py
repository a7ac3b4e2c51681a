"""Keeping and saving the record on screen, and knowing which of its changes are this page's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.changes import Changes
from app.i18n import tr
from app.jobs import Job
from app.ui.desk import Desk
from app.usecases.records import Finalised
from core.values import Value


class RecordSaving(QObject):
    """Puts what is typed on disk at once; makes it an operation when asked to.

    `touched`: something was answered since the record was left last. `kept` counts how often.
    """

    failed = Signal(object)  # what stopped it

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__(page)
        self._desk = desk
        self._own = 0
        self.touched = False
        self.kept = 0

    @property
    def changing(self) -> bool:
        """Whether a change by this page is under way: what is heard of the record meanwhile is its own."""
        return self._own > 0

    def keep(self, record_id: str, answers: Mapping[str, Value]) -> None:
        """Put these answers into the draft."""
        self.touched = True
        self.kept += 1
        work = partial(self._desk.keeper.keep, record_id, answers)
        job = Job(f"record:{record_id}", tr("record.keeping"), lambda _: work(), must_finish=True)
        self._desk.jobs.start(self, job, failed=self.failed.emit)

    def save(self, record_id: str, done: Callable[[Changes], None]) -> None:
        """Make what was typed one operation."""
        self._start(record_id, partial(self._desk.keeper.save, record_id), done)

    def finalise(self, record_id: str, done: Callable[[Finalised], None]) -> None:
        """Save, and mark as final what may be."""
        self._start(record_id, partial(self._desk.keeper.finalise, record_id), done)

    def leave(self, record_id: str) -> None:
        """Save what was touched: a record nobody touched leaves nothing."""
        if self.touched or self._desk.keeper.waits(record_id):
            self.save(record_id, lambda _: None)
        self.touched = False

    def begin_change(self) -> None:
        """Something of this page changes the record beside the window."""
        self._own += 1

    def end_change(self) -> None:
        """It has, or could not."""
        self._own -= 1

    def end_answering(self) -> None:
        """It has, and answered something that is to be saved."""
        self.end_change()
        self.touched = True

    def _start(self, record_id: str, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        self.begin_change()
        job = Job(f"record:{record_id}", tr("record.saving"), lambda _: work(), must_finish=True)
        self._desk.jobs.start(self, job, partial(self._end, done), failed=self._end_failed)

    def _end(self, done: Callable[[Any], None], result: Any) -> None:
        self.end_change()
        done(result)

    def _end_failed(self, error: BaseException) -> None:
        self.end_change()
        self.failed.emit(error)
