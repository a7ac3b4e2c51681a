"""Verified copies of the sealed database, made by SQLite's own backup call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.log import subject
from app.storage import engine
from app.storage.durable_files import file_errors, fsync_file, fsync_folder
from core.errors import KnownError

if TYPE_CHECKING:
    from sqlite3 import Connection

LOG = subject("storage")
KEPT = 7
"""How many regular copies stay; copies from before a migration all stay."""


def name_of_copy(moment: datetime) -> str:
    """`survey-20261121T080000.db`: sorts by time."""
    return f"survey-{moment:%Y%m%dT%H%M%S}.db"


def name_before_migration(migration: str) -> str:
    """The copy that shows the file as it was before this migration."""
    return f"before-{migration}.db"


def copy_database(source: Connection, target: Path, key: bytes) -> None:
    """Copies the sealed database of `source` to `target`, whole or not at all.

    Written beside, checked by SQLite, fsynced, renamed. Raises KnownError "copy_damaged" if the copy does not
    read back, "disk_full" and its like.
    """
    part = target.with_name(target.name + ".part")
    with file_errors(target.parent), engine.engine_errors(target):
        part.unlink(missing_ok=True)
        try:
            _backup(source, part, key)
            fsync_file(part)
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        fsync_folder(target.parent)


def _backup(source: Connection, part: Path, key: bytes) -> None:
    copy = engine.connect_new(part, key)
    try:
        source.backup(copy)
        found = copy.execute("PRAGMA quick_check").fetchall()
    finally:
        copy.close()
    if found != [("ok",)]:
        raise KnownError("copy_damaged", file=part.name, folder=str(part.parent))


def sound_copies(copies: Path, key: bytes) -> Iterator[Path]:
    """The regular copies that open with this key and read back whole, the one made last first."""
    for copy in sorted(copies.glob("survey-*.db"), key=lambda one: one.stat().st_mtime, reverse=True):
        try:
            connection = engine.connect(copy, key, read_only=True)
            with closing(connection), engine.engine_errors(copy):
                if connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]:
                    yield copy
        except KnownError as error:
            LOG.warning("a copy does not open", code=error.code)


def drop_old_copies(copies: Path, newest: Path) -> None:
    """Keeps `newest`, which a wrong clock may have named like an old one, and the newest of the others."""
    others = sorted(copy for copy in copies.glob("survey-*.db") if copy != newest)
    for old in others[: 1 - KEPT]:
        old.unlink(missing_ok=True)
