"""How long records have been in the bin, and taking them out of it for good.

A calendar proves nothing: a laptop's clock may jump by ten years and back. So a day counts when the program
saw the record in the bin on it, and whatever the clock says, the next look counts one day at most.
"""

from __future__ import annotations

from datetime import date

from app.storage.database import Database
from app.storage.values_json import to_json

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

    def needs_look(self, today: date) -> bool:
        """Whether `look` would change anything."""
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT EXISTS (SELECT 1 FROM bin WHERE day != ?) OR EXISTS (SELECT 1 FROM rec "
                "WHERE life = 'deleted' AND id NOT IN (SELECT rec FROM bin WHERE bin.arrival = rec.arrival))",
                [today.isoformat()],
            ).fetchone()
        return bool(row[0])

    def expired(self) -> list[str]:
        """The records that have been in the bin for all their days."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT rec FROM bin JOIN rec ON rec.id = bin.rec AND rec.arrival = bin.arrival "
                "WHERE life = 'deleted' AND days >= ?",
                [DAYS_IN_BIN],
            ).fetchall()
        return [str(row[0]) for row in rows]

    def clearable(self, records: list[str], *, joined: bool) -> list[str]:
        """Those that are in the bin with nothing typed since; `joined`: and that the server holds whole."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT id FROM rec WHERE id IN (SELECT value FROM json_each(?1)) AND life = 'deleted' "
                "AND NOT EXISTS (SELECT 1 FROM draft WHERE draft.rec = rec.id) AND (NOT ?2 OR NOT ("
                "EXISTS (SELECT 1 FROM op WHERE op.rec = rec.id AND op.state = 'local') OR EXISTS (SELECT 1 "
                "FROM blob_ref JOIN blob USING (digest) WHERE blob_ref.rec = rec.id AND state = 'local')))",
                [to_json(records), joined],
            ).fetchall()
        return [str(row[0]) for row in rows]

    def photos_of(self, records: list[str]) -> list[str]:
        """The photos that operations of these records name."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT DISTINCT digest FROM blob_ref WHERE rec IN (SELECT value FROM json_each(?))",
                [to_json(records)],
            ).fetchall()
        return [str(row[0]) for row in rows]
