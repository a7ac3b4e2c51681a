"""Fill in, save, finalise, delete and list records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from app.begun import begun_row, begun_rows
from app.changes import Changes
from app.jobs import Progress
from app.saving import form_in_use, save_answers, seen_arrival
from app.storage.listing import RecordFilter, RecordSort
from app.storage.record_rows import RecordRow
from app.storage.records import LAST_CHANGED_FIRST, visible_answers
from app.workspace import Workspace
from core.errors import KnownError
from core.ids import new_uuid7
from core.problems import Problem
from core.records.merge import MergedRecord
from core.records.merge_units import heads_at
from core.records.operation import ALIVE, DELETED, LIFE, SAMPLE
from core.values import Value

if TYPE_CHECKING:
    from core.forms.filling.session import FormSession

EVERYTHING = RecordFilter()
RENEWED_AT_ONCE = 20  # records; about a tenth of a second in which nobody else can save


class Finalised(msgspec.Struct, frozen=True):
    """What became of finalising: `problems` that stand in the way leave the record a saved draft."""

    changes: Changes
    problems: tuple[Problem, ...]

    @property
    def done(self) -> bool:
        return not self.problems


def create_record(workspace: Workspace, form_id: str, *, sample: bool = False) -> str:
    """The id of a new record with the form's defaults. Nothing of it stays unless somebody answers something.

    A `sample` holds invented answers and says so wherever it is shown or printed.

    Raises KnownError "form_missing".
    """
    form = workspace.forms.newest(form_id)
    if form is None:
        raise KnownError("form_missing", form=form_id)
    record_id = new_uuid7(workspace.clock)
    session = workspace.records.session(record_id, form, None)
    with workspace.database.transaction():
        workspace.drafts.begin(record_id, form.digest, session.answers() | ({SAMPLE: True} if sample else {}))
    return record_id


def open_session(workspace: Workspace, record_id: str) -> FormSession:
    """The record in its form, unsaved answers laid over. What it shows counts from now on as seen.

    Raises KnownError "record_missing", "form_missing".
    """
    session, arrival = look_at(workspace, record_id)
    count_as_seen(workspace, record_id, arrival)
    return session


def look_at(workspace: Workspace, record_id: str) -> tuple[FormSession, int]:
    """The record in its form, and what to hand to `count_as_seen` once it stands before a person.

    Raises as `open_session`.
    """
    with workspace.database.read():
        arrival = workspace.operations.last_arrival()
        return _session(workspace, record_id, workspace.records.merged(record_id)), arrival


def count_as_seen(workspace: Workspace, record_id: str, arrival: int) -> None:
    """What `look_at` gave now stands before the person; what they typed before was not said about it."""
    workspace.drafts.opened[record_id] = arrival


def read_session(workspace: Workspace, record_id: str) -> FormSession:
    """The record in its form, unsaved answers laid over, without counting as seen: for looking things up.

    Raises as `open_session`.
    """
    return look_at(workspace, record_id)[0]


def close_session(workspace: Workspace, record_id: str) -> None:
    """The person has left the record: what they do to it next, they do to what a list shows of it now."""
    workspace.drafts.opened.pop(record_id, None)


def keep_draft(workspace: Workspace, record_id: str, changes: Mapping[str, Value]) -> None:
    """Keeps answers as typed; a crash does not lose them, and they become an operation when saved."""
    if changes:
        with workspace.database.transaction():
            workspace.drafts.keep(record_id, changes, seen_arrival(workspace, record_id))


def save_record(workspace: Workspace, record_id: str, changes: Mapping[str, Value] | None = None) -> Changes:
    """Saves the unsaved answers and `changes` as one operation; empty Changes if nothing differs.

    Durable when it returns. A finalised record becomes a draft again. Raises KnownError "record_missing",
    "disk_full", …; then nothing has been saved and the unsaved answers stay.
    """
    with workspace.database.transaction():
        return save_answers(workspace, record_id, changes or {})


def finalise_record(
    workspace: Workspace, record_id: str, changes: Mapping[str, Value] | None = None
) -> Finalised:
    """Saves, and marks the record as final unless answers break a rule; keeps the calculated values.

    The form's own answers to finishing (the time of the end) are saved with it.
    """
    with workspace.database.transaction():
        workspace.drafts.keep(record_id, changes or {}, seen_arrival(workspace, record_id))
        merged = workspace.records.merged(record_id, seen_arrival=seen_arrival(workspace, record_id))
        session = _session(workspace, record_id, merged)
        problems = tuple(problem for problem in session.problems() if problem.severity == "error")
        finished = {} if problems else session.finish()
        calculated = None if problems else session.calculated()
        return Finalised(save_answers(workspace, record_id, finished, calculated), problems)


def delete_record(workspace: Workspace, record_id: str) -> Changes:
    """Puts a record into the bin, what was typed and not saved included. An edit by others brings it back."""
    return _set_life(workspace, record_id, "del", DELETED)


def restore_record(workspace: Workspace, record_id: str) -> Changes:
    """Takes a record out of the bin."""
    return _set_life(workspace, record_id, "undel", ALIVE)


def renew_projection(workspace: Workspace, progress: Progress) -> Changes:
    """Reads records anew whose rows are outdated: what they refer to changed, or the program reads more now.

    Done in small pieces, between which others save. Stopped in between, the next call goes on.
    """
    changes, done = Changes(), 0
    while not progress.cancelled and (left := workspace.records.outdated_count()):
        progress.step(done, done + left)
        with workspace.database.transaction():
            renewed = workspace.records.renew(RENEWED_AT_ONCE)
        done += len(renewed)
        changes |= Changes(records=frozenset(renewed))
    return changes


def list_records(workspace: Workspace, wanted: RecordFilter = EVERYTHING) -> list[RecordRow]:
    """The records of a list, the ones changed last first; records begun and never saved stand on top."""
    return page_records(workspace, wanted)


def page_records(
    workspace: Workspace,
    wanted: RecordFilter = EVERYTHING,
    sort: RecordSort = LAST_CHANGED_FIRST,
    *,
    offset: int = 0,
    limit: int = -1,
) -> list[RecordRow]:
    """The records at that place of a list (limit -1: to its end); those never saved stand on top."""
    with workspace.database.read():
        begun = begun_rows(workspace, wanted)
        top = begun[offset:] if limit < 0 else begun[offset : offset + limit]
        rest = limit if limit < 0 else limit - len(top)
        if rest == 0:
            return top
        saved = workspace.records.page(wanted, sort, offset=max(0, offset - len(begun)), limit=rest)
        return top + saved


def count_records(workspace: Workspace, wanted: RecordFilter = EVERYTHING) -> int:
    """How many records `page_records` has altogether."""
    with workspace.database.read():
        return len(begun_rows(workspace, wanted)) + workspace.records.count(wanted)


def place_of_record(
    workspace: Workspace,
    record_id: str,
    wanted: RecordFilter = EVERYTHING,
    sort: RecordSort = LAST_CHANGED_FIRST,
) -> int | None:
    """Where `page_records` has a record, counted from 0; None if it has not."""
    with workspace.database.read():
        begun = [row.record_id for row in begun_rows(workspace, wanted)]
        if record_id in begun:
            return begun.index(record_id)
        place = workspace.records.place(record_id, wanted, sort)
        return None if place is None else len(begun) + place


def record_row(workspace: Workspace, record_id: str) -> RecordRow | None:
    """One record as a list shows it, one begun and never saved too; None if there is no such record."""
    with workspace.database.read():
        row = workspace.records.row(record_id)
        begun = row is None and workspace.drafts.begun(record_id) is not None
        return begun_row(workspace, record_id) if begun else row


def _set_life(workspace: Workspace, record_id: str, kind: str, life: str) -> Changes:
    with workspace.database.transaction():
        saved = Changes()
        if workspace.drafts.answers(record_id):
            saved = save_answers(workspace, record_id, {})
        merged = workspace.records.merged(record_id, seen_arrival=seen_arrival(workspace, record_id))
        if merged is None or merged.life == life:
            return saved
        workspace.own_log.tell_who(workspace.person)
        workspace.own_log.put(
            kind, record_id, merged.form or "", bases=heads_at(merged, [LIFE]), seen=merged.seen
        )
        workspace.records.refresh([record_id])
    return Changes(records=frozenset({record_id}), sync=True)


def _session(workspace: Workspace, record_id: str, merged: MergedRecord | None) -> FormSession:
    form = form_in_use(workspace, record_id, merged)
    drafts = workspace.drafts.answers(record_id)
    answers = visible_answers(merged) | {path: answer.value for path, answer in drafts.items()}
    return workspace.records.session(record_id, form, answers)
