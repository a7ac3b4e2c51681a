"""Bodies of uploads taken from the wire as they come, whatever the handler is waiting for.

WORKAROUND uvicorn 0.54: when the client goes away, its `receive` answers "disconnected" and drops the bytes
that came and were not asked for yet; those would have to be sent again over a bad link.
"""

from __future__ import annotations

import anyio
from anyio.streams.memory import MemoryObjectSendStream
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, ReceiveMessage, Scope, Send

_PIECES_AHEAD = 16  # of at most 64 kB each


def with_early_body(app: ASGIApp) -> ASGIApp:
    """The application, its PATCH bodies read ahead."""

    async def read_ahead(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != "PATCH":
            await app(scope, receive, send)
            return
        outgoing, incoming = anyio.create_memory_object_stream[ReceiveMessage](_PIECES_AHEAD)
        async with anyio.create_task_group() as tasks, outgoing, incoming:
            tasks.start_soon(_pump, receive, outgoing)
            await app(scope, incoming.receive, send)
            tasks.cancel_scope.cancel()

    return read_ahead


async def _pump(receive: Receive, outgoing: MemoryObjectSendStream[ReceiveMessage]) -> None:
    disconnected = False
    while not disconnected:
        message = await receive()
        disconnected = message["type"] == "http.disconnect"
        await outgoing.send(message)
