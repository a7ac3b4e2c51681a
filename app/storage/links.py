"""By which answers a record is found (references, divisions, unique answers), and which rows are outdated.

Both can be rebuilt from the operations. The row of a record is outdated (stale) when the program reads more
into records than it did, when a record it refers to has changed, or while it comes in several parts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from app.storage.database import Database

MOST_ROUNDS = 8
"""How far a changed title travels from record to record; longer chains come only from circles."""
_IN_PARTS = -1  # in place of a round: the rest of the record is still to come
STEPS_TO_PLACE = 3
"""Over how many records one is found by the place of another: a photo point by that of its site's village."""


class Referrer(msgspec.Struct, frozen=True):
    """A living record and the question (template path) at which it names another one."""

    record_id: str
    form_id: str
    path: str


class Links:
    """The links of all records, deleted ones included."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(
        self, record: str, form_id: str, links: Collection[tuple[str, str]], mentions: Collection[str]
    ) -> bool:
        """Makes these pairs of question path and target the record's links. Whether that changed anything.

        `mentions` are the records that its answers name, those in force among them.
        """
        tables = self._database.written()
        idle = set(mentions) - {target for _, target in links}
        tables.execute("DELETE FROM mention WHERE rec = ?", [record])
        tables.conn.executemany("INSERT INTO mention VALUES (?, ?)", [(target, record) for target in idle])
        wanted = {(form_id, path, target) for path, target in links}
        there = set(
            tables.execute("SELECT form_id, path, target FROM link WHERE rec = ?", [record]).fetchall()
        )
        tables.conn.executemany(
            "DELETE FROM link WHERE form_id = ? AND path = ? AND target = ? AND rec = ?",
            [(*link, record) for link in there - wanted],
        )
        tables.conn.executemany(
            "INSERT INTO link VALUES (?, ?, ?, ?)", [(*link, record) for link in wanted - there]
        )
        return wanted != there

    def referrers(self, target: str) -> list[Referrer]:
        """The living records with an answer equal to the target (of a record id: those that refer to it)."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT rec, link.form_id, path FROM link JOIN rec ON rec.id = rec "
                "WHERE target = ? AND life = 'alive' ORDER BY link.form_id, path, rec.arrival DESC",
                [target],
            ).fetchall()
        return [Referrer(*row) for row in rows]

    def outdate_referrers(self, record: str, round_: int, *, relinked: bool = False) -> None:
        """Marks what names the record; `round_` counts the changes that led to this one.

        `relinked`: the record's own links changed, and with them perhaps the place of whatever leads to it.
        """
        if round_ < MOST_ROUNDS:
            steps = STEPS_TO_PLACE if relinked else 1
            self._database.written().execute(_OUTDATE, [record, round_ + 1, steps])

    def outdate_all(self) -> None:
        """Marks every record."""
        self._database.written().execute("INSERT OR REPLACE INTO stale SELECT id, 0 FROM rec")

    def await_rest(self, records: Iterable[str]) -> None:
        """Marks records of which more is to come."""
        self._database.written().conn.executemany(
            "INSERT OR REPLACE INTO stale VALUES (?, ?)", [(record, _IN_PARTS) for record in records]
        )

    def awaiting_rest(self) -> set[str]:
        """The records of which more was to come."""
        with self._database.read() as tables:
            rows = tables.execute("SELECT rec FROM stale WHERE round = ?", [_IN_PARTS]).fetchall()
        return {str(row[0]) for row in rows}

    def outdated(self, limit: int) -> list[tuple[str, int]]:
        """Some of the records to read anew with their rounds, the lowest round first."""
        with self._database.read() as tables:
            return tables.execute(
                "SELECT rec, round FROM stale ORDER BY round, rec LIMIT ?", [limit]
            ).fetchall()

    def outdated_count(self) -> int:
        """How many records are to be read anew."""
        with self._database.read() as tables:
            return int(tables.execute("SELECT count(*) FROM stale").fetchone()[0])

    def read_anew(self, records: Iterable[str]) -> None:
        """These records are up to date again."""
        self._database.written().conn.executemany(
            "DELETE FROM stale WHERE rec = ?", [(record,) for record in records]
        )


_OUTDATE = """WITH RECURSIVE named(rec, steps) AS (
    SELECT rec, 1 FROM link WHERE target = ?1 UNION SELECT rec, 1 FROM mention WHERE target = ?1
    UNION SELECT link.rec, steps + 1 FROM named JOIN link ON link.target = named.rec WHERE steps < ?3
) INSERT INTO stale SELECT DISTINCT rec, ?2 FROM named WHERE true
ON CONFLICT (rec) DO UPDATE SET round = min(round, excluded.round)"""
