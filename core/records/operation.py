"""One saved change, as one line of canonical JSON in one replica's log. This format never changes.

A replica is one database file; its operations are numbered 1, 2, 3 … without a gap and chained by hash.
A line has the same bytes in every batch, bundle and archive, so readers keep lines verbatim.

| kind | does |
|---|---|
| `who` | says who works on which device from here on (`device`, `user`, `name`) |
| `rep` | gives another replica a short number `i`, before its first use in `b` or `seen` |
| `join` | says that this replica now belongs to a server's `project` |
| `put` | sets fields `s` of record `r`, written in form version `f` |
| `del`, `undel` | writes `/@life` |
| `res` | a `put` that settles conflicts: its bases list all heads |
| `sent` | says what of a record went to a server of somebody else; no change of the record: it has no `r` |

Kinds that this version does not know are kept, passed on and left out of the merge.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from core.errors import KnownError
from core.records.sending import SENT, Sending
from core.values import Value, encode_canonical

OPERATION_LIMIT = 256 * 1024  # bytes of one line
_FIELDS = 1_000  # of one operation: sorting the keys of a line takes their number squared
_NUMBER_GROWS = 16  # bytes that the number of an operation may still add to its line
_DEPTH_LIMIT = 32  # far beyond any answer; geometry needs 5
OWN_REPLICA = 0  # the short number by which a log names itself

LIFE = "/@life"
STATE = "/@state"
RETURNED = "/@returned"  # {"reason": text, "path": question path or ""}: to be done again; null: no longer
SAMPLE = "/@sample"  # true: the answers are invented, for practice; marked on screen and paper
INSTANCE = "/@instance"  # of an imported document: its instanceID, then those that it edits, latest first
ALIVE, DELETED = "alive", "deleted"
DRAFT, FINAL = "draft", "final"


class OpRef(NamedTuple):
    """The id of an operation, and the key of everything that must happen once."""

    replica: str  # 32 lower-case hex digits
    n: int


class Operation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One saved change, as it stands in the log of its replica.

    `t` is the claimed local time (display only), `m` milliseconds since the program started. `b` names, by
    path, the operations that were the heads when the person saw the field, as pairs (short replica number,
    n); a path that is missing there has as base this replica's own previous operation on it. `seen` is the
    highest operation of each replica known for this record; it stands only where it has grown since this
    replica's last operation on the record. `c` holds the calculated values as they were seen when a record
    was finalised. `id` of a `put` is the digest of the submission of a phone that it was made from.
    """

    k: str
    n: int
    t: str
    m: int = 0
    r: str | None = None
    f: str | None = None
    s: dict[str, Any] = {}
    b: dict[str, list[tuple[int, int]]] = {}
    seen: list[tuple[int, int]] = []
    c: dict[str, Any] = {}
    i: int | None = None
    id: str | None = None
    device: str | None = None
    user: str | None = None
    name: str | None = None
    project: str | None = None
    sent: Sending | None = None

    @property
    def about(self) -> str | None:
        """The record that it changes, or of which it tells what was sent; None for what is about none."""
        return self.sent.record if self.r is None and self.k == SENT and self.sent is not None else self.r


class ResolvedOp(msgspec.Struct, frozen=True):
    """An operation with its short replica numbers replaced by replica ids."""

    ref: OpRef
    op: Operation
    bases: Mapping[str, tuple[OpRef, ...]]
    seen: Mapping[str, int]

    @property
    def fields(self) -> Mapping[str, Value]:
        """What it sets: deleting and restoring write `/@life`."""
        match self.op.k:
            case "put" | "res":
                return self.op.s
            case "del":
                return {LIFE: DELETED}
            case "undel":
                return {LIFE: ALIVE}
        return {}


_decode = msgspec.json.Decoder(Operation).decode


def encode_line(op: Operation) -> bytes:
    """The canonical line of an operation, without a line end.

    Raises ValueError if a value has no canonical form.
    """
    return encode_canonical(msgspec.to_builtins(op))


def cut_operation(op: Operation) -> list[Operation]:
    """The operation as it is if it fits into a line, else in as many as do, each with some of its fields.

    What its author knew of stands in the first, what marks the record and what was calculated in the last.
    Calculations in rows that do not fit are left out; they are made again where they are shown. Raises
    KnownError "answer_too_long" (`path`, `limit`) for a field that fits into no line.
    """
    paths = sorted(op.s, key=lambda path: (path == STATE, path))
    some = [paths[at : at + _FIELDS] for at in range(0, len(paths), _FIELDS)] or [[]]
    bare = msgspec.structs.replace(op, c={})
    before = [part for few in some[:-1] for part in _halved(bare, few)]
    first, *others = [*before, *_halved(op, some[-1])]
    return [first, *(msgspec.structs.replace(part, seen=[]) for part in others)]


def _halved(op: Operation, paths: list[str]) -> list[Operation]:
    """The part of an operation that sets these paths, halved until each fits its line; the last has `c`."""
    part = msgspec.structs.replace(
        op,
        s={path: op.s[path] for path in paths},
        b={path: op.b[path] for path in paths if path in op.b},
    )
    if len(encode_line(part)) <= OPERATION_LIMIT - _NUMBER_GROWS:
        return [part]
    if len(paths) > 1:
        middle = len(paths) // 2
        bare = msgspec.structs.replace(op, c={})
        return _halved(bare, paths[:middle]) + _halved(op, paths[middle:])
    outside = {path: value for path, value in op.c.items() if "]" not in path}
    if len(outside) < len(op.c):
        return _halved(msgspec.structs.replace(op, c=outside), paths)
    raise KnownError("answer_too_long", path="".join(paths), limit=OPERATION_LIMIT)


def decode_line(line: bytes) -> Operation:
    """The operation on a line. Raises ValueError for anything else; unknown members are passed over."""
    try:
        return _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as broken:
        raise ValueError("not an operation") from broken


def decode_foreign_line(line: bytes) -> Operation:
    """The operation on a line that somebody else wrote, after which nothing in it can stop a merge.

    Raises ValueError also for values without canonical form (U+0000, integers of 2^53 and more) and for
    values nested deeper than 32: keep such a line, and leave it out.
    """
    op = decode_line(line)
    if line.count(b"[") + line.count(b"{") >= _DEPTH_LIMIT:  # with fewer, as nearly all, nothing can be deep
        _refuse_depth([op.s, op.c])
    if encode_line(op) != line:  # members that only a later version knows
        _refuse_depth([msgspec.json.decode(line)])
    return op


def read_foreign_line(line: bytes) -> Operation | None:
    """The same; None for a line that this version cannot read."""
    try:
        return decode_foreign_line(line)
    except ValueError:
        return None


def _refuse_depth(level: list[Any]) -> None:
    for _ in range(_DEPTH_LIMIT):
        level = [part for item in level for part in _parts(item)]
    if level:
        raise ValueError("values nested too deeply")


def _parts(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def genesis_hash(replica: str) -> bytes:
    """What the first operation of a replica's log chains to."""
    return hashlib.sha256(b"svp1-replica\n" + bytes.fromhex(replica)).digest()


def chain_hash(previous: bytes, line: bytes) -> bytes:
    """The hash of an operation: SHA-256 of the hash before it and its line."""
    return hashlib.sha256(previous + line).digest()


def resolve(replica: str, op: Operation, numbers: Mapping[int, str]) -> ResolvedOp:
    """The operation with replica ids in place of short numbers.

    `numbers` are those introduced by the `rep` operations before it in the same log. Raises ValueError for a
    number that was never introduced.
    """
    if not op.b and not op.seen:  # as most are: its author went on alone
        return ResolvedOp(OpRef(replica, op.n), op, {}, {})
    try:
        names = {OWN_REPLICA: replica, **numbers}
        bases = {path: tuple(OpRef(names[i], n) for i, n in refs) for path, refs in op.b.items()}
        seen = {names[i]: n for i, n in op.seen}
    except KeyError as unknown:
        raise ValueError(f"replica number {unknown} was never introduced") from unknown
    return ResolvedOp(OpRef(replica, op.n), op, bases, seen)
