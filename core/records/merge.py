"""The merge rule: what a record is, as a pure function of the set of its operations.

Order, duplicates and clocks do not matter. A field whose heads differ is a conflict: one value is shown, the
others stay and are listed, none is dropped.

    heads(path) = operations that set path, minus operations named in the base of another one on path

Shown is the head with the longest causal chain, then the greatest operation id: equal on every machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from core.records.operation import ALIVE, DELETED, DRAFT, FINAL, LIFE, SAMPLE, STATE, OpRef, ResolvedOp
from core.values import Value, encode_canonical

ConflictKind = Literal["values", "deleted_edited"]


@dataclass(frozen=True)
class Head:
    """One value that nobody has superseded, and the length of the chain of operations that led to it."""

    ref: OpRef
    value: Value
    depth: int


@dataclass(frozen=True)
class MergedField:
    """A field: its heads with the shown one first."""

    heads: tuple[Head, ...]

    @property
    def shown(self) -> Head:
        return self.heads[0]

    @property
    def conflict(self) -> bool:
        """Whether the heads differ in value; equal values collapse."""
        first = encode_canonical(self.heads[0].value)
        return any(encode_canonical(head.value) != first for head in self.heads[1:])


@dataclass(frozen=True)
class Conflict:
    """Something a person has to decide.

    `values`: two people set `path` to different values without knowing of each other. `deleted_edited`: one
    deleted the record (or repeat row) whose `/@life` is `path`, another changed it without knowing; it stays
    visible. `refs` are the operations that disagree, the shown one first.
    """

    path: str
    kind: ConflictKind
    refs: tuple[OpRef, ...]


@dataclass(frozen=True)
class MergedRecord:
    """A record as all its operations together make it."""

    record_id: str
    fields: Mapping[str, MergedField]
    conflicts: tuple[Conflict, ...]
    life: str  # alive | deleted
    parallel: bool  # different people changed it at the same time and nobody has saved since
    seen: Mapping[str, int]  # the highest operation of each replica
    form: str | None  # digest of the form version last written in

    @property
    def values(self) -> dict[str, Value]:
        """The shown value of every path, deleted rows and cleared answers included."""
        return {path: field.shown.value for path, field in self.fields.items()}

    @property
    def state(self) -> str:
        """`draft` or `final`; two people who disagree make it a draft."""
        field = self.fields.get(STATE)
        return FINAL if field is not None and not field.conflict and field.shown.value == FINAL else DRAFT

    @property
    def sample(self) -> bool:
        """Whether its answers are invented: then it says 示例 wherever it is shown or printed."""
        field = self.fields.get(SAMPLE)
        return field is not None and any(head.value is True for head in field.heads)

    @property
    def deleted_rows(self) -> frozenset[str]:
        """The paths (`/hh[…]`) of repeat rows that are deleted and not disputed."""
        disputed = {conflict.path for conflict in self.conflicts}
        return frozenset(
            path.removesuffix(LIFE)
            for path, field in self.fields.items()
            if path.endswith(LIFE) and path != LIFE and field.shown.value == DELETED and path not in disputed
        )


def merge(ops: Iterable[ResolvedOp]) -> MergedRecord:
    """The record that these operations make. All of them must be of one record; at least one is needed."""
    unique = {op.ref: op for op in ops}
    if not unique:
        raise ValueError("a record without operations")
    ordered = [unique[ref] for ref in sorted(unique)]
    knowledge = _knowledge(ordered)
    fields = {path: _merge_field(setters) for path, setters in _setters_by_path(ordered).items()}
    deletions = [_deletion(path, fields[path], ordered, knowledge) for path in fields if path.endswith(LIFE)]
    disputes = [conflict for conflict in deletions if conflict is not None]
    conflicts = disputes + [
        Conflict(path, "values", tuple(head.ref for head in field.heads))
        for path, field in fields.items()
        # Who disagree about being finished have a draft: nothing to decide.
        if field.conflict and path != STATE
    ]
    seen = {op.ref.replica: op.ref.n for op in ordered}
    newest = max(ordered, key=lambda op: (sum(knowledge[op.ref].values()), op.ref))
    return MergedRecord(
        record_id=str(ordered[0].op.r),
        fields=fields,
        conflicts=tuple(sorted(conflicts, key=lambda conflict: (conflict.path, conflict.kind))),
        life=_life(fields, disputes),
        parallel=_is_parallel(ordered, knowledge),
        seen=seen,
        form=newest.op.f,
    )


def _knowledge(ordered: list[ResolvedOp]) -> dict[OpRef, dict[str, int]]:
    """By operation: the highest operation of each replica that its author had seen of this record.

    An operation knows all that its replica knew before, what its `seen` and its bases name, and itself.
    """
    by_op: dict[OpRef, dict[str, int]] = {}
    of_replica: dict[str, dict[str, int]] = defaultdict(dict)
    for op in ordered:
        known = of_replica[op.ref.replica]
        for replica, n in op.seen.items():
            known[replica] = max(n, known.get(replica, 0))
        for refs in op.bases.values():
            for ref in refs:
                known[ref.replica] = max(ref.n, known.get(ref.replica, 0))
        known[op.ref.replica] = op.ref.n
        by_op[op.ref] = dict(known)
    return by_op


def _setters_by_path(ordered: list[ResolvedOp]) -> dict[str, dict[OpRef, tuple[Value, tuple[OpRef, ...]]]]:
    """By path: each operation that sets it, with its value and its bases there."""
    setters: dict[str, dict[OpRef, tuple[Value, tuple[OpRef, ...]]]] = defaultdict(dict)
    own_previous: dict[tuple[str, str], OpRef] = {}
    for op in ordered:
        for path, value in op.fields.items():
            bases: tuple[OpRef, ...]
            named = op.bases.get(path)
            if named is None:
                previous = own_previous.get((op.ref.replica, path))
                bases = () if previous is None else (previous,)
            else:
                bases = tuple(ref for ref in named if ref != op.ref)
            setters[path][op.ref] = (value, bases)
            own_previous[op.ref.replica, path] = op.ref
    return setters


def _merge_field(setters: dict[OpRef, tuple[Value, tuple[OpRef, ...]]]) -> MergedField:
    superseded = {base for _, bases in setters.values() for base in bases}
    current = [ref for ref in setters if ref not in superseded] or list(setters)
    depths = _chain_lengths(setters)
    heads = [Head(ref, setters[ref][0], depths[ref]) for ref in current]
    return MergedField(tuple(sorted(heads, key=lambda head: (head.depth, head.ref), reverse=True)))


def _chain_lengths(setters: dict[OpRef, tuple[Value, tuple[OpRef, ...]]]) -> dict[OpRef, int]:
    """How many operations on this path led to each one.

    Bases that loop (only forged ones can) end the chain.
    """
    lengths: dict[OpRef, int] = {}
    for start, (_, bases) in setters.items():
        known = [lengths[base] for base in bases if base in lengths]
        if len(known) == len(bases):  # as it is without merging: the bases come before
            lengths[start] = 1 + max(known, default=0)
            continue
        stack, entered = [start], set[OpRef]()
        while stack:
            ref = stack[-1]
            open_bases = [
                b for b in setters[ref][1] if b in setters and b not in lengths and b not in entered
            ]
            entered.add(ref)
            if ref not in lengths and open_bases:
                stack.extend(open_bases)
                continue
            stack.pop()
            lengths.setdefault(ref, 1 + max((lengths.get(base, 0) for base in setters[ref][1]), default=0))
    return lengths


def _deletion(
    life_path: str, field: MergedField, ordered: list[ResolvedOp], knowledge: dict[OpRef, dict[str, int]]
) -> Conflict | None:
    """The dispute over a deletion, if somebody changed the thing without knowing that it was deleted."""
    if any(head.value != DELETED for head in field.heads):
        return None
    deletions = [head.ref for head in field.heads]
    inside = life_path.removesuffix(LIFE) + "/"
    unseen = [
        op.ref
        for op in ordered
        if any(path.startswith(inside) and path != life_path for path in op.fields)
        and not any(knowledge[deletion].get(op.ref.replica, 0) >= op.ref.n for deletion in deletions)
    ]
    return Conflict(life_path, "deleted_edited", (*deletions, *unseen)) if unseen else None


def _life(fields: Mapping[str, MergedField], disputes: list[Conflict]) -> str:
    field = fields.get(LIFE)
    if field is None or field.conflict or any(conflict.path == LIFE for conflict in disputes):
        return ALIVE
    return DELETED if field.shown.value == DELETED else ALIVE


def _is_parallel(ordered: list[ResolvedOp], knowledge: dict[OpRef, dict[str, int]]) -> bool:
    last = {op.ref.replica: op.ref for op in ordered}
    uncovered = [
        ref
        for ref in last.values()
        if not any(knowledge[other].get(ref.replica, 0) >= ref.n for other in last.values() if other != ref)
    ]
    return len(uncovered) > 1
