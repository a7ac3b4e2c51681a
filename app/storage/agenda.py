"""What is to be done in this workspace, in numbers that come at once however many records there are."""

from __future__ import annotations

import msgspec

from app.storage.database import Database


class Unfinished(msgspec.Struct, frozen=True):
    """The living drafts of one form: how many, and what they lack together."""

    form_id: str
    records: int
    problems: int


class Agenda:
    """Readings of the record rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unfinished(self) -> list[Unfinished]:
        """One for each form with drafts, saved ones only."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT form_id, count(*), sum(problems) FROM rec INDEXED BY rec_unfinished "
                "WHERE life = 'alive' AND state = 'draft' GROUP BY form_id"
            ).fetchall()
        return [Unfinished(*row) for row in rows]

    def begun_by(self, form_id: str, moment: str) -> int:
        """How many drafts of a form were begun until that moment, an ISO text in the zone of the records."""
        return self._count(
            "SELECT count(*) FROM rec WHERE life = 'alive' AND state = 'draft' AND form_id = ? "
            "AND created <= ?",
            form_id,
            moment,
        )

    def in_conflict(self) -> int:
        """How many living records hold something to decide."""
        return self._count(
            "SELECT count(DISTINCT rec) FROM conflict CROSS JOIN rec ON id = rec WHERE life = 'alive'"
        )

    def returned(self) -> list[str]:
        """The living records that were returned, the one changed last first."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT DISTINCT rec, arrival FROM head INDEXED BY head_returned CROSS JOIN rec ON id = rec "
                "WHERE path = '/@returned' AND value != 'null' AND life = 'alive' ORDER BY arrival DESC"
            ).fetchall()
        return [str(row[0]) for row in rows]

    def photos_awaited(self) -> int:
        """Photos that others took and that have not come yet."""
        return self._count("SELECT count(*) FROM blob WHERE state = 'wanted' AND lane = 'original'")

    def _count(self, query: str, *values: str) -> int:
        with self._database.read() as tables:
            return int(tables.execute(query, values).fetchone()[0])
