"""The server process: one per data folder, TLS always on, a line when it is ready."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import uvicorn
from litestar.types import ASGIApp

from core.errors import KnownError
from server.app import build_app, open_server, refuse_foreign_folder
from server.certificates import Certificates
from server.config import ServerConfig
from server.quiet_connections import QuietConnectionsEnd
from server.replication import Replication
from server.sync_service import Server
from server.tickets import write_address

_GRACE_S = 5
_KEEP_ALIVE_S = 75


def run_server(config: ServerConfig, *, as_json: bool) -> None:
    """Serves until it is told to stop (SIGTERM, Ctrl+C).

    Raises KnownError "server_already_running" if another process has the data folder, "litestream_missing".
    """
    with alone(config), open_server(config) as server, _replicated(config) as look_after:
        _serve(server, config, look_after, as_json=as_json)


@contextmanager
def _replicated(config: ServerConfig) -> Iterator[Callable[[], None]]:
    """Litestream beside the server, if it is asked for; the function keeps it alive."""
    if config.replica is None:
        yield lambda: None
        return
    replication = Replication(config, config.replica)
    replication.look_after()
    try:
        yield replication.look_after
    finally:
        replication.end()


@contextmanager
def alone(config: ServerConfig) -> Iterator[None]:
    """The data folder for this process only. Raises KnownError "server_already_running"."""
    refuse_foreign_folder(config)
    config.data.mkdir(parents=True, exist_ok=True)
    with config.lock_file.open("ab") as lock:
        _lock(lock)
        yield


def _serve(server: Server, config: ServerConfig, look_after: Callable[[], None], *, as_json: bool) -> None:
    server.blobs.clear_incoming()
    certificates = Certificates(config.keys)
    certificates.ensure_server_certificate((config.host, *config.public_names), server.clock.now())
    listening = _bind(config)
    port = listening.getsockname()[1]
    urls = write_address(config, port)

    def say_ready() -> None:
        ready = {"ready": True, "port": port, "urls": urls, "pid": os.getpid()}
        sys.stdout.write((json.dumps(ready) if as_json else f"ready: {' '.join(urls)}") + "\n")
        sys.stdout.flush()

    for stop in (
        signal.SIGTERM,
        signal.SIGINT,
    ):  # uvicorn raises them once more when it is done: we only leave
        signal.signal(stop, lambda *_: None)
    serving = _ReadyServer(_uvicorn_config(build_app(server, config), certificates), say_ready, look_after)
    serving.run(sockets=[listening])


class _ReadyServer(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, say_ready: Callable[[], None], look_after: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._say_ready = say_ready
        self._look_after = look_after

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._say_ready()

    async def on_tick(self, counter: int) -> bool:
        self._look_after()
        return await super().on_tick(counter)


def _uvicorn_config(app: ASGIApp, certificates: Certificates) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=QuietConnectionsEnd,
        ws="none",
        proxy_headers=False,  # who asks is who connects; nobody names another address
        lifespan="off",
        ssl_certfile=str(certificates.server_file),
        ssl_keyfile=str(certificates.server_key_file),
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_GRACE_S,
    )


def _bind(config: ServerConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    # Named, because asyncio sends small pieces at once (TCP_NODELAY) only on sockets that say they are TCP.
    # Without it the body of each reply waits a round trip for the acknowledgement of its head.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name != "nt":  # there it would let two servers share a port
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((config.host, config.port))
    except OSError as refused:
        listening.close()
        raise KnownError("server_port_taken", host=config.host, port=config.port) from refused
    return listening


def _lock(file: BinaryIO) -> None:
    """Holds the data folder for this process; the system lets go of it however the process ends."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as held:
        raise KnownError("server_already_running") from held
