"""Returning the record that is open, and saying on it why it was returned."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal

from app.changes import Changes
from app.i18n import language, tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.page import Page
from app.ui.widgets.banner import Banner
from app.ui.widgets.return_dialog import ReturnDialog
from app.usecases.records import RecordRow
from app.usecases.returning import may_return, return_record, take_back_return
from core.forms.model.form import Form
from core.forms.model.items import Question, Repeat


class RecordReturning(QObject):
    """The banner of a returned record; `wanted` asks for the question that is meant."""

    wanted = Signal(str)
    failed = Signal(object)

    def __init__(self, desk: Desk, page: Page) -> None:
        super().__init__(page)
        self._desk = desk
        self._page = page
        self._record_id = ""
        self.strip = Banner(desk.look)

    def show_row(self, row: RecordRow | None) -> None:
        """Say why this record was returned, if it was."""
        returned = row.returned if row is not None else None
        if row is None or returned is None:
            self.strip.hide()
            return
        self._record_id = row.record_id
        actions = {tr("returning.take_back"): self._take_back} if may_return(self._desk.workspace) else {}
        if returned.path:
            actions = {tr("returning.go_to"): partial(self.wanted.emit, returned.path), **actions}
        self.strip.show_lasting("bad", tr("returning.banner", reason=returned.reason), actions)

    def ask(self, record_id: str, form: Form) -> None:
        """Ask for the reason, and which question is meant; the rows of a repeat are meant together."""
        items = [item for item in form.items() if item.path.count("/") == 1]
        questions = [
            (item.path, form.called(item, language()))
            for item in items
            if isinstance(item, Repeat) or (isinstance(item, Question) and item.asked)
        ]
        dialog = ReturnDialog(self._page, questions)
        dialog.decided.connect(partial(self.put, record_id))
        dialog.open()

    def put(self, record_id: str, reason: str, path: str) -> None:
        """Return the record."""
        work = partial(return_record, self._desk.workspace, record_id, reason, path)
        self._start(record_id, work, "returning.done")

    def _take_back(self) -> None:
        work = partial(take_back_return, self._desk.workspace, self._record_id)
        self._start(self._record_id, work, "returning.taken_back")

    def _start(self, record_id: str, work: partial[Changes], words: str) -> None:
        job = Job(f"record:{record_id}", tr("returning.saving"), lambda _: work(), must_finish=True)
        tell = self._page.banner.show_message
        self._desk.jobs.start(self, job, lambda _: tell("good", tr(words)), failed=self.failed.emit)
