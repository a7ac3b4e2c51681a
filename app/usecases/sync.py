"""Sync with the server, and say honestly what has reached it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from app.jobs import Progress
from app.log import subject
from app.saving import save_all
from app.sendings import tell_sendings
from app.storage.outbox import Outbox
from app.storage.quarantine import Quarantined
from app.sync import engine
from app.sync.engine import SyncResult
from app.sync.http_endpoint import HttpEndpoint
from app.sync.last_sync import LastSync, last_sync, note_end
from app.sync.link import known_error
from app.sync.membership import device_key, read_grant, read_membership
from app.sync.standing import PhotoState, PhotoStates, RecordStates, verified_receipts
from app.workspace import Workspace
from core.clock import iso_seconds
from core.errors import KnownError
from core.protocol.messages import Token
from core.protocol.roles import Role
from core.protocol.wire_errors import WireError
from core.records.receipt import Receipt

LOG = subject("sync")
_CURED_BY_TICKET = frozenset({"device_revoked", "device_unknown", "wrong_server"})
_TOKEN = "secret.sync_token"  # noqa: S105  the name it is kept under; such names stay out of plain backups
_UNTIL = "sync.signed_in_until"


@dataclass(frozen=True)
class SyncState:
    """What has reached the server. Only a verified receipt makes something `confirmed`.

    Records: unsent (something waits here), sent (the server has acknowledged it), confirmed, received
    (others' alone). Photos also: part (some of it is there), wanted (others', not here yet), damaged (the
    file here).
    """

    project_name: str | None
    role: Role | None  # None before joining
    division: str  # its name, "" for the whole project
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

    @property
    def needs_ticket(self) -> bool:
        """Whether only a ticket leads on: not joined yet, or the server no longer lets this device in."""
        return not self.joined or (self.last is not None and self.last.error in _CURED_BY_TICKET)


def sync_now(
    workspace: Workspace,
    progress: Progress | None = None,
    *,
    sleep: Callable[[float], None] = time.sleep,
) -> SyncResult:
    """One whole sync with the server of this workspace (`app.sync.engine.sync`).

    What was typed is saved before, and what was sent to other servers told. Raises
    KnownError: "not_joined", those of the link, "server_full", "device_revoked", … What was acknowledged or
    applied before an error stays.
    """
    membership, key = read_membership(workspace.kv), device_key(workspace.kv)
    if membership is None or key is None:
        raise KnownError("not_joined")

    def keep_token(token: Token) -> None:
        until = iso_seconds(workspace.clock.now() + timedelta(seconds=token.expires_s))
        with workspace.database.transaction():
            workspace.kv.put(_TOKEN, token.token)
            workspace.kv.put(_UNTIL, until)

    saved = save_all(workspace)
    tell_sendings(workspace)
    _keep_copy_before(workspace)
    try:
        with HttpEndpoint(membership, key, _kept_token(workspace), keep_token) as endpoint:
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


def _kept_token(workspace: Workspace) -> str | None:
    """The token of an earlier sync; None once it is over by this machine's clock.

    The clock is only a hint: the server decides, but it says so after a whole batch has been sent in vain.
    """
    until = workspace.kv.get(_UNTIL)
    over = until is None or until <= iso_seconds(workspace.clock.now())
    return None if over else workspace.kv.get(_TOKEN)


def _keep_copy_before(workspace: Workspace) -> None:
    """A sync writes much: the database as it was stays. A copy that cannot be made holds nothing up."""
    try:
        workspace.database.keep_regular_copy(workspace.folder.copies, workspace.clock.now())
    except KnownError as error:
        LOG.info("no copy before the sync", code=error.code)


def sync_state(workspace: Workspace) -> SyncState:
    """What has reached the server and what has not, without asking it; items are read when asked for."""
    membership, grant = read_membership(workspace.kv), read_grant(workspace.kv)
    receipts = verified_receipts(workspace.operations, workspace.kv)
    photos = PhotoStates(workspace.photos, workspace.operations, receipts)
    return SyncState(
        project_name=None if membership is None else membership.project_name,
        role=None if membership is None else grant.role,
        division=workspace.divisions.name_within(grant.division),
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
