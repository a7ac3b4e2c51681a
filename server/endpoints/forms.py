"""Form versions, left by whoever used one first."""

from __future__ import annotations

from litestar import Response, get, put
from litestar.params import FromPath

from core.protocol.form_package import PACKAGE_LIMIT
from server.endpoints.openrosa import PhoneDoor
from server.endpoints.request_parts import Service, SvpRequest, bounded_body, in_thread, reply

_MEDIA_TYPE = "application/zstd"


@put("/svp/1/forms/{digest:str}")
async def put_form(request: SvpRequest, service: Service, digest: FromPath[str]) -> Response[bytes]:
    """Keeps a form version; submissions of phones that waited for it are taken in."""
    await in_thread(service.put_form, digest, await bounded_body(request, PACKAGE_LIMIT))
    door: PhoneDoor = request.app.state.phones
    await in_thread(door.gateway.catch_up)
    return reply(b"", 201, _MEDIA_TYPE)


@get("/svp/1/forms/{digest:str}")
async def get_form(service: Service, digest: FromPath[str]) -> Response[bytes]:
    """A form version as it was left here."""
    package = await in_thread(service.get_form, digest)
    return reply(package, 200, _MEDIA_TYPE, Cache_Control="private, immutable", ETag=f'"{digest}"')
