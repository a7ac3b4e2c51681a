"""The operations of records, read and merged once: a save then reads only what came since the last one."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from app.log import subject
from app.storage.database import Database
from app.storage.readers import Reading
from app.storage.replica_numbers import names_by_short_number
from core.records.merge import MergedRecord, Merging
from core.records.operation import OpRef, ResolvedOp, decode_line, resolve

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

LOG = subject("storage")
_KEPT = 16  # records; people save the few that they are at


@dataclass(frozen=True)
class RecordLog:
    """The operations of one record in the order they came here, as they stood in the database at one moment.

    `foreign` are the arrivals of those that others wrote; `known` is what the database said of the last one:
    (how many there are, the arrival and the hash of the last). `merging` lets the next one be added.
    """

    ops: tuple[ResolvedOp, ...]
    foreign: dict[OpRef, int]
    known: tuple[int, int, bytes | None]
    merging: Merging

    @cached_property
    def merged(self) -> MergedRecord:
        """The record that they make; there must be one at least."""
        return self.merging.record()

    def with_more(
        self, ops: list[ResolvedOp], foreign: dict[OpRef, int], known: tuple[int, int, bytes | None]
    ) -> RecordLog:
        """The log with what came after it."""
        fitting = all(self.merging.fits(op) for op in ops)
        start, added = (self.merging, ops) if fitting else (Merging(), [*self.ops, *ops])
        merging = start.extended(sorted(added, key=lambda op: op.ref))
        return RecordLog((*self.ops, *ops), self.foreign | foreign, known, merging)

    def seen(self, arrival: int) -> list[ResolvedOp]:
        """Those that had come by then, and all own ones."""
        return [op for op in self.ops if self.foreign.get(op.ref, 0) <= arrival]


class RecordLogs:
    """The logs of the records that were read last.

    What a transaction reads is kept when it has become durable: after one that failed, other operations get
    the same numbers.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turn = threading.Lock()
        self._kept: OrderedDict[str, RecordLog] = OrderedDict()

    def read(self, record: str) -> RecordLog:
        """The operations of a record as they stand now."""
        with self._turn:
            kept = self._kept.get(record)
        with self._database.read() as tables:
            before = kept if kept is not None and _still(tables, record, kept) else _NOTHING
            log = _continued(tables, record, before)
            if log is before:
                return log
            if isinstance(tables, Reading):
                self._keep(record, log)
            else:
                self._database.once_durable(partial(self._keep, record, log))
        return log

    def _keep(self, record: str, log: RecordLog) -> None:
        if len(log.ops) < log.known[0]:  # one cannot be resolved yet
            return
        with self._turn:
            self._kept[record] = log
            self._kept.move_to_end(record)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)


_NOTHING = RecordLog((), {}, (0, 0, None), Merging())


def _still(tables: Tables | Reading, record: str, log: RecordLog) -> bool:
    """Whether the operations of the log are the first ones that the database has of the record."""
    count, arrival, known_hash = log.known
    row = tables.execute(
        "SELECT (SELECT count(*) FROM op WHERE rec = ?1 AND arrival <= ?2), hash FROM op "
        "WHERE arrival = ?2 AND rec = ?1",
        [record, arrival],
    ).fetchone()
    return row == (count, known_hash) and known_hash is not None


def _continued(tables: Tables | Reading, record: str, log: RecordLog) -> RecordLog:
    """The log with what came after it; the same if nothing did."""
    count, arrival, last_hash = log.known
    rows = tables.execute(
        "SELECT arrival, id, body, replica, hash, state = 'feed' FROM op JOIN replica ON num = replica "
        "WHERE rec = ?1 AND arrival > ?2 ORDER BY arrival",
        [record, arrival],
    ).fetchall()
    if not rows:
        return log
    numbers = {num: names_by_short_number(tables, num) for num in {row[3] for row in rows}}
    ops, foreign = list[ResolvedOp](), dict[OpRef, int]()
    for arrived, replica, body, num, line_hash, is_foreign in rows:
        count, arrival, last_hash = count + 1, arrived, line_hash
        try:
            op = resolve(replica, decode_line(body), numbers[num])
        except ValueError:  # names a log that was never introduced: kept, not merged
            LOG.info("operation cannot be resolved", replica=replica)
            continue
        ops.append(op)
        if is_foreign:
            foreign[op.ref] = arrived
    return log.with_more(ops, foreign, (count, arrival, last_hash))
