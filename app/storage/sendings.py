"""What the log tells of sendings to servers of somebody else: by everybody who works on a record."""

from __future__ import annotations

from collections.abc import Iterable

from app.storage.database import Database
from core.records.operation import decode_line
from core.records.sending import Sending

# As the indexes `op_sent` and `op_sent_instance` have it.
_SENT = (
    "FROM op WHERE kind = 'sent' AND iif(json_valid(CAST(body AS TEXT)), json_extract(CAST(body AS TEXT), "
)
_OF_RECORD = f"SELECT body {_SENT}'$.sent.record'), NULL) = ?"
_FIRST_OF_INSTANCE = f"SELECT body {_SENT}'$.sent.instance'), NULL) = ? ORDER BY arrival LIMIT 1"
_ROOT = "uuid:"
_RECORD_OF_ROOT = f"SELECT 1 FROM rec WHERE id = substr(?1, {len(_ROOT) + 1}) AND life = 'alive'"  # noqa: S608


class Sendings:
    """The operations that tell of sendings. Nothing is kept beside the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_record(self, record: str) -> list[Sending]:
        """All that is told of a record, to whatever server; a line that cannot be read tells nothing.

        Nor does one that claims the instance of another record: what goes upon that would replace it.
        """
        with self._database.read() as tables:
            lines = tables.execute(_OF_RECORD, [record]).fetchall()
            told = (_told(line) for (line,) in lines)
            own = [one for one in told if one is not None and one.record == record]
            strange = {name for name in _names(own) if self.is_of_another(record, name)}
        return [one for one in own if strange.isdisjoint(_names([one]))]

    def is_of_another(self, record: str, instance: str) -> bool:
        """Whether another record here has that instanceID: by its own name, or as was told first."""
        if instance == _ROOT + record:
            return False
        with self._database.read() as tables:
            if tables.execute(_RECORD_OF_ROOT, [instance]).fetchone() is not None:
                return True
            line = tables.execute(_FIRST_OF_INSTANCE, [instance]).fetchone()
        first = None if line is None else _told(line[0])
        return first is not None and first.record != record


def _names(told: Iterable[Sending]) -> set[str]:
    return {name for one in told for name in (one.instance, one.edits) if name}


def _told(line: bytes) -> Sending | None:
    try:
        op = decode_line(line)
    except ValueError:
        return None
    return op.sent if op.r is None else None  # with `r` the server judged it as one of that record
