"""How far each record has got on its way to the server, as the log knows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.storage.database import Database
from app.storage.values_json import to_json


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

    def own_extents(self, records: Iterable[str]) -> list[OwnExtent]:
        """One for each of these records that something was saved of here, and log."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT rec, replica.id, max(n), sum(state = 'local') FROM json_each(?) "
                "CROSS JOIN op ON op.rec = value JOIN replica ON replica.num = op.replica "
                "WHERE role != 'other' AND state != 'feed' GROUP BY rec, replica.id",
                [to_json(list(records))],
            ).fetchall()
        return [OwnExtent(*row) for row in rows]

    def lacking_photos(self, records: Iterable[str]) -> list[str]:
        """Those of these records that name a photo whose file is here (or was) and not at the server."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT DISTINCT rec FROM json_each(?) JOIN blob_ref ON rec = value "
                "JOIN blob USING (digest) WHERE state IN ('local', 'damaged')",
                [to_json(list(records))],
            ).fetchall()
        return [record for (record,) in rows]
