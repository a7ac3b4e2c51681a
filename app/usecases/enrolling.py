"""Join a server by a ticket: read what the coordinator gave, show where it leads, then enrol."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.changes import Changes
from app.given_files import read_given
from app.sync.http_endpoint import authority_of, enrol_over_http
from app.sync.last_sync import forget_end
from app.sync.link import known_error
from app.sync.membership import (
    Membership,
    device_key,
    keep_grant,
    make_device_key,
    read_membership,
    write_membership,
)
from app.workspace import Workspace
from core.errors import KnownError
from core.ids import new_uuid7
from core.protocol.messages import EnrolRequest
from core.protocol.roles import Role
from core.protocol.ticket import Ticket, decode_ticket
from core.protocol.wire_errors import WireError
from core.values import safe_text

GIVEN_BYTES_LIMIT = 64 * 1024 * 1024
"""A photo of a QR code may be as large as any photo."""


@dataclass(frozen=True)
class TicketWords:
    """Where a ticket leads, for the person to see before joining.

    `role` is None from a server that knows no roles; `division` is "" for the whole project, else the name of
    the division, or its digits if no table has it. `expires` is the server's time, for people.
    """

    servers: tuple[str, ...]
    project: str
    role: Role | None
    division: str
    expires: str
    authority: str


def read_ticket(given: bytes | Path) -> Ticket:
    """The ticket in a file, in a text, or in a picture with its QR code.

    Raises KnownError "ticket_broken", "ticket_newer", "ticket_not_seen" (a picture without one).
    """
    content = given if isinstance(given, bytes) else _content(given)
    try:
        return decode_ticket(content)
    except KnownError as error:
        texts = _texts_in_picture(content) if error.code == "ticket_broken" else None
        if texts is None:
            raise
    for text in texts:
        try:
            return decode_ticket(text.encode())
        except KnownError as error:
            if error.code == "ticket_newer":
                raise
    raise KnownError("ticket_not_seen")


def tell_ticket(workspace: Workspace, ticket: Ticket) -> TicketWords:
    """Where it leads, in words."""
    return TicketWords(
        servers=tuple(urlsplit(url).netloc for url in ticket.urls),
        project=ticket.project_name,
        role=None if ticket.grant is None else ticket.grant.role,
        division=workspace.divisions.name_within("" if ticket.grant is None else ticket.grant.division),
        expires=ticket.expires,
        authority=ticket.ca_sha256,
    )


def enrol(workspace: Workspace, given: bytes | Path | Ticket, name: str) -> Changes:
    """Joins the server of a ticket; `name` is the person's, as the others will see it.

    May be repeated with the same ticket if the answer was lost. Raises KnownError: those of `read_ticket`,
    "ticket_invalid", "ticket_expired", "ticket_used", "other_project", and those of the link.
    """
    ticket = given if isinstance(given, Ticket) else read_ticket(given)
    present = read_membership(workspace.kv)
    if present is not None and present.project != ticket.project:
        raise KnownError("other_project", project=present.project_name)
    key = device_key(workspace.kv)
    if key is None:
        with workspace.database.transaction():
            key = make_device_key(workspace.kv)
            # A folder that was copied to several computers brings the same id to each.
            workspace.kv.put("device", new_uuid7(workspace.clock))
    name = safe_text(" ".join(name.split()))
    request = EnrolRequest(
        code=ticket.code,
        device=workspace.person.device,
        device_key=base64.b64encode(bytes(key.verify_key)).decode("ascii"),
        user=workspace.person.user,
        name=name,
    )
    try:
        ca = ticket.ca or authority_of(ticket)
        enrolled = enrol_over_http(ticket.urls, ca, request)
    except WireError as refused:
        raise known_error(refused) from refused
    if enrolled.project != ticket.project:
        raise KnownError("wrong_server")
    with workspace.database.transaction():
        workspace.kv.put("person_name", name)
        keep_grant(workspace.kv, enrolled.grant)
        forget_end(workspace.kv)
        write_membership(
            workspace.kv,
            Membership(
                urls=ticket.urls,
                ca=ca,
                device=enrolled.device,
                project=enrolled.project,
                project_name=enrolled.project_name,
                server_key=enrolled.server_key,
            ),
        )
        workspace.own_log.tell_who(workspace.person)
        if present is None:
            workspace.own_log.join(enrolled.project)
    return Changes(sync=True)


def _content(file: Path) -> bytes:
    try:
        return read_given(file, GIVEN_BYTES_LIMIT)
    except OSError as unreadable:
        raise KnownError("ticket_broken") from unreadable


def _texts_in_picture(content: bytes) -> Sequence[str] | None:
    """The texts of the QR codes in a picture; None for what is no picture."""
    from app.media.qr import read_qr  # noqa: PLC0415  picture libraries stay out of the start

    try:
        return read_qr(content)
    except KnownError as error:
        return None if error.code in {"not_a_photo", "photo_empty"} else []
