"""What looks after the data beside the work: a check after the start, copies, a scrub while nobody works.

Nobody works when for a minute neither the pointer has moved nor a job was started: typing starts jobs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal
from PySide6.QtGui import QCursor

from app.i18n import tr
from app.jobs import Job, JobCancelledError, Progress, StartedJob
from app.ui.job_runner import JobRunner
from app.workspace import Workspace

if TYPE_CHECKING:
    from app.usecases.bin import Cleared
    from app.usecases.health import Health

AFTER_START_MS = 2_000
LOOK_MS = 5_000
IDLE_MS = 60_000
BETWEEN_PIECES_MS = 300
NOBODYS_JOBS = {"bin", "check", "copy", "health", "projection", "scrub", "status"}
"""The keys of jobs that start by themselves."""
COPIES_MS = 10 * 60_000


class Caretaker(QObject):
    """Runs its jobs on the window's runner and says what a check found."""

    found = Signal(object)  # Health, when something is damaged

    def __init__(self, workspace: Workspace, jobs: JobRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._jobs = jobs
        self._pointer = QCursor.pos()
        self._stopped = False
        self._scrub: StartedJob[bool] | None = None
        self._quiet = QElapsedTimer()
        self._quiet.start()
        jobs.started.connect(self._hear_of_job)
        self._piece = self._timer(BETWEEN_PIECES_MS, partial(self._go_on, due=True), once=True)
        self._timer(AFTER_START_MS, self.check, once=True).start()
        self._timer(AFTER_START_MS, self.tidy_bin, once=True).start()
        self._timer(COPIES_MS, self.keep_copy).start()
        self._timer(COPIES_MS, self.tidy_bin).start()
        self._timer(LOOK_MS, self.look).start()

    def check(self) -> None:
        """SQLite's quick check and a look at the photo files, beside the work."""
        self._start("check", tr("health.checking"), partial(_check, self._workspace), self._tell)

    def keep_copy(self) -> None:
        """Copy the database beside itself if the newest copy is an hour old."""
        job = Job("copy", tr("status.copying"), lambda _: _keep_copy(self._workspace), must_finish=True)
        self._jobs.start(self, job)

    def tidy_bin(self) -> None:
        """Count the day for what is in the bin, and clear what has been there for all its days."""
        self._start("bin", tr("bin.looking"), lambda _: _tidy_bin(self._workspace))

    def look(self) -> None:
        """Go on with the scrub if nobody works; stop it when somebody does."""
        pointer = QCursor.pos()
        if pointer != self._pointer:
            self._pointer = pointer
            self._somebody_works()
        if self._quiet.elapsed() >= IDLE_MS and self._scrub is None:
            self._start(
                "scrub", tr("health.scrubbing"), lambda _: _scrub_is_due(self._workspace), self._go_on
            )

    def stop(self) -> None:
        """Nothing new is started; what runs stops at its next look."""
        for timer in self.findChildren(QTimer):
            timer.stop()
        self._stopped = True
        self._somebody_works()

    def _timer(self, interval_ms: int, run: Callable[[], object], *, once: bool = False) -> QTimer:
        timer = QTimer(self, interval=interval_ms, singleShot=once)
        timer.timeout.connect(run)
        return timer

    def _go_on(self, due: bool) -> None:
        if due and not self._stopped and self._quiet.elapsed() >= IDLE_MS:
            work = partial(_scrub, self._workspace)
            self._scrub = self._start("scrub", tr("health.scrubbing"), work, self._piece_done)

    def _piece_done(self, whole: bool) -> None:
        self._scrub = None
        if not self._stopped and whole:
            self.check()
        elif not self._stopped:
            self._piece.start()

    def _start(
        self, key: str, title: str, run: Callable[[Progress], Any], done: Callable[[Any], None] | None = None
    ) -> StartedJob[Any]:
        return self._jobs.start(self, Job(key, title, run), done, failed=self._failed)

    def _failed(self, error: BaseException) -> None:
        self._scrub = None
        if not isinstance(error, JobCancelledError):
            self._jobs.failed.emit(error)

    def _tell(self, health: Health) -> None:
        if not health.sound:
            self.found.emit(health)

    def _hear_of_job(self, key: str) -> None:
        if key not in NOBODYS_JOBS:
            self._somebody_works()

    def _somebody_works(self) -> None:
        self._quiet.restart()
        if self._scrub is not None:
            self._scrub.cancel()


# What the jobs run is loaded by the first of them: no start waits for recovery and its libraries.


def _check(workspace: Workspace, progress: Progress) -> Health:
    from app.usecases.health import check_at_start  # noqa: PLC0415

    return check_at_start(workspace, progress)


def _scrub(workspace: Workspace, progress: Progress) -> bool:
    from app.usecases.health import scrub  # noqa: PLC0415

    return scrub(workspace, progress)


def _scrub_is_due(workspace: Workspace) -> bool:
    from app.usecases.health import scrub_is_due  # noqa: PLC0415

    return scrub_is_due(workspace)


def _keep_copy(workspace: Workspace) -> None:
    from app.usecases.backup import keep_copy  # noqa: PLC0415

    keep_copy(workspace)


def _tidy_bin(workspace: Workspace) -> Cleared:
    from app.usecases.bin import tidy_bin  # noqa: PLC0415

    return tidy_bin(workspace)
