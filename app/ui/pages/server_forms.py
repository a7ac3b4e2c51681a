"""What forms an OpenRosa server offers, what of that is new here, and fetching one to look at it."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from app.changes import Changes
from app.i18n import language, tr
from app.jobs import Job, JobCancelledError, Progress, StartedJob
from app.ui.desk import Desk
from app.ui.page import Page
from app.ui.tokens import GAP
from app.ui.widgets.card import Badge, Card, ElidedLabel, button, clear_layout, named_label
from app.ui.widgets.empty_state import EmptyState
from app.ui.widgets.job_progress import JobProgress
from app.ui.widgets.scroll_page import ScrollPage
from app.ui.widgets.still_fields import ChoiceBox
from app.usecases.forms import FormReading, read_fetched
from app.usecases.openrosa import (
    KnownServer,
    ServerForm,
    fetch_form,
    known_servers,
    list_server_forms,
)
from app.workspace import Workspace

SHOWN = 300  # forms; those that would change something here come first
BADGE_WIDTH = 116
SERVERS_WIDTH = 420
_KINDS = {"new": "good", "newer": "good", "files": "warn", "unlinked": "quiet", "here": "quiet"}


class ServerFormsPage(Page):
    """The forms of one server at a time; fetching one leads to the page that shows what it would change."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("server_forms.title"))
        self.forms: list[ServerForm] = []
        self._started: StartedJob[Any] | None = None
        self._reload_wanted = False
        look = desk.look
        self.heading.addStretch(1)
        self.servers = ChoiceBox()
        self.servers.setObjectName("servers")
        self.servers.setAccessibleName(tr("server_forms.choose"))
        self.servers.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.servers.setMaximumWidth(SERVERS_WIDTH)
        self.servers.activated.connect(lambda _: self.reload())
        self.heading.addWidget(self.servers)
        self.stop_button = button(look, tr("server_forms.stop"), kind="flat")
        self.stop_button.clicked.connect(self._stop)
        self.stop_button.hide()
        self.heading.addWidget(self.stop_button)
        self.reload_button = button(look, tr("server_forms.reload"), "refresh-cw")
        self.reload_button.clicked.connect(self.reload)
        self.heading.addWidget(self.reload_button)
        self.bar = JobProgress()
        self.column.addWidget(self.bar)
        self.empty = EmptyState(look, "file-text", tr("server_forms.reading"), "")
        self.card = Card()
        self.rows = QVBoxLayout()
        self.rows.setSpacing(10)
        self.card.body.addLayout(self.rows)
        body = QWidget()
        body.setObjectName("pageBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.card)
        column.addStretch(1)
        self.area = ScrollPage(body)
        self.area.hide()
        self.column.addWidget(self.empty, 1)
        self.add_scrolling(self.area, self.bar)
        self._wanted: int | None = None

    def enter(self) -> None:
        job = Job("openrosa.list", tr("openrosa.reading"), lambda _: known_servers(self.desk.workspace))
        self.desk.jobs.start(self, job, self._show_servers, failed=self.show_error, stream="servers")

    def leave(self) -> None:
        self._stop()

    def follow(self, changes: Changes) -> None:
        if changes.forms and self.isVisible():
            self.enter()

    def open_server(self, num: int) -> None:
        """Show the forms of this server."""
        self._wanted = num
        self.servers.setFocus()  # the keyboard would be left at the navigation
        self.enter()

    def reload(self) -> None:
        """Ask the server that is chosen for its forms."""
        num = self.servers.currentData()
        self._reload_wanted = self._started is not None  # one left the page while something still ran
        if num is None or self._reload_wanted:
            return
        self.banner.hide()
        work = partial(list_server_forms, self.desk.workspace, num)
        self._run(tr("server_forms.reading"), work, self._show)

    def fetch(self, form: ServerForm) -> None:
        """Fetch a form and lead to what installing it would do."""
        num = self.servers.currentData()
        if num is None or self._started is not None:
            return
        work = partial(_fetch, self.desk.workspace, num, form)
        self._run(tr("server_forms.fetching"), work, self._fetched)

    # Running

    def _run(self, title: str, work: Any, done: Any) -> None:
        self._running(started=True)

        def finished(result: Any) -> None:
            self._running(started=False)
            done(result)

        job = Job("openrosa", title, work)
        self._started = self.desk.jobs.start(
            self, job, finished, failed=self._fail, progress=self.bar.show_step
        )

    def _running(self, *, started: bool) -> None:
        self._started = None
        self.bar.show_running(started)
        self.stop_button.setVisible(started)
        self.reload_button.setEnabled(not started)
        self.servers.setEnabled(not started)
        self.card.setEnabled(not started)

    def _stop(self) -> None:
        if self._started is not None:
            self._started.cancel()

    def _fail(self, error: BaseException) -> None:
        self._running(started=False)
        if self._reload_wanted:
            self.reload()
            return
        if isinstance(error, JobCancelledError):
            self.banner.show_message("info", tr("server_forms.stopped"))
        else:
            self.show_error(error)
        if not self.forms:
            self.empty.set_words(tr("server_forms.failed"), tr("server_forms.failed_hint"))

    # Showing

    def _show_servers(self, servers: list[KnownServer]) -> None:
        before = self._wanted if self._wanted is not None else self.servers.currentData()
        self._wanted = None
        self.servers.clear()
        for server in servers:
            if server.ready:
                self.servers.addItem(server.shown, server.num)
        self.servers.setCurrentIndex(max(0, self.servers.findData(before)))
        self.servers.setVisible(self.servers.count() > 0)
        self.reload_button.setVisible(self.servers.count() > 0)
        if self.servers.count() == 0:
            self.banner.hide()
            self._show_forms([], tr("server_forms.nothing"), tr("server_forms.nothing_hint"))
        self.reload()

    def _show(self, forms: list[ServerForm]) -> None:
        self._show_forms(forms, tr("server_forms.empty"), tr("server_forms.empty_hint"))

    def _show_forms(self, forms: list[ServerForm], words: str, advice: str) -> None:
        self.forms = forms
        self.empty.set_words(words, advice)
        self.empty.setVisible(not forms)
        self.area.setVisible(bool(forms))
        clear_layout(self.rows)
        for form in forms[:SHOWN]:
            self.rows.addLayout(self._row(form))
        if len(forms) > SHOWN:
            self.rows.addWidget(named_label("muted", tr("sending.more", count=len(forms) - SHOWN)))

    def _row(self, form: ServerForm) -> QHBoxLayout:
        listed = form.listed
        row = QHBoxLayout()
        row.setSpacing(GAP)
        badge = Badge(tr(f"server_forms.{form.standing}"), _KINDS[form.standing])
        badge.setMinimumWidth(BADGE_WIDTH)
        row.addWidget(badge)
        row.addWidget(ElidedLabel("shown", listed.name), 2)
        told = {"form": listed.form_id, "version": listed.version or "—"}
        words = tr("server_forms.line", **told)
        if form.installed is not None and form.installed != listed.version:
            words = tr("server_forms.line_here", installed=form.installed or "—", **told)
        row.addWidget(ElidedLabel("muted", words), 3)
        fetch = button(self.desk.look, tr("server_forms.fetch"), "download", "flat")
        fetch.setAccessibleName(tr("server_forms.fetch_of", title=listed.name))
        fetch.setObjectName(f"fetch_{listed.form_id}")
        fetch.clicked.connect(partial(self.fetch, form))
        row.addWidget(fetch)
        return row

    def _fetched(self, reading: FormReading) -> None:
        if self.isVisible():  # who has gone elsewhere meanwhile is not called back
            self.form_read.emit(reading)


def _fetch(workspace: Workspace, server: int, form: ServerForm, progress: Progress) -> FormReading:
    return read_fetched(workspace, fetch_form(workspace, server, form.listed, progress), language())
