"""A `SyncEndpoint` over HTTPS: the only place that speaks HTTP.

The server is known by its private CA from the ticket and nothing else; the laptop's clock is not asked. A
reply without the header `SVP: 1` comes from somebody in between. Bodies go out in small pieces, so that a
timeout measures progress and not the size of what is sent.
"""

from __future__ import annotations

import base64
import errno
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Self, TypeVar

import httpx2
import msgspec
from nacl.signing import SigningKey

from app.http_client import make_client
from app.log import subject
from app.sync.link import LinkError, UnreachedError
from app.sync.membership import Membership
from core.errors import KnownError
from core.protocol.codec import (
    Batch,
    Run,
    compress,
    decode_message,
    decompress_page,
    encode_message,
    pack_sync_request,
    unpack_sync_reply,
)
from core.protocol.messages import (
    BlobState,
    Enrolled,
    EnrolRequest,
    HaveReply,
    HaveRequest,
    Hello,
    Problem,
    SignedReceipt,
    SyncHeader,
    SyncReplyHeader,
    Token,
    TokenRequest,
)
from core.protocol.ticket import Ticket, ca_fingerprint
from core.protocol.versions import BATCH_MEDIA_TYPE, PROTOCOL_VERSION
from core.protocol.wire_errors import PROBLEM_PREFIX, WIRE_CODES, WireError

LOG = subject("sync")
PIECE_BYTES = 2 * 1024
_SEND_BUFFER_BYTES = 16 * 1024
_STALL_S = 15.0
_ANSWER_S = 60.0  # the last pieces may still be in the kernel's buffer, and the server has to write to disk
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME: a dead clock battery does not stop sync
_TOKEN_DOMAIN = b"svp1-token\n"
_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}
_REPLY_LIMIT = 64 * 1024 * 1024

Message = TypeVar("Message", bound=msgspec.Struct)


class HttpEndpoint:
    """The server of a membership. Use it as a context manager.

    A `token` of an earlier sync is used until the server says that it has expired; a new one goes to
    `keep_token`.
    """

    def __init__(
        self, membership: Membership, key: SigningKey, token: str | None, keep_token: Callable[[Token], None]
    ) -> None:
        self._membership = membership
        self._key = key
        self._http = _Http(membership.urls, _pinned_context(membership.ca))
        self._token = token
        self._keep_token = keep_token

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def hello(self) -> Hello:
        return _message(self._http.request("GET", "hello"), Hello)

    def sync(
        self, header: SyncHeader, batch: Batch | None, signature: str
    ) -> tuple[SyncReplyHeader, list[Run]]:
        headers = {"Content-Type": BATCH_MEDIA_TYPE, "Content-Encoding": "zstd"}
        if batch is not None:
            headers["Signature"] = signature
        body = compress(pack_sync_request(header, batch))
        return unpack_sync_reply(decompress_page(self._call("POST", "sync", body, headers)))

    def blobs_have(self, digests: Sequence[str]) -> list[BlobState]:
        asked = encode_message(HaveRequest(digests=list(digests)))
        states = _message(self._call("POST", "blobs/have", asked), HaveReply).blobs
        if [state.digest for state in states] != list(digests):
            raise WireError("malformed")
        return states

    def append_blob(self, digest: str, size_bytes: int, offset: int, pieces: Iterable[bytes]) -> BlobState:
        headers = {
            **self._authorization(),
            "Content-Type": "application/partial-upload",
            "Upload-Offset": str(offset),
            "Upload-Length": str(size_bytes),
            "Upload-Complete": "?1",
            "Content-Length": str(size_bytes - offset),
        }
        with self._http.stream("PATCH", f"blobs/{digest}", pieces, headers) as reply:
            self._refused(reply)
            return _blob_state(digest, reply.headers)

    def read_blob(self, digest: str, offset: int = 0) -> Iterator[bytes]:
        headers = self._authorization() | ({"Range": f"bytes={offset}-"} if offset else {})
        with self._http.stream("GET", f"blobs/{digest}", None, headers) as reply:
            self._refused(reply)
            if offset and reply.status_code != 206:
                raise WireError("unknown-blob")
            with _link_errors():
                yield from reply.iter_raw()

    def put_form(self, digest: str, package: bytes) -> None:
        self._call("PUT", f"forms/{digest}", package, {"Content-Type": "application/zstd"})

    def get_form(self, digest: str) -> bytes:
        return self._call("GET", f"forms/{digest}")

    def receipt(self, replica: str, through: int) -> SignedReceipt:
        return _message(self._call("GET", f"receipts?replica={replica}&through={through}"), SignedReceipt)

    def _call(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> bytes:
        """The body of a reply; a token that the server no longer knows is renewed once."""
        try:
            return self._http.request(method, path, body, {**(headers or {}), **self._authorization()})
        except WireError as refused:
            if refused.code.name != "token-expired":
                raise
        self._token = None
        return self._http.request(method, path, body, {**(headers or {}), **self._authorization()})

    def _refused(self, reply: httpx2.Response) -> None:
        try:
            _raise_problem(reply, _read(reply) if reply.status_code >= 400 else b"")
        except WireError as refused:
            if refused.code.name == "token-expired":
                self._token = None
            raise

    def _authorization(self) -> dict[str, str]:
        if self._token is None:
            new = self._new_token()
            self._keep_token(new)
            self._token = new.token
        return {"Authorization": f"Bearer {self._token}"}

    def _new_token(self) -> Token:
        device = self._membership.device
        try:
            self._http.request("POST", "token", encode_message(TokenRequest(device=device)))
        except WireError as asked:
            if asked.code.name != "nonce-required":
                raise
            nonce = str(asked.values.get("nonce", ""))
        else:
            raise WireError("malformed")
        signature = base64.b64encode(self._key.sign(_TOKEN_DOMAIN + nonce.encode()).signature).decode("ascii")
        request = TokenRequest(device=device, nonce=nonce, signature=signature)
        return _message(self._http.request("POST", "token", encode_message(request)), Token)


def enrol_over_http(urls: Sequence[str], ca_pem: str, request: EnrolRequest) -> Enrolled:
    """Joins by a ticket. Raises WireError `ticket-…`, KnownError for the link."""
    http = _Http(urls, _pinned_context(ca_pem))
    try:
        return _message(http.request("POST", "enrol", encode_message(request)), Enrolled)
    finally:
        http.close()


def authority_of(ticket: Ticket) -> str:
    """The CA (PEM) whose SHA-256 a ticket names, asked of its server before that can be known.

    Only this one public thing is asked without knowing who answers, and it is believed only if the SHA-256 is
    right. Raises KnownError "wrong_server", and those of the link.
    """
    anybody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE
    http = _Http(ticket.urls, anybody)
    try:
        pem = http.request("GET", "ca").decode("ascii", "replace")
    finally:
        http.close()
    try:
        known = ca_fingerprint(pem) == ticket.ca_sha256
    except ValueError as no_certificate:
        raise KnownError("wrong_server") from no_certificate
    if not known:
        raise KnownError("wrong_server")
    return pem


class _Http:
    """Requests to the first of several URLs that answers."""

    def __init__(self, urls: Sequence[str], context: ssl.SSLContext) -> None:
        self._urls = list(urls)
        self._client = make_client(
            context,
            {"SVP": str(PROTOCOL_VERSION), "Accept-Encoding": "zstd"},
            stall_s=_STALL_S,
            answer_s=_ANSWER_S,
            send_buffer_bytes=_SEND_BUFFER_BYTES,
        )

    def close(self) -> None:
        self._client.close()

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> bytes:
        """The body of a good reply. Raises WireError for a problem, LinkError or KnownError for the link."""
        length = {} if body is None else {"Content-Length": str(len(body))}
        for last, url in _with_last(self._urls):
            try:
                pieces = None if body is None else _pieces(body)
                with self._open(url, method, path, pieces, {**(headers or {}), **length}) as reply:
                    content = _read(reply)
                    _raise_problem(reply, content)
                    self._prefer(url)
                    return content
            except UnreachedError:
                if last:
                    raise
        raise UnreachedError("server_unreachable")

    @contextmanager
    def stream(
        self, method: str, path: str, pieces: Iterable[bytes] | None, headers: dict[str, str]
    ) -> Iterator[httpx2.Response]:
        """A reply whose body has not been read yet, from the URL that answered last."""
        with self._open(self._urls[0], method, path, pieces, headers) as reply:
            yield reply

    @contextmanager
    def _open(
        self, url: str, method: str, path: str, pieces: Iterable[bytes] | None, headers: dict[str, str]
    ) -> Iterator[httpx2.Response]:
        with (
            _link_errors(),
            self._client.stream(method, f"{url}/svp/1/{path}", content=pieces, headers=headers) as reply,
        ):
            _refuse_strangers(reply)
            yield reply

    def _prefer(self, url: str) -> None:
        if self._urls[0] != url:
            self._urls.remove(url)
            self._urls.insert(0, url)


def _pinned_context(ca_pem: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_verify_locations(cadata=ca_pem)
    context.verify_flags |= _NO_CHECK_TIME
    return context


@contextmanager
def _link_errors() -> Iterator[None]:
    """The HTTP library's errors as ours."""
    try:
        yield
    except httpx2.ConnectError as error:
        raise _connect_error(error) from error
    except httpx2.ConnectTimeout as error:
        raise UnreachedError("server_silent") from error
    except httpx2.ReadTimeout as error:
        raise LinkError("server_silent") from error
    except httpx2.TransportError as error:
        raise LinkError("link_broken") from error


def _connect_error(error: BaseException) -> KnownError:
    """Why no connection came about: a stranger's certificate, something that is no TLS, or nobody there."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return KnownError("wrong_server")
        if isinstance(cause, ssl.SSLError) and cause.reason in {
            "WRONG_VERSION_NUMBER",
            "RECORD_LAYER_FAILURE",
        }:
            return KnownError("captive_portal")
        if isinstance(cause, socket.gaierror):
            return UnreachedError("no_network" if cause.errno == socket.EAI_AGAIN else "name_not_found")
        if isinstance(cause, OSError) and cause.errno in _NO_WAY:
            return UnreachedError("no_network")
        cause = cause.__cause__ or cause.__context__
    return UnreachedError("server_unreachable")


def _refuse_strangers(reply: httpx2.Response) -> None:
    """Raises for a reply that no server of ours gave, or one that speaks only versions to come."""
    version = reply.headers.get("svp", "")
    if version == str(PROTOCOL_VERSION):
        return
    if version.isdigit():
        raise KnownError("program_too_old")
    if reply.status_code >= 500:
        raise LinkError("server_trouble")
    raise KnownError("captive_portal")


def _raise_problem(reply: httpx2.Response, content: bytes) -> None:
    if reply.status_code < 400:
        return
    problem = decode_message(content, Problem)
    name = problem.type.removeprefix(PROBLEM_PREFIX)
    values = {key: value for key, value in problem.values.items() if key != "code"}
    raise WireError(name if name in WIRE_CODES else "internal", **values)


def _read(reply: httpx2.Response) -> bytes:
    body = bytearray()
    for piece in reply.iter_raw():
        body += piece
        if len(body) > _REPLY_LIMIT:
            raise WireError("too-large")
    return bytes(body)


def _message(content: bytes, kind: type[Message]) -> Message:
    return decode_message(content, kind)


def _blob_state(digest: str, headers: httpx2.Headers) -> BlobState:
    offset = headers.get("upload-offset", "")
    if not offset.isdigit():
        raise WireError("malformed")
    if headers.get("upload-complete") == "?1":
        return BlobState(digest=digest, state="full", offset=int(offset))
    return BlobState(digest=digest, state="part", offset=int(offset))


def _pieces(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), PIECE_BYTES):
        yield body[start : start + PIECE_BYTES]


def _with_last(urls: list[str]) -> Iterator[tuple[bool, str]]:
    tried = list(urls)
    for number, url in enumerate(tried, 1):
        yield number == len(tried), url
