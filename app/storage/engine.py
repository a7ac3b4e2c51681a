"""SQLite with SQLCipher: the only place that imports it, opens a connection and reads its error codes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlcipher3
import sqlcipher3.dbapi2

from app.jobs import JobCancelledError
from core.errors import KnownError

if TYPE_CHECKING:
    from sqlite3 import Connection

BUSY_TIMEOUT_MS = 5000
READER_CACHE_KIB = 16_000  # the longest index of 100,000 records, so that it is unsealed once
READ_WRITE_PRAGMAS: dict[str, tuple[str, object]] = {
    "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", 2),
    "foreign_keys": ("ON", 1),
    "trusted_schema": ("OFF", 0),
    "cell_size_check": ("ON", 1),
    "busy_timeout": (str(BUSY_TIMEOUT_MS), BUSY_TIMEOUT_MS),
    "wal_autocheckpoint": ("200", 200),
    "temp_store": ("MEMORY", 2),
    "secure_delete": ("ON", 1),
    "fullfsync": ("ON", 1),
    "checkpoint_fullfsync": ("ON", 1),
}
"""What every writing connection is set to, and what it must then answer. `fullfsync` acts on macOS only."""
READ_ONLY_PRAGMAS: dict[str, tuple[str, object]] = {
    "query_only": ("ON", 1),
    "trusted_schema": ("OFF", 0),
    "cell_size_check": ("ON", 1),
    "busy_timeout": (str(BUSY_TIMEOUT_MS), BUSY_TIMEOUT_MS),
    "temp_store": ("MEMORY", 2),
    "cache_size": (str(-READER_CACHE_KIB), -READER_CACHE_KIB),
}

_STEPS_BETWEEN_LOOKS = 10_000  # of SQLite's machine: about a millisecond
_INTERRUPTED = 9
_FULL, _READONLY, _CANTOPEN, _PERM = 13, 8, 14, 3
_CORRUPT, _NOTADB, _BUSY, _LOCKED, _IOERR = 11, 26, 5, 6, 10
_KNOWN_ENGINE_ERRORS = {
    _FULL: "disk_full",
    _IOERR: "disk_write_failed",
    _READONLY: "folder_read_only",
    _PERM: "folder_read_only",
    _CANTOPEN: "database_cannot_open",
    _CORRUPT: "database_damaged",
    _NOTADB: "database_unreadable",
    _BUSY: "database_busy",
    _LOCKED: "database_busy",
}


def engine_version() -> tuple[int, int, int]:
    """The version of the SQLite inside SQLCipher."""
    major, minor, patch = sqlcipher3.sqlite_version.split(".")[:3]
    return int(major), int(minor), int(patch)


def is_safe_engine(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite keeps acknowledged commits.

    All versions from 3.7.0 to 3.51.2 can lose them when the write-ahead log is reset; fixed in 3.51.3,
    3.50.7 and 3.44.6 (https://github.com/SRombauts/SQLiteCpp/issues/537).
    """
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def refuse_bad_engine() -> None:
    """Raises KnownError "engine_unsafe" where `is_safe_engine` says no."""
    version = engine_version()
    if not is_safe_engine(version):
        raise KnownError("engine_unsafe", version=".".join(map(str, version)))


def connect(path: Path, key: bytes, *, read_only: bool = False) -> Connection:
    """A connection to a sealed database whose settings have been read back; the 32-byte key is used raw.

    It may move between threads; whoever holds it sees to it that only one uses it at a time.
    Raises KnownError for a wrong key, a damaged or unreachable file.
    """
    refuse_bad_engine()
    _refuse_to_lose_log(path)
    with engine_errors(path):
        where = f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}"
        connection: Connection = sqlcipher3.connect(where, uri=True, check_same_thread=False)
        try:
            _unlock(connection, key)
            _set_pragmas(connection, READ_ONLY_PRAGMAS if read_only else READ_WRITE_PRAGMAS)
        except BaseException:
            connection.close()
            raise
        return connection


def _refuse_to_lose_log(path: Path) -> None:
    """SQLite deletes the log of a database that has no bytes: there may be work in it."""
    log = Path(f"{path}-wal")
    if path.is_file() and not path.stat().st_size and log.is_file() and log.stat().st_size:
        raise KnownError("database_unreadable", file=path.name, folder=str(path.parent))


def connect_new(path: Path, key: bytes) -> Connection:
    """A connection to a new sealed file that a copy is written into; it has no log beside it."""
    with engine_errors(path):
        connection: Connection = sqlcipher3.connect(str(path))
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        return connection


def connect_plain(path: Path) -> Connection:
    """A connection to a new ordinary SQLite file, for backups that any program can read."""
    with engine_errors(path):
        connection: Connection = sqlcipher3.connect(str(path))
        return connection


def copy_pages(source: Connection, target: Connection, path: Path) -> None:
    """Fills the database `target`, a new file at `path`, with everything in `source`. Raises KnownError."""
    try:
        source.backup(target)
    except sqlcipher3.dbapi2.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", None) is not None:
            raise
        # backup() raises without SQLite's code; a disk that takes no more is an OperationalError
        wrote = isinstance(error, sqlcipher3.dbapi2.OperationalError)
        code = "disk_write_failed" if wrote else "database_damaged"
        raise KnownError(code, file=path.name, folder=str(path.parent)) from error


def _unlock(connection: Connection, key: bytes) -> None:
    if len(key) != 32:
        raise ValueError("the key of a sealed database has 32 bytes")
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    connection.execute("PRAGMA cipher_memory_security = OFF")  # can overflow the stack on Windows
    if str(_answer(connection, "cipher_memory_security")) != "0":
        raise RuntimeError("cipher_memory_security stayed on")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _set_pragmas(connection: Connection, pragmas: dict[str, tuple[str, object]]) -> None:
    for name, (wanted, expected) in pragmas.items():
        connection.execute(f"PRAGMA {name} = {wanted}")
        if (got := _answer(connection, name)) != expected:
            raise RuntimeError(f"PRAGMA {name} is {got!r}, wanted {expected!r}")


def _answer(connection: Connection, pragma: str) -> object:
    row = connection.execute(f"PRAGMA {pragma}").fetchone()
    return None if row is None else row[0]


def quoted(name: str) -> str:
    """A name of the file's own schema as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def interruptible(
    connection: Connection, query: str, stop: Callable[[], bool] | None
) -> list[tuple[object, ...]]:
    """All rows of a long query; once `stop` says so, it is interrupted, which is JobCancelledError."""
    if stop is None:
        return connection.execute(query).fetchall()
    connection.set_progress_handler(lambda: int(stop()), _STEPS_BETWEEN_LOOKS)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.set_progress_handler(None, 0)


@contextmanager
def engine_errors(path: Path) -> Iterator[None]:
    """Turns what the world does to a database file into KnownError; defects pass unchanged.

    What was interrupted is JobCancelledError.
    """
    try:
        yield
    except sqlcipher3.dbapi2.Error as error:
        number = getattr(error, "sqlite_errorcode", None)
        if number == _INTERRUPTED:
            raise JobCancelledError from error
        code = None if number is None else _KNOWN_ENGINE_ERRORS.get(number & 0xFF)
        if code is None:
            raise
        raise KnownError(code, file=path.name, folder=str(path.parent)) from error
