"""Sync: join a server by its ticket, sync now, and what the server has of each record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.changes import Changes
from app.errors import sentence
from app.i18n import has_words, tr
from app.jobs import Job, JobCancelledError, StartedJob
from app.ui.desk import Desk
from app.ui.enrolment import EnrolmentCard
from app.ui.models.record_list_model import day_and_time, title_of
from app.ui.page import Page
from app.ui.sending import SendingCard
from app.ui.sync_lanes import LanesView
from app.ui.tokens import GAP
from app.ui.widgets.card import Badge, Card, button, named_label
from app.ui.widgets.job_progress import JobProgress
from app.ui.widgets.row_table import read_by_rows
from app.ui.widgets.scroll_page import ScrollPage
from app.usecases.lanes import (
    Lanes,
    OriginalsRule,
    Way,
    ask_for_all_originals,
    choose_originals_rule,
    photo_lanes,
)
from app.usecases.records import RecordFilter, RecordRow, count_records, page_records, record_row
from app.usecases.sync import SyncState, sync_now, sync_state
from app.workspace import Workspace
from core.errors import KnownError
from core.records.receipt import Receipt

ROW_HEIGHT = 34
ROWS_HIGH = 8  # and a heading: the least of the list of records that is seen at once
ROWS_SHOWN = 300  # nobody reads further; the numbers above count everything
ASIDE_SHOWN = 6
_KINDS = {
    "unsent": "warn",
    "part": "warn",
    "sent": "quiet",
    "photos": "warn",
    "confirmed": "good",
    "received": "quiet",
}


@dataclass(frozen=True)
class _Reading:
    """What the page shows, read at one moment."""

    state: SyncState
    states: Mapping[str, str]
    rows: list[RecordRow]
    records: int
    unsent: int
    lanes: Lanes
    titles: Mapping[str, str]


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
        self.add_scrolling(ScrollPage(content))
        self.reload()

    def follow(self, changes: Changes) -> None:
        del changes
        self.reload()

    def enter(self) -> None:
        self.reload()

    def reload(self) -> None:
        """Read anew what the server has."""
        self.sending.reload()
        job = Job("sync.state", tr("sync.reading"), lambda _: _read(self.desk.workspace))
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
        row = QHBoxLayout()
        row.setSpacing(12)
        self._server = Card(tr("sync.server"))
        self.server_text = named_label("muted", wrap=True, selectable=True)
        self._server.body.addWidget(self.server_text)
        self._server.body.addStretch(1)
        self._receipts = Card(tr("sync.receipts"))
        self.receipt_text = named_label("muted", wrap=True, selectable=True)
        self._receipts.body.addWidget(self.receipt_text)
        self._receipts.body.addStretch(1)
        self._aside = Card(tr("sync.aside"))
        self._aside.hide()
        self.aside_text = named_label("muted", wrap=True, selectable=True)
        self._aside.body.addWidget(self.aside_text)
        self._aside.body.addStretch(1)
        for card in (self._server, self._receipts, self._aside):
            row.addWidget(card, 1)
        self.body.addLayout(row)

    def _build_lanes(self) -> None:
        self.lanes = LanesView(self.desk.look)
        self.lanes.rule_chosen.connect(self._choose_rule)
        self.lanes.asked.connect(self._ask_for_originals)
        self.lanes.record_wanted.connect(self.record_wanted)
        self.body.addWidget(self.lanes)

    def _choose_rule(self, rule: OriginalsRule) -> None:
        work = partial(choose_originals_rule, self.desk.workspace, rule)
        self.desk.jobs.start(
            self,
            Job("sync.rule", tr("lanes.choosing"), lambda _: work()),
            lambda _: self.reload(),
            failed=self.show_error,
        )

    def _ask_for_originals(self, way: Way) -> None:
        """Keep that all originals are wanted one way, then sync; it goes on after a restart."""
        work = partial(ask_for_all_originals, self.desk.workspace, way)
        self.desk.jobs.start(
            self,
            Job("sync.rule", tr("lanes.choosing"), lambda _: work()),
            lambda _: self.sync_now(),
            failed=self.show_error,
        )

    def _build_sending(self) -> None:
        self.sending = SendingCard(self.desk)
        self.sending.record_wanted.connect(self.record_wanted)
        self.body.addWidget(self.sending)

    def _build_table(self) -> None:
        card = Card()
        card.body.setContentsMargins(1, 4, 1, 1)
        headings = ("record", "state", "photos", "updated")
        self.table = QTableWidget(0, len(headings))
        self.table.setHorizontalHeaderLabels([tr(f"sync.column.{one}") for one in headings])
        read_by_rows(self.table, ROW_HEIGHT)
        self.table.setMinimumHeight(ROWS_HIGH * ROW_HEIGHT)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for at, width in ((1, 200), (2, 200), (3, 150)):
            header.resizeSection(at, width)
        self.table.cellActivated.connect(self._open)
        card.body.addWidget(self.table, 1)
        self.more = named_label("muted")
        self.more.setContentsMargins(12, 4, 12, 6)
        card.body.addWidget(self.more)
        self.body.addWidget(card, 1)

    # Showing

    def _show(self, reading: _Reading) -> None:
        state = self.state = reading.state
        self.join_card.setVisible(state.needs_ticket)
        self._server.setVisible(state.joined)
        self._receipts.setVisible(state.joined)
        self.sync_button.setEnabled(state.joined and self._started is None)
        waits = state.unsent_ops or any(state.photo_counts.get(one) for one in ("unsent", "part"))
        key = "aside" if state.quarantined else "complete"
        key = "waiting" if waits else key
        key = "alone" if not state.joined else "outside" if state.needs_ticket else key
        self.badge.set_state(tr(f"sync.badge.{key}"), {"alone": "quiet", "complete": "good"}.get(key, "warn"))
        self.server_text.setText(_server_words(state))
        self.receipt_text.setText(_receipt_words(state.receipts))
        self._aside.setVisible(bool(state.quarantined))
        self.aside_text.setText(_aside_words(reading) if state.quarantined else "")
        self.lanes.setVisible(state.joined)
        self.lanes.show_lanes(reading.lanes, reading.titles, reading.unsent, state.unsent_ops)
        self._fill_table(reading)

    def _fill_table(self, reading: _Reading) -> None:
        tokens = self.desk.look.tokens
        colours = {"good": tokens.good, "warn": tokens.warn, "bad": tokens.bad, "quiet": tokens.muted}
        self.more.setVisible(reading.records > len(reading.rows))
        self.more.setText(tr("sync.more", shown=len(reading.rows), count=reading.records))
        aside = {one.record for one in reading.state.quarantined}
        self.table.setRowCount(len(reading.rows))
        for at, row in enumerate(reading.rows):
            state = reading.states[row.record_id]
            if row.unsaved:
                words, kind = tr("records.sync.unsaved"), "warn"
            elif row.record_id in aside and state != "unsent":
                words, kind = tr("sync.record.aside"), "warn"
            else:
                words, kind = tr(f"sync.record.{state}"), _KINDS[state]
            photos = str(row.photos) if row.photos else ""
            cells = (title_of(row), words, photos, day_and_time(row.updated))
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setData(Qt.ItemDataRole.UserRole, row.record_id)
                if column:
                    item.setForeground(QColor(colours[kind] if column == 1 else tokens.muted))
                self.table.setItem(at, column, item)

    def _open(self, row: int) -> None:
        item = self.table.item(row, 0)
        if item is not None:
            self.record_wanted.emit(item.data(Qt.ItemDataRole.UserRole))

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


def _read(workspace: Workspace) -> _Reading:
    """The state of everything, and the records to show: those that wait first, then those changed last."""
    with workspace.database.read():
        waiting = page_records(workspace, RecordFilter(unsent=True), limit=ROWS_SHOWN)
        others = page_records(workspace, RecordFilter(unsent=False), limit=ROWS_SHOWN - len(waiting))
        state, rows = sync_state(workspace), waiting + others
        states = state.records.of(row.record_id for row in rows)
        lanes = photo_lanes(workspace)
        named = {
            item.record for lane in (lanes.previews, lanes.originals) for item in lane.open if item.record
        } | {one.record for one in state.quarantined[:ASIDE_SHOWN] if one.record}
        titles = {one: title_of(row) for one in named if (row := record_row(workspace, one)) is not None}
        unsent = count_records(workspace, RecordFilter(unsent=True))
        return _Reading(state, states, rows, count_records(workspace), unsent, lanes, titles)


def _aside_words(reading: _Reading) -> str:
    """What is set aside, each with its reason and what to do."""
    aside = reading.state.quarantined
    lines = [
        tr(f"aside.{one.reason}", title=reading.titles.get(one.record or "") or tr("aside.nameless"))
        if has_words(f"aside.{one.reason}")
        else tr("sync.aside_words", count=1)
        for one in aside[:ASIDE_SHOWN]
    ]
    if len(aside) > ASIDE_SHOWN:
        lines.append(tr("aside.more", count=len(aside) - ASIDE_SHOWN))
    return "\n".join(dict.fromkeys(lines))


def _server_words(state: SyncState) -> str:
    where = tr(f"role.{state.role or 'any'}"), state.division or tr("role.everywhere")
    lines = [
        tr("sync.project", name=state.project_name or ""),
        tr("role.held", role=where[0], division=where[1]),
    ]
    lines += state.urls[:2]
    if state.last is not None:
        ended = tr("sync.last_good") if state.last.error is None else sentence(KnownError(state.last.error))
        lines.append(tr("sync.last", at=day_and_time(state.last.at), how=ended))
    return "\n".join(lines)


def _receipt_words(receipts: tuple[Receipt, ...]) -> str:
    if not receipts:
        return tr("sync.no_receipt")
    lines = [
        tr(
            "sync.receipt",
            at=day_and_time(receipt.at),
            records=receipt.count.records,
            fields=receipt.count.fields,
            held=len(receipt.photos_held),
            photos=receipt.count.photos,
        )
        + "\n"
        + tr("sync.chain", chain=receipt.count.chain[:16])
        for receipt in receipts
    ]
    return "\n".join(lines)
