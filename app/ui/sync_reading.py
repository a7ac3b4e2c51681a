"""What the sync page shows, read at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.ui.models.record_list_model import title_of
from app.ui.sync_words import ASIDE_SHOWN
from app.usecases.lanes import Lanes, photo_lanes
from app.usecases.records import RecordFilter, RecordRow, count_records, page_records, record_row
from app.usecases.sync import SyncState, sync_state
from app.workspace import Workspace

ROWS_SHOWN = 300  # nobody reads further; the numbers above count everything


@dataclass(frozen=True)
class SyncReading:
    """`states` and `titles` are by record; `records` and `unsent` count all, `rows` are the first of them."""

    state: SyncState
    states: Mapping[str, str]
    rows: list[RecordRow]
    records: int
    unsent: int
    lanes: Lanes
    titles: Mapping[str, str]


def read_sync(workspace: Workspace) -> SyncReading:
    """The state of everything, and the records to show: those that wait first, then those changed last."""
    with workspace.database.read():
        waiting = page_records(workspace, RecordFilter(unsent=True), limit=ROWS_SHOWN)
        others = page_records(workspace, RecordFilter(unsent=False), limit=ROWS_SHOWN - len(waiting))
        state, rows = sync_state(workspace), waiting + others
        states = state.records.of(row.record_id for row in rows)
        lanes = photo_lanes(workspace)
        named = {
            item.record for lane in (lanes.previews, lanes.originals) for item in lane.open if item.record
        } | {one.record for one in state.quarantined[:ASIDE_SHOWN] if one.record}
        titles = {one: title_of(row) for one in named if (row := record_row(workspace, one)) is not None}
        unsent = count_records(workspace, RecordFilter(unsent=True))
        return SyncReading(state, states, rows, count_records(workspace), unsent, lanes, titles)
