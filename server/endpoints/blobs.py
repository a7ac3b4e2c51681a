"""Photos: the append part of the IETF resumable-upload draft (interop version 8) on a URL that is the digest.

The newest connection wins: a HEAD or PATCH ends the PATCH that still hangs on a dead radio link, so a client
that comes back is never told to wait for its own ghost.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Literal

import anyio
from anyio import CancelScope
from litestar import Response, get, head, patch, post, route
from litestar.datastructures import Headers
from litestar.enums import HttpMethod
from litestar.exceptions import InternalServerException
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from core.protocol.codec import decode_message, encode_message
from core.protocol.messages import BlobState, HaveReply, HaveRequest
from core.protocol.versions import BLOB_LIMIT
from core.protocol.wire_errors import WireError
from server.blobs.store import IncomingBlob
from server.endpoints.request_parts import Service, SvpRequest, bounded_body, in_thread, reply

_HAVE_BODY_LIMIT = 64 * 1024
_MEDIA_TYPE = "application/octet-stream"
_RANGE = re.compile(r"bytes=(\d{1,12})-(\d{0,12})\Z", re.ASCII)
_LIMIT = {"Upload-Limit": f"max-size={BLOB_LIMIT}, min-append-size=0"}


class Uploads:
    """The PATCH requests under way, by project and digest."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, str], _Upload] = {}

    async def end_older(self, key: tuple[str, str]) -> None:
        """Ends the upload of this photo that is under way, if any, and waits until its bytes are kept."""
        older = self._running.get(key)
        if older is not None:
            older.scope.cancel()
            await older.ended.wait()

    def enter(self, key: tuple[str, str]) -> _Upload:
        """Notes an upload as the one under way."""
        upload = self._running[key] = _Upload()
        return upload

    def leave(self, key: tuple[str, str], upload: _Upload) -> None:
        """Forgets it, and lets those go on who wait for its end."""
        if self._running.get(key) is upload:
            del self._running[key]
        upload.ended.set()


class _Upload:
    def __init__(self) -> None:
        self.scope = CancelScope()
        self.ended = anyio.Event()


@post("/svp/1/blobs/have")
async def have(request: SvpRequest, service: Service) -> Response[bytes]:
    """What is held of up to 500 photos."""
    asked = decode_message(await bounded_body(request, _HAVE_BODY_LIMIT), HaveRequest)
    states = await in_thread(service.blobs_have, asked.digests)
    return reply(encode_message(HaveReply(blobs=states)), 200, "application/json")


@route("/svp/1/blobs/{digest:str}", http_method=HttpMethod.OPTIONS)
async def limits() -> Response[None]:
    """What an upload may be."""
    return Response(None, status_code=204, headers=_LIMIT)


@head("/svp/1/blobs/{digest:str}")
async def offset(request: SvpRequest, service: Service, digest: FromPath[str]) -> Response[None]:
    """How far an upload has come."""
    uploads: Uploads = request.app.state.uploads
    await uploads.end_older(service.photos.key(digest))
    return _state_reply(await in_thread(service.photos.state, digest), 204)


@patch("/svp/1/blobs/{digest:str}")
async def append(request: SvpRequest, service: Service, digest: FromPath[str]) -> Response[None]:
    """Goes on with an upload."""
    size, start = _number(request, "upload-length"), _number(request, "upload-offset")
    uploads: Uploads = request.app.state.uploads
    key = service.photos.key(digest)
    await uploads.end_older(key)
    upload = uploads.enter(key)
    try:
        blob = await in_thread(service.photos.begin, digest, size, start)
        if blob is None:
            return _state_reply(await in_thread(service.photos.state, digest), 201)
        try:
            with upload.scope:
                await _take(request.stream(), blob)
            state = await in_thread(service.photos.end, blob)
        finally:
            with CancelScope(shield=True):
                await in_thread(blob.close)
    finally:
        uploads.leave(key, upload)
    return _state_reply(state, 201 if state.state == "full" else 204)


async def _take(stream: AsyncIterator[bytes], blob: IncomingBlob) -> None:
    """Writes what comes until it ends or breaks off.

    Writing goes to the page cache, quicker than a hop to a thread for each piece; only fsync waits elsewhere.
    """
    try:
        async for piece in stream:
            blob.write(piece)
            if blob.wants_sync:
                await in_thread(blob.sync)
    except InternalServerException:  # the client went away; what came is kept
        return


@get("/svp/1/blobs/{digest:str}")
async def read(
    request: SvpRequest,
    service: Service,
    digest: FromPath[str],
    v: FromQuery[Literal["preview"] | None] = None,
) -> Response[bytes] | Stream:
    """The bytes of a photo, or with `v=preview` of the small copy made at capture; from `Range` on."""
    if v is not None:
        digest = await in_thread(service.photos.preview_of, digest)
    state = await in_thread(service.photos.state, digest)
    wanted = _range(request.headers, digest, state.offset)
    pieces = await in_thread(service.photos.read, digest, wanted.start)
    headers = {
        "ETag": f'"{digest}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, immutable",
        "Content-Length": str(len(wanted)),
    }
    partial = len(wanted) < state.offset
    if partial:
        headers["Content-Range"] = f"bytes {wanted.start}-{wanted.stop - 1}/{state.offset}"
    return Stream(
        _off_loop(pieces, len(wanted)),
        status_code=206 if partial else 200,
        media_type=_MEDIA_TYPE,
        headers=headers,
    )


async def _off_loop(pieces: Iterator[bytes], left: int) -> AsyncIterator[bytes]:
    """The first `left` bytes, read beside the event loop."""
    while left and (piece := await in_thread(next, pieces, b"")):
        yield piece[:left]
        left -= len(piece[:left])


def _state_reply(state: BlobState, status: int) -> Response[None]:
    complete = "?1" if state.state == "full" else "?0"
    headers = {"Upload-Offset": str(state.offset), "Upload-Complete": complete, **_LIMIT}
    return Response(None, status_code=status, headers=headers)


def _number(request: SvpRequest, header: str) -> int:
    text = request.headers.get(header, "")
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise WireError("malformed")
    return int(text)


def _range(headers: Headers, digest: str, size: int) -> range:
    """Which bytes are asked for; with an unusable range all of them, as RFC 9110 lets a server do."""
    match = _RANGE.match(headers.get("range", ""))
    if not match or headers.get("if-range", f'"{digest}"') != f'"{digest}"':
        return range(size)
    start, end = int(match[1]), min(int(match[2] or size), size - 1)
    return range(start, end + 1) if start <= end else range(size)
