"""Go on from a copy when the database cannot be opened. Nothing is thrown away."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from app.storage.database import Database
from app.storage.database_copies import sound_copies
from app.storage.durable_files import chunks_of, file_errors, fsync_folder, make_folder, write_durably
from app.storage.folder import WorkspaceFolder
from app.storage.folder_lock import held
from core.clock import Clock
from core.errors import KnownError


def put_back_copy(path: Path, clock: Clock) -> tuple[Path, Path]:
    """Puts the newest sound copy in place of the database of a workspace folder that is not open.

    Returns the copy and the folder beside it where the old files now lie: a log of the old database must
    never meet another one. Photos stay; what the server holds comes again with the next sync. Raises
    KnownError "nothing_to_restore" (the database is sound), "copy_missing", "workspace_missing",
    "workspace_in_use", "key_missing", "key_damaged", …
    """
    folder = WorkspaceFolder(path)
    if not folder.copies.is_dir():
        raise KnownError("workspace_missing", folder=str(path))
    with held(folder.lock):
        key = folder.complete()
        if _opens(folder, key):
            raise KnownError("nothing_to_restore", folder=str(path))
        copy = next(sound_copies(folder.copies, key), None)
        if copy is None:
            raise KnownError("copy_missing", folder=str(path))
        aside = path / f"replaced-{clock.now():%Y%m%dT%H%M%S}"
        with file_errors(path):
            make_folder(aside)
            for name in ("survey.db", "survey.db-wal", "survey.db-shm"):
                if (path / name).exists():
                    (path / name).replace(aside / name)
            fsync_folder(aside)
            write_durably(folder.database, chunks_of(copy), folder.tmp)
        return copy, aside


def _opens(folder: WorkspaceFolder, key: bytes) -> bool:
    if not folder.database.exists():
        return False
    try:
        with closing(Database(folder.database, key, folder.copies)) as database:
            return not database.check()
    except KnownError as error:
        if error.code not in {"database_unreadable", "database_damaged"}:
            raise
        return False
