"""What is here and what waits for the server, in few numbers: cheap enough to ask after every change."""

from __future__ import annotations

import msgspec

from app.storage.listing import RecordFilter
from app.sync.membership import read_membership
from app.workspace import Workspace


class Standing(msgspec.Struct, frozen=True):
    """`project_name` is None before a server was joined; a record waits while anything of it is unsent."""

    project_name: str | None
    records: int
    records_waiting: int
    photos_waiting: int
    records_in_conflict: int
    records_returned: int


def read_standing(workspace: Workspace) -> Standing:
    """The numbers of the status line as they are now."""
    membership = read_membership(workspace.kv)
    with workspace.database.read():
        begun = len(workspace.drafts.begun_records())
        return Standing(
            project_name=None if membership is None else membership.project_name,
            records=workspace.records.count(RecordFilter()) + begun,
            records_waiting=workspace.records.count_waiting() + begun,
            photos_waiting=workspace.photos.count_to_send(),
            records_in_conflict=workspace.agenda.in_conflict(),
            records_returned=len(workspace.agenda.returned()),
        )
