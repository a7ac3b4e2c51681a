"""How far each record has got on its way to the server, as the log knows it."""

from __future__ import annotations

from dataclasses import dataclass

from app.storage.database import Database


@dataclass(frozen=True)
class OwnExtent:
    """The own operations of one record in one log: the last one's number, and how many are unacknowledged."""

    record: str
    replica: str
    last_n: int
    unsent: int


class Outbox:
    """Readings of the log for the state of sync."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def own_extents(self) -> list[OwnExtent]:
        """One for each record that something was saved of here, and log."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT rec, id, max(n), sum(state = 'local') FROM op JOIN replica ON num = replica "
                "WHERE role != 'other' AND rec IS NOT NULL AND state != 'feed' GROUP BY rec, id"
            ).fetchall()
        return [OwnExtent(*row) for row in rows]
