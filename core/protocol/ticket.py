"""The ticket by which a coordinator lets one device join: a small file, or one line of text for a QR code.

These formats never change. The file carries the server's private CA, the line only its SHA-256: the CA is
then fetched from the server and held against it.
"""

from __future__ import annotations

import base64
import hashlib
import re
import ssl
from typing import NamedTuple
from uuid import UUID

import msgspec

from core.errors import KnownError
from core.protocol.roles import Grant, Role

TICKET_VERSION = 1
_SIZE_LIMIT = 64 * 1024
_LINE = re.compile(r"CUNJIANG(\d{1,4})\.([A-Za-z0-9_-]+)", re.ASCII)


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server is, how to know it (its private CA), and a code that lets one device in once."""

    cunjiang_ticket: int
    urls: list[str]
    ca: str  # PEM; "" if the ticket came as a line
    ca_sha256: str  # hex, of the DER bytes: short enough to be read out over a telephone
    project: str
    project_name: str
    code: str
    expires: str  # for people; the server's clock decides
    grant: Grant | None = None  # for people too; None: from a server that knew no roles


class _Line(NamedTuple):
    """What the line carries, as MessagePack."""

    urls: list[str]
    ca_sha256: bytes
    project: bytes
    project_name: str
    code: str
    expires: str
    role: Role
    division: str


def ca_fingerprint(ca_pem: str) -> str:
    """SHA-256 of a certificate in hex. Raises ValueError for text that is no certificate."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(ca_pem)).hexdigest()


def encode_ticket(ticket: Ticket) -> bytes:
    """The file, indented, so that a person sees what it is."""
    return msgspec.json.format(msgspec.json.encode(ticket), indent=2) + b"\n"


def ticket_line(ticket: Ticket) -> str:
    """The ticket as one line of about 250 letters and digits, for a QR code or to be pasted."""
    grant = ticket.grant or Grant("surveyor")
    line = _Line(
        ticket.urls,
        bytes.fromhex(ticket.ca_sha256),
        UUID(ticket.project).bytes,
        ticket.project_name,
        ticket.code,
        ticket.expires,
        grant.role,
        grant.division,
    )
    packed = base64.urlsafe_b64encode(msgspec.msgpack.encode(line)).decode("ascii")
    return f"CUNJIANG{TICKET_VERSION}.{packed.rstrip('=')}"


def decode_ticket(given: bytes) -> Ticket:
    """The ticket in a file, or in a text that holds the line, wrapped or not.

    Raises KnownError "ticket_broken" for anything else, "ticket_newer".
    """
    given = given[:_SIZE_LIMIT]
    text = given.decode("utf-8", "replace")
    found = _LINE.search("".join(text.split())) if not text.lstrip("\ufeff \r\n\t").startswith("{") else None
    try:
        if found is None:
            ticket = msgspec.json.decode(given.removeprefix(b"\xef\xbb\xbf"), type=Ticket)
            sound = ca_fingerprint(ticket.ca) == ticket.ca_sha256
        elif int(found[1]) > TICKET_VERSION:
            raise KnownError("ticket_newer")
        else:
            ticket, sound = _of_line(found[2]), True
    except (msgspec.MsgspecError, ValueError) as broken:
        raise KnownError("ticket_broken") from broken
    if ticket.cunjiang_ticket > TICKET_VERSION:
        raise KnownError("ticket_newer")
    if not sound or not ticket.urls or not all(url.startswith("https://") for url in ticket.urls):
        raise KnownError("ticket_broken")
    return ticket


def _of_line(packed: str) -> Ticket:
    raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    line = msgspec.msgpack.decode(raw, type=_Line)
    if len(line.ca_sha256) != hashlib.sha256().digest_size:
        raise ValueError("no SHA-256")
    return Ticket(
        cunjiang_ticket=TICKET_VERSION,
        urls=line.urls,
        ca="",
        ca_sha256=line.ca_sha256.hex(),
        project=str(UUID(bytes=line.project)),
        project_name=line.project_name,
        code=line.code,
        expires=line.expires,
        grant=Grant(line.role, line.division),
    )
