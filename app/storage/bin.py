"""How long records have been in the bin, and taking them out of it for good.

A calendar proves nothing: a laptop's clock may jump by ten years and back. So a day counts when the program
saw the record in the bin on it, and whatever the clock says, the next look counts one day at most.
"""

from __future__ import annotations

from datetime import date

from app.storage.database import Database

DAYS_IN_BIN = 30


class Bin:
    """The deleted records. Everything that writes needs an open transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def look(self, today: date) -> None:
        """Counts today for every record in the bin, once; one deleted since the last look starts with 0."""
        tables, day = self._database.written(), today.isoformat()
        tables.execute(
            "DELETE FROM bin WHERE NOT EXISTS "
            "(SELECT 1 FROM rec WHERE id = bin.rec AND rec.arrival = bin.arrival AND life = 'deleted')"
        )
        tables.execute("UPDATE bin SET days = days + (day < ?1), day = ?1 WHERE day != ?1", [day])
        tables.execute(
            "INSERT OR IGNORE INTO bin SELECT id, arrival, 0, ? FROM rec WHERE life = 'deleted'", [day]
        )
