"""See where people disagree, side by side, and decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.changes import Changes
from app.storage.operations import Person
from app.storage.record_rows import ConflictRow
from app.workspace import Workspace
from core.errors import KnownError
from core.records.history import FieldChange, field_changes
from core.records.merge import Conflict, Head, MergedRecord
from core.records.merge_units import heads_at, unit_of
from core.records.operation import ALIVE, DELETED, OpRef, ResolvedOp
from core.values import Value, same_value


@dataclass(frozen=True)
class Candidate:
    """One of the values that stand against each other. `claimed_at` is its author's clock, for display."""

    value: Value
    who: Person | None
    claimed_at: str
    op: OpRef
    mine: bool


@dataclass(frozen=True)
class FieldConflict:
    """A field to decide: the value both started from (None: there was none), and the candidates.

    For `deleted_edited` the candidates say "deleted" and "alive". Hand `seen` to `resolve_conflict`.
    """

    path: str
    kind: str
    base: Value
    candidates: tuple[Candidate, ...]
    seen: int


def list_conflicts(workspace: Workspace) -> list[ConflictRow]:
    """All there is to decide, the record changed last first."""
    return workspace.records.conflicts()


def conflict_detail(workspace: Workspace, record_id: str) -> list[FieldConflict]:
    """The conflicts of one record. Raises KnownError "record_missing"."""
    with workspace.database.read():
        seen = workspace.operations.last_arrival()
        ops = workspace.operations.of_record(record_id)
        merged = _merged(workspace, record_id, seen)
        changes = {(change.path, change.ref): change for change in field_changes(ops)}
        own = {replica.id for replica in workspace.operations.replicas() if replica.role != "other"}
        by_ref = {op.ref: op for op in ops}
        return [
            FieldConflict(
                conflict.path,
                conflict.kind,
                _base(conflict, changes),
                tuple(_candidate(workspace, merged, conflict, by_ref[ref], own) for ref in conflict.refs),
                seen,
            )
            for conflict in merged.conflicts
        ]


def resolve_conflict(
    workspace: Workspace, record_id: str, choices: Mapping[str, Value], *, seen: int | None = None
) -> Changes:
    """Decides: one operation whose bases name all candidates that were shown.

    `seen` is that of the `FieldConflict`s shown; without it all that is known now counts as seen. What came
    in between stays a conflict. Paths that merge as one take their values from the candidate that was chosen.
    Raises KnownError "record_missing".
    """
    with workspace.database.transaction():
        merged = _merged(workspace, record_id, seen)
        fields = _with_units(workspace, merged, choices)
        if not fields:
            return Changes()
        workspace.own_log.tell_who(workspace.person)
        workspace.own_log.put(
            "res",
            record_id,
            merged.form or "",
            fields=fields,
            bases=heads_at(merged, fields),
            seen=merged.seen,
        )
        workspace.records.refresh([record_id])
    return Changes(records=frozenset({record_id}), sync=True)


def _merged(workspace: Workspace, record_id: str, seen: int | None) -> MergedRecord:
    merged = workspace.records.merged(record_id, seen_arrival=seen)
    if merged is None:
        raise KnownError("record_missing", record=record_id)
    return merged


def _base(conflict: Conflict, changes: Mapping[tuple[str, OpRef], FieldChange]) -> Value:
    """The value that the candidates were changed from, if they name one."""
    for ref in conflict.refs:
        change = changes.get((conflict.path, ref))
        if change is not None and change.before:
            return change.before[0]
    return None


def _candidate(
    workspace: Workspace, merged: MergedRecord, conflict: Conflict, op: ResolvedOp, own: set[str]
) -> Candidate:
    if conflict.kind == "deleted_edited":
        value: Value = DELETED if op.fields.get(conflict.path) == DELETED else ALIVE
    else:
        value = next(head.value for head in merged.fields[conflict.path].heads if head.ref == op.ref)
    return Candidate(value, workspace.operations.author(op.ref), op.op.t, op.ref, op.ref.replica in own)


def _with_units(workspace: Workspace, merged: MergedRecord, choices: Mapping[str, Value]) -> dict[str, Value]:
    """The choices completed to whole merge units, from the operation each was chosen from."""
    form = workspace.records.form_of(merged.form or "")
    if form is None:
        return dict(choices)
    fields: dict[str, Value] = {}
    for path, value in choices.items():
        chosen = _head_with(merged, path, value)
        for member in unit_of(form, path):
            head = next((head for head in _heads(merged, member) if head.ref == chosen), None)
            if member not in choices and head is not None:
                fields[member] = head.value
    return fields | dict(choices)


def _head_with(merged: MergedRecord, path: str, value: Value) -> OpRef | None:
    return next((head.ref for head in _heads(merged, path) if same_value(head.value, value)), None)


def _heads(merged: MergedRecord, path: str) -> tuple[Head, ...]:
    return merged.fields[path].heads if path in merged.fields else ()
