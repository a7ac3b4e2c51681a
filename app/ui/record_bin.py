"""Records into the bin, out of it, and cleared for good after one question."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMessageBox, QWidget

from app.i18n import tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.listed_records import Asked, Deleted, Span, delete_records, records_at, restore_records
from app.ui.page import Page
from app.ui.widgets.card import button, named_label
from app.usecases.bin import Cleared, clear_records


class RecordBin(QObject):
    """The bin of a page that lists records; `strip` says above the list of the bin what clearing means."""

    clear_wanted = Signal()  # what is chosen

    def __init__(self, desk: Desk, page: Page) -> None:
        super().__init__(page)
        self._desk, self._page = desk, page
        self.strip = QWidget()
        row = QHBoxLayout(self.strip)
        row.setContentsMargins(12, 4, 12, 4)
        row.addWidget(named_label("muted", tr("bin.hint"), wrap=True), 1)
        clear = button(desk.look, tr("bin.clear"), kind="flat")
        clear.clicked.connect(self.clear_wanted)
        row.addWidget(clear)
        self.strip.hide()

    def put(self, asked: Asked, spans: list[Span], chosen: list[str]) -> None:
        """Put the records at these places, or those chosen, into the bin; one click brings them back."""
        work = partial(delete_records, self._desk.workspace, asked, spans, chosen)
        job = Job("records.bin", tr("records.deleting"), lambda _: work(), must_finish=True)
        self._desk.jobs.start(self, job, self._deleted, failed=self._page.show_error)

    def restore(self, record_ids: list[str]) -> None:
        """Take these out of the bin."""
        work = partial(restore_records, self._desk.workspace, record_ids)
        job = Job("records.bin", tr("records.restoring"), lambda _: work(), must_finish=True)
        self._desk.jobs.start(self, job, failed=self._page.show_error)

    def clear(self, asked: Asked, spans: list[Span]) -> None:
        """Clear the records at these places out of the bin, after one question."""
        work = partial(records_at, self._desk.workspace, asked, spans)
        job = Job("bin", tr("bin.looking"), lambda _: work())
        self._desk.jobs.start(self, job, self._ask, failed=self._page.show_error, stream="bin")

    def _ask(self, record_ids: list[str]) -> None:
        """The question; what is chosen in the meantime changes nothing."""
        if not record_ids:
            return
        question = tr("bin.question", count=len(record_ids))
        box = QMessageBox(QMessageBox.Icon.Question, tr("bin.question_title"), question, parent=self._page)
        yes = box.addButton(tr("bin.clear"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.buttonClicked.connect(lambda clicked: clicked is yes and self._clear(record_ids))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _clear(self, record_ids: list[str]) -> None:
        work = partial(clear_records, self._desk.workspace, record_ids)
        job = Job("bin", tr("bin.clearing"), lambda _: work(), must_finish=True)
        self._desk.jobs.start(self, job, self._cleared, failed=self._page.show_error)

    def _deleted(self, deleted: Deleted) -> None:
        count = len(deleted.record_ids)
        words = tr("records.deleted") if count == 1 else tr("list.deleted", count=count)
        undo = partial(self.restore, deleted.record_ids)
        self._page.banner.show_message("info", words, tr("records.undo"), undo)

    def _cleared(self, cleared: Cleared) -> None:
        words = [tr("bin.cleared", count=cleared.records)] if cleared.records else []
        words += [tr("bin.kept", kept=cleared.kept)] if cleared.kept else []
        self._page.banner.show_message("info" if cleared.kept else "good", "".join(words))
