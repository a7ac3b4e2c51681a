"""The hot path: a batch in, an acknowledgement and a page of the feed out, in one round trip."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromQuery, QueryParameter

from core.protocol.codec import (
    compress_page,
    decompress,
    encode_message,
    pack_sync_reply,
    read_batch,
    unpack_sync_request,
)
from core.protocol.messages import SyncHeader
from core.protocol.versions import BATCH_PLAIN_LIMIT, FEED_MEDIA_TYPE, PAGE_BYTES, SYNC_BODY_LIMIT
from server.endpoints.request_parts import Service, SvpRequest, bounded_body, in_thread, reply
from server.sync_service import SyncService

_HEADER_BYTES = 4 * 1024


@post("/svp/1/sync")
async def sync(request: SvpRequest, service: Service) -> Response[bytes]:
    """Pushes and pulls."""
    packed = await bounded_body(request, SYNC_BODY_LIMIT)
    body = await in_thread(_exchange, service, packed, request.headers.get("signature", ""))
    return reply(body, 201, FEED_MEDIA_TYPE, Content_Encoding="zstd")


def _exchange(service: SyncService, packed: bytes, signature: str) -> bytes:
    header, plain = unpack_sync_request(decompress(packed, limit=BATCH_PLAIN_LIMIT + _HEADER_BYTES))
    answer, runs = service.sync(header, read_batch(plain) if plain else None, signature)
    return compress_page(pack_sync_reply(answer, runs))


@get("/svp/1/receipts")
async def receipt(service: Service, replica: FromQuery[str], through: FromQuery[int]) -> Response[bytes]:
    """The signed count of what is held of a log."""
    signed = await in_thread(service.receipt, replica, through)
    return reply(encode_message(signed), 200, "application/json")


@get("/svp/1/feed")
async def feed(
    service: Service,
    replica: FromQuery[str],
    cursor: FromQuery[str | None] = None,
    wanted: Annotated[int, QueryParameter(name="bytes")] = PAGE_BYTES,
) -> Response[bytes]:
    """A page of the feed, for who has nothing to send."""
    header = SyncHeader(replica=replica, have=cursor, want_bytes=wanted)
    body = await in_thread(_read, service, header)
    return reply(body, 200, FEED_MEDIA_TYPE, Content_Encoding="zstd")


def _read(service: SyncService, header: SyncHeader) -> bytes:
    return compress_page(pack_sync_reply(*service.sync(header, None, "")))
