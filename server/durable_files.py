"""Files that are whole on disk or not there at all."""

from __future__ import annotations

import errno
import os
import secrets
from pathlib import Path


def write_durably(path: Path, content: bytes, *, private: bool = False) -> None:
    """`path` holds `content` and a power cut cannot take it back; never half a file.

    `private` makes it readable by the owner alone.
    """
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_file(file: Path) -> None:
    """What was written to a file outlives a power cut."""
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable. Windows keeps them in its journal and cannot open a folder."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """The folder is there, with its own name durable in its parent."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def disk_is_full(error: OSError) -> bool:
    """Whether the system refused for want of space."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
