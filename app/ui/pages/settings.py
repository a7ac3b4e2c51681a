"""Settings: language, theme, the person's name, where the data lie and how safe they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.changes import Changes
from app.i18n import LANGUAGES, Language, language, tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.page import Page
from app.ui.tokens import GAP, THEMES
from app.ui.widgets.banner import Banner
from app.ui.widgets.card import Card, button, named_label
from app.ui.widgets.composition import CompositionGuard
from app.ui.widgets.forms_card import FormsCard
from app.ui.widgets.health_card import HealthCard
from app.ui.widgets.scroll_page import ScrollPage
from app.ui.widgets.servers_card import ServersCard
from app.usecases.backup import backup_plain, backup_sealed
from app.usecases.people import name_person

WIDEST = 760


class SettingsPage(Page):
    """What the person sets up; everything takes effect at once."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("settings.title"))
        self.heading.addStretch(1)
        body = QWidget()
        body.setMaximumWidth(WIDEST)
        self._body = QVBoxLayout(body)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(GAP)
        self._build_screen()
        self._build_person()
        self._build_data()
        self.forms = FormsCard(desk)
        self.forms.import_wanted.connect(lambda: self.page_wanted.emit("import_form"))
        self._body.addWidget(self.forms)
        self.servers = ServersCard(desk)
        self.servers.forms_wanted.connect(self.server_wanted)
        self._body.addWidget(self.servers)
        self.health = HealthCard(desk)
        self.health.mending_wanted.connect(self.recovery_wanted)
        self._body.addWidget(self.health)
        self._body.addStretch(1)
        body.setObjectName("pageBody")
        self.column.addWidget(ScrollPage(body), 1)

    def enter(self) -> None:
        self.health.reload()
        self.forms.reload()
        self.servers.reload()

    def follow(self, changes: Changes) -> None:
        if changes.forms:
            self.forms.reload()

    def leave(self) -> None:
        self._keep_name()

    def choose_language(self, chosen: Language) -> None:
        """Speak this language from now on."""
        if chosen != language():
            self.desk.preferences.set_language(chosen)
            self.page_wanted.emit("rebuild")

    def choose_theme(self, theme: str) -> None:
        """Show these colours from now on."""
        if theme != self.desk.preferences.theme:
            self.desk.preferences.remember("theme", theme)
            self.page_wanted.emit("rebuild")

    def backup(self) -> None:
        """Ask where to and write a sealed copy of everything."""
        name = QFileDialog.getExistingDirectory(
            self, tr("settings.backup_where"), self.desk.preferences.last_folder
        )
        if name:
            self.backup_to(Path(name))

    def backup_to(self, folder: Path, *, plain: bool = False) -> None:
        """Write a copy into a new folder inside `folder`, checked before it counts."""
        self.desk.preferences.use_folder(folder)
        day = self.desk.workspace.clock.now().astimezone().strftime("%Y%m%d-%H%M")
        target = folder / tr("settings.backup_name", day=day)
        write = backup_plain if plain else backup_sealed
        work = partial(write, self.desk.workspace, target)
        job = Job("backup", tr("settings.backing_up"), lambda _: work(), must_finish=True)
        self.banner.show_message("info", tr("settings.backing_up"))
        self.desk.jobs.start(
            self,
            job,
            lambda _: self.banner.show_message("good", tr("settings.backed_up", folder=str(target))),
            failed=self.show_error,
        )

    def _build_screen(self) -> None:
        card = Card(tr("settings.screen"))
        self.language_buttons = self._choice(
            card,
            tr("settings.language"),
            {one: tr(f"settings.language_{one}") for one in LANGUAGES},
            language(),
            self.choose_language,
        )
        self.theme_buttons = self._choice(
            card,
            tr("settings.theme"),
            {one: tr(f"settings.theme_{one}") for one in THEMES},
            self.desk.preferences.theme,
            self.choose_theme,
        )
        self._body.addWidget(card)

    def _build_person(self) -> None:
        card = Card(tr("settings.person"))
        self.name = QLineEdit(self.desk.workspace.person.name)
        self._guard = CompositionGuard(self.name)
        self.name.setPlaceholderText(tr("settings.name_example"))
        self.name.editingFinished.connect(self._keep_name)
        card.body.addLayout(self._row(tr("settings.name"), self.name))
        card.body.addWidget(named_label("hint", tr("settings.name_hint"), wrap=True))
        self._body.addWidget(card)

    def _build_data(self) -> None:
        look = self.desk.look
        card = Card(tr("settings.data"))
        folder = Path(self.desk.workspace.folder.path)
        where = named_label("shown", str(folder), selectable=True, wrap=True)
        open_folder = button(look, tr("settings.open_folder"), "folder-open")
        open_folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))))
        row = self._row(tr("settings.folder"), where)
        row.addWidget(open_folder)
        card.body.addLayout(row)
        notice = Banner(look, card)  # shown without a parent it would be a window for a moment
        notice.show_message("warn", tr("settings.key_notice"))
        notice.keep_open()
        card.body.addWidget(notice)
        below = QHBoxLayout()
        copy = button(look, tr("settings.backup"), "download")
        copy.clicked.connect(self.backup)
        below.addWidget(copy)
        below.addWidget(named_label("hint", tr("settings.backup_hint"), wrap=True), 1)
        card.body.addLayout(below)
        self._body.addWidget(card)

    def _choice(
        self, card: Card, words: str, options: dict[Any, str], present: str, run: Callable[[Any], None]
    ) -> dict[Any, QPushButton]:
        group = QButtonGroup(card)
        row = self._row(words, None)
        made = {}
        for key, text in options.items():
            option = button(self.desk.look, text)
            option.setCheckable(True)
            option.setChecked(key == present)
            option.clicked.connect(lambda _=False, key=key: run(key))
            group.addButton(option)
            row.addWidget(option)
            made[key] = option
        row.addStretch(1)
        card.body.addLayout(row)
        return made

    def _row(self, words: str, widget: QWidget | None) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        label = named_label("label", words)
        label.setFixedWidth(96)
        row.addWidget(label)
        if widget is not None:
            row.addWidget(widget, 1)
            label.setBuddy(widget)
        return row

    def _keep_name(self) -> None:
        name = " ".join(self.name.text().split())
        if name == self.desk.workspace.person.name:
            return
        job = Job(
            "person",
            tr("settings.keeping_name"),
            lambda _: name_person(self.desk.workspace, name),
            must_finish=True,
        )
        self.desk.jobs.start(self, job, failed=self.show_error)
