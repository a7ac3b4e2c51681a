"""The merge rule: what a record is, as a pure function of the set of its operations.

Order, duplicates and clocks do not matter. A field whose heads differ is a conflict: one value is shown, the
others stay and are listed, none is dropped.

    heads(path) = operations that set path, minus operations named in the base of another one on path

Shown is the head with the longest causal chain, then the greatest operation id: equal on every machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import msgspec

from core.records.operation import (
    ALIVE,
    DELETED,
    DRAFT,
    FINAL,
    INSTANCE,
    LIFE,
    RETURNED,
    SAMPLE,
    STATE,
    OpRef,
    ResolvedOp,
)
from core.values import Value, encode_canonical

ConflictKind = Literal["values", "deleted_edited"]


class Head(msgspec.Struct, frozen=True):
    """One value that nobody has superseded, and the length of the chain of operations that led to it."""

    ref: OpRef
    value: Value
    depth: int


class MergedField(msgspec.Struct, frozen=True):
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


class Conflict(msgspec.Struct, frozen=True):
    """Something a person has to decide.

    `values`: two people set `path` to different values without knowing of each other. `deleted_edited`: one
    deleted the record (or repeat row) whose `/@life` is `path`, another changed it without knowing; it stays
    visible. `refs` are the operations that disagree, the shown one first.
    """

    path: str
    kind: ConflictKind
    refs: tuple[OpRef, ...]


class Returned(msgspec.Struct, frozen=True):
    """Why a record was returned to who filled it in, and the path of the question meant ("": the whole)."""

    reason: str
    path: str = ""


class MergedRecord(msgspec.Struct, frozen=True):
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
        """`draft` or `final`; two people who disagree make it a draft, and so does returning it."""
        field = self.fields.get(STATE)
        agreed = field is not None and not field.conflict and field.shown.value == FINAL
        return FINAL if agreed and self.returned is None else DRAFT

    @property
    def returned(self) -> Returned | None:
        """Why it was returned to who filled it in; None if it was not, or is finalised again since."""
        field = self.fields.get(RETURNED)
        said = () if field is None else (returned_of(head.value) for head in field.heads)
        return next((one for one in said if one is not None), None)

    @property
    def sample(self) -> bool:
        """Whether its answers are invented: then it says 示例 wherever it is shown or printed."""
        field = self.fields.get(SAMPLE)
        return field is not None and any(head.value is True for head in field.heads)


def returned_of(value: Value) -> Returned | None:
    """What a value of `/@returned` says; None for one that says nothing."""
    reason = value.get("reason") if isinstance(value, dict) else None
    if not isinstance(reason, str):
        return None
    path = value.get("path") if isinstance(value, dict) else None
    return Returned(reason, path if isinstance(path, str) else "")


def merge(ops: Iterable[ResolvedOp]) -> MergedRecord:
    """The record that these operations make. All of them must be of one record; at least one is needed."""
    unique = {op.ref: op for op in ops}
    if not unique:
        raise ValueError("a record without operations")
    return Merging().extended(unique[ref] for ref in sorted(unique)).record()


class Merging:
    """Operations of one record as far as they have been merged; more can be added without beginning anew."""

    def __init__(self) -> None:
        self._ordered: list[ResolvedOp] = []
        self._knowledge: dict[OpRef, dict[str, int]] = {}
        self._of_replica: dict[str, dict[str, int]] = {}
        self._previous: dict[str, dict[str, OpRef]] = {}
        self._paths: dict[str, _Setters] = {}

    def extended(self, ops: Iterable[ResolvedOp]) -> Merging:
        """These operations too, in the order of their ids; each must fit. This one stays as it is."""
        more = Merging()
        more._ordered = list(self._ordered)
        more._knowledge = dict(self._knowledge)
        more._of_replica = dict(self._of_replica)
        more._previous = dict(self._previous)
        more._paths = dict(self._paths)
        own = set[str]()
        for op in ops:
            more._learn(op)
            more._set(op, own)
        return more

    def fits(self, op: ResolvedOp) -> bool:
        """Whether it can be added: later in its own log than all of that log here, and not built upon yet."""
        later = op.ref.n > self._of_replica.get(op.ref.replica, {}).get(op.ref.replica, 0)
        return later and all(path not in self._paths or self._paths[path].takes(op.ref) for path in op.fields)

    def known_to(self, replica: str) -> Mapping[str, int]:
        """The highest operation of each replica that the last one of this replica knew of, itself too."""
        return self._of_replica.get(replica, {})

    def previous_of(self, replica: str) -> Mapping[str, OpRef]:
        """By path: the last operation of this replica that set it."""
        return self._previous.get(replica, {})

    def record(self) -> MergedRecord:
        """The record that the operations make."""
        ordered, knowledge = self._ordered, self._knowledge
        fields = {path: setters.field for path, setters in self._paths.items()}
        disputes = list(self._disputed_deletions(fields))
        conflicts = disputes + [
            Conflict(path, "values", tuple(head.ref for head in field.heads))
            for path, field in fields.items()
            # Who disagree about being finished, or what is to be done again, have a draft: nothing to decide.
            # Nor is there in the names of two edits of one document.
            if field.conflict and path not in {STATE, RETURNED, INSTANCE}
        ]
        last = {replica: OpRef(replica, known[replica]) for replica, known in self._of_replica.items()}
        newest = max(ordered, key=lambda op: (sum(knowledge[op.ref].values()), op.ref))
        return MergedRecord(
            record_id=str(ordered[0].op.r),
            fields=fields,
            conflicts=tuple(sorted(conflicts, key=lambda conflict: (conflict.path, conflict.kind))),
            life=_life(fields, disputes),
            parallel=_is_parallel(last.values(), knowledge),
            seen={replica: ref.n for replica, ref in last.items()},
            form=newest.op.f,
        )

    def _disputed_deletions(self, fields: Mapping[str, MergedField]) -> Iterator[Conflict]:
        """The deletions of things that somebody changed without knowing that they were deleted.

        All paths are gone through once: thousands of rows may go at a time.
        """
        deleted = {
            path.removesuffix(LIFE) + "/": path
            for path, field in fields.items()
            if path.endswith(LIFE) and all(head.value == DELETED for head in field.heads)
        }
        if not deleted:
            return
        lengths = {len(inside) for inside in deleted}  # few for rows of a form, whatever a path is made of
        changed_by = defaultdict[str, set[OpRef]](set)
        for path, setters in self._paths.items():
            for inside in (path[:length] for length in lengths if path[length - 1 : length] == "/"):
                if deleted.get(inside, path) != path:
                    changed_by[inside].update(setters.refs)
        for inside, path in deleted.items():
            deletions = [head.ref for head in fields[path].heads]
            known = [self._knowledge[deletion] for deletion in deletions]
            unseen = sorted(
                ref
                for ref in changed_by[inside]
                if not any(one.get(ref.replica, 0) >= ref.n for one in known)
            )
            if unseen:
                yield Conflict(path, "deleted_edited", (*deletions, *unseen))

    def _learn(self, op: ResolvedOp) -> None:
        """An operation knows all that its replica knew before, what its `seen` and bases name, and itself."""
        known = dict(self._of_replica.get(op.ref.replica, {}))
        for replica, n in op.seen.items():
            known[replica] = max(n, known.get(replica, 0))
        for refs in op.bases.values():
            for ref in refs:
                known[ref.replica] = max(ref.n, known.get(ref.replica, 0))
        known[op.ref.replica] = op.ref.n
        self._knowledge[op.ref] = self._of_replica[op.ref.replica] = known
        self._ordered.append(op)

    def _set(self, op: ResolvedOp, own: set[str]) -> None:
        """Adds what it sets; paths that are not `own` belong to another merging too and are copied first."""
        replica = op.ref.replica
        if op.fields and f"@{replica}" not in own:
            own.add(f"@{replica}")
            self._previous[replica] = dict(self._previous.get(replica, {}))
        for path, value in op.fields.items():
            if path not in own:
                own.add(path)
                self._paths[path] = self._paths[path].copy() if path in self._paths else _Setters()
            named = op.bases.get(path)
            if named is None:
                named = (self._previous[replica][path],) if path in self._previous[replica] else ()
            self._paths[path].add(op.ref, value, tuple(ref for ref in named if ref != op.ref))
            self._previous[replica][path] = op.ref


class _Setters:
    """The operations that set one path, with their values, their bases there and their chain lengths."""

    def __init__(self) -> None:
        self._by_ref: dict[OpRef, tuple[Value, tuple[OpRef, ...]]] = {}
        self._superseded: set[OpRef] = set()
        self._lengths: dict[OpRef, int] = {}
        self._looped = False
        self._field: MergedField | None = None

    def copy(self) -> _Setters:
        other = _Setters()
        other._by_ref = dict(self._by_ref)
        other._superseded = set(self._superseded)
        other._lengths = dict(self._lengths)
        return other

    @property
    def refs(self) -> Iterable[OpRef]:
        return self._by_ref

    def takes(self, ref: OpRef) -> bool:
        """Whether adding it leaves the lengths of the chains here as they are."""
        _ = self.field
        return ref not in self._superseded and not self._looped

    def add(self, ref: OpRef, value: Value, bases: tuple[OpRef, ...]) -> None:
        self._by_ref[ref] = (value, bases)
        self._superseded.update(bases)

    @property
    def field(self) -> MergedField:
        if self._field is None:
            self._looped = _chain_lengths(self._by_ref, self._lengths)
            current = [ref for ref in self._by_ref if ref not in self._superseded] or list(self._by_ref)
            heads = [Head(ref, self._by_ref[ref][0], self._lengths[ref]) for ref in current]
            self._field = MergedField(
                tuple(sorted(heads, key=lambda head: (head.depth, head.ref), reverse=True))
            )
        return self._field


def _chain_lengths(
    setters: Mapping[OpRef, tuple[Value, tuple[OpRef, ...]]], lengths: dict[OpRef, int]
) -> bool:
    """Adds to `lengths` how many operations on this path led to each one that is missing there.

    Bases that loop (only forged ones can) end the chain; whether there were any.
    """
    looped = False
    for start, (_, bases) in setters.items():
        if start in lengths:
            continue
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
            looped = looped or any(base in setters and base not in lengths for base in setters[ref][1])
            lengths.setdefault(ref, 1 + max((lengths.get(base, 0) for base in setters[ref][1]), default=0))
    return looped


def _life(fields: Mapping[str, MergedField], disputes: list[Conflict]) -> str:
    field = fields.get(LIFE)
    if field is None or field.conflict or any(conflict.path == LIFE for conflict in disputes):
        return ALIVE
    return DELETED if field.shown.value == DELETED else ALIVE


def _is_parallel(last: Iterable[OpRef], knowledge: Mapping[OpRef, Mapping[str, int]]) -> bool:
    """Whether the last operations of the replicas do not all know each other's."""
    refs = list(last)
    uncovered = [
        ref
        for ref in refs
        if not any(knowledge[other].get(ref.replica, 0) >= ref.n for other in refs if other != ref)
    ]
    return len(uncovered) > 1
