"""The time to sync 100 records over 40 kbit/s with 600 ms there and back, against raw TCP on the same link.

Floor: a bare TCP connection that carries as many bytes as the operations have when compressed in one piece,
and waits for one byte as answer. Ours: a cold connection with TLS, until the server's signed receipt is here.
Skipped, with the reason, where such a link cannot be made.
"""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from app.usecases.enrolling import enrol
from app.usecases.sync import sync_now
from benchmarks.emulated_link import FAR, EmulatedLink, why_not
from benchmarks.result import Result, against_floor
from benchmarks.sync_bytes import write_records
from tests.builders import a_record, a_workspace
from tests.servers import ROOT

BITS_S = 40_000
DELAY_S = 0.3
PHOTOS = 6
"""That each record names; their files are not here and not sent."""
AIM = 1 / 0.95


def run() -> Iterator[Result]:
    """One result, in seconds."""
    if reason := why_not():
        sys.stderr.write(f"slow_link is left out: {reason}\n")
        return
    with (
        tempfile.TemporaryDirectory(prefix="cunjiang-bench-") as folder,
        EmulatedLink(bits_s=BITS_S, delay_s=DELAY_S) as link,
        _server_at(link, Path(folder) / "server") as ticket,
        a_workspace(Path(folder) / "a") as sender,
    ):
        link.at(link.near, lambda: enrol(sender, ticket(), "示例"))
        a_record(sender)
        link.at(link.near, lambda: sync_now(sender))
        payload = write_records(sender, photos=PHOTOS)
        took = _took_s(lambda: link.at(link.near, lambda: sync_now(sender)))
        raw = _raw_tcp_s(link, payload)
    yield against_floor("sync_over_40_kbit", took, raw, "s", aim=AIM)


@contextmanager
def _server_at(link: EmulatedLink, data: Path) -> Iterator[Callable[[], bytes]]:
    """A server process at the far end; gives what makes tickets."""
    command = [sys.executable, "-m", "server"]
    place = ["ip", "netns", "exec", link.far]
    running = subprocess.Popen(
        [*place, *command, "run", "--data", str(data), "--host", FAR, "--port", "0", "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert running.stdout is not None
    assert json.loads(running.stdout.readline())["ready"]

    def ticket() -> bytes:
        file = data.parent / f"{secrets.token_hex(4)}.ticket"
        subprocess.run(
            [*command, "ticket", "--data", str(data), "--file", str(file)],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        return file.read_bytes()

    try:
        yield ticket
    finally:
        running.terminate()
        running.wait(20)
        running.stdout.close()


def _raw_tcp_s(link: EmulatedLink, size: int) -> float:
    listening = link.at(link.far, lambda: socket.create_server((FAR, 0)))
    port = listening.getsockname()[1]

    def receive() -> None:
        connection, _ = listening.accept()
        with connection:
            left = size
            while left:
                left -= len(connection.recv(65_536))
            connection.sendall(b"k")

    def send() -> None:
        with socket.create_connection((FAR, port)) as connection:
            connection.sendall(secrets.token_bytes(size))
            connection.recv(1)

    with listening, ThreadPoolExecutor(1) as thread:
        received = thread.submit(receive)
        took = _took_s(lambda: link.at(link.near, send))
        received.result()
    return took


def _took_s(work: Callable[[], object]) -> float:
    begun = time.monotonic()
    work()
    return time.monotonic() - begun
