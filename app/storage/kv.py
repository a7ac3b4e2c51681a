"""Small facts about this workspace, by name: who works here, which server it belongs to."""

from __future__ import annotations

from app.storage.database import Database


class KeyValues:
    """Texts by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> str | None:
        """The text under this name, or None."""
        with self._database.read() as tables:
            row = tables.execute("SELECT value FROM kv WHERE key = ?", [key]).fetchone()
        return None if row is None else str(row[0])

    def put(self, key: str, value: str) -> None:
        """Sets the text under this name."""
        tables = self._database.written()
        tables.table("kv").upsert({"key": key, "value": value}, pk="key")

    def remove(self, key: str) -> None:
        """Takes the name away."""
        self._database.written().execute("DELETE FROM kv WHERE key = ?", [key])
