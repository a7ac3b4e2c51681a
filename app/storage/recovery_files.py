"""The files of a recovery: what is damaged, the copy to stand on, and the swap at the end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from app.storage import engine
from app.storage.database_copies import UNSOUND, operations_in
from app.storage.durable_files import fsync_file, fsync_folder, make_folder
from app.storage.folder import WorkspaceFolder
from app.storage.sealed_pages import SealedPages
from core.errors import KnownError

if TYPE_CHECKING:
    from sqlite3 import Connection

_ASIDE = "damaged-"
_DONE = "recovered.json"


@dataclass(frozen=True)
class Standing:
    """A database that opens and reads back whole, and how many operations it holds."""

    database: Path
    operations: int


def what_is_wrong(folder: WorkspaceFolder, key: bytes) -> str | None:
    """The code of what is wrong with the database of a folder; None: nothing. Changes no file."""
    if not folder.database.is_file():
        return "database_missing"
    try:
        folder.mark.refuse_older(key)
        with closing(engine.connect(folder.database, key, read_only=True)) as database:
            whole = _is_whole(database, folder.database, "integrity_check")
            return None if whole else "database_damaged"
    except KnownError as error:
        if error.code not in {*UNSOUND, "database_lags"}:
            raise
        return error.code


def damaged_sets(folder: WorkspaceFolder) -> list[tuple[Path, Path]]:
    """Every database, with its log, that is to be read: the present one, and those of cut recoveries."""
    files = [folder.database, *(aside / "survey.db" for aside in sorted(_unfinished(folder), reverse=True))]
    sets = [(file, file.with_name("survey.db-wal")) for file in files]
    return [(file, log) for file, log in sets if file.is_file() or log.is_file()]


def pages_of(folder: WorkspaceFolder, file: Path, log: Path, key: bytes) -> SealedPages:
    """The pages of one of these sets."""
    marked = folder.mark.read()
    return SealedPages(file, log, key, () if marked is None else (bytes.fromhex(marked.salt),))


def best_standing(folder: WorkspaceFolder, key: bytes) -> Standing | None:
    """Of the database and its copies, the sound one with most operations; of equal ones the newest."""
    copies = sorted(folder.copies.glob("*.db"), key=lambda one: one.stat().st_mtime, reverse=True)
    counted = [(operations_in(file, key), file) for file in (folder.database, *copies) if file.is_file()]
    for count, file in sorted(counted, key=lambda one: one[0], reverse=True):
        if count >= 0 and _is_sound(file, key):
            return Standing(file, count)
    return None


def rows_of_lists(file: Path, key: bytes) -> tuple[int, int]:
    """How many records and photos a sound database lists."""
    with closing(engine.connect(file, key, read_only=True)) as database, engine.engine_errors(file):
        (records,) = database.execute("SELECT count(*) FROM rec").fetchone()
        (photos,) = database.execute("SELECT count(*) FROM blob WHERE here").fetchone()
    return records, photos


def start_from(standing: Standing, building: Path, key: bytes) -> None:
    """A copy of a sound database, its log included, to build on."""
    with (
        closing(engine.connect(standing.database, key, read_only=True)) as source,
        closing(engine.connect_new(building, key)) as target,
        engine.engine_errors(building),
    ):
        engine.copy_pages(source, target, building)


def clear(building: Path) -> None:
    """Takes away what a recovery that was cut short had begun."""
    for file in (building, Path(f"{building}-wal"), Path(f"{building}-shm")):
        file.unlink(missing_ok=True)


def put_in_place(
    folder: WorkspaceFolder, building: Path, moment: datetime, report: Mapping[str, object]
) -> Path:
    """The built database in place of the damaged files, which now lie in the folder this returns.

    Cut anywhere: the damaged files are all there, and the next recovery finds them.
    """
    fsync_file(building)
    aside = _unused(folder.path / f"{_ASIDE}{moment:%Y%m%dT%H%M%S}")
    make_folder(aside)
    for name in ("survey.db-shm", "survey.db-wal", "survey.db"):  # the log first: it must meet no other file
        if (folder.path / name).exists():
            (folder.path / name).replace(aside / name)
    fsync_folder(aside)
    fsync_folder(folder.path)
    building.replace(folder.database)
    fsync_folder(folder.path)
    for done in _unfinished(folder):
        (done / _DONE).write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", "utf-8")
        fsync_file(done / _DONE)
    return aside


def _unfinished(folder: WorkspaceFolder) -> list[Path]:
    """The folders of recoveries that were not brought to their end."""
    asides = [aside for aside in folder.path.glob(f"{_ASIDE}*") if aside.is_dir()]
    return [aside for aside in asides if not (aside / _DONE).exists()]


def _unused(wanted: Path) -> Path:
    """The folder, or the next like it that is not there: a clock set back must not cost what lies in it."""
    names = (wanted.with_name(f"{wanted.name}-{number}") for number in range(2, 1000))
    return next(one for one in chain([wanted], names) if not one.exists())


def _is_sound(file: Path, key: bytes) -> bool:
    try:
        with closing(engine.connect(file, key, read_only=True)) as database:
            return _is_whole(database, file, "quick_check")
    except KnownError as error:
        if error.code not in UNSOUND:
            raise
        return False


def _has_tables(database: Connection) -> bool:
    tables = database.execute("SELECT count(*) FROM sqlite_master WHERE name IN ('op', 'replica')")
    return bool(tables.fetchone() == (2,))


def _is_whole(database: Connection, file: Path, check: str) -> bool:
    """Whether SQLite finds nothing wrong, all tables are there and the own log has no hole."""
    with engine.engine_errors(file):
        if not _has_tables(database) or database.execute(f"PRAGMA {check}").fetchall() != [("ok",)]:
            return False
        holes = database.execute(
            "SELECT 1 FROM replica WHERE role = 'own' AND last_n != "
            "(SELECT count(*) FROM op WHERE op.replica = num)"
        )
        return holes.fetchone() is None
