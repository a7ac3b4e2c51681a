"""How far this workspace has read a server's feed."""

from __future__ import annotations

import msgspec

from app.storage.database import Database


class FeedPosition(msgspec.Struct, frozen=True):
    """The cursor after the last applied page, the server's epoch then, and its sum (16 hex digits)."""

    project: str
    epoch: str
    cursor: str
    sum: str


class Feed:
    """One position per project; written in the transaction that applies the page."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def position(self, project: str) -> FeedPosition | None:
        """Where reading goes on; None: from the start."""
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT project, epoch, cursor, sum FROM feed WHERE project = ?", [project]
            ).fetchone()
        return None if row is None else FeedPosition(*row)

    def advance(self, position: FeedPosition) -> None:
        """Goes on from here next time."""
        tables = self._database.written()
        tables.table("feed").upsert(msgspec.structs.asdict(position), pk="project")

    def restart(self, project: str) -> None:
        """Reads everything again; what is known already is passed over."""
        self._database.written().execute("DELETE FROM feed WHERE project = ?", [project])
