"""A real server beside the demonstration: a child process on loopback with a folder of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.paths import program_folder
from core.errors import KnownError

STOP_WITHIN_S = 15


@dataclass(frozen=True)
class ServerChild:
    """A server that runs, and its data folder."""

    data: Path
    port: int

    def ticket(self) -> bytes:
        """A new ticket as a line, as the coordinator would send it."""
        made = subprocess.run(
            [*_server_command(), "ticket", "--data", str(self.data)],
            check=True,
            capture_output=True,
            cwd=program_folder(),
        )
        return made.stdout


@contextmanager
def running_server(data: Path) -> Iterator[ServerChild]:
    """A server on a free port of loopback, stopped at the end. KnownError "server_start_failed"."""
    log = data.parent / "server.log"
    with log.open("wb") as errors:
        child = subprocess.Popen(
            [*_server_command(), "run", "--data", str(data), "--port", "0", "--json"],
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=program_folder(),
        )
    assert child.stdout is not None
    try:
        ready = child.stdout.readline()
        if not ready:
            raise KnownError("server_start_failed", reason=log.read_text(encoding="utf-8").strip())
        yield ServerChild(data, int(json.loads(ready)["port"]))
    finally:
        child.terminate()
        try:
            child.wait(STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()


def _server_command() -> list[str]:
    return [sys.executable, "-m", "server"]
