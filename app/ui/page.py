"""What the main window expects of every page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.changes import Changes
from app.errors import sentence
from app.i18n import tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.tokens import GAP
from app.ui.widgets.banner import Banner
from app.ui.widgets.card import ElidedLabel
from app.usecases.forms import FormReading
from app.usecases.records import RecordFilter

MARGIN = 20


class Standpoint(msgspec.Struct, frozen=True):
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
    village_wanted = Signal(str)  # the code of its division
    list_wanted = Signal(object)  # the RecordFilter that the list of records is to show
    sync_wanted = Signal()
    back_wanted = Signal()
    recovery_wanted = Signal()
    form_read = Signal(object)  # a FormReading of a form that was fetched
    server_wanted = Signal(int)  # the OpenRosa server whose forms are to be shown

    record_id = ""
    """The record that it shows, on the pages that show one."""
    code = ""
    """The division code of the village that it shows, on the page that shows one."""

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

    @property
    def record_ids(self) -> list[str]:
        """The records that it lists, for previous and next; none on pages that list none."""
        return []

    def add_scrolling(self, area: QScrollArea, *above: QWidget) -> None:
        """The rest of the page scrolls; its bar stands in the margin, so that right edges are one line.

        `above` is what stands between the heading and the rest.
        """
        bar_px = area.verticalScrollBar().sizeHint().width()
        self.column.setContentsMargins(MARGIN, 14, MARGIN - bar_px, 8)
        self.heading.setContentsMargins(0, 0, bar_px, 0)
        for widget in (self.banner, *above):
            row = QHBoxLayout()
            row.setContentsMargins(0, 0, bar_px, 0)
            self.column.insertLayout(self.column.indexOf(widget), row)
            row.addWidget(widget)
        self.column.addWidget(area, 1)

    def follow(self, changes: Changes) -> None:
        """Reload what this page shows of the touched ids."""

    def open(self, record_id: str, beside: list[str] | None = None) -> None:
        """Show this record, on the pages that show one; `beside` are those of the list it comes from."""

    def return_to(self, standpoint: Standpoint) -> None:
        """Show a record as it was left, on the pages that show one."""

    def open_village(self, code: str) -> None:
        """Show the village with this division code, on the page that shows one."""

    def read_files(self, files: list[Path]) -> None:
        """Read the form file that was given, on the page that imports one."""

    def review(self, reading: FormReading) -> None:
        """Show this form that was read already, on the page that imports one."""

    def open_server(self, num: int) -> None:
        """Show the forms of this OpenRosa server, on the page that lists them."""

    def narrow(self, wanted: RecordFilter) -> None:
        """Show these records, on the page that lists them."""

    def choose(self, record_id: str) -> None:
        """Choose this record, on the pages that list some."""

    def enter(self) -> None:
        """The page comes to the front."""

    def leave(self) -> None:
        """The page goes to the back, or the window closes: keep what is not kept yet."""

    def begin_record(self, make: Callable[[], str]) -> None:
        """Make a record beside the window, and go to it; `make` gives its id."""
        job = Job("records.new", tr("records.beginning"), lambda _: make())
        self.desk.jobs.start(self, job, self.record_wanted.emit, failed=self.show_error)

    def show_error(self, error: BaseException) -> None:
        """One sentence about what went wrong."""
        self.banner.show_message("bad", sentence(error))
