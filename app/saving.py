"""What was typed becomes one operation, with the bases of what its author had seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.changes import Changes
from app.log import subject
from app.storage.records import visible_answers
from app.workspace import Workspace
from core.errors import KnownError
from core.records.merge import MergedRecord
from core.records.merge_units import heads_at, with_whole_units
from core.records.operation import DRAFT, FINAL, RETURNED, STATE, OpRef
from core.values import Value, same_value

if TYPE_CHECKING:
    from core.forms.model.form import Form

LOG = subject("records")
NO_CHANGES: Mapping[str, Value] = {}


def save_all(workspace: Workspace) -> Changes:
    """Saves the unsaved answers of every record: a sync must not leave behind what somebody typed.

    A record whose answers cannot be saved keeps them and does not stop the others. Raises KnownError
    "disk_full" and its like.
    """
    changes = Changes()
    for record_id in sorted(_unsaved(workspace)):
        try:
            with workspace.database.transaction():
                changes |= save_answers(workspace, record_id)
        except KnownError as error:
            if error.code not in _OF_ONE_RECORD:
                raise
            LOG.warning("unsaved answers stay", record=record_id, code=error.code)
    return changes


def _unsaved(workspace: Workspace) -> set[str]:
    """Records with unsaved answers; those begun and not touched are none."""
    with workspace.database.read():
        begun = {record: workspace.drafts.begun(record) for record in workspace.drafts.records()}
    return {record for record, one in begun.items() if one is None or one.touched}


def save_answers(
    workspace: Workspace,
    record_id: str,
    changes: Mapping[str, Value] = NO_CHANGES,
    calculated: Mapping[str, Value] | None = None,
) -> Changes:
    """Makes the unsaved answers and `changes` one operation; with `calculated` it finalises the record.

    Needs an open transaction. Empty Changes if nothing differs from what the person had seen. Raises
    KnownError "record_missing", "form_missing", "answer_too_long".
    """
    merged = workspace.records.merged(record_id, seen_arrival=seen_arrival(workspace, record_id))
    form = form_in_use(workspace, record_id, merged)
    fields, bases = _what_differs(workspace, record_id, form, merged, changes)
    workspace.drafts.drop(record_id)
    state = DRAFT if calculated is None else FINAL
    old_state = None if merged is None else merged.state
    if not fields and (old_state == state or (calculated is None and merged is not None)):
        return Changes()
    if old_state != state or calculated is not None:
        fields[STATE] = state
        bases |= heads_at(merged, [STATE])
    if calculated is not None and merged is not None and merged.returned is not None:
        fields[RETURNED] = None
        bases |= heads_at(merged, [RETURNED])
    workspace.own_log.tell_who(workspace.person)
    workspace.own_log.put(
        "put",
        record_id,
        form.digest,
        fields=fields,
        bases=bases,
        seen={} if merged is None else merged.seen,
        calculated=calculated,
    )
    workspace.records.refresh([record_id])
    return Changes(records=frozenset({record_id}), sync=True)


def seen_arrival(workspace: Workspace, record_id: str) -> int:
    """What the person had seen: as the record was opened; not open, as they last typed; else as it is now."""
    opened = workspace.drafts.opened.get(record_id)
    if opened is not None:
        return opened
    typed = [answer.seen for answer in workspace.drafts.answers(record_id).values()]
    return max(typed, default=workspace.operations.last_arrival())


def form_in_use(workspace: Workspace, record_id: str, merged: MergedRecord | None) -> Form:
    """The form version a record is shown and saved in. Raises KnownError "record_missing", "form_missing"."""
    if merged is not None:
        digest = merged.form or ""
    elif (begun := workspace.drafts.begun(record_id)) is not None:
        digest = begun.form
    else:
        raise KnownError("record_missing", record=record_id)
    form = workspace.records.form_of(digest)
    if form is None:
        raise KnownError("form_missing", form=digest)
    return form


def _what_differs(
    workspace: Workspace,
    record_id: str,
    form: Form,
    merged: MergedRecord | None,
    changes: Mapping[str, Value],
) -> tuple[dict[str, Value], dict[str, tuple[OpRef, ...]]]:
    """The fields that differ from what the person had seen when typing, in whole units, and their bases."""
    opened = seen_arrival(workspace, record_id)
    drafts = workspace.drafts.answers(record_id)
    values = {path: answer.value for path, answer in drafts.items()} | dict(changes)
    seen_of = {path: drafts[path].seen if path in drafts else opened for path in values}
    fields: dict[str, Value] = {}
    bases: dict[str, tuple[OpRef, ...]] = {}
    for seen in sorted(set(seen_of.values()), reverse=True):  # the oldest last: its bases claim the least
        view = merged if seen == opened else workspace.records.merged(record_id, seen_arrival=seen)
        shown = visible_answers(view)
        changed = {
            path: value
            for path, value in values.items()
            if seen_of[path] == seen and not (path in shown and same_value(shown[path], value))
        }
        whole, shared = with_whole_units(form, changed, shown, view)
        fields |= whole
        bases |= shared
    return fields | {path: values[path] for path in fields if path in values}, bases


_OF_ONE_RECORD = {"record_missing", "form_missing", "answer_too_long"}
