"""What is to be done in this workspace, in numbers that come at once however many records there are."""

from __future__ import annotations

from dataclasses import dataclass

from app.storage.database import Database


@dataclass(frozen=True)
class Unfinished:
    """The living drafts of one form: how many, what they lack together, and when the oldest was begun."""

    form_id: str
    records: int
    problems: int
    oldest: str


class Agenda:
    """Readings of the record rows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unfinished(self) -> list[Unfinished]:
        """One for each form with drafts, saved ones only."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT form_id, count(*), sum(problems), min(created) FROM rec INDEXED BY rec_unfinished "
                "WHERE life = 'alive' AND state = 'draft' GROUP BY form_id"
            ).fetchall()
        return [Unfinished(*row) for row in rows]

    def begun_by(self, form_id: str, moment: str) -> int:
        """How many drafts of a form were begun until that moment, an ISO text in the zone of the records."""
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT count(*) FROM rec WHERE life = 'alive' AND state = 'draft' AND form_id = ? "
                "AND created <= ?",
                [form_id, moment],
            ).fetchone()
        return int(row[0])

    def photos_awaited(self) -> int:
        """Photos that others took and that have not come yet."""
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT count(*) FROM blob WHERE state = 'wanted' AND lane = 'original' AND NOT here"
            ).fetchone()
        return int(row[0])
