"""Own operations with all that they leave unsaid, so that another log can say them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.records.operation import OpRef, ResolvedOp, decode_line, resolve
from core.values import Value


@dataclass(frozen=True)
class NewOperation:
    """What an own operation is to say. `bases` and `seen` are what its author had seen, in full."""

    kind: str
    record: str
    form: str
    fields: Mapping[str, Value]
    bases: Mapping[str, tuple[OpRef, ...]]
    seen: Mapping[str, int]
    calculated: Mapping[str, Value]
    claimed_at: str
    monotonic_ms: int
    source: str | None = None


def full_operations(
    replica: str, lines: Iterable[bytes], names: Mapping[int, str], wanted: frozenset[int]
) -> list[tuple[OpRef, NewOperation]]:
    """The operations of these numbers with their bases spelled out, in the order of the log.

    `lines` are those of the whole log, `names` the replicas that it speaks of by their short numbers.
    """
    full = []
    previous: dict[tuple[str, str], OpRef] = {}
    known: dict[str, dict[str, int]] = {}
    for line in lines:
        resolved = resolve(replica, decode_line(line), names)
        op, record = resolved.op, resolved.op.r
        if record is None:
            continue
        seen = known.setdefault(record, {})
        _learn(seen, resolved)
        if op.n in wanted:
            bases = {
                path: resolved.bases.get(path, _as_tuple(previous.get((record, path))))
                for path in resolved.fields
            }
            new = NewOperation(op.k, record, op.f or "", op.s, bases, dict(seen), op.c, op.t, op.m, op.id)
            full.append((resolved.ref, new))
        previous.update({(record, path): resolved.ref for path in resolved.fields})
    return full


def _as_tuple(ref: OpRef | None) -> tuple[OpRef, ...]:
    return () if ref is None else (ref,)


def _learn(known: dict[str, int], resolved: ResolvedOp) -> None:
    """Adds what an operation says that its author had seen."""
    for name, n in resolved.seen.items():
        known[name] = max(n, known.get(name, 0))
    for refs in resolved.bases.values():
        for ref in refs:
            known[ref.replica] = max(ref.n, known.get(ref.replica, 0))
