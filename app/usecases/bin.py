"""What lies in the bin, and clearing it out of this computer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.changes import Changes
from app.log import subject
from app.sync.membership import read_membership
from app.workspace import Workspace

LOG = subject("records")
CLEARED_AT_ONCE = 50


@dataclass(frozen=True)
class Cleared:
    """How many records were cleared; `kept` are those that still have something the server does not hold."""

    records: int
    kept: int
    changes: Changes


def tidy_bin(workspace: Workspace) -> Cleared:
    """Counts today for what is in the bin, and clears what has been there for long enough.

    Costs one look when there is nothing to do; call it at the start and now and then.
    """
    today = workspace.clock.now().date()
    if workspace.bin.needs_look(today):
        with workspace.database.transaction():
            workspace.bin.look(today)
    return clear_records(workspace, workspace.bin.expired())


def clear_records(workspace: Workspace, record_ids: Iterable[str]) -> Cleared:
    """Takes records that are in the bin off this computer, with the photos that nothing else names.

    Their operations stay in the log: history, sync and merging stay whole, and an edit by somebody who did
    not know of the deletion brings the record back. What the server of this workspace does not hold is kept.
    """
    joined = read_membership(workspace.kv) is not None
    wanted, cleared = list(record_ids), set[str]()
    for start in range(0, len(wanted), CLEARED_AT_ONCE):
        with workspace.database.transaction():
            some = workspace.bin.clearable(wanted[start : start + CLEARED_AT_ONCE], joined=joined)
            photos = workspace.bin.photos_of(some)
            workspace.records.forget(some)
            free = workspace.photos.drop_unnamed(photos)
        # Only now: a row that points nowhere would be worse than a file without one. And under the lock:
        # somebody may have attached the same photo since.
        with workspace.database.transaction():
            workspace.photos.remove_files(workspace.photo_files, free)
        cleared |= set(some)
    if cleared:
        LOG.info("bin cleared", records=len(cleared))
    return Cleared(len(cleared), len(wanted) - len(cleared), Changes(records=frozenset(cleared)))
