"""Making the ticket file by which one device joins."""

from __future__ import annotations

import msgspec

from core.errors import KnownError
from core.protocol.ticket import TICKET_VERSION, Ticket, ca_fingerprint, encode_ticket
from server.auth import TICKET_HOURS
from server.certificates import Certificates
from server.config import ServerConfig
from server.durable_files import write_durably
from server.sync_service import Server


def make_ticket(server: Server, config: ServerConfig, *, hours: float = TICKET_HOURS) -> bytes:
    """A ticket file for one device. Raises KnownError "server_never_ran": nobody knows its address yet."""
    urls = read_address(config)
    code, expires = server.auth.make_ticket_code(server.identity.project, hours)
    ca = Certificates(config.keys).ca_pem()
    return encode_ticket(
        Ticket(
            cunjiang_ticket=TICKET_VERSION,
            urls=urls,
            ca=ca,
            ca_sha256=ca_fingerprint(ca),
            project=server.identity.project,
            project_name=server.identity.project_name,
            code=code,
            expires=expires,
        )
    )


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
