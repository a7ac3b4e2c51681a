"""The sealed workspace folder: what lies where, made so that a crash at any point loses nothing.

format      "cunjiang-workspace 1"
key         64 hex digits, mode 0600: opens database and photos. As long as no password is set it lies here,
            so that a copied folder opens anywhere and no key can be lost: sealed in format, not yet secret.
survey.db   SQLCipher database, the key used raw
blobs/ab/…  photos in secretstream frames, named by a keyed hash
tmp/        files being written       lock  who has it open
copies/     verified copies of the database, and the key once more: one bad sector must not lose everything
mark        how far the own log had come (mark.py)
damaged-…/  what was damaged, as it was, and what became of it
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

import msgspec

from app.storage.durable_files import file_errors, fsync_folder, make_folder, write_durably
from app.storage.mark import Mark
from core.errors import KnownError

FORMAT = "cunjiang-workspace 1\n"
PATH_LIMIT_BYTES = 400
"""SQLite opens paths of up to 512 bytes on Unix (MAX_PATHNAME in os_unix.c); below the folder lie `copies/`,
names of copies, and what SQLite adds to them."""
_FORMAT = re.compile(r"cunjiang-workspace (\d+)\s*\Z")
_KEY = re.compile(rb"[0-9a-f]{64}\s*\Z")
_OURS = {
    "format",
    "key",
    "survey.db",
    "survey.db-wal",
    "survey.db-shm",
    "blobs",
    "tmp",
    "copies",
    "lock",
    "mark",
}


class WorkspaceFolder(msgspec.Struct, frozen=True):
    """Where the parts of one workspace lie."""

    path: Path

    @property
    def format(self) -> Path:
        return self.path / "format"

    @property
    def key(self) -> Path:
        return self.path / "key"

    @property
    def database(self) -> Path:
        return self.path / "survey.db"

    @property
    def blobs(self) -> Path:
        return self.path / "blobs"

    @property
    def tmp(self) -> Path:
        return self.path / "tmp"

    @property
    def opened(self) -> Path:
        """Where plain copies of attached files lie while the workspace is open."""
        return self.tmp / "opened"

    @property
    def copies(self) -> Path:
        return self.path / "copies"

    @property
    def second_key(self) -> Path:
        return self.copies / "key"

    @property
    def lock(self) -> Path:
        return self.path / "lock"

    @property
    def mark(self) -> Mark:
        return Mark(self.database)

    def refuse_foreign(self, *, create: bool) -> None:
        """Raises KnownError unless this is a workspace or, with `create`, may become one.

        "path_too_long": SQLite could not open copies in it; "workspace_missing": nothing there and nothing
        may be made; "folder_not_empty": somebody else's files;
        "newer_workspace": a layout this program does not know; "key_missing": sealed work without its key;
        "database_missing": photos or copies without their database, which an empty one would hide.
        """
        with file_errors(self.path):
            self._refuse_long_path()
            names = {entry.name for entry in self.path.iterdir()} if self.path.is_dir() else set()
            if not names and not create:
                raise KnownError("workspace_missing", folder=str(self.path))
            if self.path.exists() and not self.path.is_dir():
                raise KnownError("folder_not_empty", folder=str(self.path))
            if not names & {"format", "key"} and names - _OURS:
                raise KnownError("folder_not_empty", folder=str(self.path))
            ours = "key" in names or self.second_key.is_file()  # then a format that says nothing is damaged
            if "format" in names and self._format_number() not in ({1, None} if ours else {1}):
                raise KnownError("newer_workspace", folder=str(self.path))
            worked_in = "survey.db" in names or self._holds_sealed_files()
            if worked_in and "key" not in names and not self.second_key.is_file():
                raise KnownError("key_missing", folder=str(self.path))
            if worked_in and "survey.db" not in names:
                raise KnownError("database_missing", folder=str(self.path))

    def complete(self) -> bytes:
        """The 32-byte key, after making whatever is not there yet: folders, key, format."""
        with file_errors(self.path):
            for folder in (self.path, self.tmp, self.blobs, self.copies):
                make_folder(folder)
            self._make_names_last()
            line = self._kept_key() or secrets.token_hex(32).encode() + b"\n"
            for place in (self.key, self.second_key):
                if not place.exists() or not _KEY.match(place.read_bytes()):
                    write_durably(place, [line], self.tmp)
            if not self.format.exists() or self._format_number() is None:
                write_durably(self.format, [FORMAT.encode()], self.tmp, mode=0o644)
        return bytes.fromhex(line.decode().strip())

    def _refuse_long_path(self) -> None:
        taken = len(os.fsencode(self.path.resolve()))
        if os.name != "nt" and taken > PATH_LIMIT_BYTES:
            raise KnownError("path_too_long", folder=str(self.path), bytes=taken, limit=PATH_LIMIT_BYTES)

    def _make_names_last(self) -> None:
        """What a run made that was killed before its fsync lasts from now on: nobody makes it again."""
        if not self.format.exists():
            with suppress(PermissionError):  # a folder above that may be entered and not read
                fsync_folder(self.path.parent)
        for folder in (self.path, self.blobs):
            fsync_folder(folder)

    def _kept_key(self) -> bytes | None:
        """The line of the key file, or of its second one; None in a new folder."""
        kept = [place.read_bytes() for place in (self.key, self.second_key) if place.exists()]
        for line in kept:
            if _KEY.match(line):
                return line
        if kept:
            raise KnownError("key_damaged", folder=str(self.path))
        return None

    def _holds_sealed_files(self) -> bool:
        return any(self.copies.glob("*.db")) or any(self.blobs.glob("*/*"))

    def _format_number(self) -> int | None:
        """The number of the layout; None: the file does not say one, being damaged or somebody else's."""
        match = _FORMAT.match(self.format.read_text("utf-8", "replace"))
        return int(match[1]) if match else None
