"""Pages of the feed: which runs of operations follow a client's mark, and where the next page begins."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy import Connection

from core.protocol.codec import Run
from core.protocol.messages import RunHeader
from core.protocol.wire_errors import WireError
from server.cursors import Cursors
from server.database import Database
from server.identity import Identity
from server.queries import log

LOG = structlog.get_logger("sync")
_PAGE_BYTES = range(4 * 1024, 1024 * 1024 + 1)
_PAGE_OPS = 5_000
_PLAIN_PER_PACKED = 3  # operations of several records shrink at least this much; a page may come out smaller


@dataclass(frozen=True)
class Page:
    """Runs of operations, the place where they end, and whether more follow."""

    runs: list[Run]
    end: log.Position
    more: bool


class Feed:
    """What clients read, in the order in which it was committed."""

    def __init__(self, database: Database, identity: Identity, cursors: Cursors) -> None:
        self._database = database
        self._identity = identity
        self._cursors = cursors

    def start(self, project: str, mark: str | None) -> tuple[str, log.Position]:
        """The epoch, and where the page after a client's mark begins. Raises `epoch-gone`."""
        epoch = self._identity.epoch()
        if mark is None:
            return epoch, log.Position(0, 0)
        cursor = self._cursors.decode(mark, project)
        if cursor.epoch != epoch:
            raise WireError("epoch-gone", epoch=epoch)
        with self._database.read() as connection:
            held = log.position_at(connection, project, cursor.seq)
        if held != cursor.position:
            LOG.warning("data older than a client has seen: a new epoch begins", seq=cursor.seq)
            self._identity.begin_epoch(instead_of=epoch)
            raise WireError("epoch-gone", epoch=self._identity.epoch())
        return epoch, held

    def mark(self, epoch: str, project: str, end: log.Position) -> str:
        """The mark for a client that has read so far."""
        return self._cursors.encode(epoch, project, end)


def read_page(
    connection: Connection, project: str, reader: str, want_bytes: int, start: log.Position
) -> Page:
    """About `want_bytes` (compressed) of what follows `start`, without the own lines of replica `reader`."""
    budget = min(max(want_bytes, _PAGE_BYTES.start), _PAGE_BYTES.stop - 1) * _PLAIN_PER_PACKED
    runs, end = list[_GrowingRun](), start
    for row in log.feed_after(connection, project, start.seq, _PAGE_OPS):
        own = row.replica == reader
        budget -= 0 if own else len(row.body)
        if budget < 0 and end != start:
            break
        if not runs or not runs[-1].continues(row):
            before = log.hash_at(connection, project, row.replica, row.n - 1)
            runs.append(_GrowingRun(row.replica, row.n, before or b"", own=own))
        runs[-1].add(row)
        end = row.position
    more = end.seq < log.end_of_feed(connection, project).seq
    return Page([run.finished() for run in runs], end, more)


class _GrowingRun:
    """Consecutive operations of one replica while a page is put together."""

    def __init__(self, replica: str, first: int, before: bytes, *, own: bool) -> None:
        self._replica = replica
        self._first = first
        self._next = first
        self._before = before
        self._own = own
        self._lines: list[bytes] = []

    def continues(self, row: log.FeedRow) -> bool:
        """Whether this operation is the run's next."""
        return row.replica == self._replica and row.n == self._next

    def add(self, row: log.FeedRow) -> None:
        self._next += 1
        if not self._own:
            self._lines.append(row.body)

    def finished(self) -> Run:
        header = RunHeader(
            rep=self._replica, first=self._first, to=self._next - 1, prev=self._before.hex(), own=self._own
        )
        return Run(header, tuple(self._lines))
