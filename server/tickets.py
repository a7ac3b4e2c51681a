"""Making the ticket by which one device joins: a file, a line of text, a QR code."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
import segno

from core.errors import KnownError
from core.protocol.roles import Grant
from core.protocol.ticket import TICKET_VERSION, Ticket, ca_fingerprint, encode_ticket, ticket_line
from server.auth import PLAIN_GRANT, TICKET_HOURS
from server.certificates import Certificates
from server.config import ServerConfig
from server.durable_files import write_durably
from server.sync_service import Server

_MODULE_PX = 8


def make_ticket(
    server: Server, config: ServerConfig, *, hours: float = TICKET_HOURS, grant: Grant = PLAIN_GRANT
) -> Ticket:
    """A ticket for one device. Raises KnownError "server_never_ran": nobody knows its address yet."""
    urls = read_address(config)
    code, expires = server.auth.make_ticket_code(server.identity.project, hours, grant)
    ca = Certificates(config.keys).ca_pem()
    return Ticket(
        cunjiang_ticket=TICKET_VERSION,
        urls=urls,
        ca=ca,
        ca_sha256=ca_fingerprint(ca),
        project=server.identity.project,
        project_name=server.identity.project_name,
        code=code,
        expires=expires,
        grant=grant,
    )


def write_ticket(ticket: Ticket, file: Path) -> None:
    """The ticket as a file that only its owner may read."""
    write_durably(file, encode_ticket(ticket), private=True)


def draw_ticket(ticket: Ticket, file: Path) -> None:
    """The ticket as a QR code in a PNG: correction level M, for a photo of a screen or of paper."""
    picture = io.BytesIO()
    segno.make(ticket_line(ticket), error="m", micro=False).save(picture, kind="png", scale=_MODULE_PX)
    write_durably(file, picture.getvalue(), private=True)


def write_address(config: ServerConfig, port: int) -> list[str]:
    """Notes under which URLs the server is reached; returns them."""
    names = config.public_names or (config.host,)
    urls = [f"https://{f'[{name}]' if ':' in name else name}:{port}" for name in names]
    write_durably(config.address_file, msgspec.json.encode({"urls": urls}))
    return urls


def read_address(config: ServerConfig) -> list[str]:
    """The URLs of the running or last run server. Raises KnownError "server_never_ran"."""
    try:
        noted = msgspec.json.decode(config.address_file.read_bytes(), type=dict[str, list[str]])
    except FileNotFoundError as missing:
        raise KnownError("server_never_ran", folder=str(config.data)) from missing
    return noted["urls"]
