"""The card that says how sound the data are: the last check, the copies, and a check at once."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from app.i18n import tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.widgets.banner import Banner
from app.ui.widgets.card import Card, button, named_label
from app.usecases.health import Health, check_at_start, health_of


class HealthCard(Card):
    """What the last checks found, in words."""

    mending_wanted = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(tr("health.title"))
        self._desk = desk
        self._say = Banner(desk.look)
        self.body.addWidget(self._say)
        self.words = named_label("hint", wrap=True)
        self.body.addWidget(self.words)
        self.copies_title = named_label("label", tr("health.copies"))
        self.body.addWidget(self.copies_title)
        self.copies = named_label("shown", wrap=True, selectable=True)
        self.body.addWidget(self.copies)
        row = QHBoxLayout()
        self.check_button = button(desk.look, tr("health.check_now"), "refresh-cw")
        self.check_button.clicked.connect(self.check)
        row.addWidget(self.check_button)
        row.addStretch(1)
        self.body.addLayout(row)

    def reload(self) -> None:
        """Show what is known now."""
        job = Job("health", tr("health.reading"), lambda _: health_of(self._desk.workspace))
        self._desk.jobs.start(self, job, self._show, stream="health")

    def check(self) -> None:
        """Check at once."""
        self.check_button.setEnabled(False)
        self._say.show_message("info", tr("health.checking"))
        job = Job("check", tr("health.checking"), partial(check_at_start, self._desk.workspace))
        self._desk.jobs.start(self, job, self._show, failed=self._failed, stream="health")

    def _show(self, health: Health) -> None:
        self.check_button.setEnabled(True)
        if health.database:
            words, mend = tr("health.database_damaged"), self.mending_wanted.emit
            self._say.show_message("bad", words, tr("health.mend"), mend)
        elif health.photos:
            self._say.show_message("warn", tr("health.photos_damaged", count=len(health.photos)))
        elif health.checked is not None:
            self._say.show_message("good", tr("health.sound"))
        if health.checked is not None:
            self._say.keep_open()
        self.words.setText("　".join(_when(health)))
        copies = [
            tr("health.copy", at=_local(copy.made), megabytes=copy.size / 1e6) for copy in health.copies
        ]
        self.copies.setText("\n".join(copies) or tr("health.no_copies"))

    def _failed(self, error: BaseException) -> None:
        self.check_button.setEnabled(True)
        self._desk.jobs.failed.emit(error)


def _when(health: Health) -> list[str]:
    lines = [
        tr("health.never")
        if health.checked is None
        else tr("health.last", at=_local(datetime.fromisoformat(health.checked)))
    ]
    if health.scrubbed is not None:
        lines.append(tr("health.scrubbed", at=_local(datetime.fromisoformat(health.scrubbed))))
    if health.scrub_at is not None:
        lines.append(tr("health.scrub_at", percent=round(health.scrub_at * 100)))
    return lines


def _local(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
