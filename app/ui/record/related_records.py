"""What refers to the record that is open: how many of each form, which ones, and a new one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QVBoxLayout

from app.i18n import tr
from app.ui.look import Look
from app.ui.widgets.card import Card, button, clear_layout, named_label
from app.usecases.references import BackLink

SHOWN = 20
ROOM_PX = 290  # beside a scroll bar too
ICON_PX = 40
INDENT_PX = 24


class RelatedRecords(Card):
    """A line a form, opening to its records; hidden while nothing refers here and nothing could."""

    opened = Signal(str)  # record id
    begun = Signal(str, str)  # form id, path of the question that will refer here

    def __init__(self, look: Look) -> None:
        super().__init__(tr("related.title"))
        self._look = look
        self._open: set[str] = set()
        self._links: Sequence[BackLink] = ()
        self.new_button = button(look, tr("related.new"), "plus", "flat")
        self.new_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._menu = QMenu(self.new_button)
        self.new_button.setMenu(self._menu)
        self.new_button.setProperty("menu", True)
        self.heading.addWidget(self.new_button)
        self._column = QVBoxLayout()
        self._column.setSpacing(0)
        self.body.addLayout(self._column)
        self.forms: dict[str, QPushButton] = {}
        self.records: dict[str, QPushButton] = {}
        self.hide()

    def show_links(
        self, links: Sequence[BackLink], linkable: Sequence[tuple[str, str, str]], *, startable: bool
    ) -> None:
        """Show these; `startable`: there is something to save, so that another may refer to it."""
        self._links = links
        self._menu.clear()
        for form_id, title, path in linkable:
            self._menu.addAction(title, partial(self.begun.emit, form_id, path))
        self.new_button.setVisible(bool(linkable))
        self.new_button.setEnabled(startable)
        self.new_button.setToolTip("" if startable else tr("related.after_saving"))
        self.setVisible(bool(links or linkable))
        self._show()

    def _show(self) -> None:
        clear_layout(self._column)
        self.forms, self.records = {}, {}
        by_form: dict[str, list[BackLink]] = {}
        for link in self._links:
            by_form.setdefault(link.form_id, []).append(link)
        for form_id, links in by_form.items():
            opened = form_id in self._open
            count = len({link.row.record_id for link in links})
            words = tr("related.count", form=links[0].form_title, count=count)
            heading = self._item(words, "chevron-down" if opened else "chevron-right")
            heading.clicked.connect(partial(self._turn, form_id))
            self.forms[form_id] = heading
            if opened:
                self._show_records(links)
        if not by_form:
            self._column.addWidget(named_label("muted", tr("related.none"), wrap=True))

    def _show_records(self, links: Sequence[BackLink]) -> None:
        for link in links[:SHOWN]:
            row = link.row
            title = row.title.strip() or tr("records.untitled")
            item = self._item(title, indent_px=INDENT_PX)
            told = " · ".join(text for text in row.columns.values() if text and text not in title)
            item.setToolTip("\n".join(filter(None, (title, told, link.question_label))))
            item.clicked.connect(partial(self.opened.emit, row.record_id))
            self.records[row.record_id] = item
        if len(links) > SHOWN:
            more = named_label("hint", tr("related.more", count=len(links) - SHOWN))
            more.setIndent(INDENT_PX + 6)
            self._column.addWidget(more)

    def _turn(self, form_id: str) -> None:
        self._open ^= {form_id}
        self._show()
        self.forms[form_id].setFocus()

    def _item(self, words: str, icon: str = "", indent_px: int = 0) -> QPushButton:
        item = button(self._look, words, icon, "flat")
        room = ROOM_PX - indent_px - ICON_PX
        item.setText(item.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room))
        item.setAccessibleName(words)
        item.setStyleSheet(f"text-align: left; padding-left: {6 + indent_px}px;")
        item.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        item.setMaximumWidth(ROOM_PX)
        self._column.addWidget(item)
        return item
