"""The logs of others: their lines are kept byte for byte, also those that this version cannot read."""

from __future__ import annotations

from collections.abc import Sequence

from app.storage.database import Database
from app.storage.operations import FEED, UNREADABLE
from app.storage.replica_numbers import introduce, known_number, number_of
from core.records.operation import chain_hash, read_foreign_line


class ForeignLogs:
    """What came from elsewhere. Receiving needs an open transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def receive(self, replica: str, first: int, prev: bytes, lines: Sequence[bytes]) -> set[str]:
        """Keeps consecutive lines of somebody's log as they are. Returns the records they are about.

        What is known already is passed over. A line that this version cannot read stays out of all records.
        """
        tables = self._database.written()
        num, touched, previous = number_of(tables, replica), set[str](), prev
        for n, line in enumerate(lines, first):
            op = read_foreign_line(line)
            digest = chain_hash(previous, line)
            new = tables.execute(
                "INSERT OR IGNORE INTO op (replica, n, kind, rec, hash, prev, body, state) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [num, n, op.k if op else UNREADABLE, op.r if op else None, digest, previous, line, FEED],
            ).rowcount
            if new and op and op.k == "rep":
                introduce(tables, num, op)
            if new and op and op.r is not None:
                touched.add(op.r)
            previous = digest
        tables.execute(
            "UPDATE replica SET last_n = ?2, last_hash = ?3 "
            "WHERE num = ?1 AND role = 'other' AND last_n < ?2",
            [num, first + len(lines) - 1, previous],
        )
        return touched

    def differing(self, replica: str, first: int, hashes: Sequence[bytes]) -> list[int]:
        """Of consecutive operations with these hashes, those known here with another."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT n, hash FROM op WHERE replica = ? AND n BETWEEN ? AND ? ORDER BY n",
                [known_number(tables, replica), first, first + len(hashes) - 1],
            ).fetchall()
        return [int(n) for n, known in rows if known != hashes[n - first]]

    def unreadable(self, replica: str, first: int, to: int) -> list[int]:
        """The numbers of the lines between these that this version cannot read."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT n FROM op WHERE replica = ? AND kind = ? AND n BETWEEN ? AND ?",
                [known_number(tables, replica), UNREADABLE, first, to],
            ).fetchall()
        return [int(row[0]) for row in rows]
