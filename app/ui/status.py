"""The honest line at the foot of the window."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel

from app.i18n import tr
from app.jobs import Job
from app.ui.job_runner import JobRunner
from app.usecases.status import Standing, read_standing
from app.workspace import Workspace


class StatusLine(QLabel):
    """Where this workspace belongs, what is here, what waits for the server. `read` carries each Standing."""

    read = Signal(object)

    def __init__(self, workspace: Workspace, jobs: JobRunner) -> None:
        super().__init__()
        self._workspace, self._jobs = workspace, jobs
        self.setObjectName("status")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setIndent(0)

    def renew(self) -> None:
        """Read it anew."""
        job = Job("status", tr("status.reading"), lambda _: read_standing(self._workspace))
        self._jobs.start(self, job, self._show, stream="status")

    def _show(self, standing: Standing) -> None:
        self.setText(status_words(standing))
        self.read.emit(standing)


def status_words(standing: Standing) -> str:
    """Where this workspace belongs, what is here, what waits for the server."""
    waits = standing.records_waiting or standing.photos_waiting
    alone = standing.project_name is None
    parts = [
        tr("status.alone") if alone else tr("status.joined", project=standing.project_name),
        tr("status.local", count=standing.records),
        tr("status.waiting", records=standing.records_waiting, photos=standing.photos_waiting)
        if waits
        else tr("status.nothing_waits"),
    ]
    return "  ·  ".join(parts)
