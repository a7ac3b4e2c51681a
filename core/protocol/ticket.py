"""The ticket: a small text file by which a coordinator lets one device join. This format never changes."""

from __future__ import annotations

import hashlib
import ssl

import msgspec

from core.errors import KnownError

TICKET_VERSION = 1
_SIZE_LIMIT = 64 * 1024


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server is, how to know it (its private CA), and a code that lets one device in once."""

    cunjiang_ticket: int
    urls: list[str]
    ca: str  # PEM
    ca_sha256: str  # hex, of the DER bytes: short enough to be read out over a telephone
    project: str
    project_name: str
    code: str
    expires: str  # for people; the server's clock decides


def ca_fingerprint(ca_pem: str) -> str:
    """SHA-256 of a certificate in hex. Raises ValueError for text that is no certificate."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(ca_pem)).hexdigest()


def encode_ticket(ticket: Ticket) -> bytes:
    """The file, indented, so that a person sees what it is."""
    return msgspec.json.format(msgspec.json.encode(ticket), indent=2) + b"\n"


def decode_ticket(file: bytes) -> Ticket:
    """The ticket in a file. Raises KnownError "ticket_broken" for anything else, "ticket_newer"."""
    try:
        ticket = msgspec.json.decode(file[:_SIZE_LIMIT], type=Ticket)
        sound = ca_fingerprint(ticket.ca) == ticket.ca_sha256 and bool(ticket.urls)
    except (msgspec.MsgspecError, ValueError) as broken:
        raise KnownError("ticket_broken") from broken
    if ticket.cunjiang_ticket > TICKET_VERSION:
        raise KnownError("ticket_newer")
    if not sound or not all(url.startswith("https://") for url in ticket.urls):
        raise KnownError("ticket_broken")
    return ticket
