"""One program per workspace: a lock of the operating system, gone with the program that held it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.storage.durable_files import file_errors
from core.errors import KnownError


class FolderLock:
    """Holds a lock file until `release`. Raises KnownError "workspace_in_use" if somebody else holds it."""

    def __init__(self, file: Path) -> None:
        with file_errors(file.parent):
            self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            raise KnownError("workspace_in_use", folder=str(file.parent)) from error

    def release(self) -> None:
        """Frees the lock, once; the empty file stays, removing it would let two programs hold two locks."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


@contextmanager
def held(file: Path) -> Iterator[None]:
    """The lock for a while. Raises KnownError "workspace_in_use"."""
    lock = FolderLock(file)
    try:
        yield
    finally:
        lock.release()


if os.name == "nt":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
