"""The server's SQLite file: one writing connection, reading connections beside it.

The engine comes from sqlcipher3 (SQLite 3.53): Python 3.11's own SQLite has the WAL-reset bug that loses
acknowledged commits (all versions before 3.51.3 but the backports 3.50.7 and 3.44.6).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy import Connection, event
from sqlcipher3 import dbapi2

from core.errors import KnownError
from server.migrations import NewerDatabaseError, migrate

_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: with NORMAL a power cut takes acknowledged rows back
    "foreign_keys": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "busy_timeout": 5000,
    "temp_store": 2,
}


class Database:
    """The opened and migrated file. `transaction()` is the only way to write."""

    def __init__(self, file: Path) -> None:
        refuse_unsafe_engine(dbapi2.sqlite_version)
        self._file = file
        self._write_lock = threading.Lock()
        self._writer = self._engine(begin="BEGIN IMMEDIATE", pool_size=1)
        self._readers = self._engine(begin="BEGIN", pool_size=4)
        try:
            with self.transaction() as connection:
                migrate(connection)
        except NewerDatabaseError as newer:
            self.close()
            raise KnownError("server_database_newer", step=str(newer)) from newer

    def _engine(self, *, begin: str, pool_size: int) -> sqlalchemy.Engine:
        engine = sqlalchemy.create_engine(
            "sqlite://",
            creator=self._connect,
            module=dbapi2,
            poolclass=sqlalchemy.QueuePool,
            pool_size=pool_size,
            max_overflow=0,
        )

        @event.listens_for(engine, "begin")
        def begin_explicitly(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine

    def _connect(self) -> Any:
        connection = dbapi2.connect(str(self._file), check_same_thread=False, isolation_level=None)
        for name, wanted in _PRAGMAS.items():
            connection.execute(f"PRAGMA {name}={wanted}")
            (found,) = connection.execute(f"PRAGMA {name}").fetchone()
            if found != wanted:
                raise RuntimeError(f"PRAGMA {name} is {found}, not {wanted}")
        return connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One write transaction, alone; durable when the block is left, undone when it raises."""
        with self._write_lock, self._writer.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the file."""
        with self._readers.begin() as connection:
            yield connection

    def close(self) -> None:
        self._readers.dispose()
        self._writer.dispose()


def refuse_unsafe_engine(version: str) -> None:
    """Raises KnownError "unsafe_engine" for a SQLite that has the WAL-reset bug."""
    parts = tuple(int(part) for part in version.split("."))
    backported = (parts[:2] == (3, 50) and parts >= (3, 50, 7)) or (
        parts[:2] == (3, 44) and parts >= (3, 44, 6)
    )
    if parts < (3, 51, 3) and not backported:
        raise KnownError("unsafe_engine", version=version)
