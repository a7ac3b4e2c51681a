"""Operations that the server keeps but cannot apply, with its reason: shown, never dropped."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from app.storage.database import Database
from core.clock import Clock
from core.records.operation import OpRef


class Quarantined(msgspec.Struct, frozen=True):
    """An operation set aside; `record` is None if the operation is not known here."""

    ref: OpRef
    reason: str
    record: str | None


class Quarantine:
    """What the server has set aside."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def note(self, ref: OpRef, reason: str) -> None:
        """Keeps the server's word about one operation."""
        self._database.written().table("quarantine").upsert(
            {"replica": ref.replica, "n": ref.n, "reason": reason, "at": self._clock.now().isoformat()},
            pk=("replica", "n"),
        )

    def believe(self, replica: str, reasons: Mapping[int, str]) -> None:
        """The server's whole list for an own log: what it could apply by now is no longer set aside."""
        known = {one.ref.n for one in self.all() if one.ref.replica == replica}
        for n in known - reasons.keys():
            self._database.written().execute(
                "DELETE FROM quarantine WHERE replica = ? AND n = ?", [replica, n]
            )
        for n in reasons.keys() - known:
            self.note(OpRef(replica, n), reasons[n])

    def all(self) -> list[Quarantined]:
        """All that is set aside."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT q.replica, q.n, q.reason, op.rec FROM quarantine q "
                "LEFT JOIN replica r ON r.id = q.replica "
                "LEFT JOIN op ON op.replica = r.num AND op.n = q.n ORDER BY q.replica, q.n"
            ).fetchall()
        return [Quarantined(OpRef(replica, n), reason, record) for replica, n, reason, record in rows]
