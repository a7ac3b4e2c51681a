"""Plain copies of attached files, for other programs to show. They live until the workspace is closed.

The sealed file stays as it is: a copy is read-only, so that nobody believes to be working in the record.
"""

from __future__ import annotations

import shutil
import stat
from contextlib import suppress
from pathlib import Path

from app.given_files import file_name
from app.storage.durable_files import file_errors
from app.storage.photo_files import PhotoFiles


def lay_open(folder: Path, files: PhotoFiles, digest: str, name: str) -> Path:
    """A plain copy of the file of this digest, under its own name. Raises as `PhotoFiles.read`."""
    stem, dot, ending = name.rpartition(".")
    copy = folder / digest[-16:] / file_name(stem if dot else name, f".{ending}" if dot else "")
    data = files.read(digest)
    with file_errors(folder):
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (copy.is_file() and copy.read_bytes() == data):  # perhaps open in Word since a moment ago
            copy.unlink(missing_ok=True)
            copy.write_bytes(data)
            copy.chmod(stat.S_IREAD)
    return copy


def clear_opened(folder: Path) -> None:
    """Takes the copies away, except those that another program still holds open; the next time gets them."""
    for copy in folder.glob("*/*"):
        with suppress(OSError):
            copy.chmod(stat.S_IREAD | stat.S_IWRITE)  # Windows removes nothing that is read-only
    shutil.rmtree(folder, ignore_errors=True)
