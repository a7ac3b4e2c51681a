"""The three lanes of sync, each with its honest figures, and every photo that is not where it should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.ui.look import Look
from app.ui.widgets.card import Card, button, named_label
from app.ui.widgets.row_table import read_by_rows
from app.ui.widgets.still_fields import ChoiceBox
from app.usecases.lanes import ItemState, Lane, LaneItem, Lanes, OriginalsRule

ROWS_HIGH = 4
_ROW_HEIGHT = 30
_ORDER: tuple[ItemState, ...] = (
    "refused", "damaged", "waiting", "part", "sent", "verified", "wanted", "coming",
)  # fmt: skip
_KINDS: Mapping[ItemState, str] = {"refused": "bad", "damaged": "bad", "part": "warn", "waiting": "warn"}
_COLUMNS = ("record", "lane", "state", "do")


class LanesView(QWidget):
    """Records, previews, originals side by side; below them the photos on their way."""

    rule_chosen = Signal(str)
    asked = Signal(str)
    """"send" or "fetch": all originals, now."""
    record_wanted = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        row = QHBoxLayout()
        row.setSpacing(12)
        self.records, self._records_card = self._lane("records")
        self.previews, self._previews_card = self._lane("previews")
        self.originals, self._originals_card = self._lane("originals")
        for card in (self._records_card, self._previews_card, self._originals_card):
            row.addWidget(card, 1)
        self._build_rule(self._originals_card)
        column.addLayout(row)
        column.addWidget(self._build_table())

    def show_lanes(self, lanes: Lanes, titles: Mapping[str, str], records: int, operations: int) -> None:
        """Show the photos' lanes, and `records` records with `operations` changes that wait."""
        key = ("unsent" if records else "about") if operations else "none"
        waits = tr(f"lanes.rec_{key}", count=records, ops=operations)
        self.records.setText(f"{waits}\n{tr('lanes.hint_records')}")
        self.previews.setText(f"{_figures(lanes.previews)}\n{tr('lanes.hint_previews')}")
        asked = [tr(f"lanes.asked_{way}") for way in sorted(lanes.asked)]
        self.originals.setText("\n".join([_figures(lanes.originals), *asked]))
        self.rule.blockSignals(True)
        self.rule.setCurrentIndex(self.rule.findData(lanes.rule))
        self.rule.blockSignals(False)
        counts = lanes.originals.counts
        self.send_button.setEnabled(any(counts.get(one) for one in ("waiting", "part", "refused")))
        self.fetch_button.setEnabled(any(counts.get(one) for one in ("wanted", "coming")))
        self._fill(lanes, titles)

    def _lane(self, name: str) -> tuple[QLabel, Card]:
        card = Card(tr(f"lanes.lanes_{name}"))
        text = named_label("muted", wrap=True, selectable=True)
        text.setObjectName(f"lane_{name}")
        card.body.addWidget(text)
        card.body.addStretch(1)
        return text, card

    def _build_rule(self, card: Card) -> None:
        self.rule = ChoiceBox()
        self.rule.setObjectName("originals_rule")
        self.rule.setAccessibleName(tr("lanes.rule"))
        for rule in get_args(OriginalsRule):
            self.rule.addItem(tr(f"lanes.{rule}"), rule)
        self.rule.currentIndexChanged.connect(lambda: self.rule_chosen.emit(self.rule.currentData()))
        label = named_label("label", tr("lanes.rule"))
        label.setBuddy(self.rule)
        chosen = QHBoxLayout()
        chosen.addWidget(label)
        chosen.addWidget(self.rule, 1)
        card.body.addLayout(chosen)
        self.send_button = button(self._look, tr("lanes.send_all"), kind="flat")
        self.fetch_button = button(self._look, tr("lanes.fetch_all"), kind="flat")
        asking = QHBoxLayout()
        for made, way in ((self.send_button, "send"), (self.fetch_button, "fetch")):
            made.setObjectName(f"{way}_originals")
            made.clicked.connect(lambda _=False, way=way: self.asked.emit(way))
            asking.addWidget(made)
        asking.addStretch(1)
        card.body.addLayout(asking)

    def _build_table(self) -> Card:
        self._open_card = Card(tr("lanes.open"))
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setObjectName("open_photos")
        self.table.setAccessibleName(tr("lanes.open"))
        self.table.setHorizontalHeaderLabels([tr(f"lanes.c_{one}") for one in _COLUMNS])
        read_by_rows(self.table, _ROW_HEIGHT, striped=False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(1, 80)
        header.resizeSection(2, 190)
        self.table.cellActivated.connect(self._open)
        self.more = named_label("muted")
        self._open_card.body.addWidget(self.table)
        self._open_card.body.addWidget(self.more)
        return self._open_card

    def _fill(self, lanes: Lanes, titles: Mapping[str, str]) -> None:
        items = [(lane, item) for lane in (lanes.previews, lanes.originals) for item in lane.open]
        left_out = _unfinished(lanes) - len(items)
        self._open_card.setVisible(bool(items))
        self.more.setVisible(left_out > 0)
        self.more.setText(tr("lanes.more_open", count=left_out))
        self.table.setRowCount(len(items))
        shown = min(max(len(items), 1), ROWS_HIGH)
        self.table.setFixedHeight(self.table.horizontalHeader().sizeHint().height() + shown * _ROW_HEIGHT + 4)
        tokens = self._look.tokens
        colours = {"bad": tokens.bad, "warn": tokens.warn, "quiet": tokens.muted}
        for at, (lane, item) in enumerate(items):
            title = titles.get(item.record or "", tr("lanes.no_record"))
            state = tr(f"lanes.i_{item.state}", moved=_megabytes(item.moved), size=_megabytes(item.size))
            texts = (title, tr(f"lanes.lane_{lane.name}"), state, tr(_what_to_do(lanes, lane, item)))
            for column, text in enumerate(texts):
                cell = QTableWidgetItem(text)
                cell.setToolTip(text)
                cell.setData(Qt.ItemDataRole.UserRole, item.record)
                if column == 2:
                    cell.setForeground(QColor(colours[_KINDS.get(item.state, "quiet")]))
                self.table.setItem(at, column, cell)

    def _open(self, row: int) -> None:
        cell = self.table.item(row, 0)
        if cell is not None and cell.data(Qt.ItemDataRole.UserRole):
            self.record_wanted.emit(cell.data(Qt.ItemDataRole.UserRole))


def _figures(lane: Lane) -> str:
    lines = [tr(f"lanes.st_{state}", count=lane.counts[state]) for state in _ORDER if lane.counts.get(state)]
    if lane.bytes_left:
        lines.append(tr("lanes.left", mb=_megabytes(lane.bytes_left)))
    return "\n".join(lines) or tr("lanes.nothing")


def _unfinished(lanes: Lanes) -> int:
    return sum(
        number
        for lane in (lanes.previews, lanes.originals)
        for state, number in lane.counts.items()
        if state not in {"sent", "verified"}
    )


def _what_to_do(lanes: Lanes, lane: Lane, item: LaneItem) -> str:
    """The key of the sentence that tells what will happen by itself, or what the person can do."""
    if item.state == "damaged":
        return "lanes.d_damaged"
    if item.state == "refused":
        known = {"not-an-image", "too-large", "digest-mismatch"}
        return f"lanes.d_{item.why.replace('-', '_')}" if item.why in known else "lanes.d_refused"
    fetched = item.state in {"wanted", "coming"}
    if lane is lanes.previews or lanes.rule == "always" or ("fetch" if fetched else "send") in lanes.asked:
        return "lanes.d_wanted" if item.state == "wanted" else "lanes.d_next"
    slow = lanes.rule == "good"
    if fetched:
        return "lanes.d_fetch_slow" if slow else "lanes.d_fetch_hand"
    return "lanes.d_slow" if slow else "lanes.d_hand"


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f}"
