"""The operation log of this workspace: its own operations and those of everybody else it knows.

Lines are kept byte for byte. Own ones are written by `own_log.py`, those of others by `foreign_logs.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from app.storage.database import Database
from app.storage.record_logs import RecordLog, RecordLogs
from app.storage.replica_numbers import known_number, number_of
from core.records.operation import INSTANCE, OpRef, ResolvedOp, decode_line, genesis_hash
from core.values import encode_canonical

LOCAL, ACKED, DURABLE, FEED = "local", "acked", "durable", "feed"
UNREADABLE = "?"
"""The kind under which a line is kept that this version cannot read."""


class Person(msgspec.Struct, frozen=True):
    """Who works here, on which device; written into the log as a `who` operation."""

    device: str
    user: str
    name: str


class LogLine(msgspec.Struct, frozen=True):
    """One line of a replica's log. `hash` chains it to `prev`, the hash of the line before."""

    n: int
    kind: str
    record: str | None
    line: bytes
    prev: bytes
    hash: bytes
    state: str


class Replica(msgspec.Struct, frozen=True):
    """One log: own, former (own, left after a fork) or other. `acked` and `durable` are the server's word."""

    num: int
    id: str
    role: str
    last_n: int
    last_hash: bytes
    acked: int
    durable: int


class Operations:
    """The log as it is read, and how far the server says it has it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._record_logs = RecordLogs(database)

    def own(self) -> Replica:
        """The log that own operations go to."""
        with self._database.read() as tables:
            row = tables.execute(f"{_REPLICAS} WHERE role = 'own'").fetchone()
        return Replica(*row)

    def replicas(self) -> list[Replica]:
        """All logs known here, own first."""
        with self._database.read() as tables:
            rows = tables.execute(f"{_REPLICAS} ORDER BY role = 'own' DESC, num").fetchall()
        return [Replica(*row) for row in rows]

    def log(
        self, replica: str, *, after: int = 0, through: int | None = None, state: str | None = None,
        limit: int = -1,
    ) -> Iterator[LogLine]:  # fmt: skip
        """The lines of one log in order."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT n, kind, rec, body, prev, hash, state FROM op WHERE replica = ?1 AND n > ?2 "
                "AND (?3 IS NULL OR n <= ?3) AND (?4 IS NULL OR state = ?4) ORDER BY n LIMIT ?5",
                [known_number(tables, replica), after, through, state, limit],
            ).fetchall()
        for row in rows:
            yield LogLine(*row)

    def log_of(self, record: str) -> RecordLog:
        """The operations of a record as they stand now, and what they make."""
        return self._record_logs.read(record)

    def of_record(self, record: str) -> tuple[ResolvedOp, ...]:
        """The operations of a record in the order they came here."""
        return self.log_of(record).ops

    def record_of_instance(self, instance: str) -> str | None:
        """The record that a document of that instanceID became, None if none did: a look at every line."""
        said = f'"{INSTANCE}":'.encode() + encode_canonical([instance])[:-1]
        with self._database.read() as tables:
            found = tables.execute(
                "SELECT rec FROM op WHERE kind = 'put' AND instr(body, ?) LIMIT 1", [said]
            ).fetchone()
        return None if found is None else str(found[0])

    def last_arrival(self) -> int:
        """The number of the operation that came here last: what a person who looks now can have seen."""
        with self._database.read() as tables:
            return int(tables.execute("SELECT coalesce(max(arrival), 0) FROM op").fetchone()[0])

    def author(self, ref: OpRef) -> Person | None:
        """Who wrote an operation, by the log's own word; None if it does not say."""
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT body FROM op JOIN replica ON num = replica WHERE id = ? AND kind = 'who' AND n <= ? "
                "ORDER BY n DESC LIMIT 1",
                [ref.replica, ref.n],
            ).fetchone()
        if row is None:
            return None
        op = decode_line(row[0])
        return Person(op.device or "", op.user or "", op.name or "")

    # ---- what the server has of it

    def unsent_count(self) -> int:
        """How many own operations wait for the server, those of former logs included."""
        with self._database.read() as tables:
            return int(tables.execute("SELECT count(*) FROM outbox").fetchone()[0])

    def acknowledge(self, replica: str, *, acked: int, durable: int = 0) -> set[str]:
        """Believes the server: operations up to `acked` are there. Returns the records whose state moved.

        A server that holds less than it once said gets the rest again (it was restored from a copy).
        """
        tables = self._database.written()
        num = number_of(tables, replica)
        touched = tables.execute(
            "SELECT DISTINCT rec FROM op WHERE replica = ? AND rec IS NOT NULL AND state NOT IN ('feed', "
            "CASE WHEN n <= ? THEN 'durable' WHEN n <= ? THEN 'acked' ELSE 'local' END)",
            [num, durable, acked],
        ).fetchall()
        tables.execute(
            "UPDATE op "
            "SET state = CASE WHEN n <= ?2 THEN 'durable' WHEN n <= ?3 THEN 'acked' ELSE 'local' END "
            "WHERE replica = ?1 AND state NOT IN ('feed', CASE WHEN n <= ?2 THEN 'durable' "
            "WHEN n <= ?3 THEN 'acked' ELSE 'local' END)",
            [num, durable, acked],
        )
        tables.execute("UPDATE replica SET acked = ?, durable = ? WHERE num = ?", [acked, durable, num])
        return {str(row[0]) for row in touched}

    def hash_at(self, replica: str, n: int) -> bytes | None:
        """The chain hash of operation `n` of a log (of 0: what the log starts from); None: not known."""
        if n == 0:
            return genesis_hash(replica)
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT hash FROM op JOIN replica ON num = replica WHERE id = ? AND n = ?", [replica, n]
            ).fetchone()
        return None if row is None else row[0]


_REPLICAS = "SELECT num, id, role, last_n, last_hash, acked, durable FROM replica"
