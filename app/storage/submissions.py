"""What was sent of each record to each OpenRosa server, when, under which instanceID, with which outcome."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from app.storage.database import Database
from app.storage.values_json import to_json
from core.clock import Clock, iso_seconds
from core.errors import KnownError

BEGUN, SENT, REFUSED = "begun", "sent", "refused"
NOT_THERE, MAYBE_THERE, THERE = 0, 1, 2
"""Whether a server holds XML under an instanceID, as far as it has said."""


class FileToSend(msgspec.Struct, frozen=True):
    """A file of a submission; `there`: the server has said that it holds it."""

    name: str
    digest: str
    size: int
    mime: str
    there: bool = False


class Submission(msgspec.Struct, frozen=True):
    """What was sent of one record under one instanceID, or is under way.

    `state`: begun (nobody knows the end), sent (all of it is there), refused (`error` says why). `held`:
    NOT_THERE, MAYBE_THERE or THERE; then other answers need another instanceID.
    `content` tells whether the answers are the same, whatever the instanceID.
    """

    num: int
    record: str
    instance: str
    deprecated: str
    form: str
    arrival: int
    content: str
    xml: bytes
    state: str
    held: int
    error: KnownError | None
    at: str


class Untold(msgspec.Struct, frozen=True):
    """What is to be told of a submission. `known`: 1 it may be there, 2 its XML is, 3 all of it is."""

    num: int
    record: str
    identity: str
    instance: str
    edits: str
    content: str
    known: int


class Counts(msgspec.Struct, frozen=True):
    """Records for one server: to be sent (those refused among them), refused, not to be sent before somebody
    decides a conflict, sent as they are now.
    """

    waiting: int
    refused: int
    undecided: int
    sent: int


class Submissions:
    """The rows about submissions. Reading works anywhere; what writes needs an open transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def counts(self, server: int) -> Counts:
        """How many records there are of each kind."""
        waiting, refused, undecided = self._all(
            "SELECT coalesce(sum(rec.conflicts = 0), 0), "
            "coalesce(sum(rec.conflicts = 0 AND last.state = 'refused'), 0), "
            f"coalesce(sum(rec.conflicts > 0), 0) {_NOT_THERE}",
            server,
        )[0]
        sent = self._all(
            "SELECT count(*) FROM openrosa_sent sent JOIN rec ON rec.id = sent.rec "
            "WHERE sent.server = ? AND sent.state = 'sent' AND sent.arrival = rec.arrival",
            server,
        )[0][0]
        return Counts(int(waiting), int(refused), int(undecided), int(sent))

    def to_send(self, server: int) -> list[str]:
        """The records whose present answers the server does not hold, those changed first on top."""
        rows = self._all(f"SELECT rec.id {_TO_SEND} ORDER BY rec.arrival", server)
        return [str(row[0]) for row in rows]

    def refused(self, server: int, limit: int) -> list[Submission]:
        """The last submissions of records that are to be sent and were refused."""
        rows = self._all(
            f"SELECT {_COLUMNS} {_TO_SEND} AND last.state = 'refused' ORDER BY last.at DESC LIMIT ?",
            server,
            limit,
        )
        return [_submission(row) for row in rows]

    def get(self, num: int) -> Submission:
        """One submission."""
        return _submission(self._all(f"{_ONE} WHERE num = ?", num)[0])

    def files_of(self, num: int) -> list[FileToSend]:
        """The files of a submission."""
        rows = self._all(
            "SELECT name, digest, size, mime, there FROM openrosa_sent_file WHERE sent = ? ORDER BY name", num
        )
        return [
            FileToSend(name, digest, size, mime, there=bool(there))
            for name, digest, size, mime, there in rows
        ]

    def arrival_of(self, record: str) -> int:
        """What tells whether a saved record was changed since."""
        return int(self._all("SELECT arrival FROM rec WHERE id = ?", record)[0][0])

    def all_of(self, server: int, record: str) -> list[Submission]:
        """All that was sent of a record, in that order."""
        rows = self._all(f"{_ONE} WHERE server = ? AND rec = ? ORDER BY num", server, record)
        return [_submission(row) for row in rows]

    def untold(self) -> list[Untold]:
        """What this computer knows of its sendings and the log does not tell yet.

        Another content that was met under the same instanceID is not told: nobody knows whose it is.
        """
        return [Untold(*row) for row in self._all(_UNTOLD)]

    def note_told(self, one: Untold) -> None:
        """The log tells it now."""
        self._database.written().execute(
            "UPDATE openrosa_sent SET told = ? WHERE num = ?", [one.known, one.num]
        )

    def note_there_already(
        self, server: int, record: str, instance: str, form: str, arrival: int, content: str
    ) -> None:
        """The server holds the record as it is now, by whomever: nothing waits.

        What the log does not tell yet of a sending from here is still to be told.
        """
        tables = self._database.written()
        tables.execute(
            "DELETE FROM openrosa_sent_file "
            "WHERE sent IN (SELECT num FROM openrosa_sent WHERE server = ? AND instance = ?)",
            [server, instance],
        )
        from_here = tables.execute(
            "DELETE FROM openrosa_sent WHERE server = ? AND instance = ? RETURNING deprecated, told",
            [server, instance],
        ).fetchone()
        deprecated, told = from_here or ("", 3)
        tables.execute(
            "INSERT INTO openrosa_sent (server, rec, instance, deprecated, form, arrival, content, xml, at, "
            "state, held, error, told) VALUES (?, ?, ?, ?, ?, ?, ?, x'', ?, 'sent', 2, '', ?)",
            [server, record, instance, deprecated, form, arrival, content, self._now(), told],
        )

    def begin(
        self,
        server: int,
        record: str,
        instance: str,
        deprecated: str,
        form: str,
        arrival: int,
        content: str,
        xml: bytes,
        files: Iterable[FileToSend],
    ) -> int:
        """Keeps what is going to be sent, before anything is, in place of what has its instanceID.

        What was refused before and is surely not there is let go of.
        """
        tables = self._database.written()
        gone = (
            "(SELECT num FROM openrosa_sent WHERE server = ? AND rec = ? AND state = 'refused' AND held = 0)"
        )
        for table, column in (("openrosa_sent_file", "sent"), ("openrosa_sent", "num")):
            tables.execute(f"DELETE FROM {table} WHERE {column} IN {gone}", [server, record])  # noqa: S608
        num = tables.execute(
            "INSERT INTO openrosa_sent (server, rec, instance, deprecated, form, arrival, content, xml, at, "
            "state, held, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'begun', 0, '') "
            "ON CONFLICT DO UPDATE SET form = excluded.form, arrival = excluded.arrival, "
            "content = excluded.content, xml = excluded.xml, state = 'begun', error = '', at = excluded.at "
            "RETURNING num",
            [server, record, instance, deprecated, form, arrival, content, xml, self._now()],
        ).fetchone()[0]
        tables.execute("DELETE FROM openrosa_sent_file WHERE sent = ?", [num])
        tables.conn.executemany(
            "INSERT INTO openrosa_sent_file VALUES (?, ?, ?, ?, ?, 0)",
            [(num, file.name, file.digest, file.size, file.mime) for file in files],
        )
        return int(num)

    def note_attempt(self, num: int) -> None:
        """From now on nobody knows the end, until the server says it."""
        self._database.written().execute(
            "UPDATE openrosa_sent SET state = 'begun', error = '', held = max(held, 1) WHERE num = ?", [num]
        )

    def note_there(self, num: int, files: Iterable[str]) -> None:
        """The server has said that it holds the XML and these files; with the last one all is sent."""
        tables = self._database.written()
        tables.execute(
            "UPDATE openrosa_sent_file SET there = 1 "
            "WHERE sent = ? AND name IN (SELECT value FROM json_each(?))",
            [num, to_json(list(files))],
        )
        tables.execute("UPDATE openrosa_sent SET held = 2, at = ? WHERE num = ?", [self._now(), num])
        tables.execute(
            "UPDATE openrosa_sent SET state = 'sent', error = '', xml = x'' WHERE num = ?1 "
            "AND NOT EXISTS (SELECT 1 FROM openrosa_sent_file WHERE sent = ?1 AND NOT there)",
            [num],
        )

    def note_refused(self, num: int, error: KnownError, held: int) -> None:
        """It ended with this error, after which one knows so much of what the server holds."""
        said = to_json([error.code, {name: str(value) for name, value in error.values.items()}])
        self._database.written().execute(
            "UPDATE openrosa_sent SET state = 'refused', error = ?, held = ?, at = ? WHERE num = ?",
            [said, held, self._now(), num],
        )

    def _all(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._database.read() as tables:
            return list(tables.execute(statement, list(values)).fetchall())

    def _now(self) -> str:
        return iso_seconds(self._clock.now())


_KNOWN = "CASE state WHEN 'sent' THEN 3 ELSE held END"  # as the index `openrosa_sent_untold` has it
_UNTOLD = (
    f"SELECT sent.num, rec, identity, instance, deprecated, content, {_KNOWN} "  # noqa: S608  from here
    "FROM openrosa_sent sent JOIN openrosa_server server ON server.num = sent.server "
    f"WHERE told < {_KNOWN} AND iif(error = '', '', json_extract(error, '$[0]')) "
    "NOT IN ('openrosa_conflict', 'openrosa_outdated') ORDER BY sent.num"
)
# Finalised here, in a version that came from the server, and not there as it is. What others finalised, they
# send; who finalised it is asked last, of the few that are not there.
_NOT_THERE = (
    "FROM openrosa_form CROSS JOIN rec ON rec.form = openrosa_form.form "
    "LEFT JOIN openrosa_sent last ON last.num = (SELECT max(num) FROM openrosa_sent sent "
    "WHERE sent.server = openrosa_form.server AND sent.rec = rec.id) "
    "WHERE openrosa_form.server = ? AND rec.life = 'alive' AND rec.state = 'final' AND rec.sample = 0 "
    "AND CASE WHEN last.num IS NULL OR last.state != 'sent' OR last.arrival != rec.arrival THEN "
    "EXISTS (SELECT 1 FROM head JOIN replica ON replica.num = head.replica WHERE head.rec = rec.id "
    "AND head.path = '/@state' AND head.shown AND replica.role != 'other') END"
)
_TO_SEND = f"{_NOT_THERE} AND rec.conflicts = 0"
_COLUMNS = (
    "last.num, last.rec, last.instance, last.deprecated, last.form, last.arrival, last.content, last.xml, "
    "last.state, last.held, last.error, last.at"
)
_ONE = f"SELECT {_COLUMNS} FROM openrosa_sent last"  # noqa: S608  from here, as all above


def _submission(row: tuple[Any, ...]) -> Submission:
    num, record, instance, deprecated, form, arrival, content, xml, state, held, error, at = row
    said = _error(error)
    return Submission(num, record, instance, deprecated, form, arrival, content, xml, state, held, said, at)


def _error(text: str) -> KnownError | None:
    if not text:
        return None
    code, values = msgspec.json.decode(text)
    return KnownError(code, **values)
