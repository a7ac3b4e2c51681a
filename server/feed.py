"""Pages of the feed: which runs of operations follow a client's mark, and where the next page begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import structlog
from sqlalchemy import Connection

from core.protocol.codec import Run
from core.protocol.messages import RunHeader
from core.protocol.roles import sees_all_of
from core.protocol.wire_errors import WireError
from core.records.receipt import sum_of_hashes
from server.auth import Device
from server.cursors import Cursors
from server.database import Database
from server.identity import Identity
from server.queries import log, places

LOG = structlog.get_logger("sync")
_PAGE_BYTES = range(4 * 1024, 1024 * 1024 + 1)
_PAGE_OPS = 5_000
_WINDOW = 400  # feed numbers looked at together for what is in sight; a page holds about 130 operations
_LOOKED_THROUGH = 40_000  # at most for one page: half a second
_PLAIN_PER_PACKED = 3  # operations of several records shrink at least this much; a page may come out smaller


@dataclass(frozen=True)
class Start:
    """Where a client's page begins. `shown`: the sum of hashes of what it was given before.

    `anew`: it reads from the first operation again, because it may see more than it could.
    """

    epoch: str
    position: log.Position
    shown: int
    anew: bool = False


@dataclass(frozen=True)
class Page:
    """Runs of operations, the place where they end, the sum over all that was given, whether more follow."""

    runs: list[Run]
    end: log.Position
    shown: int
    more: bool


class Feed:
    """What clients read, in the order in which it was committed, as far as it is in their sight."""

    def __init__(self, database: Database, identity: Identity, cursors: Cursors) -> None:
        self._database = database
        self._identity = identity
        self._cursors = cursors

    def start(self, device: Device, mark: str | None) -> Start:
        """Where the page after a client's mark begins. Raises `epoch-gone`."""
        epoch, first = self._identity.epoch(), log.Position(0, 0)
        if mark is None:
            return Start(epoch, first, 0)
        cursor = self._cursors.decode(mark, device.project)
        if cursor.epoch != epoch:
            raise WireError("epoch-gone", epoch=epoch)
        with self._database.read() as connection:
            held = log.position_at(connection, device.project, cursor.seq)
        if held != cursor.position:
            LOG.warning("data older than a client has seen: a new epoch begins", seq=cursor.seq)
            self._identity.begin_epoch(instead_of=epoch)
            raise WireError("epoch-gone", epoch=self._identity.epoch())
        if not sees_all_of(cursor.sight, device.grant.sight):
            LOG.info("a device sees more than before", device=device.id)
            return Start(epoch, first, 0, anew=True)
        return Start(epoch, held, cursor.shown_sum)

    def mark(self, epoch: str, device: Device, page: Page) -> str:
        """The mark for a client that has read so far."""
        return self._cursors.encode(epoch, device.project, page.end, device.grant.sight, page.shown)


def read_page(connection: Connection, device: Device, reader: str, want_bytes: int, start: Start) -> Page:
    """About `want_bytes` (compressed) of what follows `start`, without the own lines of replica `reader`."""
    budget = min(max(want_bytes, _PAGE_BYTES.start), _PAGE_BYTES.stop - 1) * _PLAIN_PER_PACKED
    runs, end, shown = list[_GrowingRun](), start.position.seq, start.shown
    for seq, rows in _steps(connection, device, end):
        budget -= sum(len(row.body) for row in rows if row.replica != reader)
        if budget < 0 and end != start.position.seq:
            break
        for row in rows:
            if not runs or not runs[-1].continues(row):
                before = log.hash_at(connection, device.project, row.replica, row.n - 1)
                runs.append(_GrowingRun(row.replica, row.n, before or b"", own=row.replica == reader))
            runs[-1].add(row)
        shown = sum_of_hashes([row.hash for row in rows], shown)
        end = seq
    position = log.position_at(connection, device.project, end)
    assert position is not None
    more = end < log.end_of_feed(connection, device.project).seq
    return Page([run.finished() for run in runs], position, shown, more)


def _steps(connection: Connection, device: Device, after: int) -> Iterator[tuple[int, Sequence[log.FeedRow]]]:
    """By feed number, what a page that ends there holds: an operation, or all of a record now in sight."""
    if not device.grant.sight:
        for row in log.feed_after(connection, device.project, after, _PAGE_OPS):
            yield row.position.seq, [row]
        return
    last = min(after + _LOOKED_THROUGH, log.end_of_feed(connection, device.project).seq)
    while after < last:
        through = min(after + _WINDOW, last)
        seen = places.seen_between(connection, device.project, device.grant.sight, device.id, after, through)
        for seq, rows in groupby(seen, key=itemgetter(0)):
            yield seq, [row for _, row in rows]
        yield through, []
        after = through


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
