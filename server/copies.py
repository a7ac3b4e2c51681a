"""Backups of a running server, and a server put back from one.

A backup is a data folder like any other. Photos and batches never change, so a later backup into the same
folder copies only what is new. The database is taken first: all it names is there when its turn comes.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from core.clock import Clock
from core.errors import KnownError
from server.app import open_server
from server.blobs.store import PARTS
from server.config import FORMAT_LINE, ServerConfig
from server.database import copy_database, is_sound
from server.durable_files import make_folder, sync_file, sync_folder, write_durably
from server.replication import fetch_database

LOG = structlog.get_logger("backup")
KEPT_DATABASES = 7


@dataclass(frozen=True)
class Copied:
    """What a backup or a restore brought: files copied now, photos left out because they are damaged."""

    folder: Path
    files: int
    damaged: tuple[str, ...]


def back_up(config: ServerConfig, target: Path, clock: Clock) -> Copied:
    """Brings a backup folder up to date while the server may run. Safe to cut and to repeat.

    Earlier databases stay in `databases/`, the last seven. Raises KnownError "server_never_ran",
    "server_folder_foreign" (the target holds something else), "server_copy_damaged".
    """
    if not config.database_file.exists():
        raise KnownError("server_never_ran", folder=str(config.data))
    _refuse_other_things(target)
    make_folder(target / "databases")
    write_durably(target / "format", FORMAT_LINE.encode())
    fresh = target / "databases" / f"server-{clock.now():%Y%m%dT%H%M%S}.db"
    copy_database(config.database_file, fresh)
    sync_file(fresh)
    copied, damaged = 1, list[str]()
    for file in _files_of(config):
        place = target / file.relative_to(config.data)
        if place.exists() and place.stat().st_size == file.stat().st_size and not _changes(file):
            continue
        if config.blobs in file.parents and _sha256(file) != file.name:
            damaged.append(file.name)
            continue
        _copy(file, place)
        copied += 1
    _copy(fresh, target / config.database_file.name)
    for old in sorted(fresh.parent.glob("server-*.db"))[:-KEPT_DATABASES]:
        old.unlink()
    LOG.info("backed up", files=copied, damaged=len(damaged))
    return Copied(target, copied, tuple(damaged))


def restore(config: ServerConfig, source: Path, clock: Clock, replica: str | None = None) -> Copied:
    """Makes a new data folder out of a backup; clients notice by the new epoch and offer all they hold.

    With `replica` (what the server was run with) the database is the newest that Litestream copied; keys,
    photos and batches are the backup's. Put together beside and renamed, so safe to cut.

    Raises KnownError "server_folder_foreign" (no backup), "server_target_exists", "server_copy_damaged" (its
    database does not read back: rebuild it), "litestream_missing", "replica_unreadable".
    """
    backup = ServerConfig(source)
    mark = source / "format"
    if not mark.is_file() or mark.read_text(encoding="utf-8", errors="replace") != FORMAT_LINE:
        raise KnownError("server_folder_foreign", folder=str(source))
    if config.data.exists() and any(config.data.iterdir()):
        raise KnownError("server_target_exists", folder=str(config.data))
    if replica is None and not is_sound(backup.database_file):
        raise KnownError("server_copy_damaged", file=backup.database_file.name)
    beside = ServerConfig(config.data.with_name(config.data.name + ".restoring"))
    shutil.rmtree(beside.data, ignore_errors=True)
    files = 0
    if replica is not None:
        fetch_database(replica, beside.database_file)
        if not is_sound(beside.database_file):
            raise KnownError("server_copy_damaged", file=beside.database_file.name)
    for file in (*([backup.database_file] if replica is None else []), *_files_of(backup)):
        _copy(file, beside.data / file.relative_to(source))
        files += 1
    write_durably(beside.data / "format", FORMAT_LINE.encode())
    with open_server(beside, clock) as server:
        server.identity.begin_epoch(instead_of=server.identity.epoch())
    if config.data.exists():
        config.data.rmdir()
    beside.data.rename(config.data)
    sync_folder(config.data.parent)
    return Copied(config.data, files, ())


def _refuse_other_things(target: Path) -> None:
    """A backup folder is new, empty, or one of ours."""
    mark = target / "format"
    ours = mark.is_file() and mark.read_text(encoding="utf-8", errors="replace") == FORMAT_LINE
    if target.exists() and not ours and any(target.iterdir()):
        raise KnownError("server_folder_foreign", folder=str(target))


def _files_of(config: ServerConfig) -> Iterator[Path]:
    """All files a backup holds beside the database: keys, address, archive, whole photos."""
    for folder in (config.keys, config.archive, config.blobs):
        yield from sorted(file for file in folder.rglob("*") if file.is_file() and PARTS not in file.parts)
    if config.address_file.exists():
        yield config.address_file


def _changes(file: Path) -> bool:
    """Whether a file of this name may get other content; photos and batches carry their digest as name."""
    return file.suffix in {".json", ".key", ".pem"}


def _copy(file: Path, place: Path) -> None:
    make_folder(place.parent)
    part = place.with_name(place.name + ".new")
    shutil.copy2(file, part)
    sync_file(part)
    part.replace(place)
    sync_folder(place.parent)


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
