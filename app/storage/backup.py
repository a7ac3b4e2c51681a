"""Backups: whole folders, written beside their place, read back against their manifest, then renamed.

A sealed backup is a workspace folder like any other. A plain one is an ordinary SQLite file and the photos as
they were taken, for any program and for ever.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from app.storage import engine
from app.storage.database import Database
from app.storage.durable_files import file_errors, fsync_file, fsync_folder, make_folder
from app.storage.folder import WorkspaceFolder
from app.storage.photo_files import PhotoFiles
from app.storage.photos import Photo
from core.documents import DOCUMENT_KINDS, FILM_KINDS, SOUND_KINDS
from core.errors import KnownError

if TYPE_CHECKING:
    from sqlite3 import Connection

MANIFEST = "manifest.json"
FORMAT = "cunjiang-backup 1"
SECRET_PREFIX = "secret."  # noqa: S105  names secrets, is none
"""Facts under such names (keys, tokens) never leave in a plain backup."""
_ENDINGS = {
    mime: ending for ending, (mime, _) in reversed((DOCUMENT_KINDS | SOUND_KINDS | FILM_KINDS).items())
}
_ENDINGS |= {"image/jpeg": ".jpg", "image/png": ".png", "image/heic": ".heic", "image/webp": ".webp"}
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Answer:
    """One line of the readable table of a plain backup."""

    record: str
    form: str
    title: str
    path: str
    question: str
    answer: str
    value: str


@dataclass(frozen=True)
class BackupFacts:
    """What a backup holds; `photos_missing` are digests whose file is not here or does not read back."""

    folder: Path
    files: int
    size: int
    photos: int
    photos_missing: tuple[str, ...]


def write_backup(
    target: Path, kind: str, made: str, fill: Callable[[Path], tuple[str, ...]], photos: int
) -> BackupFacts:
    """Lets `fill` write a folder, adds the manifest, reads everything back and puts it at `target`.

    `fill` returns the digests of the photos it could not give. Raises KnownError "target_exists",
    "backup_failed_check", "disk_full", …; then nothing is left of it.
    """
    _refuse_existing(target)
    part = target.with_name(f"{target.name}.{uuid4().hex[:8]}.part")
    with file_errors(target.parent):
        make_folder(target.parent)
        try:
            part.mkdir()
            missing = fill(part)
            size, files = _seal_manifest(part, kind, made, missing)
            _refuse_existing(target)
            part.rename(target)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
        fsync_folder(target.parent)
    return BackupFacts(target, files, size, photos - len(missing), missing)


def _refuse_existing(target: Path) -> None:
    if target.exists():
        raise KnownError("target_exists", target=str(target))


def check_backup(folder: Path) -> list[str]:
    """The files of a backup that are missing or not what its manifest says."""
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    return [
        entry["name"]
        for entry in manifest["files"]
        if not (folder / entry["name"]).is_file() or _sha256(folder / entry["name"]) != entry["sha256"]
    ]


def fill_sealed(folder: Path, source: WorkspaceFolder, database: Database) -> tuple[str, ...]:
    """A second workspace: key, format, a verified copy of the database, the sealed photo files."""
    for file in (source.format, source.key):
        shutil.copy2(file, folder / file.name)
    database.copy_to(folder / source.database.name)
    for file in sorted(source.blobs.glob("*/*")):
        place = folder / file.relative_to(source.path)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, place)
    return ()


def fill_plain(
    folder: Path, database: Database, files: PhotoFiles, photos: Iterable[Photo], answers: Iterable[Answer]
) -> tuple[str, ...]:
    """`survey.db` with all tables and `answers`, and `photos/` with the original bytes."""
    _write_plain_database(folder / "survey.db", database, answers)
    (folder / "photos").mkdir()
    missing = []
    for photo in photos:
        place = folder / "photos" / f"{photo.digest.partition(':')[2]}{_ENDINGS.get(photo.mime, '.bin')}"
        try:
            with place.open("xb") as out:
                out.writelines(files.chunks(photo.digest))
        except KnownError as error:
            if error.code not in {"photo_missing", "photo_damaged"}:
                raise
            place.unlink()
            missing.append(photo.digest)
    return tuple(missing)


def _write_plain_database(path: Path, database: Database, answers: Iterable[Answer]) -> None:
    plain = engine.connect_plain(path)
    try:
        with engine.engine_errors(path):
            with database.read() as tables:
                _copy_tables(tables.conn, plain)
            plain.execute(
                "CREATE TABLE answers "
                "(record TEXT, form TEXT, title TEXT, path TEXT, question TEXT, answer TEXT, value TEXT)"
            )
            plain.executemany(
                "INSERT INTO answers VALUES (:record, :form, :title, :path, :question, :answer, :value)",
                (vars(answer) for answer in answers),
            )
            plain.commit()
            if plain.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                raise KnownError("backup_failed_check", file=path.name)
    finally:
        plain.close()


def _copy_tables(source: Connection, plain: Connection) -> None:
    """All but the search index, which has no text of its own and is made anew from the operations."""
    schema = source.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'search%' "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type != 'table', rootpage"
    ).fetchall()
    for kind, name, sql in schema:
        plain.execute(sql)
        if kind == "table":
            told = source.execute(f'SELECT * FROM "{name}"')  # noqa: S608  a name from the file's own schema
            marks = ", ".join("?" * len(told.description))
            rows = (row for row in told if name != "kv" or not row[0].startswith(SECRET_PREFIX))
            plain.executemany(f'INSERT INTO "{name}" VALUES ({marks})', rows)  # noqa: S608  as above


def _seal_manifest(part: Path, kind: str, made: str, missing: tuple[str, ...]) -> tuple[int, int]:
    files = sorted(file for file in part.rglob("*") if file.is_file())
    for file in files:
        fsync_file(file)
    entries: list[dict[str, str | int]] = [
        {"name": file.relative_to(part).as_posix(), "size": file.stat().st_size, "sha256": _sha256(file)}
        for file in files
    ]
    manifest = {
        "format": FORMAT,
        "kind": kind,
        "made": made,
        "files": entries,
        "photos_missing": list(missing),
    }
    (part / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", "utf-8")
    fsync_file(part / MANIFEST)
    for folder in [part, *(place for place in part.rglob("*") if place.is_dir())]:
        fsync_folder(folder)
    if wrong := check_backup(part):
        raise KnownError("backup_failed_check", file=wrong[0])
    return sum(file.stat().st_size for file in files), len(files)


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        for chunk in _pieces(stream.read):
            digest.update(chunk)
    return digest.hexdigest()


def _pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while chunk := read(_CHUNK):
        yield chunk
