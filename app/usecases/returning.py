"""Return a record to who filled it in, with the reason and the question meant."""

from __future__ import annotations

from app.changes import Changes
from app.sync.membership import read_grant
from app.workspace import Workspace
from core.errors import KnownError
from core.protocol.roles import MAY_RETURN
from core.records.merge import Returned
from core.records.merge_units import heads_at
from core.records.operation import DELETED, RETURNED

REASON_SIGNS = 500


def may_return(workspace: Workspace) -> bool:
    """Whether the server takes a return from here; who works alone returns as they like."""
    return read_grant(workspace.kv).role in MAY_RETURN


def return_record(workspace: Workspace, record_id: str, reason: str, path: str = "") -> Changes:
    """Marks a record as to be done again; it is a draft until it is finalised anew.

    `path`: the question that the reason is about, "" for the whole record. Raises KnownError
    "record_missing", "return_reason" (empty or longer than 500 signs), "return_deleted".
    """
    reason = reason.strip()
    if not 0 < len(reason) <= REASON_SIGNS:
        raise KnownError("return_reason", limit=REASON_SIGNS)
    return _mark(workspace, record_id, Returned(reason, path))


def take_back_return(workspace: Workspace, record_id: str) -> Changes:
    """Takes the mark away without finalising. Raises KnownError "record_missing", "return_deleted"."""
    return _mark(workspace, record_id, None)


def _mark(workspace: Workspace, record_id: str, returned: Returned | None) -> Changes:
    with workspace.database.transaction():
        merged = workspace.records.merged(record_id)
        if merged is None:
            raise KnownError("record_missing", record=record_id)
        if merged.life == DELETED:
            raise KnownError("return_deleted", record=record_id)
        if merged.returned == returned:
            return Changes()
        workspace.own_log.tell_who(workspace.person)
        value = None if returned is None else {"reason": returned.reason, "path": returned.path}
        workspace.own_log.put(
            "put",
            record_id,
            merged.form or "",
            fields={RETURNED: value},
            bases=heads_at(merged, [RETURNED]),
            seen=merged.seen,
        )
        workspace.records.refresh([record_id])
    return Changes(records=frozenset({record_id}), sync=True)
