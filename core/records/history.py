"""Who changed what, from what to what: a reading of the same operations that make the record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.records.operation import OpRef, ResolvedOp
from core.values import Value


@dataclass(frozen=True)
class FieldChange:
    """One field in one operation.

    `before` are the values its author saw there: none, one, or those in conflict.
    """

    ref: OpRef
    path: str
    before: tuple[Value, ...]
    after: Value
    claimed_at: str  # the author's clock; for display, never for order
    form: str | None


def field_changes(ops: Iterable[ResolvedOp]) -> list[FieldChange]:
    """Every change of every field of one record, each replica's in its own order."""
    ordered = sorted(ops, key=lambda op: op.ref)
    set_by: dict[tuple[str, OpRef], Value] = {
        (path, op.ref): value for op in ordered for path, value in op.fields.items()
    }
    own_previous: dict[tuple[str, str], OpRef] = {}
    changes = []
    for op in ordered:
        for path, after in op.fields.items():
            previous = own_previous.get((op.ref.replica, path))
            bases = op.bases.get(path, () if previous is None else (previous,))
            before = tuple(set_by[path, base] for base in bases if (path, base) in set_by)
            changes.append(FieldChange(op.ref, path, before, after, op.op.t, op.op.f))
            own_previous[op.ref.replica, path] = op.ref
    return changes
