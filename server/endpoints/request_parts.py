"""What every endpoint takes from a request: the device behind the token, and a bounded body."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from anyio import to_thread
from litestar import Request, Response
from litestar.datastructures import State
from litestar.di import NamedDependency

from core.protocol.wire_errors import WireError
from server.sync_service import Server, SyncService

T = TypeVar("T")
SvpRequest = Request[Any, Any, State]
Service = NamedDependency[SyncService]


async def in_thread(work: Callable[..., T], *args: Any, **named: Any) -> T:
    """Runs what touches disk or database off the event loop."""
    return await to_thread.run_sync(partial(work, *args, **named))


async def provide_service(request: SvpRequest) -> SyncService:
    """The service for the device whose token came. Raises `token-expired`, `device-revoked`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise WireError("token-expired")
    server: Server = request.app.state.server
    return SyncService(server, await in_thread(server.auth.device_of_token, token.strip()))


async def bounded_body(request: SvpRequest, limit: int) -> bytes:
    """The body as sent. Raises `too-large`."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            raise WireError("too-large", limit=limit)
    return bytes(body)


def reply(content: bytes, status: int, media_type: str, **headers: str) -> Response[bytes]:
    """Bytes as they are; underscores in header names become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(content, status_code=status, media_type=media_type, headers=named)
