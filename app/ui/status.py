"""The honest line at the foot of the window."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import tr
from app.usecases.records import list_records
from app.usecases.sync import sync_state
from app.workspace import Workspace


@dataclass(frozen=True)
class Status:
    """The words of the status line, and how many records have something to decide."""

    words: str
    conflicts: int


def read_status(workspace: Workspace) -> Status:
    """What is here, what waits for the server, and when the server was last reached."""
    rows = list_records(workspace)
    state = sync_state(workspace)
    records = sum(row.unsent or row.unsaved for row in rows)
    photos = sum(one in {"unsent", "part"} for one in state.photos.values())
    parts = [
        tr("status.joined", project=state.project_name) if state.joined else tr("status.alone"),
        tr("status.local", count=len(rows)),
        tr("status.waiting", records=records, photos=photos)
        if records or photos
        else tr("status.nothing_waits"),
    ]
    return Status("  ·  ".join(parts), sum(row.conflicts > 0 for row in rows))
