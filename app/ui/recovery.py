"""The window in place of the program when the data do not open: what happened, what is there, recover it.

Nothing is ever offered to be deleted; leaving changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
)

from app.errors import sentence
from app.i18n import tr
from app.jobs import Job, JobCancelledError, Jobs, Progress, StartedJob
from app.ui.application import dress, make_application
from app.ui.change_bus import ChangeBus
from app.ui.job_runner import JobRunner
from app.ui.look import Look
from app.ui.preferences import Preferences
from app.ui.widgets.banner import Banner
from app.ui.widgets.card import Card, button, named_label
from app.usecases.health import Damage, Recovery, look_at, recover_workspace, told
from core.errors import KnownError

WIDTH, HEIGHT = 640, 520
KEY_TROUBLE = {"key_missing", "key_damaged"}


def recover_in_window(path: Path, settings_file: Path, error: KnownError) -> bool:
    """Shows what happened to the workspace at `path` and recovers it; whether the program may now open it."""
    make_application()
    jobs = Jobs()
    try:
        dialog = RecoveryDialog(path, error.code, jobs, dress(Preferences(settings_file).tokens))
        return dialog.exec() == QDialog.DialogCode.Accepted
    finally:
        jobs.close()


class RecoveryDialog(QDialog):
    """Three steps: look at what is left, recover, tell what came back."""

    def __init__(self, path: Path, code: str, jobs: Jobs, look: Look) -> None:
        super().__init__()
        self._path = path
        self._look = look
        self._running: StartedJob[object] | None = None
        self.jobs = JobRunner(jobs, ChangeBus(self), self)
        self.setObjectName("page")
        self.setWindowTitle(tr("recovery.title"))
        self.resize(WIDTH, HEIGHT)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(20, 16, 20, 16)
        self._column.setSpacing(12)
        self._column.addWidget(named_label("title", tr("recovery.title")))
        self.banner = Banner(look)
        self._column.addWidget(self.banner)
        self.what = self._card("recovery.what")
        self.safe = self._card("recovery.safe")
        self.will = self._card("recovery.will")
        self.what.setText(tr(f"recovery.code.{code}"))
        self._column.addStretch(1)
        self.bar = QProgressBar()
        self._column.addWidget(self.bar)
        self._build_buttons()
        if code in KEY_TROUBLE:
            self._offer_key()
        else:
            self.look()

    def look(self) -> None:
        """See what is left; changes nothing."""
        self._work(tr("recovery.looking"), partial(look_at, self._path), self._offer)

    def recover(self, key_from: Path | None = None) -> None:
        """Bring back what can be had."""
        work = partial(recover_workspace, self._path, key_from=key_from)
        self._work(tr("recovery.working"), lambda progress: work(progress=progress), self._tell_end)

    def take_key(self) -> None:
        """Ask for a backup and take the key that it holds."""
        folder = QFileDialog.getExistingDirectory(self, tr("recovery.backup_folder"), str(Path.home()))
        if folder:
            self.recover(Path(folder))

    def stop(self) -> None:
        """Stop what runs; nothing has changed then."""
        if self._running is not None:
            self._running.cancel()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.stop()
        super().closeEvent(event)

    def _work(self, words: str, run: Callable[[Progress], Any], done: Callable[[Any], None]) -> None:
        self.banner.hide()
        self.bar.setRange(0, 0)
        self.bar.setFormat(words)
        self.bar.show()
        self._offer_buttons(self.stop_button)
        self.will.setText(words)
        job = Job("recovery", words, run)
        self._running = self.jobs.start(self, job, done, failed=self._failed, progress=self._show_step)

    def _offer(self, damage: Damage) -> None:
        self.bar.hide()
        self.what.setText(tr(f"recovery.code.{damage.code}"))
        self.safe.setText("\n".join(_left(damage)))
        self.will.setText(tr("recovery.plan"))
        self._offer_buttons(self.start_button, self.leave_button)

    def _offer_key(self) -> None:
        self.bar.hide()
        self.safe.setText(tr("recovery.data_is_there"))
        self.will.setText(tr("recovery.plan_key"))
        self._offer_buttons(self.key_button, self.leave_button)

    def _tell_end(self, recovery: Recovery) -> None:
        self.bar.hide()
        first, *rest = told(recovery)
        self.banner.show_message("warn" if recovery.lost else "good", first)
        self.banner.keep_open()
        self.safe.setText("\n".join(rest))
        self.will.setText(tr("recovery.ready"))
        self._offer_buttons(self.open_button)

    def _failed(self, error: BaseException) -> None:
        self.bar.hide()
        if isinstance(error, JobCancelledError):
            self.banner.show_message("info", tr("recovery.stopped"))
        else:
            self.banner.show_message("bad", sentence(error))
        code = error.code if isinstance(error, KnownError) else ""
        if code in {*KEY_TROUBLE, "key_foreign"}:
            self._offer_key()
        elif code == "nothing_to_restore":
            self._offer_buttons(self.open_button)
        else:
            self._offer_buttons(self.start_button, self.leave_button)

    def _show_step(self, done: int, total: int, words: str) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.bar.setFormat(f"{words}  {done} / {total}" if total else words)

    def _card(self, key: str) -> QLabel:
        card = Card(tr(key))
        words = named_label("shown", wrap=True, selectable=True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        card.body.addWidget(words)
        self._column.addWidget(card)
        return words

    def _build_buttons(self) -> None:
        row = QHBoxLayout()
        row.addStretch(1)
        self.stop_button = button(self._look, tr("recovery.stop"))
        self.leave_button = button(self._look, tr("recovery.leave"))
        self.key_button = button(self._look, tr("recovery.find_key"), "folder-open", "primary")
        self.start_button = button(self._look, tr("recovery.start"), "refresh-cw", "primary")
        self.open_button = button(self._look, tr("recovery.open"), "check", "primary")
        self._buttons = {
            self.stop_button: self.stop,
            self.leave_button: self.reject,
            self.key_button: self.take_key,
            self.start_button: self.recover,
            self.open_button: self.accept,
        }
        for one, run in self._buttons.items():
            one.clicked.connect(lambda _=False, run=run: run())
            one.setAutoDefault(False)
            row.addWidget(one)
        self._column.addLayout(row)

    def _fit(self) -> None:
        """High enough for all the words, once their cards have their widths."""
        wanted_px = self._column.totalHeightForWidth(self.width())
        self.resize(self.width(), max(self.height(), wanted_px))

    def _offer_buttons(self, *offered: QPushButton) -> None:
        QTimer.singleShot(0, self, self._fit)
        for one in self._buttons:
            one.setVisible(one in offered)
        offered[0].setDefault(True)
        offered[0].setFocus()


def _left(damage: Damage) -> list[str]:
    """What is still there, in sentences."""
    copy = tr("recovery.copy_none")
    if damage.copy is not None and damage.copy.name == "survey.db":
        copy = tr("recovery.copy_present", count=damage.operations)
    elif damage.copy is not None:
        made = datetime.fromtimestamp(damage.copy.stat().st_mtime).astimezone()
        copy = tr("recovery.copy", when=f"{made:%Y-%m-%d %H:%M}", count=damage.operations)
    return [
        tr("recovery.operations", count=damage.found),
        copy,
        tr("recovery.photos", count=damage.photos),
    ]
