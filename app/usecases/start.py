"""What there is to do, for the page one begins at: few numbers first, what needs the forms read after it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import msgspec

from app.begun import begun_rows
from app.storage.listing import RecordFilter
from app.storage.record_rows import RecordRow
from app.sync.membership import read_membership
from app.workspace import Workspace

if TYPE_CHECKING:
    from core.forms.model.form import Form

RECENT_RECORDS, RECENT_VILLAGES, RETURNED_SHOWN = 6, 6, 5
RECORDS_LOOKED_AT = 200  # for the villages one was in last


class Agenda(msgspec.Struct, frozen=True):
    """What waits to be done. `last` is the unfinished record changed last, "" for none.

    `missing` counts what the unfinished ones lack; `records_waiting` and `photos_waiting` have not reached
    the server; `photos_damaged` no longer read back; `photos_awaited` were taken by others and have not come;
    `refused_elsewhere` records other servers did not take.
    """

    records: int
    unfinished: int
    missing: int
    returned: int
    conflicts: int
    records_waiting: int
    photos_waiting: int
    photos_damaged: int
    photos_awaited: int
    refused_elsewhere: int
    joined: bool
    last: str
    recent: tuple[RecordRow, ...]
    returned_rows: tuple[RecordRow, ...]
    villages: tuple[tuple[str, str], ...]

    @property
    def nothing_yet(self) -> bool:
        """Whether nobody has written anything here."""
        return not self.records


class Due(msgspec.Struct, frozen=True):
    """A form with a last day: how many of its records are unfinished, and what of them missed the last one.

    `day` is the next such day, today included; `overdue` were begun until the one before.
    """

    form: Form
    day: date
    days_left: int
    unfinished: int
    overdue: int


def read_agenda(workspace: Workspace) -> Agenda:
    """The numbers and the latest rows as they are now; no form is read for them."""
    records = workspace.records
    with workspace.database.read():
        drafts = workspace.agenda.unfinished()
        begun = begun_rows(workspace)
        returned = workspace.agenda.returned()
        rows = records.rows_of(returned[:RETURNED_SHOWN])
        last = records.page(RecordFilter(state="draft"), limit=1)
        return Agenda(
            records=len(begun) + records.count(RecordFilter()),
            unfinished=sum(one.records for one in drafts) + len(begun),
            missing=sum(one.problems for one in drafts) + sum(row.problems for row in begun),
            returned=len(returned),
            conflicts=workspace.agenda.in_conflict(),
            records_waiting=records.count_waiting() + len(begun),
            photos_waiting=workspace.photos.count_to_send(),
            photos_damaged=len(workspace.photos.damaged_here()),
            photos_awaited=workspace.agenda.photos_awaited(),
            refused_elsewhere=_refused_elsewhere(workspace),
            joined=read_membership(workspace.kv) is not None,
            last=begun[0].record_id if begun else last[0].record_id if last else "",
            recent=tuple([*begun, *records.page(RecordFilter(), limit=RECENT_RECORDS)][:RECENT_RECORDS]),
            returned_rows=tuple(rows[record] for record in returned[:RETURNED_SHOWN]),
            villages=tuple(_villages(workspace)),
        )


def forms_due(workspace: Workspace) -> list[Due]:
    """The forms with a last day of which records are unfinished, the next one first. Reads those forms."""
    today = workspace.clock.now().date()
    found = []
    with workspace.database.read():
        for draft in workspace.agenda.unfinished():
            form = workspace.forms.newest(draft.form_id)
            if form is None or not form.due:
                continue
            day = next_day(form.due, today)
            missed = day.replace(year=day.year - 1)
            late = workspace.agenda.begun_by(draft.form_id, f"{missed}T23:59:59")
            found.append(Due(form, day, (day - today).days, draft.records, late))
    return sorted(found, key=lambda due: (due.day, due.form.form_id))


def next_day(month_and_day: str, today: date) -> date:
    """The next day of that name (`04-30`), today included."""
    this_year = datetime.strptime(f"{today.year}-{month_and_day}", "%Y-%m-%d").date()  # noqa: DTZ007  a date
    return this_year if this_year >= today else this_year.replace(year=today.year + 1)


def _refused_elsewhere(workspace: Workspace) -> int:
    """How many records wait for something to be put right before another server takes them."""
    servers = workspace.openrosa.servers()
    return sum(workspace.submissions.counts(server.num).refused for server in servers)


def _villages(workspace: Workspace) -> list[tuple[str, str]]:
    """The villages one was in last: code and name."""
    codes = workspace.villages.recent(RECORDS_LOOKED_AT, RECENT_VILLAGES)
    titles = (workspace.villages.profiles_in(code, 1) for code in codes)
    names = ("".join(title for _, title in known) for known in titles)
    return [
        (code, name or workspace.divisions.name(code) or code)
        for code, name in zip(codes, names, strict=True)
    ]
