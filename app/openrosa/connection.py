"""HTTP with one OpenRosa server: the only place of this room that knows the library.

Every request says `X-OpenRosa-Version: 1.0`, and so must the answers of a server that speaks OpenRosa
(https://docs.getodk.org/openrosa-http-request/); another answer is from somebody in between. Answers are read
up to a limit. User and password go to the server's own host alone; a redirect never leads from TLS to plain
text.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from typing import Final, Self

import httpx2

from app.http_client import make_client
from app.openrosa.address import ServerAccess
from app.openrosa.link import LinkError
from app.openrosa.reply import Reply
from core.clock import Clock
from core.errors import KnownError
from core.protocol.versions import PROJECT_HEADER

_STALL_S: Final = 30.0
_ANSWER_S: Final = 120.0  # a server that stores a large photo before it answers
_REPLY_BYTES: Final = 1024 * 1024
_SEND_BUFFER_BYTES: Final = 64 * 1024
_NOT_ASKED: Final = frozenset({400, 404, 405, 501})
_REDIRECTS: Final = 4
_PORTS: Final = {"https": 443, "http": 80}


class Connection:
    """Requests to one server. Use it as a context manager."""

    def __init__(
        self,
        access: ServerAccess,
        clock: Clock,
        check: Callable[[], None] = lambda: None,
        *,
        synced: str = "",
    ) -> None:
        """`check` is called again and again while an answer comes, and may raise to stop it.

        `synced` is the project that is synced: a server of it is refused, whatever name it has (KnownError
        "openrosa_own_server" of each request).
        Raises KnownError "openrosa_authority" if the certificate authority cannot be read.
        """
        self._base = httpx2.URL(access.url)
        self._clock = clock
        self._check = check
        self._synced = synced
        self._login = _Login(access.user, access.password) if access.user else None
        self._client = make_client(
            _trusted(access.authority),
            {"X-OpenRosa-Version": "1.0", "Accept-Encoding": "identity"},
            stall_s=_STALL_S,
            answer_s=_ANSWER_S,
            send_buffer_bytes=_SEND_BUFFER_BYTES,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def at(self, path: str) -> str:
        """The URL of one of the server's endpoints."""
        return f"{str(self._base).rstrip('/')}/{path}"

    def get(
        self, url: str, limit: int, *, of_openrosa: bool = True, params: dict[str, str] | None = None
    ) -> bytes:
        """The content at a URL. Without `of_openrosa` it may lie on another host and lack the header.

        Raises KnownError "openrosa_login", "openrosa_not_found", "openrosa_portal", "openrosa_too_large", …
        """
        with self._open("GET", self._resolved(url), of_openrosa=of_openrosa, params=params) as reply:
            _raise_for(reply, logged_in=self._login is not None)
            if of_openrosa and not _is_openrosa(reply):
                raise KnownError("openrosa_portal")
            with _link_errors():
                return self._read(reply, limit)

    def ask(self, url: str) -> tuple[str, dict[str, str]]:
        """Where a POST to that URL should go, and the headers that tell what it may be.

        A server need not be able to say so (ODK Collect sends all the same), but it must speak OpenRosa.
        """
        spoken = False
        for method in ("HEAD", "OPTIONS"):
            with self._open(method, self._resolved(url)) as reply:
                spoken = spoken or _is_openrosa(reply)
                if reply.status_code in _NOT_ASKED and spoken:
                    continue
                _raise_for(reply, logged_in=self._login is not None)
                if not _is_openrosa(reply):
                    raise KnownError("openrosa_portal")
                target = self._own(reply.headers.get("location", ""), reply.url)
                return str(target or reply.url), dict(reply.headers)
        return url, {}

    def post(self, url: str, content_type: str, size: int, body: Iterable[bytes]) -> Reply:
        """The answer to a POST of `size` bytes. Raises LinkError when nobody knows whether it arrived."""
        headers = {"Content-Type": content_type, "Content-Length": str(size)}
        with self._open("POST", httpx2.URL(url), body=body, headers=headers) as reply:
            with _link_errors():
                content = self._read(reply, _REPLY_BYTES)
            return Reply(reply.status_code, _is_openrosa(reply), content)

    @contextmanager
    def _open(
        self,
        method: str,
        url: httpx2.URL,
        *,
        of_openrosa: bool = True,
        params: dict[str, str] | None = None,
        body: Iterable[bytes] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Iterator[httpx2.Response]:
        """The reply to a request, redirects within the host followed."""
        if params:
            url = url.copy_merge_params(params)
        for _ in range(_REDIRECTS):
            date = {"Date": format_datetime(self._clock.now(), usegmt=True)}
            request = self._client.build_request(method, url, content=body, headers=date | (headers or {}))
            with _link_errors():
                reply = self._sent(request, self._login if self._is_own(url) else None)
            try:
                if self._synced and reply.headers.get(PROJECT_HEADER) == self._synced:
                    raise KnownError("openrosa_own_server")
                target = reply.headers.get("location", "") if reply.is_redirect and body is None else ""
                if not target:
                    yield reply
                    return
                led = self._own(target, url) if of_openrosa else _joined(url, target)
            finally:
                reply.close()
            if led is None or (url.scheme == "https" and led.scheme != "https"):
                raise KnownError("openrosa_portal")
            url = led
        raise KnownError("openrosa_portal")

    def _sent(self, request: httpx2.Request, login: _Login | None) -> httpx2.Response:
        """The reply to a request, its challenges answered and no further read than they may be long."""
        if login is None:
            return self._client.send(request, stream=True, auth=None)
        flow = login.requests(request)
        asked = next(flow)
        while True:
            reply = self._client.send(asked, stream=True, auth=None)
            try:
                asked = flow.send(reply)
                self._read(reply, _REPLY_BYTES)  # else the connection could not be kept
            except StopIteration:
                return reply
            except BaseException:
                reply.close()
                raise

    def _read(self, reply: httpx2.Response, limit: int) -> bytes:
        content = bytearray()
        for piece in reply.iter_bytes():
            self._check()
            content += piece
            if len(content) > limit:
                raise KnownError("openrosa_too_large", limit_mb=limit // 1_000_000)
        return bytes(content)

    def _is_own(self, url: httpx2.URL) -> bool:
        return url.host == self._base.host and (url.scheme == "https" or self._base.scheme == "http")

    def _own(self, target: str, url: httpx2.URL) -> httpx2.URL | None:
        """Where a redirect leads within the server's host, as encrypted as before; None: elsewhere."""
        led = _joined(url, target) if target else None
        if led is None or led.host != self._base.host:
            return None
        return self._as_encrypted(led)

    def _resolved(self, url: str) -> httpx2.URL:
        """A URL that the server gave, as this client may follow it. Raises KnownError "openrosa_bad_list"."""
        asked = _joined(self._base, url)
        if asked is None:
            raise KnownError("openrosa_bad_list")
        if asked.host == self._base.host:
            return self._as_encrypted(asked)
        if asked.scheme != "https":
            raise KnownError("openrosa_bad_list")
        return asked

    def _as_encrypted(self, url: httpx2.URL) -> httpx2.URL:
        """A server behind a proxy names itself by plain HTTP: its own address counts."""
        if self._base.scheme == "https" and url.scheme == "http":
            return url.copy_with(scheme="https", port=self._base.port)
        return url


class _Login:
    """Digest where the server offers it; Basic only over TLS."""

    def __init__(self, user: str, password: str) -> None:
        self._digest = httpx2.DigestAuth(user, password)
        self._basic = httpx2.BasicAuth(user, password)
        self._is_basic = False

    def requests(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """The request with what a server lets in by, and again as it asks for it; each is sent its reply."""
        if self._is_basic:
            yield from self._basic.auth_flow(request)
            return
        flow = self._digest.auth_flow(request)
        asked = next(flow)
        while True:
            reply = yield asked
            try:
                asked = flow.send(reply)
            except StopIteration:
                break
        offers = " ".join(reply.headers.get_list("www-authenticate")).lower()
        if reply.status_code != 401 or "digest" in offers:
            return
        if request.url.scheme != "https":
            raise KnownError("openrosa_login_unsafe")
        self._is_basic = True
        yield from self._basic.auth_flow(request)


def _trusted(authority: str) -> ssl.SSLContext:
    """What the system itself vouches for, on Windows and macOS too, and this authority beside it."""
    context = httpx2.create_ssl_context(trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if authority:
        try:
            context.load_verify_locations(cadata=authority)
        except (ssl.SSLError, ValueError) as error:
            raise KnownError("openrosa_authority") from error
    return context


def _joined(base: httpx2.URL, target: str) -> httpx2.URL | None:
    try:
        url = base.join(target)
    except (httpx2.InvalidURL, ValueError):
        return None
    return url if url.scheme in _PORTS and url.host else None


def _is_openrosa(reply: httpx2.Response) -> bool:
    return bool(reply.headers.get("x-openrosa-version"))


def _raise_for(reply: httpx2.Response, *, logged_in: bool) -> None:
    """Raises for an answer that is none of 2xx."""
    match reply.status_code:
        case status if 200 <= status < 300:
            return
        case 401:
            raise KnownError("openrosa_login" if logged_in else "openrosa_login_needed")
        case 403:
            raise KnownError("openrosa_forbidden" if _is_openrosa(reply) else "openrosa_portal")
        case 404 | 410:
            raise KnownError("openrosa_not_found")
        case 429 | 502 | 503 | 504:
            raise LinkError("openrosa_busy")
        case status if status >= 500 and status != 511:
            raise LinkError("openrosa_trouble", status=status)
    raise KnownError("openrosa_portal")


@contextmanager
def _link_errors() -> Iterator[None]:
    """The HTTP library's errors as ours."""
    try:
        yield
    except httpx2.ConnectError as error:
        raise _connect_error(error) from error
    except httpx2.TimeoutException as error:
        raise LinkError("openrosa_silent") from error
    except (httpx2.TransportError, httpx2.DecodingError) as error:
        raise LinkError("openrosa_link_broken") from error


def _connect_error(error: BaseException) -> KnownError:
    """Why no connection came about: a certificate nobody vouches for, no TLS at all, or nobody there."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return KnownError("openrosa_certificate")
        if isinstance(cause, ssl.SSLError):
            return KnownError("openrosa_no_tls")
        if isinstance(cause, socket.gaierror):
            return LinkError("openrosa_no_such_host")
        cause = cause.__cause__ or cause.__context__
    return LinkError("openrosa_unreachable")
