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
from server.durable_files import make_folder, sync_folder
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

    def __init__(self, file: Path, *, checkpoints: bool = True) -> None:
        """Opens and migrates. Without `checkpoints` the log is left to the program that copies it."""
        refuse_unsafe_engine(dbapi2.sqlite_version)
        self._file = file
        self._pragmas = _PRAGMAS | ({} if checkpoints else {"wal_autocheckpoint": 0})
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
        for name, wanted in self._pragmas.items():
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


def copy_database(source: Path, target: Path) -> None:
    """A copy of the file at one moment, durable and checked, taken while others may read and write.

    Raises KnownError "server_copy_damaged"; then there is no copy.
    """
    target.unlink(missing_ok=True)
    reading, writing = dbapi2.connect(str(source)), dbapi2.connect(str(target))
    try:
        writing.execute("PRAGMA synchronous=FULL")
        reading.backup(writing)
    except dbapi2.DatabaseError as damaged:
        raise KnownError("server_copy_damaged", file=source.name) from damaged
    finally:
        reading.close()
        writing.close()
    if not is_sound(target):
        target.unlink()
        raise KnownError("server_copy_damaged", file=source.name)


def is_sound(file: Path) -> bool:
    """Whether SQLite can read the whole file and finds nothing wrong in it."""
    connection = dbapi2.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    try:
        return bool(connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)])
    except dbapi2.DatabaseError:
        return False
    finally:
        connection.close()


def set_aside(file: Path, when: str) -> Path | None:
    """Moves a database and its log into a folder of their own beside it; None if there is none."""
    there = [one for end in ("", "-wal", "-shm") if (one := file.with_name(file.name + end)).exists()]
    if not there:
        return None
    folder = file.with_name(f"set-aside-{when}")
    make_folder(folder)
    for one in there:
        one.rename(folder / one.name)
    sync_folder(folder)
    return folder
