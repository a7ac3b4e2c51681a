"""Tickets in, tokens out, and the authority that a ticket names."""

from __future__ import annotations

import structlog
from litestar import Response, get, post

from core.protocol.codec import decode_message, encode_message
from core.protocol.messages import Enrolled, EnrolRequest, TokenRequest
from core.protocol.wire_errors import WireError
from server.certificates import Certificates
from server.config import ServerConfig
from server.endpoints.request_parts import SvpRequest, bounded_body, in_thread, reply
from server.sync_service import Server

LOG = structlog.get_logger("access")
_BODY_LIMIT = 16 * 1024


@get("/svp/1/ca")
async def authority(request: SvpRequest) -> Response[bytes]:
    """The private CA, for who holds its SHA-256 from a ticket and asks before it can know the server."""
    config: ServerConfig = request.app.state.config
    pem = await in_thread(Certificates(config.keys).ca_pem)
    return reply(pem.encode("ascii"), 200, "application/x-pem-file")


@post("/svp/1/enrol")
async def enrol(request: SvpRequest) -> Response[bytes]:
    """Lets a device in by its ticket's code."""
    asked = decode_message(await bounded_body(request, _BODY_LIMIT), EnrolRequest)
    server: Server = request.app.state.server
    device = await in_thread(server.auth.enrol, asked)
    LOG.info("device enrolled", device=device.id)
    enrolled = Enrolled(
        device=device.id,
        project=server.identity.project,
        project_name=server.identity.project_name,
        epoch=await in_thread(server.identity.epoch),
        server_key=server.identity.public_key,
        grant=device.grant,
    )
    return reply(encode_message(enrolled), 201, "application/json")


@post("/svp/1/token")
async def token(request: SvpRequest) -> Response[bytes]:
    """A nonce to sign (401), or for a signed one a token (201)."""
    asked = decode_message(await bounded_body(request, _BODY_LIMIT), TokenRequest)
    auth = request.app.state.server.auth
    if asked.nonce is None:
        raise WireError("nonce-required", nonce=auth.nonce(asked.device))
    made = await in_thread(auth.token, asked)
    return reply(encode_message(made), 201, "application/json")
