"""OpenRosa over HTTP: what ODK Collect and KoboCollect ask. Every path also stands behind `/key/<token>`.

The standards: docs.getodk.org/openrosa (form list, manifest, submission, authentication, HTTP request).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial

import structlog
from anyio import CancelScope, CapacityLimiter, to_thread
from litestar import Response, get, head, post
from litestar.exceptions import InternalServerException
from litestar.params import FromPath

from core.protocol.wire_errors import WireError
from server.durable_files import disk_is_full
from server.endpoints.request_parts import SvpRequest, in_thread
from server.errors import problem_headers, wire_error
from server.openrosa.access import Access, NotLetInError
from server.openrosa.accounts import Phone
from server.openrosa.catalogue import FormVersion
from server.openrosa.documents import form_list, manifest, openrosa_headers, response
from server.openrosa.gateway import Gateway, Outcome
from server.openrosa.multipart_body import BODY_LIMIT, SubmissionBody

LOG = structlog.get_logger("openrosa")
XML_TYPE = "text/xml"
AT_WORK = 4
AT_ONCE = 4  # submissions that one phone sends at the same time
_KEY = "/key/{token:str}"
_MESSAGES = {
    400: "内容不完整，没有收下，请再发一次。Not a complete submission.",
    401: "请填写账号和密码。User name and password are needed.",
    403: "这个账号不能使用，请联系管理员。This account is not let in.",
    404: "服务器上没有。Not here.",
    413: "文件太大，没有收下。Too large.",
    429: "试错太多，请过一分钟再试。Too many wrong passwords; wait a minute.",
    503: "服务器忙，请稍后再发。Busy; send again later.",
    507: "服务器磁盘已满，没有收下，请联系管理员。The server's disk is full.",
}
_OUTCOMES = {
    "taken": (201, "已收到。Received."),
    "superseded": (201, "已收到，之前已收到更新的一份。Received; a later edit was here already."),
    "aside": (
        202,
        "已保存在服务器，表单到齐或管理员处理后收入。Kept; it waits for its form.",
    ),
}
XmlReply = Response[bytes]


class PhoneDoor:
    """What the endpoints share: the gateway, the door, and how much each phone sends at once."""

    def __init__(self, gateway: Gateway, access: Access) -> None:
        self.gateway = gateway
        self.access = access
        self._sending = Counter[str]()
        self._workers = CapacityLimiter(AT_WORK)

    async def receive(self, phone: Phone, body: SubmissionBody) -> Outcome:
        """Takes a whole body in; few at a time, so that devices that sync find a thread."""
        work = partial(self.gateway.receive, phone, body.xml, body.files)
        return await to_thread.run_sync(work, limiter=self._workers)

    @asynccontextmanager
    async def turn(self, phone: Phone) -> AsyncIterator[None]:
        """One of the few submissions at a time. Raises WireError `busy`."""
        if self._sending[phone.device.id] >= AT_ONCE:
            raise WireError("busy")
        self._sending[phone.device.id] += 1
        try:
            yield
        finally:
            self._sending[phone.device.id] -= 1


@get(["/formList", f"{_KEY}/formList"])
async def list_forms(request: SvpRequest) -> XmlReply:
    """The forms that this phone can fill in."""
    asked = request.query_params

    async def listed(door: PhoneDoor, phone: Phone) -> XmlReply:
        forms = await in_thread(
            door.gateway.offers.forms,
            phone.device,
            asked.get("formID"),
            every=asked.get("listAllVersions") == "true",
        )
        body = form_list(forms, _base(request), verbose=asked.get("verbose") == "true")
        return _reply(request, 200, body)

    return await _answered(request, listed)


@get(["/forms/{digest:str}/form.xml", f"{_KEY}/forms/{{digest:str}}/form.xml"])
async def form_xml(request: SvpRequest, digest: FromPath[str]) -> XmlReply:
    """A form as its author left it."""

    async def read(door: PhoneDoor, phone: Phone) -> XmlReply:
        version = await in_thread(_version, door, phone, digest)
        xml, _ = await in_thread(door.gateway.catalogue.files, version.digest)
        return _reply(request, 200, xml)

    return await _answered(request, read)


@get(["/forms/{digest:str}/manifest", f"{_KEY}/forms/{{digest:str}}/manifest"])
async def form_manifest(request: SvpRequest, digest: FromPath[str]) -> XmlReply:
    """The files of a form: its media, and the lists of divisions and records that it asks."""

    async def read(door: PhoneDoor, phone: Phone) -> XmlReply:
        version = await in_thread(_version, door, phone, digest)
        offers = door.gateway.offers
        files = {
            name: await in_thread(offers.file, version, name, phone.device) for name in offers.names(version)
        }
        return _reply(request, 200, manifest(version.digest, files, _base(request)))

    return await _answered(request, read)


@get(["/forms/{digest:str}/media/{name:str}", f"{_KEY}/forms/{{digest:str}}/media/{{name:str}}"])
async def form_media(request: SvpRequest, digest: FromPath[str], name: FromPath[str]) -> XmlReply:
    """One file of a form."""

    async def read(door: PhoneDoor, phone: Phone) -> XmlReply:
        version = await in_thread(_version, door, phone, digest)
        content = await in_thread(door.gateway.offers.file, version, name, phone.device)
        kind = "text/csv" if name.endswith(".csv") else "application/octet-stream"
        return _reply(request, 200, content, kind)

    return await _answered(request, read)


@head(["/submission", f"{_KEY}/submission"])
async def ask_submission(request: SvpRequest) -> Response[None]:
    """Where submissions go, and how large one should be."""

    async def told(door: PhoneDoor, phone: Phone) -> XmlReply:
        del door, phone
        reply = _reply(request, 204, b"")
        reply.headers["Location"] = f"{_base(request)}/submission"
        return reply

    answer = await _answered(request, told)
    return Response(None, status_code=answer.status_code, headers=answer.headers)


@post(["/submission", f"{_KEY}/submission"])
async def submit(request: SvpRequest) -> XmlReply:
    """A submission, or a part of one. 201: it is in the record; 202: it is kept and waits."""

    async def taken(door: PhoneDoor, phone: Phone) -> XmlReply:
        async with door.turn(phone):
            outcome = await _receive(request, door, phone)
        status, message = _OUTCOMES[outcome.state]
        if outcome.missing:
            message = f"已收到，还差 {outcome.missing} 个文件。Received; {outcome.missing} files to come."
        reply = _reply(request, status, response(message))
        reply.headers["Location"] = f"{_base(request)}/submission"
        return reply

    return await _answered(request, taken)


async def _receive(request: SvpRequest, door: PhoneDoor, phone: Phone) -> Outcome:
    """Streams the body to the disk and takes it in. Raises WireError."""
    length = request.headers.get("content-length", "")
    if length and int(length) > BODY_LIMIT:
        raise WireError("too-large", limit=BODY_LIMIT)
    folder = await in_thread(door.gateway.incoming, phone, int(length) if length else None)
    body = SubmissionBody(request.headers.get("content-type", ""), folder)
    try:
        async for piece in _pieces(request):
            body.write(piece)  # into the page cache: quicker than a hop to a thread for each piece
        body.end()
        return await door.receive(phone, body)
    except InternalServerException as gone:  # the client went away
        raise WireError("malformed") from gone
    finally:
        with CancelScope(shield=True):
            await in_thread(body.close)


def _version(door: PhoneDoor, phone: Phone, digest: str) -> FormVersion:
    """A version that this phone may have. Raises WireError `unknown-form`."""
    version = door.gateway.catalogue.of_digest(f"sha256:{digest}")
    if version is None or door.gateway.offers.refusal(version, phone.device):
        raise WireError("unknown-form")
    return version


async def _answered(request: SvpRequest, work: Callable[[PhoneDoor, Phone], Awaitable[XmlReply]]) -> XmlReply:
    """The reply to a phone that is let in; what goes wrong as OpenRosa says it."""
    door: PhoneDoor = request.app.state.phones
    try:
        phone = await in_thread(_phone, request, door.access)
        return await work(door, phone)
    except NotLetInError as refused:
        LOG.info("not let in", status=refused.status)
        await _read_before_closing(request)
        reply = _reply(request, refused.status, response(_MESSAGES[refused.status]))
        if refused.challenge:
            reply.headers["WWW-Authenticate"] = refused.challenge
        if refused.status == 429:
            reply.headers["Retry-After"] = "60"
        return reply
    except Exception as error:
        refused_by = _refusal(error)
        if refused_by.code.name == "internal":
            raise
        LOG.info("refused", code=refused_by.code.name)
        await _read_before_closing(request)
        reply = _reply(request, refused_by.code.status, response(_MESSAGES[refused_by.code.status]))
        reply.headers.update(problem_headers(refused_by))
        return reply


async def _read_before_closing(request: SvpRequest) -> None:
    """Drops what still comes of a body if the connection ends with the answer, as a plain nginx wants it to.

    Closed over bytes that nobody read, it would be reset, and the answer lost on its way. What is larger than
    any body may be is not waited for.
    """
    left = BODY_LIMIT
    if request.headers.get("connection", "").lower() == "close" or request.scope["http_version"] == "1.0":
        with suppress(InternalServerException):  # the client went away
            async for piece in _pieces(request):
                left -= len(piece)
                if left < 0:
                    return


def _pieces(request: SvpRequest) -> AsyncGenerator[bytes]:
    """The body as it comes; who asks again goes on where the reading stopped."""
    if "pieces" not in request.state:
        request.state["pieces"] = request.stream()
    pieces: AsyncGenerator[bytes] = request.state["pieces"]
    return pieces


def _phone(request: SvpRequest, access: Access) -> Phone:
    address, token = request.client.host if request.client else "", request.path_params.get("token")
    if token is not None:
        return access.by_token(token, address)
    target = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    asked = f"{target}?{query}" if query else target
    return access.by_password(request.method, asked, request.headers.get("authorization", ""), address)


def _refusal(error: Exception) -> WireError:
    """What stopped a request, as the wire may say it."""
    if isinstance(error, OSError) and disk_is_full(error):
        return WireError("server-full")
    return wire_error(error)


def _base(request: SvpRequest) -> str:
    """The address that the phone knows this server by: what it said as `Host`, always over TLS."""
    host, token = request.headers.get("host", ""), request.path_params.get("token")
    return f"https://{host}" + (f"/key/{token}" if token is not None else "")


def _reply(request: SvpRequest, status: int, body: bytes, media_type: str = XML_TYPE) -> XmlReply:
    server = request.app.state.server
    headers = openrosa_headers(server.clock, server.identity.project)
    return Response(body, status_code=status, media_type=media_type, headers=headers)
