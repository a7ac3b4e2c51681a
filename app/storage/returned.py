"""Puts what was found in a damaged database into one that stands: nothing there is overwritten by less."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.log import subject
from app.storage.database import Database
from app.storage.operations import FEED, UNREADABLE
from app.storage.salvage import Found, Kind
from core.errors import KnownError
from core.forms.digest import form_digest
from core.records.operation import genesis_hash, read_foreign_line

LOG = subject("storage")
OF_THE_OLD_FILE = "health."
"""Facts under such names are about the damaged file itself."""


class ReturnedRows:
    """The rows of one damaged file on their way into `database`. All of it needs an open transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._logs: dict[int, tuple[int, str]] = {}
        self._doubtful: list[tuple[int, int, bytes, bytes, bytes]] = []
        self.records: set[str] = set()
        self.operations = 0
        self.nameless = 0

    def put_logs(self, rows: Iterable[Found]) -> None:
        """The logs by the numbers that this file gives them; one that it does not name is as it is here."""
        tables = self._database.written()
        self._logs = {
            num: (num, role) for num, role in tables.execute("SELECT num, role FROM replica").fetchall()
        }
        numbers: dict[Any, str] = {}
        for row in rows:
            num, log, role, _, _, acked, durable = row.values
            if num in numbers:
                continue
            numbers[num] = str(log)
            added = tables.execute(
                "INSERT OR IGNORE INTO replica (id, role, last_hash) VALUES (?, ?, ?)",
                [log, "other" if role == "other" else "former", genesis_hash(str(log))],
            ).rowcount
            if added and role == "own":  # the log here is from before a fork, or there is none yet
                tables.execute("UPDATE replica SET role = 'former' WHERE role = 'own'")
                tables.execute("UPDATE replica SET role = 'own' WHERE id = ?", [log])
            tables.execute(
                "UPDATE replica SET acked = max(acked, ?), durable = max(durable, ?) WHERE id = ?",
                [acked, durable, log],
            )
        for num, name in numbers.items():
            self._logs[num] = tables.execute("SELECT num, role FROM replica WHERE id = ?", [name]).fetchone()

    def put_operation(self, found: Found) -> None:
        """One operation, with the number of its arrival if that is free; its line is kept byte for byte."""
        arrival, log, n, _, _, said, prev, body, state = found.values
        if log not in self._logs:
            self.nameless += 1
            return
        num, role = self._logs[log]
        op = read_foreign_line(body)
        number, record = (n, None) if op is None else (op.n, op.r)
        kept_state = FEED if role == "other" else ("local" if state == FEED else state)
        values = [num, number, UNREADABLE if op is None else op.k, record, said, prev, body, kept_state]
        tables = self._database.written()
        added = tables.execute(f"{_INSERT} (?, ?, ?, ?, ?, ?, ?, ?, ?)", [arrival, *values]).rowcount
        if not added:
            known = tables.execute(
                "SELECT hash FROM op WHERE replica = ? AND n = ?", [num, number]
            ).fetchone()
            if known is not None and known[0] != said:
                self._doubtful.append((num, number, said, prev, body))
            if known is not None:
                return
            tables.execute(f"{_INSERT} (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        self.operations += 1
        if record is not None:
            self.records.add(record)
        if op is not None and op.k == "rep":
            tables.execute("INSERT OR IGNORE INTO replica_ref VALUES (?, ?, ?)", [num, op.i, op.id])

    def put_rest(self, rows: Iterable[Found], *, newer: bool) -> None:
        """Everything that is no operation. `newer`: the file had come further than what stands here."""
        tables = self._database.written()
        by_kind: dict[Kind, list[tuple[Any, ...]]] = {}
        for row in rows:
            by_kind.setdefault(row.kind, []).append(row.values)
        for old, i, name in by_kind.get(Kind.NUMBER, []):
            if old in self._logs:
                tables.execute(
                    "INSERT OR IGNORE INTO replica_ref VALUES (?, ?, ?)", [self._logs[old][0], i, name]
                )
        self._put_forms(by_kind.get(Kind.FORM, []), by_kind.get(Kind.MEDIA, []))
        for photo in by_kind.get(Kind.PHOTO, []):
            tables.execute(
                "INSERT OR IGNORE INTO blob VALUES (?, ?, ?, 0, ?, 0, ?)", [*photo[:3], photo[4], photo[6]]
            )
        how = "REPLACE" if newer else "IGNORE"
        facts = [fact for fact in by_kind.get(Kind.FACT, []) if not fact[0].startswith(OF_THE_OLD_FILE)]
        for fact in facts:
            tables.execute(f"INSERT OR {how} INTO kv VALUES (?, ?)", fact)  # noqa: S608  one of two words
        if newer:
            for record in self.records:  # what was typed then has been saved since
                tables.execute("DELETE FROM draft WHERE rec = ?", [record])
                tables.execute("DELETE FROM begun WHERE rec = ?", [record])
        for begun in by_kind.get(Kind.BEGUN, []):
            if newer:
                tables.execute("INSERT OR REPLACE INTO begun VALUES (?, ?, ?, ?)", begun)
        for draft in by_kind.get(Kind.DRAFT, []):
            if newer:
                tables.execute("INSERT OR REPLACE INTO draft VALUES (?, ?, ?, ?, ?)", draft)

    def settle(self) -> None:
        """Of two operations under one number, the one that the next one follows; the ends of all logs."""
        tables = self._database.written()
        for num, n, said, prev, body in self._doubtful:
            following = tables.execute("SELECT prev FROM op WHERE replica = ? AND n = ?", [num, n + 1])
            if following.fetchone() == (said,):
                op = read_foreign_line(body)
                kind, record = (UNREADABLE, None) if op is None else (op.k, op.r)
                tables.execute(
                    "UPDATE op SET hash = ?, prev = ?, body = ?, kind = ?, rec = ? "
                    "WHERE replica = ? AND n = ?",
                    [said, prev, body, kind, record, num, n],
                )
                self.records |= set() if record is None else {record}
        tables.execute(
            "UPDATE replica SET (last_n, last_hash) = (SELECT n, hash FROM op WHERE op.replica = num "
            "ORDER BY n DESC LIMIT 1) WHERE EXISTS (SELECT 1 FROM op WHERE op.replica = num AND n > last_n)"
        )

    def _put_forms(self, forms: list[tuple[Any, ...]], media: list[tuple[Any, ...]]) -> None:
        tables = self._database.written()
        for form in forms:
            files = {name: content for of, name, content in media if of == form[0]}
            if not _is_whole(str(form[0]), form[3], files):
                LOG.info("a form version is not whole any more", digest=form[0])
                continue
            if tables.execute("INSERT OR IGNORE INTO form VALUES (?, ?, ?, ?, ?, ?)", form).rowcount:
                tables.conn.executemany(
                    "INSERT INTO form_media VALUES (?, ?, ?)",
                    [(form[0], name, content) for name, content in files.items()],
                )


def _is_whole(digest: str, xml: bytes, files: dict[str, bytes]) -> bool:
    try:
        return form_digest(xml, files) == digest
    except KnownError:
        return False


_INSERT = "INSERT OR IGNORE INTO op (arrival, replica, n, kind, rec, hash, prev, body, state) VALUES"
