"""A line as there is in a village: slow, and gone every few seconds."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Self

RATE = 40_000  # bytes a second in each direction
CUT_AFTER = 120_000  # bytes of one connection, then it is gone
_PIECE = 2_000


class BadLine:
    """Forwards connections on loopback to `target_port`; `cuts` counts those that broke."""

    def __init__(self, target_port: int) -> None:
        self._target = target_port
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self.port = 0
        self.cuts = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        left = asyncio.all_tasks(self._loop)
        for one in left:
            one.cancel()
        if left:
            self._loop.run_until_complete(asyncio.wait(left))
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        listening = self._loop.run_until_complete(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = listening.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        listening.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", self._target)
        ways = [self._forward(reader, onward_writer), self._forward(onward_reader, writer)]
        running = [asyncio.ensure_future(way) for way in ways]
        await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for end in (writer, onward_writer):
            end.transport.abort()
        for one in running:
            one.cancel()

    async def _forward(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        passed = 0
        with contextlib.suppress(OSError):
            while piece := await source.read(_PIECE):
                target.write(piece)
                await target.drain()
                await asyncio.sleep(len(piece) / RATE)
                passed += len(piece)
                if passed > CUT_AFTER:
                    self.cuts += 1
                    return
