"""What the main window expects of every page."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.changes import Changes
from app.errors import sentence
from app.ui.desk import Desk
from app.ui.tokens import GAP
from app.ui.widgets.banner import Banner
from app.ui.widgets.card import ElidedLabel

MARGIN = 20


@dataclass(frozen=True)
class Standpoint:
    """Where one was in a record before one went on to another."""

    record_id: str
    beside: list[str]
    scrolled_px: int
    path: str
    """The question one was at; "" for none."""
    awaits: str = ""
    """The record that `path` is answered with, once somebody has answered something in it."""


class Page(QWidget):
    """A page with a heading row, a banner for its messages and a `column` for the rest."""

    record_wanted = Signal(str)
    conflict_wanted = Signal(str)
    preview_wanted = Signal(str)
    linked_wanted = Signal(str, object)  # record id, the Standpoint that one comes back to
    page_wanted = Signal(str)
    back_wanted = Signal()
    recovery_wanted = Signal()

    def __init__(self, desk: Desk, title: str) -> None:
        super().__init__()
        self.setObjectName("page")
        self.desk = desk
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(MARGIN, 14, MARGIN, 8)
        self.column.setSpacing(GAP)
        self.heading = QHBoxLayout()
        self.heading.setSpacing(GAP)
        self.title = ElidedLabel("title", title)
        self.heading.addWidget(self.title)
        self.column.addLayout(self.heading)
        self.banner = Banner(desk.look)
        self.column.addWidget(self.banner)
        desk.changes.changed.connect(self.follow)

    def follow(self, changes: Changes) -> None:
        """Reload what this page shows of the touched ids."""

    def open(self, record_id: str, beside: list[str] | None = None) -> None:
        """Show this record, on the pages that show one; `beside` are those of the list it comes from."""

    def return_to(self, standpoint: Standpoint) -> None:
        """Show a record as it was left, on the pages that show one."""

    def choose(self, record_id: str) -> None:
        """Choose this record, on the pages that list some."""

    def enter(self) -> None:
        """The page comes to the front."""

    def leave(self) -> None:
        """The page goes to the back, or the window closes: keep what is not kept yet."""

    def show_error(self, error: BaseException) -> None:
        """One sentence about what went wrong."""
        self.banner.show_message("bad", sentence(error))
