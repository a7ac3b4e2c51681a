"""Verified copies of the sealed database, made by SQLite's own backup call."""

from __future__ import annotations

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

    from app.storage.database import Database

LOG = subject("storage")
UNSOUND = {"database_unreadable", "database_damaged", "database_cannot_open"}
COPY_EVERY_S = 3600
"""How old the newest copy of the database may grow before another is made."""
KEPT = 7
"""How many regular copies stay; copies from before a migration all stay."""


def name_of_copy(moment: datetime) -> str:
    """`survey-20261121T080000.db`: sorts by time."""
    return f"survey-{moment:%Y%m%dT%H%M%S}.db"


def name_before_migration(migration: str) -> str:
    """The copy that shows the file as it was before this migration."""
    return f"before-{migration}.db"


def keep_regular_copy(database: Database, copies: Path, key: bytes, now: datetime) -> Path | None:
    """A verified copy, at most one an hour, seven kept; None if one is younger than an hour.

    One from the future (the clock was wrong then, or is now) does not count. Of a database in which anything
    is wrong no copy is taken, so that copies of damage never take the places of good ones. Raises KnownError
    "copy_damaged", "disk_full", ….
    """
    ages_s = [now.timestamp() - copy.stat().st_mtime for copy in regular_copies(copies)]
    if any(abs(age_s) < COPY_EVERY_S for age_s in ages_s):
        return None
    target = copies / name_of_copy(now)
    database.copy_to(target)
    _drop_old_copies(copies, target, key)
    return target


def regular_copies(copies: Path) -> list[Path]:
    """The hourly copies, by their names."""
    return sorted(copies.glob("survey-*.db"))


def is_sound_copy(copy: Path, key: bytes) -> bool:
    """Whether the copy opens and reads back whole."""
    try:
        with closing(engine.connect(copy, key, read_only=True)) as database, engine.engine_errors(copy):
            return bool(database.execute("PRAGMA quick_check").fetchall() == [("ok",)])
    except KnownError as error:
        LOG.info("a copy does not open", code=error.code)
        return False


def operations_in(file: Path, key: bytes) -> int:
    """How many operations a database says it holds; -1 if it does not open or has no tables."""
    try:
        with closing(engine.connect(file, key, read_only=True)) as database, engine.engine_errors(file):
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'op'").fetchone():
                return -1
            return int(database.execute("SELECT count(*) FROM op").fetchone()[0])
    except KnownError as error:
        if error.code not in UNSOUND:
            raise
        return -1


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
    with closing(engine.connect_new(part, key)) as copy:
        engine.copy_pages(source, copy, part)
    with closing(engine.connect_new(part, key)) as copy:  # as the file gives it back, not as given
        found = copy.execute("PRAGMA quick_check").fetchall()
    if found != [("ok",)]:
        raise KnownError("copy_damaged", file=part.name, folder=str(part.parent))


def _drop_old_copies(copies: Path, newest: Path, key: bytes) -> None:
    """Keeps `newest`, which a wrong clock may have named like an old one, the newest of the others, and one
    that holds more than `newest`, should the database have been put back by somebody.
    """
    others = [copy for copy in regular_copies(copies) if copy != newest]
    going = others[: 1 - KEPT]
    if going:
        fullest = max(others, key=lambda copy: operations_in(copy, key))
        if operations_in(fullest, key) > operations_in(newest, key):
            going = [copy for copy in going if copy != fullest]
    for old in going:
        old.unlink(missing_ok=True)
