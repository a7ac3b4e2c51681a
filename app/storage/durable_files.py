"""Files that are there, whole, once a function has returned, whatever happens to the power."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from core.errors import KnownError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.ENXIO}
_ODD = {errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG}  # a file for a folder, or the reverse
_NO_SUCH_CALL = {errno.EINVAL, errno.ENOTSUP}


@contextmanager
def file_errors(folder: Path) -> Iterator[None]:
    """Turns what the world does to files into KnownError: full, read-only, failing or pulled out disks."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise KnownError("disk_full", folder=str(folder), free_mb=_free_mb(folder)) from error
        if error.errno in _FORBIDDEN:
            raise KnownError("folder_read_only", folder=str(folder)) from error
        if error.errno == errno.EIO:
            raise KnownError("disk_write_failed", folder=str(folder)) from error
        if error.errno in _GONE and not folder.is_dir():
            raise KnownError("folder_gone", folder=str(folder)) from error
        if error.errno in _ODD:
            name = Path(error.filename or folder).name
            raise KnownError("file_trouble", file=name, reason=errno.errorcode[error.errno]) from error
        raise


def write_durably(target: Path, chunks: Iterable[bytes], tmp: Path, *, mode: int = 0o600) -> None:
    """Puts a whole file at `target`: written beside in `tmp` (same disk), fsynced, renamed, folders fsynced.

    After an error nothing of it stays. Raises KnownError "disk_full", "folder_read_only" or what `chunks`
    raises.
    """
    part = tmp / f"{uuid4().hex}.part"
    with file_errors(target.parent):
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.writelines(chunks)
                file.flush()
                os.fsync(file.fileno())
            make_folder(target.parent)
            part.replace(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        fsync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """The folder exists, and will after a power cut."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    fsync_folder(folder.parent)


def fsync_folder(folder: Path) -> None:
    """Names in this folder last, where there is such a call.

    Windows has none: NTFS journals its names. Some network and FUSE file systems refuse it with EINVAL or
    ENOTSUP; there is nothing more to be done on them.
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_SUCH_CALL:
            raise
    finally:
        os.close(descriptor)


def fsync_file(file: Path) -> None:
    """The bytes of this file last."""
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _free_mb(folder: Path) -> int:
    try:
        return shutil.disk_usage(folder).free // 1_000_000
    except OSError:
        return 0
