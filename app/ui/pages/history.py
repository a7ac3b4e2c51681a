"""What happened to a record: every saved change of every answer, who made it and when."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from app.changes import Changes
from app.i18n import language, tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.models.record_list_model import day_and_time
from app.ui.page import Page
from app.ui.widgets.card import Badge, Card, button
from app.ui.widgets.row_table import read_by_rows
from app.usecases.history import HistoryLine, RecordHistory, record_history
from core.values import Value

ROW_PX = 30  # of one line; a longer answer makes its row higher
_COLUMNS = {
    "when": 140,
    "who": 140,
    "what": 220,
    "before": 280,
}  # width in px; the last column takes the rest


class HistoryPage(Page):
    """The changes of one record, the latest first."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("history.title"))
        self.record_id = ""
        back = button(desk.look, "", "arrow-left", "flat")
        back.setToolTip(tr("preview.back"))
        back.setAccessibleName(tr("preview.back"))
        back.clicked.connect(self.back_wanted)
        self.heading.insertWidget(0, back)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self).activated.connect(self.back_wanted)
        self.sample_badge = Badge(tr("records.mark"), "warn")
        self.sample_badge.hide()
        self.heading.addWidget(self.sample_badge)
        self.count = Badge()
        self.heading.addWidget(self.count)
        self.heading.addStretch(1)
        self.table = QTableWidget(0, len(_COLUMNS) + 1)
        self.table.setHorizontalHeaderLabels([tr(f"history.{name}") for name in (*_COLUMNS, "after")])
        read_by_rows(self.table, ROW_PX)
        self.table.setWordWrap(True)
        header = self.table.horizontalHeader()
        for column, width in enumerate(_COLUMNS.values()):
            self.table.setColumnWidth(column, width)
        header.setSectionResizeMode(len(_COLUMNS), QHeaderView.ResizeMode.Stretch)
        card = Card()
        card.body.setContentsMargins(0, 0, 0, 0)
        card.body.addWidget(self.table)
        self.column.addWidget(card, 1)

    def open(self, record_id: str, beside: list[str] | None = None) -> None:
        del beside
        self.record_id = record_id
        self.reload()

    def follow(self, changes: Changes) -> None:
        if self.record_id in changes.records:
            self.reload()

    def reload(self) -> None:
        """Read the changes anew."""
        work = partial(record_history, self.desk.workspace, self.record_id, language())
        job = Job(f"record:{self.record_id}", tr("history.reading"), lambda _: work())
        self.desk.jobs.start(self, job, self._show, failed=self.show_error, stream="history")

    def _show(self, history: RecordHistory) -> None:
        lines = history.lines
        self.title.setText(tr("history.of", title=history.title or tr("records.untitled")))
        self.sample_badge.setVisible(history.sample)
        self.count.set_state(tr("history.count", count=len(lines)), "quiet")
        self.table.setRowCount(len(lines))
        for row, line in enumerate(lines):
            words = (
                day_and_time(line.change.claimed_at),
                _who(line),
                _what(line),
                _value(line, line.before, line.change.before[0] if line.change.before else None),
                _value(line, line.after, line.change.after),
            )
            for column, text in enumerate(words):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(row, column, item)
        self.table.resizeRowsToContents()


def _who(line: HistoryLine) -> str:
    name = line.who.name if line.who is not None else ""
    if line.mine:
        return tr("history.me", name=name) if name else tr("history.nameless_me")
    return name or tr("history.unknown")


def _what(line: HistoryLine) -> str:
    what = tr(f"history.{line.what[1:]}") if line.what.startswith("@") else line.what
    return tr("history.in_row", what=what, row=line.row) if line.row else what


def _value(line: HistoryLine, text: str, value: Value) -> str:
    """The value in words; states, lives and pictures without a name have words of their own."""
    if isinstance(value, dict) and "b" in value and not value.get("name"):
        return tr("history.picture")
    if not line.what.startswith("@"):
        return text or tr("history.blank")
    return tr(f"history.{text}") if text in {"draft", "final", "alive", "deleted"} else text
