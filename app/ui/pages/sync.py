"""Sync: join a server by its ticket, sync now, and what the server has of each record."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.changes import Changes
from app.errors import sentence
from app.i18n import tr
from app.jobs import Job, JobCancelledError, StartedJob
from app.ui.desk import Desk
from app.ui.enrolment import EnrolmentCard
from app.ui.page import Page
from app.ui.sending import SendingCard
from app.ui.sync_lanes import LanesView
from app.ui.sync_reading import SyncReading, read_sync
from app.ui.sync_words import aside_words, badge_of, receipt_words, server_words
from app.ui.tokens import GAP
from app.ui.widgets.card import Badge, Card, button, named_label
from app.ui.widgets.job_progress import JobProgress
from app.ui.widgets.scroll_page import ScrollPage
from app.ui.widgets.sync_table import SyncTable
from app.usecases.lanes import OriginalsRule, Way, ask_for_all_originals, choose_originals_rule
from app.usecases.sync import SyncState, sync_now


class SyncPage(Page):
    """The honest state of every item between this computer and the server."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("sync.title"))
        self.state: SyncState | None = None
        self._started: StartedJob[Any] | None = None
        look = desk.look
        self.badge = Badge()
        self.heading.addWidget(self.badge)
        self.heading.addStretch(1)
        self.stop_button = button(look, tr("sync.stop"), kind="flat")
        self.stop_button.clicked.connect(self._stop)
        self.stop_button.hide()
        self.sync_button = button(look, tr("sync.now"), "refresh-cw", "primary")
        self.sync_button.clicked.connect(self.sync_now)
        self.heading.addWidget(self.stop_button)
        self.heading.addWidget(self.sync_button)
        self.bar = JobProgress()
        self.column.addWidget(self.bar)
        content = QWidget()
        content.setObjectName("page")
        self.body = QVBoxLayout(content)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(GAP)
        self._build_join()
        self._build_numbers()
        self._build_lanes()
        self._build_sending()
        self._build_table()
        self.add_scrolling(ScrollPage(content), self.bar)
        self.reload()

    def follow(self, changes: Changes) -> None:
        del changes
        self.reload()

    def enter(self) -> None:
        self.sending.forget()
        self.reload()

    def reload(self) -> None:
        """Read anew what the server has."""
        self.sending.reload()
        job = Job("sync.state", tr("sync.reading"), lambda _: read_sync(self.desk.workspace))
        self.desk.jobs.start(self, job, self._show, failed=self.show_error, stream="state")

    def sync_now(self) -> None:
        """One whole sync with the server."""
        if self._started is not None:
            return
        job = Job("sync", tr("sync.running"), lambda progress: sync_now(self.desk.workspace, progress))
        self._show_running(True)
        self._started = self.desk.jobs.start(
            self, job, self._done, failed=self._failed, progress=self.bar.show_step
        )

    def _joined(self) -> None:
        self.sync_button.setEnabled(True)
        self.sync_button.setFocus()
        self.reload()

    # Building

    def _build_join(self) -> None:
        self.join_card = EnrolmentCard(self.desk, self)
        self.join_card.said.connect(self.banner.show_message)
        self.join_card.failed.connect(self.show_error)
        self.join_card.joined.connect(self._joined)
        self.join_card.hide()
        self.body.addWidget(self.join_card)

    def _build_numbers(self) -> None:
        self._numbers = QHBoxLayout()
        self._numbers.setSpacing(12)
        self._server, self.server_text = self._add_numbers("server")
        self._receipts, self.receipt_text = self._add_numbers("receipts")
        self._aside, self.aside_text = self._add_numbers("aside")
        self._aside.hide()
        self.body.addLayout(self._numbers)

    def _add_numbers(self, what: str) -> tuple[Card, QLabel]:
        card, text = Card(tr(f"sync.{what}")), named_label("muted", wrap=True, selectable=True)
        card.body.addWidget(text)
        card.body.addStretch(1)
        self._numbers.addWidget(card, 1)
        return card, text

    def _build_lanes(self) -> None:
        self.lanes = LanesView(self.desk.look)
        self.lanes.rule_chosen.connect(self._choose_rule)
        self.lanes.asked.connect(self._ask_for_originals)
        self.lanes.record_wanted.connect(self.record_wanted)
        self.body.addWidget(self.lanes)

    def _choose_rule(self, rule: OriginalsRule) -> None:
        self._keep(partial(choose_originals_rule, self.desk.workspace, rule), self.reload)

    def _ask_for_originals(self, way: Way) -> None:
        """Keep that all originals are wanted one way, then sync; it goes on after a restart."""
        self._keep(partial(ask_for_all_originals, self.desk.workspace, way), self.sync_now)

    def _keep(self, work: Callable[[], object], then: Callable[[], None]) -> None:
        job = Job("sync.rule", tr("lanes.choosing"), lambda _: work())
        self.desk.jobs.start(self, job, lambda _: then(), failed=self.show_error)

    def _build_sending(self) -> None:
        self.sending = SendingCard(self.desk)
        self.sending.record_wanted.connect(self.record_wanted)
        self.body.addWidget(self.sending)

    def _build_table(self) -> None:
        card = Card()
        card.body.setContentsMargins(1, 4, 1, 1)
        self.table = SyncTable(self.desk.look)
        self.table.record_wanted.connect(self.record_wanted)
        card.body.addWidget(self.table, 1)
        self.more = named_label("muted")
        self.more.setContentsMargins(12, 4, 12, 6)
        card.body.addWidget(self.more)
        self.body.addWidget(card, 1)

    # Showing

    def _show(self, reading: SyncReading) -> None:
        state = self.state = reading.state
        self.join_card.setVisible(state.needs_ticket)
        self._server.setVisible(state.joined)
        self._receipts.setVisible(state.joined)
        self.sync_button.setEnabled(state.joined and self._started is None)
        self.badge.set_state(*badge_of(state))
        self.server_text.setText(server_words(state))
        self.receipt_text.setText(receipt_words(state.receipts))
        self._aside.setVisible(bool(state.quarantined))
        self.aside_text.setText(aside_words(state, reading.titles) if state.quarantined else "")
        self.lanes.setVisible(state.joined)
        self.lanes.show_lanes(reading.lanes, reading.titles, reading.unsent, state.unsent_ops)
        self.more.setVisible(reading.records > len(reading.rows))
        self.more.setText(tr("sync.more", shown=len(reading.rows), count=reading.records))
        self.table.show_reading(reading)

    # Running

    def _show_running(self, running: bool) -> None:
        self.bar.show_running(running)
        stopping = self.stop_button.hasFocus()
        self.stop_button.setVisible(running)
        if running and self.isVisible():
            self.stop_button.setFocus()  # else the keyboard would go on to whatever comes after a grey button
        self.sync_button.setEnabled(not running)
        if stopping and not running:
            self.sync_button.setFocus()

    def _stop(self) -> None:
        if self._started is not None:
            self._started.cancel()

    def _done(self, result: Any) -> None:
        self._end()
        self.banner.show_message(
            "good",
            tr(
                "sync.done",
                sent=result.ops_sent,
                received=result.ops_received,
                photos_sent=result.photos_sent,
                photos_received=result.photos_received,
            ),
        )

    def _failed(self, error: BaseException) -> None:
        self._end()
        if not isinstance(error, JobCancelledError):
            self.banner.show_message("bad", sentence(error), tr("sync.again"), self.sync_now)
        else:
            self.banner.show_message("info", tr("sync.stopped"))

    def _end(self) -> None:
        self._started = None
        self._show_running(False)
        self.reload()
