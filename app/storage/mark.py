"""How far the own log had come, in a line beside the database: a database that was put back is told apart.

Written after every save and never waited for: after a power cut it may be behind, it is never ahead. The salt
is what the file's first page begins with; with it the other pages can be verified when the first is gone.
"""

from __future__ import annotations

import os
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from app.storage import engine
from core.errors import KnownError

if TYPE_CHECKING:
    from sqlite3 import Connection

_LINE_BYTES = 160


class Marked(msgspec.Struct, frozen=True):
    """The own log, the number of its last operation, and the salt of the database file, in hex."""

    log: str
    n: int
    salt: str


class Mark(msgspec.Struct, frozen=True):
    """The file `mark` beside a database."""

    database: Path

    @property
    def file(self) -> Path:
        return self.database.with_name("mark")

    def read(self) -> Marked | None:
        """What was noted last; None: nothing, or it cannot be read."""
        try:
            return msgspec.json.decode(self.file.read_bytes(), type=Marked)
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return None

    def note(self, log: str, n: int) -> None:
        """The own log has come so far. A disk that does not take it costs nothing but this knowledge."""
        line = msgspec.json.encode(Marked(log, n, self._salt())).ljust(_LINE_BYTES) + b"\n"
        with suppress(OSError):
            descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
            try:
                os.write(descriptor, line)
            finally:
                os.close(descriptor)

    def refuse_older(self, key: bytes) -> None:
        """Raises KnownError "database_lags" if the database has not come as far as was noted.

        Asked before anything opens it for writing, so that its log stays as it is; and what `connect` raises.
        """
        marked = self.read()
        if marked is None or not self.database.is_file():
            return
        with closing(engine.connect(self.database, key, read_only=True)) as database:
            known = _last_number(database, self.database, marked.log)
        if known < marked.n:
            raise KnownError("database_lags", missing=marked.n - known)

    def _salt(self) -> str:
        try:
            with self.database.open("rb") as file:
                return file.read(16).hex()
        except OSError:
            return ""


def _last_number(database: Connection, file: Path, log: str) -> int:
    """How far this log has come in a database, which may have no tables yet."""
    with engine.engine_errors(file):
        if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'replica'").fetchone():
            return 0
        row = database.execute("SELECT last_n FROM replica WHERE id = ?", [log]).fetchone()
    return 0 if row is None else int(row[0])
