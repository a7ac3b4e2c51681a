"""The survey database: one write connection, one way to write, a read-only connection per reading thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from app.jobs import JobCancelledError
from app.storage import engine
from app.storage.database_copies import (
    copy_database,
    is_sound_copy,
    keep_regular_copy,
    name_before_migration,
)
from app.storage.engine import engine_errors
from app.storage.readers import Readers, Reading
from core.errors import KnownError

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

MIGRATED = (
    "m001_first_tables", "m002_links", "m004_search", "m006_villages", "m007_standing", "m008_openrosa",
    "m009_sendings",
)  # fmt: skip
"""The names of all migrations. A file that has had them opens without the library that migrates."""


class Database:
    """A sealed SQLite file. All reading and writing of the program goes through `read` and `transaction`."""

    def __init__(self, path: Path, key: bytes, copies: Path) -> None:
        """Opens or makes the file and brings its tables up to date.

        Before an existing file is migrated, a verified copy is put into `copies`. Raises KnownError:
        "newer_database", "database_unreadable" (wrong key, or damaged), "database_damaged", "disk_full", …
        """
        self.path = path
        self._key = key
        self._turn = threading.Lock()
        self._here = threading.local()
        self._readers = Readers(lambda: engine.connect(path, key, read_only=True))
        self._closed_by: int | None = None
        self._writer = engine.connect(path, key)
        self._identity = _identity(path)
        try:
            with engine_errors(path):
                self._bring_up_to_date(copies)
        except BaseException:
            self._writer.close()
            raise

    @contextmanager
    def transaction(self) -> Iterator[Tables]:
        """The tables, writable; durable when the block has ended, untouched if it raised.

        Waits for another thread's transaction to end. They do not nest: a transaction is a whole use case.
        Raises KnownError "folder_gone", "disk_full", … before anything was written.
        """
        if getattr(self._here, "writing", False):
            raise RuntimeError("a transaction is already open in this thread")
        tables = self._tables
        with self._turn:
            self._refuse_if_closed()
            self._refuse_if_gone()
            self._here.writing, self._here.to_tell = True, []
            try:
                with engine_errors(self.path), tables.atomic():
                    yield tables
            finally:
                self._here.writing = False
            for tell in self._here.to_tell:
                tell()

    @contextmanager
    def read(self) -> Iterator[Tables | Reading]:
        """The tables at one moment; inside this thread's transaction, what it has written so far.

        Raises JobCancelledError, also in the middle of a query, when another thread closes the database.
        """
        if getattr(self._here, "writing", False):
            yield self._tables
            return
        self._refuse_if_closed()
        with engine_errors(self.path), self._readers.reading() as reading:
            yield reading

    def written(self) -> Tables:
        """The tables of the transaction that is open in this thread. It is a defect to write without one."""
        if not getattr(self._here, "writing", False):
            raise RuntimeError("writing needs `with database.transaction()`")
        return self._tables

    def once_durable(self, tell: Callable[[], None]) -> None:
        """Calls `tell` when the transaction that is open in this thread has ended well."""
        self._here.to_tell.append(tell)

    def check(
        self, *, thorough: bool = False, table: str | None = None, stop: Callable[[], bool] | None = None
    ) -> list[str]:
        """What SQLite finds wrong in the file, or in one table of it: empty when all is well.

        Read anew from the file, not from what is in memory. `stop` is asked again and again; once it says so,
        JobCancelledError is raised. Raises KnownError "database_damaged", "database_unreadable".
        """
        words = "integrity_check" if thorough else "quick_check"
        asked = f"PRAGMA {words}" if table is None else f"PRAGMA {words}({engine.quoted(table)})"
        with closing(engine.connect(self.path, self._key, read_only=True)) as fresh, engine_errors(self.path):
            rows = engine.interruptible(fresh, asked, stop)
        return [str(row[0]) for row in rows if row[0] != "ok"]

    def table_names(self) -> list[str]:
        """All tables of the file."""
        with self.read() as tables:
            rows = tables.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            return [str(row[0]) for row in rows.fetchall()]

    def copy_to(self, target: Path) -> None:
        """A verified copy under the same key, taken while others may read and write. Raises KnownError."""
        source = engine.connect(self.path, self._key, read_only=True)
        try:
            copy_database(source, target, self._key)
        finally:
            source.close()

    def keep_regular_copy(self, copies: Path, now: datetime) -> Path | None:
        """A verified copy in `copies`, at most one an hour (`database_copies.keep_regular_copy`)."""
        return keep_regular_copy(self, copies, self._key, now)

    def is_sound_copy(self, copy: Path) -> bool:
        """Whether a copy opens with this database's key and reads back whole."""
        return is_sound_copy(copy, self._key)

    def close(self) -> None:
        """Waits for the running transaction, ends what other threads read, then lets the file go."""
        with self._turn:
            if self._closed_by is not None:
                return
            self._closed_by = threading.get_ident()
        self._readers.close()
        self._writer.close()  # last of all: it puts the log into the file

    @cached_property
    def _tables(self) -> Tables:
        from app.storage.tables import wrap  # noqa: PLC0415  # 70 ms that only a writer waits for

        return wrap(self._writer)

    def _refuse_if_gone(self) -> None:
        """A pulled stick or a moved folder: rows would go where photos do not, and nobody would find them."""
        if _identity(self.path) != self._identity:
            raise KnownError("folder_gone", folder=str(self.path.parent))

    def _refuse_if_closed(self) -> None:
        """For whoever closed it, going on is a defect; other threads were on their way and are cancelled."""
        if self._closed_by == threading.get_ident():
            raise RuntimeError("the database is closed")
        if self._closed_by is not None:
            raise JobCancelledError

    def _bring_up_to_date(self, copies: Path) -> None:
        if self._applied() == list(MIGRATED):
            return
        from app.storage.migrations import MIGRATIONS  # noqa: PLC0415  # brings sqlite-utils

        applied = {migration.name for migration in MIGRATIONS.applied(self._tables)}
        pending = [migration.name for migration in MIGRATIONS.pending(self._tables)]
        known = {migration.name for migration in MIGRATIONS._migrations}  # noqa: SLF001  no public list
        if applied - known:
            raise KnownError("newer_database", file=self.path.name, folder=str(self.path.parent))
        if applied and pending:
            copy_database(self._writer, copies / name_before_migration(pending[0]), self._key)
        if pending:
            MIGRATIONS.apply(self._tables)

    def _applied(self) -> list[str]:
        """The migrations this file has had, read from the table in which sqlite-utils keeps them."""
        table = "SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"
        names = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'survey' ORDER BY rowid"
        run = self._writer.execute
        return [row[0] for row in run(names)] if run(table).fetchone() else []


def _identity(file: Path) -> tuple[int, int] | None:
    """Tells one file from another at the same path, as long as it is open; None if there is none."""
    try:
        facts = file.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino
