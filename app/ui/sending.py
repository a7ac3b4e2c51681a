"""Sending finalised records to OpenRosa servers: what waits, what got there, what was refused and why."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.errors import sentence
from app.i18n import tr
from app.jobs import Job, JobCancelledError, StartedJob
from app.ui.desk import Desk
from app.ui.widgets.banner import Banner
from app.ui.widgets.card import Card, ElidedLabel, button, clear_layout, named_label
from app.ui.widgets.job_progress import JobProgress
from app.usecases.submitting import Refusal, SendResult, ServerState, send_records, server_states

REFUSALS_SHOWN = 8


class SendingCard(Card):
    """One row a server; it is not there while there is none."""

    record_wanted = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__(tr("sending.title"))
        self._desk = desk
        self._started: StartedJob[Any] | None = None
        self.states: list[ServerState] = []
        self.stop_button = button(desk.look, tr("sync.stop"), kind="flat")
        self.stop_button.clicked.connect(self.stop)
        self.stop_button.hide()
        self.heading.addWidget(self.stop_button)
        self.say = Banner(desk.look)
        self.body.addWidget(self.say)
        self.bar = JobProgress()
        self.body.addWidget(self.bar)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        self.body.addLayout(self._rows)
        self.hide()

    def forget(self) -> None:
        """Tell no more of an earlier sending: since then something may have come to wait."""
        if self._started is None:
            self.say.hide()

    def reload(self) -> None:
        """Show what every server has now."""
        job = Job("sending.state", tr("sync.reading"), lambda _: server_states(self._desk.workspace))
        self._desk.jobs.start(self, job, self._show, failed=self._desk.jobs.failed.emit, stream="state")

    def send(self, server: int) -> None:
        """Send everything that waits for this server."""
        if self._started is not None:
            return
        self._show_running(running=True)
        work = partial(send_records, self._desk.workspace, server)
        job = Job("openrosa", tr("sending.running"), work)
        self._started = self._desk.jobs.start(
            self, job, self._done, failed=partial(self._failed, server), progress=self._show_progress
        )

    def stop(self) -> None:
        """Stop between two pieces; what got there stays noted."""
        if self._started is not None:
            self._started.cancel()

    # Showing

    def _show(self, states: list[ServerState]) -> None:
        self.states = states
        self.setVisible(bool(states))
        clear_layout(self._rows)
        for state in states:
            self._rows.addLayout(self._row(state))
            for refusal in state.refusals[:REFUSALS_SHOWN]:
                self._rows.addLayout(self._refusal(refusal))
            more = len(state.refusals) - REFUSALS_SHOWN
            if more > 0:
                self._rows.addWidget(named_label("muted", tr("sending.more", count=more)))
            if state.undecided:
                words = tr("sending.undecided", count=state.undecided)
                self._rows.addWidget(named_label("muted", words, wrap=True))

    def _row(self, state: ServerState) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(ElidedLabel("shown", state.shown), 1)
        counts = tr("sending.counts", waiting=state.waiting, sent=state.sent, refused=state.refused)
        row.addWidget(named_label("muted", counts))
        kind = "primary" if state.waiting or state.refused else ""
        send = button(self._desk.look, tr("sending.send"), "cloud-upload", kind)
        send.setAccessibleName(tr("sending.send_to", server=state.shown))
        send.setObjectName(f"send_{state.num}")
        send.setEnabled(self._started is None)
        send.clicked.connect(partial(self.send, state.num))
        row.addWidget(send)
        return row

    def _refusal(self, refusal: Refusal) -> QHBoxLayout:
        words = tr("sending.refusal", title=refusal.title, reason=sentence(refusal.error))
        row = QHBoxLayout()
        row.addWidget(named_label("shown", words, wrap=True, selectable=True), 1)
        show = button(self._desk.look, tr("sending.open"), kind="flat")
        show.setAccessibleName(tr("sending.open_of", title=refusal.title))
        show.clicked.connect(partial(self.record_wanted.emit, refusal.record))
        row.addWidget(show)
        return row

    # Running

    def _show_running(self, *, running: bool) -> None:
        self.bar.show_running(running)
        self.stop_button.setVisible(running)
        for send in self.findChildren(QWidget):
            if send.objectName().startswith("send_"):
                send.setEnabled(not running)
        if running:
            self.say.hide()
            self.stop_button.setFocus()

    def _show_progress(self, done: int, total: int, text: str) -> None:
        words = tr("sending.step", done=done + 1, total=total, title=text)
        self.bar.show_step(done, total, words)

    def _done(self, result: SendResult) -> None:
        self._end()
        if result.refused:
            words = tr("sending.done_refused", sent=result.sent, refused=len(result.refused))
            self.say.show_message("warn", words)
        elif result.sent:
            self.say.show_message("good", tr("sending.done", sent=result.sent))
            self.say.keep_open()  # going by itself it would move the rows from under the pointer
        else:
            self.say.show_message("info", tr("sending.nothing"))

    def _failed(self, server: int, error: BaseException) -> None:
        self._end()
        if isinstance(error, JobCancelledError):
            self.say.show_message("info", tr("sending.stopped"))
        else:
            self.say.show_message("bad", sentence(error), tr("sending.again"), partial(self.send, server))

    def _end(self) -> None:
        self._started = None
        self._show_running(running=False)
        self.reload()
