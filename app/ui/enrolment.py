"""Joining a server in the window: a ticket by file, text or QR picture, shown in words before joining."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLineEdit, QWidget

from app.changes import Changes
from app.i18n import tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.models.record_list_model import day_and_time
from app.ui.widgets.card import Card, button, clear_layout, named_label
from app.ui.widgets.composition import CompositionGuard
from app.ui.widgets.photo_inlet import PhotoInlet, Source
from app.usecases.enrolling import TicketWords, enrol, read_ticket, tell_ticket
from core.protocol.ticket import Ticket

NAME_WIDTH_PX = 260
AUTHORITY_DIGITS = 16
"""Enough to be compared over a telephone; the whole of it is checked by the program."""


class EnrolmentCard(Card):
    """First the ticket, then what it says, then joining. Files and pictures may be dropped on `drop_zone`."""

    said = Signal(str, str)  # kind and text for the page's banner
    failed = Signal(object)
    joined = Signal()

    def __init__(self, desk: Desk, drop_zone: QWidget) -> None:
        super().__init__(tr("sync.join"))
        self._desk = desk
        self._ticket: Ticket | None = None
        self.body.addWidget(named_label("muted", tr("sync.join_hint"), wrap=True))
        self._build_name()
        self._asking = QWidget()
        self._build_asking(self._asking)
        self._checking = QWidget()
        self._build_checking(self._checking)
        self._checking.hide()
        self.body.addWidget(self._asking)
        self.body.addWidget(self._checking)
        self._inlets = (PhotoInlet(drop_zone), PhotoInlet(self.text))  # a copied picture is pasted like text
        for inlet in self._inlets:
            inlet.given.connect(self._take)

    def setVisible(self, visible: bool) -> None:
        super().setVisible(visible)
        for inlet in self._inlets:
            inlet.open = visible

    def choose_file(self) -> None:
        """Ask for the ticket file or the picture."""
        folder, kinds = self._desk.preferences.last_folder, tr("sync.ticket_files") + " (*)"
        name, _ = QFileDialog.getOpenFileName(self, tr("enrol.from_file"), folder, kinds)
        if name:
            self.read(Path(name))

    def read(self, given: Source) -> None:
        """Read this ticket and show where it leads."""
        if isinstance(given, Path):
            self._desk.preferences.use_folder(given.parent)
        self.setEnabled(False)
        workspace = self._desk.workspace

        def work() -> tuple[Ticket, TicketWords]:
            ticket = read_ticket(given)
            return ticket, tell_ticket(workspace, ticket)

        job = Job("ticket", tr("enrol.reading"), lambda _: work())
        self._desk.jobs.start(self, job, self._show, failed=self._fail)

    def join(self) -> None:
        """Join the server of the ticket that is shown, under the name in the field."""
        name, ticket = " ".join(self.name.text().split()), self._ticket
        if ticket is None:
            return
        if not name:
            self.said.emit("warn", tr("sync.name_first"))
            self.name.setFocus()
            return
        self.setEnabled(False)
        job = Job("sync", tr("sync.joining"), lambda _: enrol(self._desk.workspace, ticket, name))
        self._desk.jobs.start(self, job, self._joined, failed=self._fail)

    def decline(self) -> None:
        """Forget the ticket that is shown."""
        self._ticket = None
        self._checking.hide()
        self._asking.show()

    # Building

    def _build_name(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(10)
        self.name = QLineEdit(self._desk.workspace.person.name)
        self.name.setObjectName("person_name")
        self.name.setPlaceholderText(tr("settings.name_example"))
        self.name.setMaximumWidth(NAME_WIDTH_PX)
        label = named_label("label", tr("sync.your_name"))
        label.setBuddy(self.name)
        row.addWidget(label)
        row.addWidget(self.name, 1)
        row.addStretch(1)
        self.body.addLayout(row)

    def _build_asking(self, area: QWidget) -> None:
        row = QHBoxLayout(area)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        self.file_button = button(self._desk.look, tr("enrol.from_file"), "ticket", "primary")
        self.file_button.setObjectName("choose_ticket")
        self.file_button.clicked.connect(self.choose_file)
        self.text = QLineEdit()
        self.text.setObjectName("ticket_text")
        self.text.setPlaceholderText(tr("enrol.pasted"))
        self.text.setAccessibleName(tr("enrol.pasted"))
        self.text.returnPressed.connect(self._read_text)
        self.text_button = button(self._desk.look, tr("enrol.use_pasted"))
        self.text_button.clicked.connect(self._read_text)
        self._guards = [CompositionGuard(field) for field in (self.name, self.text)]
        for widget, stretch in ((self.file_button, 0), (self.text, 1), (self.text_button, 0)):
            row.addWidget(widget, stretch)

    def _build_checking(self, area: QWidget) -> None:
        self._words = QGridLayout()
        self._words.setHorizontalSpacing(16)
        self._words.setColumnStretch(1, 1)
        self.agree_button = button(self._desk.look, tr("enrol.agree"), "check", "primary")
        self.agree_button.setObjectName("agree_to_join")
        self.agree_button.clicked.connect(self.join)
        self.decline_button = button(self._desk.look, tr("enrol.decline"))
        self.decline_button.clicked.connect(self.decline)
        grid = QGridLayout(area)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(named_label("", tr("enrol.check")), 0, 0, 1, 3)
        grid.addLayout(self._words, 1, 0, 1, 3)
        grid.addWidget(self.agree_button, 2, 0)
        grid.addWidget(self.decline_button, 2, 1)
        grid.setColumnStretch(2, 1)

    # Showing

    def _show(self, read: tuple[Ticket, TicketWords]) -> None:
        self.setEnabled(True)
        self._ticket, words = read
        clear_layout(self._words)
        rows = {
            "server": "\n".join(words.servers),
            "authority": words.authority[:AUTHORITY_DIGITS] + "…",
            "project": words.project,
            "role": tr(f"role.{words.role or 'any'}"),
            "division": words.division or tr("role.everywhere"),
            "expires": day_and_time(words.expires),
        }
        for at, (key, text) in enumerate(rows.items()):
            self._words.addWidget(named_label("muted", tr(f"enrol.{key}")), at, 0)
            self._words.addWidget(named_label("", text, wrap=True, selectable=True), at, 1)
        self._asking.hide()
        self._checking.show()
        self.agree_button.setFocus()

    def _take(self, sources: list[Source]) -> None:
        if self.isEnabled():
            self.read(sources[0])

    def _read_text(self) -> None:
        if self.text.text().strip():
            self.read(self.text.text().encode())

    def _joined(self, changes: Changes) -> None:
        del changes
        self.setEnabled(True)
        self.decline()
        self.text.clear()
        self.said.emit("good", tr("sync.joined"))
        self.joined.emit()

    def _fail(self, error: BaseException) -> None:
        self.setEnabled(True)
        self.failed.emit(error)
