"""The web application: endpoints, their shared parts, and the header that tells SVP from a captive portal."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from core.clock import Clock, SystemClock
from core.errors import KnownError
from core.protocol.versions import SUPPORTED_VERSIONS
from core.protocol.wire_errors import WireError
from server.admission import place_older
from server.archive import Archive
from server.auth import Auth
from server.blobs.store import BlobStore
from server.config import FORMAT_LINE, ServerConfig
from server.cursors import Cursors
from server.database import Database
from server.description import description_file
from server.durable_files import make_folder, write_durably
from server.early_body import with_early_body
from server.endpoints import access, blobs, forms, hello, openrosa, sync
from server.endpoints.request_parts import provide_service
from server.errors import PROBLEM_MEDIA_TYPE, problem_body, problem_headers, wire_error
from server.feed import Feed
from server.identity import Identity
from server.ingest import Ingest
from server.metrics import Metrics
from server.openrosa.access import Access
from server.openrosa.gateway import Gateway
from server.roll import Roll
from server.sync_service import Server
from server.throttle import Throttle

LOG = structlog.get_logger("http")
_VERSION_DIGITS = 9
_TOKEN_IN_PATH = re.compile(r"(/+key/+)[^/]+")
_BY_STATUS = {404: "malformed", 405: "malformed", 413: "too-large"}


@contextmanager
def open_server(
    config: ServerConfig, clock: Clock | None = None, project_name: str = "村匠"
) -> Iterator[Server]:
    """The parts of the server on its data folder, made at first use.

    Raises KnownError "server_folder_foreign", "server_database_newer", "unsafe_engine".
    """
    clock = clock or SystemClock()
    refuse_foreign_folder(config)
    make_folder(config.data)
    if not (config.data / "format").exists():
        write_durably(config.data / "format", FORMAT_LINE.encode())
    database = Database(config.database_file, checkpoints=config.replica is None)
    try:
        server = assemble(config, database, clock, project_name)
        server.roll.keep()
        yield server
    finally:
        database.close()


def assemble(config: ServerConfig, database: Database, clock: Clock, project_name: str) -> Server:
    """The parts of the server around an opened database."""
    identity = Identity(database, config.keys, clock, project_name)
    with database.transaction() as connection:
        place_older(connection, identity.project)
    roll = Roll(config.roll_file, database)
    return Server(
        database=database,
        blobs=BlobStore(config.blobs),
        archive=Archive(config.archive),
        roll=roll,
        auth=Auth(database, clock, roll),
        identity=identity,
        feed=Feed(database, identity, Cursors(identity.secret)),
        ingest=Ingest(database),
        clock=clock,
    )


def build_app(server: Server, config: ServerConfig) -> ASGIApp:
    """The ASGI application in front of these parts; what a kill left over is finished first."""
    gateway = Gateway(server, config.archive)
    gateway.catch_up()
    app = Litestar(
        route_handlers=[
            hello.hello,
            hello.healthz,
            hello.metrics,
            hello.openapi,
            access.authority,
            access.enrol,
            access.token,
            sync.sync,
            sync.feed,
            sync.receipt,
            forms.put_form,
            forms.get_form,
            blobs.have,
            blobs.limits,
            blobs.offset,
            blobs.append,
            blobs.read,
            openrosa.list_forms,
            openrosa.form_xml,
            openrosa.form_manifest,
            openrosa.form_media,
            openrosa.ask_submission,
            openrosa.submit,
        ],
        state=State(
            {
                "server": server,
                "config": config,
                "metrics": Metrics(server, config),
                "description": description_file(),
                "uploads": blobs.Uploads(),
                "phones": openrosa.PhoneDoor(gateway, Access(gateway.phones, server.clock)),
            }
        ),
        dependencies={"service": Provide(provide_service)},
        exception_handlers={Exception: _problem},
        request_max_body_size=None,
        openapi_config=None,
        logging_config=None,
    )
    return _svp_header(Throttle(with_early_body(app)))


def _problem(request: Request[object, object, State], error: Exception) -> Response[bytes]:
    if isinstance(error, HTTPException):
        wire = WireError(
            _BY_STATUS.get(error.status_code, "malformed" if error.status_code < 500 else "internal")
        )
    else:
        wire = wire_error(error)
    if wire.code.name == "internal":
        LOG.error("defect", path=_logged(request.url.path), kind=type(error).__name__, at=_where(error))
    else:
        LOG.info("refused", path=_logged(request.url.path), code=wire.code.name)
    return Response(
        problem_body(wire),
        status_code=wire.code.status,
        media_type=PROBLEM_MEDIA_TYPE,
        headers=problem_headers(wire),
    )


def _logged(path: str) -> str:
    """A path as the log may hold it: the token of a phone's address is a secret."""
    return _TOKEN_IN_PATH.sub(r"\1…", path)


def _where(error: Exception) -> list[str]:
    """The calls that led to it. Its words stay out of the log: they may hold answers, names or tokens."""
    return [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(error.__traceback__)]


def _svp_header(app: ASGIApp) -> ASGIApp:
    """Adds `SVP: 1` to every reply: one without it comes from somebody else."""

    async def with_header(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"svp", b"1")]
            await send(message)

        refused = _other_version(scope)
        if refused is None:
            await app(scope, receive, send_marked)
        else:
            answer = ASGIResponse(
                body=problem_body(refused), status_code=refused.code.status, media_type=PROBLEM_MEDIA_TYPE
            )
            await answer(scope, receive, send_marked)

    return with_header


def _other_version(scope: Scope) -> WireError | None:
    """The refusal of a client that speaks another version; one that says nothing is no client of ours."""
    told = dict(scope.get("headers", [])).get(b"svp", b"")
    if not told.isdigit() or len(told) > _VERSION_DIGITS or int(told) in SUPPORTED_VERSIONS:
        return None
    return WireError("client-too-old" if int(told) < min(SUPPORTED_VERSIONS) else "server-too-old")


def refuse_foreign_folder(config: ServerConfig) -> None:
    """Raises KnownError "server_folder_foreign" for a folder that holds something else."""
    mark = config.data / "format"
    if mark.exists():
        foreign = mark.read_text(encoding="utf-8", errors="replace") != FORMAT_LINE
    else:
        foreign = config.data.exists() and any(entry.name != "lock" for entry in config.data.iterdir())
    if foreign:
        raise KnownError("server_folder_foreign", folder=str(config.data))
