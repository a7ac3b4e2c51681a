"""A line between client and server that counts bytes and can be cut."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class CountingLine:
    """Forwards TCP connections on loopback. `up` and `down` count what has passed, over all connections.

    `cut_after_up`: how many more bytes may go up before the running connection is cut (once; None: never).
    """

    def __init__(self, target_port: int) -> None:
        self._target = ("127.0.0.1", target_port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.up = 0
        self.down = 0
        self.connections = 0
        self.cut_after_up: int | None = None
        self._turn = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for one in list(self._open):
            _close(one)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target)
            except OSError:
                client.close()
                continue
            self.connections += 1
            self._open += [client, server]
            for pair in ((client, server, True), (server, client, False)):
                thread = threading.Thread(target=self._forward, args=pair, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _forward(self, source: socket.socket, target: socket.socket, upward: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(4096):
                allowed, cut = self._count(piece, upward)
                target.sendall(piece[:allowed])
                if cut:
                    break
        _close(source)
        _close(target)

    def _count(self, piece: bytes, upward: bool) -> tuple[int, bool]:
        with self._turn:
            if not upward:
                self.down += len(piece)
                return len(piece), False
            allowed, cut = len(piece), False
            if self.cut_after_up is not None:
                allowed = min(allowed, self.cut_after_up)
                self.cut_after_up -= allowed
                cut = self.cut_after_up <= 0
                if cut:
                    self.cut_after_up = None
            self.up += allowed
            return allowed, cut


def _close(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
