"""Litestream beside the server: every commit copied to another folder or to S3 within about a second.

Only the database; photos, batches and keys never change and belong to `backup`. What Litestream is allowed to
do here, and why, stands in `docs/decisions/0065-litestream.md`.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from core.errors import KnownError
from server.config import ServerConfig
from server.durable_files import make_folder, write_durably

LOG = structlog.get_logger("replication")
SYNC_S = 1
_AGAIN_S = 5.0
_END_S = 15.0
_PR_SET_PDEATHSIG = 1


class Replication:
    """The child process, begun again when it ends by itself. Use it from the main thread."""

    def __init__(self, config: ServerConfig, target: str) -> None:
        """Raises KnownError "litestream_missing", "replica_inside_data"."""
        self._program = litestream()
        self._file = config.data / "litestream.yml"
        replica = (
            f"url: {_quoted(target)}"
            if _is_url(target)
            else f"type: file\n        path: {_folder(config, target)}"
        )
        write_durably(
            self._file,
            f"dbs:\n  - path: {_quoted(str(config.database_file.absolute()))}\n    replicas:\n"
            f"      - {replica}\n        sync-interval: {SYNC_S}s\n".encode(),
            private=True,
        )
        self._child: subprocess.Popen[bytes] | None = None
        self._next_start = 0.0

    def look_after(self) -> None:
        """Starts the child, also again after it has ended; cheap, to be called often."""
        if self._child is not None and self._child.poll() is None:
            return
        if time.monotonic() < self._next_start:
            return
        if self._child is not None:
            LOG.warning("litestream ended and is begun again", code=self._child.returncode)
        self._next_start = time.monotonic() + _AGAIN_S
        self._child = subprocess.Popen(  # noqa: S603  # the program named above
            [self._program, "replicate", "-no-expand-env", "-config", str(self._file)],
            stdout=subprocess.DEVNULL,
            preexec_fn=_ends_with_its_parent(),  # noqa: PLW1509  only a call into the kernel is made there
        )
        LOG.info("replicating", pid=self._child.pid)

    def end(self) -> None:
        """Lets the child copy the last commits and waits for its end."""
        if self._child is None or self._child.poll() is not None:
            return
        self._child.terminate()
        try:
            self._child.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def fetch_database(source: str, file: Path) -> None:
    """The newest database of a replica, put at `file`.

    Raises KnownError "litestream_missing", "replica_unreadable".
    """
    make_folder(file.parent)
    url = source if _is_url(source) else Path(source).absolute().as_uri()
    command = [litestream(), "restore", "-o", str(file), url]
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)  # noqa: S603  # as above
    if done.returncode or not file.exists():
        raise KnownError("replica_unreadable", source=source)


def litestream() -> str:
    """The program. Raises KnownError "litestream_missing"."""
    beside = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    program = shutil.which("litestream", path=beside)
    if program is None:
        raise KnownError("litestream_missing")
    return program


def _is_url(target: str) -> bool:
    return "://" in target


def _folder(config: ServerConfig, target: str) -> str:
    folder = Path(target).absolute()
    if config.data.absolute() in (folder, *folder.parents):
        raise KnownError("replica_inside_data", folder=target)
    make_folder(folder)
    return _quoted(str(folder))


def _quoted(text: str) -> str:
    """Text as YAML reads it back."""
    return "'" + text.replace("'", "''") + "'"


def _ends_with_its_parent() -> Callable[[], None] | None:
    """Has the child told to end when the server is killed, so that two never copy at once."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
