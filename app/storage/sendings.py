"""What the log tells of sendings to servers of somebody else: by everybody who works on a record."""

from __future__ import annotations

from app.storage.database import Database
from core.records.operation import decode_line
from core.records.sending import Sending

_OF_RECORD = (
    "SELECT body FROM op WHERE kind = 'sent' AND iif(json_valid(CAST(body AS TEXT)), "
    "json_extract(CAST(body AS TEXT), '$.sent.record'), NULL) = ?"  # as the index `op_sent` has it
)


class Sendings:
    """The operations that tell of sendings. Nothing is kept beside the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_record(self, record: str) -> list[Sending]:
        """All that is told of a record, to whatever server; a line that cannot be read tells nothing."""
        with self._database.read() as tables:
            lines = tables.execute(_OF_RECORD, [record]).fetchall()
        told = (_told(line, record) for (line,) in lines)
        return [one for one in told if one is not None]


def _told(line: bytes, record: str) -> Sending | None:
    try:
        op = decode_line(line)
    except ValueError:
        return None
    return op.sent if op.about == record else None  # what it is about was decided by the server
