"""Brings the results of `app.jobs` to the UI thread. It starts no thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from app.changes import Changes
from app.jobs import Job, JobCancelledError, Jobs, StartedJob
from app.ui.change_bus import ChangeBus


class _Request(msgspec.Struct, frozen=True):
    owner: QObject
    stream: str
    done: Callable[[Any], None] | None
    failed: Callable[[BaseException], None] | None
    progress: Callable[[int, int, str], None] | None


class JobRunner(QObject):
    """Every job gets a request number; its result arrives by queued signal, or is dropped.

    Dropped is what nobody waits for any more: the owner is gone, or a newer request of the same `stream` by
    the same owner was started. A result that is a `Changes`, or has one as `.changes`, is published.
    """

    failed = Signal(object)  # an exception whose starter did not want to handle it
    busy_changed = Signal(bool)
    started = Signal(str)  # the key of the job
    _finished = Signal(int, object)
    _stepped = Signal(int, int, int, str)

    def __init__(self, jobs: Jobs, changes: ChangeBus, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._changes = changes
        self._requests: dict[int, _Request] = {}
        self._newest: dict[tuple[int, str], int] = {}
        self._number = 0
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._stepped.connect(self._step, Qt.ConnectionType.QueuedConnection)

    def start(
        self,
        owner: QObject,
        job: Job[Any],
        done: Callable[[Any], None] | None = None,
        *,
        failed: Callable[[BaseException], None] | None = None,
        progress: Callable[[int, int, str], None] | None = None,
        stream: str = "",
    ) -> StartedJob[Any]:
        """Run the job off the UI thread and call back on it. Give `stream` when only the newest counts."""
        self._number += 1
        number = self._number
        self._requests[number] = _Request(owner, stream, done, failed, progress)
        if stream:
            self._newest[id(owner), stream] = number
        self.busy_changed.emit(True)
        self.started.emit(job.key)
        return self._jobs.start(
            job,
            on_progress=lambda at, total, text: self._tell(self._stepped, number, at, total, text),
            on_done=lambda started: self._tell(self._finished, number, started),
        )

    @property
    def busy(self) -> bool:
        """Whether any result is still to come."""
        return bool(self._requests)

    def _tell(self, signal: Any, *values: object) -> None:
        """Emit from a thread of the pool; a window that is closed already hears nothing."""
        if isValid(self):
            signal.emit(*values)

    @Slot(int, object)
    def _deliver(self, number: int, started: StartedJob[Any]) -> None:
        request = self._requests.pop(number, None)
        if request is None:
            return
        error = started.future.exception()
        if error is None:
            self._publish(started.future.result())
        if self._wanted(number, request):
            if error is None:
                if request.done is not None:
                    request.done(started.future.result())
            elif isinstance(error, JobCancelledError) and request.failed is None:
                pass
            elif request.failed is not None:
                request.failed(error)
            else:
                self.failed.emit(error)
        elif error is not None and started.job.must_finish:
            self.failed.emit(error)  # a save that failed is never silent
        self.busy_changed.emit(self.busy)

    @Slot(int, int, int, str)
    def _step(self, number: int, done: int, total: int, text: str) -> None:
        request = self._requests.get(number)
        if request is not None and request.progress is not None and self._wanted(number, request):
            request.progress(done, total, text)

    def _wanted(self, number: int, request: _Request) -> bool:
        if not isValid(request.owner):
            return False
        return not request.stream or self._newest.get((id(request.owner), request.stream)) == number

    def _publish(self, result: object) -> None:
        changes = result if isinstance(result, Changes) else getattr(result, "changes", None)
        if isinstance(changes, Changes):
            self._changes.publish(changes)
