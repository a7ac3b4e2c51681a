"""Who the server is, and whether it lives."""

from __future__ import annotations

from litestar import Response, get

from core.protocol.codec import encode_message
from server.endpoints.request_parts import SvpRequest, in_thread, reply
from server.sync_service import Server


@get("/svp/1/hello")
async def hello(request: SvpRequest) -> Response[bytes]:
    """Versions, project, epoch, limits: said to anybody."""
    server: Server = request.app.state.server
    return reply(encode_message(await in_thread(server.hello)), 200, "application/json")


@get("/svp/1/healthz")
async def healthz() -> Response[bytes]:
    """200 while the process answers."""
    return reply(b'{"ok":true}', 200, "application/json")
