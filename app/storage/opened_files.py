"""Plain copies of attached files, for other programs to show. They live until the workspace is closed.

The sealed file stays as it is: a copy is read-only, so that nobody believes to be working in the record.
"""

from __future__ import annotations

import hashlib
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from app.given_files import file_name
from app.storage.durable_files import file_errors
from app.storage.photo_files import PhotoFiles


def lay_open(folder: Path, files: PhotoFiles, digest: str, name: str) -> Path:
    """A plain copy of the file of this digest, under its own name. Raises as `PhotoFiles.chunks`."""
    return _laid(folder, digest, name, files.chunks(digest))


def lay_out(folder: Path, digest: str, name: str, data: bytes) -> Path:
    """A plain copy of a file of a form, as above."""
    return _laid(folder, digest, name, [data])


def _laid(folder: Path, digest: str, name: str, pieces: Iterable[bytes]) -> Path:
    stem, dot, ending = name.rpartition(".")
    copy = folder / digest[-16:] / file_name(stem if dot else name, f".{ending}" if dot else "")
    with file_errors(folder):
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (copy.is_file() and _digest_of(copy) == digest):  # perhaps open in Word since a moment ago
            copy.unlink(missing_ok=True)
            begun = copy.with_name(f"{copy.name}.part")
            try:
                with begun.open("wb") as file:
                    file.writelines(pieces)
                begun.replace(copy)
            except BaseException:
                begun.unlink(missing_ok=True)
                raise
            copy.chmod(stat.S_IREAD)
    return copy


def _digest_of(copy: Path) -> str:
    with copy.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def clear_opened(folder: Path) -> None:
    """Takes the copies away, except those that another program still holds open; the next time gets them."""
    for copy in folder.glob("*/*"):
        with suppress(OSError):
            copy.chmod(stat.S_IREAD | stat.S_IWRITE)  # Windows removes nothing that is read-only
    shutil.rmtree(folder, ignore_errors=True)
