"""Connections on which nothing comes are ended, so that silent ones never add up to all there can be.

uvicorn ends a connection that is silent after a reply, but waits without end for a first request, for the
rest of its head and for the rest of its body.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

SILENCE_S = 75.0  # a client that sends gives up after 15 s without progress


class QuietConnectionsEnd(H11Protocol):
    """HTTP/1.1 on one connection; it ends after one to two times `silence_s` without a byte to wait for."""

    silence_s = SILENCE_S

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._heard_s = self.loop.time()
        self._look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look_later()

    def data_received(self, data: bytes) -> None:
        self._heard_s = self.loop.time()
        super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def _look_later(self) -> None:
        self._look = self.loop.call_later(self.silence_s, self._end_if_quiet)

    def _end_if_quiet(self) -> None:
        """Ends it if its client is silent; while a reply is made or read, it is the client that waits."""
        cycle: RequestResponseCycle | None = self.cycle
        replying = cycle is not None and not cycle.response_complete and not cycle.more_body
        if replying or self.loop.time() - self._heard_s < self.silence_s:
            self._look_later()
        else:
            self.transport.close()
