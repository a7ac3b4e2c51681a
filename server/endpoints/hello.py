"""Who the server is, and whether it lives."""

from __future__ import annotations

from litestar import Response, get
from litestar.exceptions import NotFoundException

from core.protocol.codec import encode_message
from core.protocol.wire_errors import WireError
from server.endpoints.request_parts import SvpRequest, in_thread, reply
from server.metrics import MEDIA_TYPE, Metrics
from server.sync_service import Server

_THIS_MACHINE = {"127.0.0.1", "::1"}


@get("/svp/1/hello")
async def hello(request: SvpRequest) -> Response[bytes]:
    """Versions, project, epoch, limits: said to anybody."""
    server: Server = request.app.state.server
    return reply(encode_message(await in_thread(server.hello)), 200, "application/json")


@get("/svp/1/healthz")
async def healthz(request: SvpRequest) -> Response[bytes]:
    """200 while data can be read and written; 507 when the disk is too full to take a photo."""
    server: Server = request.app.state.server
    await in_thread(server.identity.epoch)
    if server.blobs.is_full():
        raise WireError("server-full")
    return reply(b'{"ok":true}', 200, "application/json")


@get("/svp/1/metrics")
async def metrics(request: SvpRequest) -> Response[bytes]:
    """Figures, told on the server's own machine only."""
    if request.client is None or request.client.host not in _THIS_MACHINE:
        raise NotFoundException
    shown: Metrics = request.app.state.metrics
    return reply(await in_thread(shown.text), 200, MEDIA_TYPE)


@get("/svp/1/openapi.json")
async def openapi(request: SvpRequest) -> Response[bytes]:
    """What this server speaks, for other programs."""
    return reply(request.app.state.description, 200, "application/json")
