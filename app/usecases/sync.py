"""Join a server, sync with it, and say honestly what has reached it."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from app.changes import Changes
from app.given_files import read_given
from app.jobs import Progress
from app.log import subject
from app.saving import save_all
from app.storage.outbox import Outbox
from app.storage.quarantine import Quarantined
from app.sync import engine
from app.sync.engine import SyncResult
from app.sync.http_endpoint import HttpEndpoint, enrol_over_http
from app.sync.last_sync import LastSync, last_sync, note_end
from app.sync.link import known_error
from app.sync.membership import Membership, device_key, make_device_key, read_membership, write_membership
from app.sync.standing import PhotoState, PhotoStates, RecordStates, verified_receipts
from app.workspace import Workspace
from core.clock import iso_seconds
from core.errors import KnownError
from core.ids import new_uuid7
from core.protocol.messages import EnrolRequest
from core.protocol.ticket import decode_ticket
from core.protocol.wire_errors import WireError
from core.records.receipt import Receipt
from core.values import safe_text

LOG = subject("sync")
TICKET_BYTES_LIMIT = 1024 * 1024
_TOKEN = "secret.sync_token"  # noqa: S105  the name it is kept under; such names stay out of plain backups


@dataclass(frozen=True)
class SyncState:
    """What has reached the server. Only a verified receipt makes something `confirmed`.

    Records: unsent (something waits here), sent (the server has acknowledged it), confirmed, received
    (others' alone). Photos also: part (some of it is there), wanted (others', not here yet), damaged (the
    file here).
    """

    project_name: str | None
    urls: tuple[str, ...]
    unsent_ops: int
    records: RecordStates
    photos: PhotoStates
    photo_counts: Mapping[PhotoState, int]
    receipts: tuple[Receipt, ...]
    quarantined: tuple[Quarantined, ...]
    last: LastSync | None

    @property
    def joined(self) -> bool:
        return self.project_name is not None


def enrol(workspace: Workspace, ticket: bytes | Path, name: str) -> Changes:
    """Joins the server of a ticket; `name` is the person's, as the others will see it.

    May be repeated with the same ticket if the answer was lost. Raises KnownError: "ticket_broken",
    "ticket_newer", "ticket_invalid", "ticket_expired", "ticket_used", "other_project", and those of the link.
    """
    read = decode_ticket(_ticket_bytes(ticket))
    present = read_membership(workspace.kv)
    if present is not None and present.project != read.project:
        raise KnownError("other_project", project=present.project_name)
    key = device_key(workspace.kv)
    if key is None:
        with workspace.database.transaction():
            key = make_device_key(workspace.kv)
            # A folder that was copied to several computers brings the same id to each.
            workspace.kv.put("device", new_uuid7(workspace.clock))
    name = safe_text(" ".join(name.split()))
    request = EnrolRequest(
        code=read.code,
        device=workspace.person.device,
        device_key=base64.b64encode(bytes(key.verify_key)).decode("ascii"),
        user=workspace.person.user,
        name=name,
    )
    try:
        enrolled = enrol_over_http(read, request)
    except WireError as refused:
        raise known_error(refused) from refused
    if enrolled.project != read.project:
        raise KnownError("wrong_server")
    with workspace.database.transaction():
        workspace.kv.put("person_name", name)
        write_membership(
            workspace.kv,
            Membership(
                urls=read.urls,
                ca=read.ca,
                device=enrolled.device,
                project=enrolled.project,
                project_name=enrolled.project_name,
                server_key=enrolled.server_key,
            ),
        )
        workspace.operations.tell_who(workspace.person)
        if present is None:
            workspace.operations.join(enrolled.project)
    return Changes(sync=True)


def sync_now(
    workspace: Workspace,
    progress: Progress | None = None,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> SyncResult:
    """Saves what was typed, then one whole sync with the server of this workspace (`app.sync.engine.sync`).

    Raises KnownError: "not_joined", those of the link, "server_full", "device_revoked", … What was
    acknowledged or applied before an error stays.
    """
    membership, key = read_membership(workspace.kv), device_key(workspace.kv)
    if membership is None or key is None:
        raise KnownError("not_joined")

    def keep_token(token: str) -> None:
        with workspace.database.transaction():
            workspace.kv.put(_TOKEN, token)

    saved = save_all(workspace)
    _keep_copy_before(workspace)
    try:
        with HttpEndpoint(membership, key, workspace.kv.get(_TOKEN), keep_token) as endpoint:
            result = engine.sync(endpoint, workspace, membership, key, progress or Progress(), sleep)
    except WireError as refused:
        error = known_error(refused)
        _note_end(workspace, error.code)
        raise error from refused
    except KnownError as error:
        _note_end(workspace, error.code)
        raise
    _note_end(workspace, None)
    return replace(result, changes=saved | result.changes)


def _keep_copy_before(workspace: Workspace) -> None:
    """A sync writes much: the database as it was stays. A copy that cannot be made holds nothing up."""
    try:
        workspace.database.keep_regular_copy(workspace.folder.copies, workspace.clock.now())
    except KnownError as error:
        LOG.info("no copy before the sync", code=error.code)


def sync_state(workspace: Workspace) -> SyncState:
    """What has reached the server and what has not, without asking it; items are read when asked for."""
    membership = read_membership(workspace.kv)
    receipts = verified_receipts(workspace.operations, workspace.kv)
    photos = PhotoStates(workspace.photos, workspace.operations, receipts)
    return SyncState(
        project_name=None if membership is None else membership.project_name,
        urls=() if membership is None else tuple(membership.urls),
        unsent_ops=workspace.operations.unsent_count(),
        records=RecordStates(workspace.records, Outbox(workspace.database), receipts),
        photos=photos,
        photo_counts=photos.counts(),
        receipts=tuple(receipts.values()),
        quarantined=tuple(workspace.quarantine.all()),
        last=last_sync(workspace.kv),
    )


def _note_end(workspace: Workspace, error: str | None) -> None:
    at = iso_seconds(workspace.clock.now())
    with workspace.database.transaction():
        note_end(workspace.kv, at, error)


def _ticket_bytes(ticket: bytes | Path) -> bytes:
    if isinstance(ticket, bytes):
        return ticket
    try:
        return read_given(ticket, TICKET_BYTES_LIMIT)
    except OSError as unreadable:
        raise KnownError("ticket_broken") from unreadable
