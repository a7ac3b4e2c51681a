"""The card with the OpenRosa servers: add one, test it, see its forms, remove it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.errors import sentence
from app.i18n import tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.widgets.add_server import AddServer
from app.ui.widgets.banner import Banner
from app.ui.widgets.card import Badge, Card, ElidedLabel, button, clear_layout, named_label
from app.usecases.openrosa import KnownServer, forget_server, known_servers, try_server


class ServersCard(Card):
    """One row a server. `forms_wanted` carries the number of the server whose forms are to be shown."""

    forms_wanted = Signal(int)

    def __init__(self, desk: Desk) -> None:
        super().__init__(tr("openrosa.shown"))
        self._desk = desk
        self.add_button = button(desk.look, tr("openrosa.add"), "plus")
        self.add_button.setObjectName("addServer")
        self.heading.addWidget(self.add_button)
        self.body.addWidget(named_label("hint", tr("openrosa.hint"), wrap=True))
        self.adding = AddServer(desk)
        self.adding.hide()
        self.adding.added.connect(self._added)
        self.adding.failed.connect(self._fail)
        self.adding.left.connect(self.add_button.setFocus)
        self.add_button.clicked.connect(self.adding.open)
        self.body.addWidget(self.adding)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        self.body.addLayout(self._rows)
        self.say = Banner(desk.look)
        self.body.addWidget(self.say)  # below: when it goes by itself, no row moves from under the pointer
        self.servers: list[KnownServer] = []

    def reload(self) -> None:
        """Show the servers there are now."""
        job = Job("openrosa.list", tr("openrosa.reading"), lambda _: known_servers(self._desk.workspace))
        self._desk.jobs.start(self, job, self._show, failed=self._fail, stream="servers")

    def test(self, server: int) -> None:
        """Ask the server for its forms and say how that went."""
        self.say.show_message("info", tr("openrosa.trying"))
        job = Job("openrosa", tr("openrosa.trying"), lambda _: try_server(self._desk.workspace, server))
        self._desk.jobs.start(self, job, self._tried, failed=self._fail, stream="test")

    def ask_to_forget(self, server: KnownServer) -> None:
        """Say what removing means, and offer it."""
        words = tr("openrosa.forget_ask", server=server.shown)
        self.say.show_message("warn", words, tr("openrosa.forget"), partial(self.forget, server.num))

    def forget(self, server: int) -> None:
        """Forget the way into the server."""
        work = partial(forget_server, self._desk.workspace, server)
        job = Job("openrosa", tr("openrosa.forget"), lambda _: work(), must_finish=True)
        self._desk.jobs.start(self, job, lambda _: self._forgotten(), failed=self._fail)

    def _show(self, servers: list[KnownServer]) -> None:
        self.servers = servers
        clear_layout(self._rows)
        for one in servers:
            self._rows.addLayout(self._row(one))
        if not servers:
            self._rows.addWidget(named_label("muted", tr("openrosa.none")))

    def _row(self, one: KnownServer) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(ElidedLabel("shown", one.shown), 3)
        who = tr("openrosa.as_user", user=one.user) if one.user else tr("openrosa.by_token")
        if not one.ready:
            row.addWidget(Badge(tr("openrosa.add_anew"), "warn"))
        elif not one.encrypted:
            row.addWidget(Badge(tr("openrosa.not_encrypted"), "warn"))
        row.addWidget(ElidedLabel("muted", who if one.ready else ""), 1)
        for name, run in (
            ("forms", partial(self.forms_wanted.emit, one.num)),
            ("try", partial(self.test, one.num)),
            ("forget", partial(self.ask_to_forget, one)),
        ):
            do = button(self._desk.look, tr(f"openrosa.{name}"), kind="flat")
            do.setAccessibleName(tr(f"openrosa.{name}_of", server=one.shown))
            do.setObjectName(f"server_{name}_{one.num}")
            do.clicked.connect(lambda _=False, run=run: run())
            do.setEnabled(one.ready or name == "forget")
            row.addWidget(do)
        return row

    def _added(self, count: int) -> None:
        self.say.show_message("good", tr("openrosa.added", count=count))
        self.add_button.setFocus()
        self.reload()

    def _tried(self, count: int) -> None:
        self.say.show_message("good", tr("openrosa.tried", count=count))

    def _forgotten(self) -> None:
        self.say.show_message("good", tr("openrosa.forgotten"))
        self.reload()

    def _fail(self, error: BaseException) -> None:
        self.say.show_message("bad", sentence(error))
