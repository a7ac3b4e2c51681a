"""The one way to work beside the window: a pool of two threads, jobs with progress and cancel. No Qt here.

Jobs of one key keep their order and never run side by side; different keys do. Cancel is a flag that the work
looks at between its items; nothing is ever killed.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

import msgspec

from app.log import subject
from core.errors import KnownError

T = TypeVar("T")
A = TypeVar("A")

WORKERS = 2
_log = subject("jobs")


class JobCancelledError(Exception):
    """The work stopped because it was asked to; what it had finished stays."""


class Progress:
    """What the work tells about itself, and where it hears that it should stop."""

    def __init__(self, report: Callable[[int, int, str], None] | None = None) -> None:
        self._report = report
        self._stop = threading.Event()

    def step(self, done: int, total: int, text: str = "") -> None:
        """`done` of `total` items are finished (total 0: nobody knows); `text` is for the person."""
        if self._report is not None:
            self._report(done, total, text)

    @property
    def cancelled(self) -> bool:
        """Whether the work should stop before its next item."""
        return self._stop.is_set()

    def cancel(self) -> None:
        self._stop.set()

    def raise_if_cancelled(self) -> None:
        """JobCancelledError once `cancel` was called."""
        if self.cancelled:
            raise JobCancelledError


class Job(msgspec.Struct, Generic[T], frozen=True):
    """Work with a name. `run` gets the progress as its only argument."""

    key: str
    """Jobs of one key run one after the other, in the order they were started: "record:<id>", "sync"."""
    title: str
    run: Callable[[Progress], T]
    must_finish: bool = False
    """Closing the program waits for it and never cancels it: a save."""


class StartedJob(msgspec.Struct, Generic[T], frozen=True, eq=False):
    """A job that runs, waits for its turn or is over."""

    job: Job[T]
    progress: Progress
    future: Future[T] = msgspec.field(default_factory=Future)

    def cancel(self) -> None:
        """Asks the work to stop; a job still waiting for its turn will not begin."""
        self.progress.cancel()

    def result(self, timeout_s: float | None = None) -> T:
        """What the work returned, or what it raised. Not for the thread of the window."""
        return self.future.result(timeout_s)


class Jobs:
    """A pool of two threads that end with the program."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._waiting: deque[StartedJob[object]] = deque()
        self._running: dict[str, StartedJob[object]] = {}
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"job-{n}", daemon=True) for n in range(WORKERS)
        ]
        for thread in self._threads:
            thread.start()

    def start(
        self,
        job: Job[T],
        *,
        on_progress: Callable[[int, int, str], None] | None = None,
        on_done: Callable[[StartedJob[T]], None] | None = None,
    ) -> StartedJob[T]:
        """Puts `job` in line. Both calls back come on a thread of the pool; `on_done` finds `future` done."""
        started = StartedJob(job, Progress(on_progress))
        if on_done is not None:
            started.future.add_done_callback(lambda _: on_done(started))
        with self._turn:
            if self._closed:
                raise RuntimeError(f"job {job.key} started after closing")
            self._waiting.append(started)  # type: ignore[arg-type]  # a deque of jobs of every kind
            self._turn.notify_all()
        return started

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits."""
        with self._turn:
            return bool(self._waiting or self._running)

    def close(self, patience_s: float = 5.0) -> bool:
        """Ends the pool: waits for all that must finish, cancels the rest and gives it `patience_s`.

        False when something cancelled still runs; its thread ends with the program.
        """
        with self._turn:
            self._closed = True
            for started in (*self._waiting, *self._running.values()):
                if not started.job.must_finish:
                    started.cancel()
            self._turn.notify_all()
            self._turn.wait_for(lambda: not self._unfinished())
            return self._turn.wait_for(lambda: not (self._running or self._waiting), patience_s)

    def _unfinished(self) -> list[StartedJob[object]]:
        return [s for s in (*self._waiting, *self._running.values()) if s.job.must_finish]

    def _work(self) -> None:
        while (started := self._next()) is not None:
            try:
                _run(started)
            finally:
                with self._turn:
                    del self._running[started.job.key]
                    self._turn.notify_all()

    def _next(self) -> StartedJob[object] | None:
        """The first waiting job whose key is free; None when the pool is closed and nothing waits."""
        with self._turn:
            while True:
                for started in self._waiting:
                    if started.job.key not in self._running:
                        self._waiting.remove(started)
                        self._running[started.job.key] = started
                        return started
                if self._closed and not self._waiting:
                    return None
                self._turn.wait()


def _run(started: StartedJob[object]) -> None:
    """Runs the work and keeps its result or its error in the future."""
    try:
        started.progress.raise_if_cancelled()
        value = started.job.run(started.progress)
    except (KnownError, JobCancelledError) as e:
        started.future.set_exception(e)
    except BaseException as e:  # noqa: BLE001  # whoever waits must hear of every end
        _log.defect("job failed", e, key=started.job.key)
        started.future.set_exception(e)
    else:
        started.future.set_result(value)


def parallel_map(
    work: Callable[[A], T], items: Iterable[A], progress: Progress, *, workers: int = WORKERS
) -> Generator[tuple[A, T], None, None]:
    """Each item with `work(item)`, in the order of the items, two at a time and little ahead of the reader.

    Ends early, without an error, once `progress` is cancelled. What `work` raises is raised at its item.
    """
    pending: deque[tuple[A, Future[T]]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="parallel") as pool:
        try:
            for item in items:
                if progress.cancelled:
                    break
                pending.append((item, pool.submit(work, item)))
                if len(pending) > workers:
                    first, future = pending.popleft()
                    yield first, future.result()
            while pending and not progress.cancelled:
                first, future = pending.popleft()
                yield first, future.result()
        finally:
            for _, future in pending:
                future.cancel()
