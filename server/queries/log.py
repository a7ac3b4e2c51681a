"""The operations of all replicas, and the numbered feed they make.

A feed number is taken inside the commit transaction from the project's own row, so that commit order and feed
order are one and no reader ever misses a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from core.records.operation import INSTANCE, genesis_hash
from core.records.receipt import sum_of_hashes
from core.values import encode_canonical
from server.tables import OP, QUARANTINE


@dataclass(frozen=True)
class ReplicaTip:
    """How much of a replica's log is held, and the chain hash there."""

    device: str
    acked: int
    tip: bytes


@dataclass(frozen=True)
class Position:
    """A place in a project's feed: its number and the sum of all operation hashes up to it."""

    seq: int
    sum: int

    def after(self, line_hash: bytes) -> Position:
        """The next place, where an operation with this hash stands."""
        return Position(self.seq + 1, sum_of_hashes([line_hash], self.sum))


@dataclass(frozen=True)
class FeedRow:
    """One operation of the feed."""

    position: Position
    replica: str
    n: int
    hash: bytes
    body: bytes


@dataclass(frozen=True)
class NewLine:
    """A line to store. `held`: kept out of the feed. `subject`: the record it is about, else the replica."""

    n: int
    hash: bytes
    body: bytes
    held: bool
    subject: str


def replica_tip(connection: Connection, project: str, replica: str, device: str) -> ReplicaTip:
    """How much is held of a replica's log; nothing, for one never seen, which then is this device's."""
    row = connection.exec_driver_sql(
        "SELECT device, acked, tip FROM replica WHERE project = ? AND id = ?", (project, replica)
    ).one_or_none()
    return (
        ReplicaTip(device, 0, genesis_hash(replica))
        if row is None
        else ReplicaTip(row.device, row.acked, row.tip)
    )


def acked_of_device(connection: Connection, project: str, device: str) -> dict[str, int]:
    """By replica of this device: the last operation held."""
    rows = connection.exec_driver_sql(
        "SELECT id, acked FROM replica WHERE project = ? AND device = ?", (project, device)
    )
    return {row.id: row.acked for row in rows}


def hash_at(connection: Connection, project: str, replica: str, n: int) -> bytes | None:
    """The chain hash of an operation; None if it is not held."""
    if n == 0:
        return genesis_hash(replica)
    found: bytes | None = connection.exec_driver_sql(
        "SELECT hash FROM op WHERE project = ? AND replica = ? AND n = ?", (project, replica, n)
    ).scalar()
    return found


def append(
    connection: Connection,
    project: str,
    replica: str,
    device: str,
    lines: Sequence[NewLine],
    received_at: str,
) -> dict[int, int]:
    """Stores lines that follow the replica's tip; by line its place in the feed."""
    position = end_of_feed(connection, project)
    rows, numbers = [], dict[int, int]()
    for line in lines:
        if not line.held:
            position = position.after(line.hash)
            numbers[line.n] = position.seq
        seq, total = (None, None) if line.held else (position.seq, _signed(position.sum))
        rows.append((project, replica, line.n, line.hash, line.body, seq, total, received_at, line.subject))
    connection.exec_driver_sql(
        "INSERT INTO op (project, replica, n, hash, body, feed_seq, feed_sum, received_at, subject)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    _end_feed(connection, project, position)
    connection.exec_driver_sql(
        "INSERT INTO replica (project, id, device, acked, tip) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET acked = excluded.acked, tip = excluded.tip",
        (project, replica, device, lines[-1].n, lines[-1].hash),
    )
    return numbers


def release(connection: Connection, project: str, held: Iterable[tuple[str, int]]) -> None:
    """Puts lines (replica, n) that were kept out of the feed at its end; they are no longer set aside."""
    position = end_of_feed(connection, project)
    for replica, n in held:
        position = position.after(hash_at(connection, project, replica, n) or b"")
        connection.execute(
            update(OP)
            .where(OP.c.project == project, OP.c.replica == replica, OP.c.n == n)
            .values(feed_seq=position.seq, feed_sum=_signed(position.sum))
        )
        connection.execute(
            delete(QUARANTINE).where(
                QUARANTINE.c.project == project, QUARANTINE.c.replica == replica, QUARANTINE.c.n == n
            )
        )
    _end_feed(connection, project, position)


def _end_feed(connection: Connection, project: str, position: Position) -> None:
    connection.exec_driver_sql(
        "UPDATE project SET seq = ?, sum = ? WHERE id = ?", (position.seq, _signed(position.sum), project)
    )


def end_of_feed(connection: Connection, project: str) -> Position:
    """Where the feed ends now."""
    row = connection.exec_driver_sql("SELECT seq, sum FROM project WHERE id = ?", (project,)).one()
    return Position(row.seq, row.sum % 2**64)


def position_at(connection: Connection, project: str, seq: int) -> Position | None:
    """The place with this number; None if the feed does not reach it."""
    if seq == 0:
        return Position(0, 0)
    row = connection.exec_driver_sql(
        "SELECT feed_sum FROM op WHERE project = ? AND feed_seq = ?", (project, seq)
    ).one_or_none()
    return None if row is None else Position(seq, row.feed_sum % 2**64)


def feed_after(connection: Connection, project: str, seq: int, limit: int) -> Iterator[FeedRow]:
    """The operations after a place, in order."""
    rows = connection.exec_driver_sql(
        "SELECT * FROM op WHERE project = ? AND feed_seq > ? ORDER BY feed_seq LIMIT ?", (project, seq, limit)
    )
    yield from map(feed_row, rows)


def feed_row(row: Row[Any]) -> FeedRow:
    """A row of `op` that stands in the feed."""
    return FeedRow(Position(row.feed_seq, row.feed_sum % 2**64), row.replica, row.n, row.hash, row.body)


def has_nameless(connection: Connection, project: str) -> bool:
    """Whether lines stand in the feed of which nobody noted what they are about."""
    nameless = select(OP.c.n).where(OP.c.project == project, OP.c.subject == "", OP.c.feed_seq.is_not(None))
    return connection.execute(nameless.limit(1)).first() is not None


def name_subjects(connection: Connection, project: str, subjects: Sequence[tuple[int, str]]) -> None:
    """Notes by feed number what a line is about: its record, or the replica."""
    of_line = update(OP).where(OP.c.project == project, OP.c.feed_seq == bindparam("at"))
    connection.execute(
        of_line.values(subject=bindparam("about")), [{"at": seq, "about": one} for seq, one in subjects]
    )


def lines_about(connection: Connection, project: str, subject: str) -> list[tuple[str, bytes]]:
    """(replica, line) of all that is about a record, or of a replica's lines about none; set aside or not."""
    rows = connection.exec_driver_sql(
        "SELECT replica, body FROM op WHERE project = ? AND subject = ? ORDER BY replica, n",
        (project, subject),
    )
    return [(row.replica, row.body) for row in rows]


def record_of_instance(connection: Connection, project: str, instance: str) -> str | None:
    """The record that a document of that instanceID became, None if none did: a look at every line."""
    said = f'"{INSTANCE}":'.encode() + encode_canonical([instance])[:-1]
    found = connection.exec_driver_sql(
        "SELECT subject FROM op WHERE project = ? AND instr(body, ?) LIMIT 1", (project, said)
    ).first()
    return None if found is None else str(found.subject)


def lines_in_feed(connection: Connection, project: str, subject: str) -> list[tuple[str, bytes]]:
    """As `lines_about`, without what is set aside."""
    rows = connection.exec_driver_sql(
        "SELECT replica, body FROM op WHERE project = ? AND subject = ? AND feed_seq IS NOT NULL"
        " ORDER BY replica, n",
        (project, subject),
    )
    return [(row.replica, row.body) for row in rows]


def subjects_after(connection: Connection, project: str, seq: int, limit: int) -> list[tuple[int, str]]:
    """(feed number, what it is about) of the operations after a place, in order."""
    rows = connection.exec_driver_sql(
        "SELECT feed_seq, subject FROM op WHERE project = ? AND feed_seq > ? ORDER BY feed_seq LIMIT ?",
        (project, seq, limit),
    )
    return [(row.feed_seq, row.subject) for row in rows]


def lines_of(connection: Connection, project: str, replica: str, through: int) -> list[bytes]:
    """The lines of a log from the first to `through`."""
    rows = connection.execute(
        select(OP.c.body)
        .where(OP.c.project == project, OP.c.replica == replica, OP.c.n <= through)
        .order_by(OP.c.n)
    )
    return [row.body for row in rows]


def _signed(number: int) -> int:
    """An unsigned 64-bit number as the signed one that both engines store."""
    return number - 2**64 if number >= 2**63 else number
