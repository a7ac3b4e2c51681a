"""The operation log of this workspace: its own operations and those of everybody else it knows.

Lines are kept byte for byte. Own operations are numbered without a gap and chained by hash in the same
transaction that makes a save durable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from app.log import subject
from app.storage.database import Database
from app.storage.mark import Mark
from app.storage.readers import Reading
from app.storage.record_logs import RecordLog, RecordLogs
from core.clock import Clock, iso_seconds
from core.ids import new_replica_id
from core.records.operation import (
    INSTANCE,
    LIFE,
    OWN_REPLICA,
    Operation,
    OpRef,
    ResolvedOp,
    chain_hash,
    cut_operation,
    decode_foreign_line,
    decode_line,
    encode_line,
    genesis_hash,
    resolve,
)
from core.values import Value, encode_canonical

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

LOG = subject("storage")
LOCAL, ACKED, DURABLE, FEED = "local", "acked", "durable", "feed"
UNREADABLE = "?"
"""The kind under which a line is kept that this version cannot read."""


class Person(msgspec.Struct, frozen=True):
    """Who works here, on which device; written into the log as a `who` operation."""

    device: str
    user: str
    name: str


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


class LogLine(msgspec.Struct, frozen=True):
    """One line of a replica's log. `hash` chains it to `prev`, the hash of the line before."""

    n: int
    kind: str
    record: str | None
    line: bytes
    prev: bytes
    hash: bytes
    state: str


class Replica(msgspec.Struct, frozen=True):
    """One log: own, former (own, left after a fork) or other. `acked` and `durable` are the server's word."""

    num: int
    id: str
    role: str
    last_n: int
    last_hash: bytes
    acked: int
    durable: int


class Operations:
    """The log. Reading works anywhere; everything that writes needs an open transaction."""

    def __init__(self, database: Database, clock: Clock, mark: Mark) -> None:
        self._database = database
        self._clock = clock
        self._mark = mark
        self._record_logs = RecordLogs(database)

    # ---- the own log

    def own(self) -> Replica:
        """The log that own operations go to."""
        with self._database.read() as tables:
            row = tables.execute(f"{_REPLICAS} WHERE role = 'own'").fetchone()
        return Replica(*row)

    def start_log(self) -> str:
        """Begins a new own log; the present one, if any, is left as former. Returns its replica id."""
        tables = self._database.written()
        tables.execute("UPDATE replica SET role = 'former' WHERE role = 'own'")
        replica = new_replica_id()
        tables.table("replica").insert({"id": replica, "role": "own", "last_hash": genesis_hash(replica)})
        return replica

    def put(
        self,
        kind: str,
        record: str,
        form: str,
        *,
        fields: Mapping[str, Value] | None = None,
        bases: Mapping[str, tuple[OpRef, ...]] | None = None,
        seen: Mapping[str, int] | None = None,
        calculated: Mapping[str, Value] | None = None,
        source: str | None = None,
    ) -> list[OpRef]:
        """Appends a change of a record (put, res, del, undel); several operations if one would grow too long.

        `bases` are by path the operations whose values the person saw there, `seen` the highest operation of
        each replica of what they saw, `source` the digest of the instance document that says it. Raises
        KnownError "answer_too_long" for one answer over 256 kB.
        """
        moment = iso_seconds(self._clock.now())
        new = NewOperation(
            kind, record, form, fields or {}, bases or {}, seen or {}, calculated or {}, moment,
            self._clock.monotonic_ms(), source,
        )  # fmt: skip
        return self._put(new)

    def tell_who(self, person: Person) -> None:
        """Writes who works here into the own log, unless its last word on that is the same."""
        if self.author(OpRef(self.own().id, self.own().last_n)) != person:
            self._append(
                Operation(
                    k="who", n=0, t=iso_seconds(self._clock.now()),
                    device=person.device, user=person.user, name=person.name,
                )
            )  # fmt: skip

    def join(self, project: str) -> None:
        """Writes that this log now belongs to a server's project."""
        self._append(Operation(k="join", n=0, t=iso_seconds(self._clock.now()), project=project))

    def unsent(self, *, limit: int = 1000, max_bytes: int = 1_000_000) -> list[LogLine]:
        """Own operations the server has not acknowledged, from the first on, at least one if there is any."""
        lines: list[LogLine] = []
        total = 0
        for line in self.log(self.own().id, state=LOCAL, limit=limit):
            total += len(line.line) + 1
            if lines and total > max_bytes:
                break
            lines.append(line)
        return lines

    def unsent_count(self) -> int:
        """How many own operations wait for the server, those of former logs included."""
        with self._database.read() as tables:
            return int(tables.execute("SELECT count(*) FROM outbox").fetchone()[0])

    def acknowledge(self, replica: str, *, acked: int, durable: int = 0) -> set[str]:
        """Believes the server: operations up to `acked` are there. Returns the records whose state moved.

        A server that holds less than it once said gets the rest again (it was restored from a copy).
        """
        tables = self._database.written()
        num = self._num(replica)
        touched = tables.execute(
            "SELECT DISTINCT rec FROM op WHERE replica = ? AND rec IS NOT NULL AND state NOT IN ('feed', "
            "CASE WHEN n <= ? THEN 'durable' WHEN n <= ? THEN 'acked' ELSE 'local' END)",
            [num, durable, acked],
        ).fetchall()
        tables.execute(
            "UPDATE op "
            "SET state = CASE WHEN n <= ?2 THEN 'durable' WHEN n <= ?3 THEN 'acked' ELSE 'local' END "
            "WHERE replica = ?1 AND state NOT IN ('feed', CASE WHEN n <= ?2 THEN 'durable' "
            "WHEN n <= ?3 THEN 'acked' ELSE 'local' END)",
            [num, durable, acked],
        )
        tables.execute("UPDATE replica SET acked = ?, durable = ? WHERE num = ?", [acked, durable, num])
        return {str(row[0]) for row in touched}

    def hash_at(self, replica: str, n: int) -> bytes | None:
        """The chain hash of operation `n` of a log (of 0: what the log starts from); None: not known."""
        if n == 0:
            return genesis_hash(replica)
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT hash FROM op JOIN replica ON num = replica WHERE id = ? AND n = ?", [replica, n]
            ).fetchone()
        return None if row is None else row[0]

    # ---- reading

    def replicas(self) -> list[Replica]:
        """All logs known here, own first."""
        with self._database.read() as tables:
            rows = tables.execute(f"{_REPLICAS} ORDER BY role = 'own' DESC, num").fetchall()
        return [Replica(*row) for row in rows]

    def log(
        self, replica: str, *, after: int = 0, through: int | None = None, state: str | None = None,
        limit: int = -1,
    ) -> Iterator[LogLine]:  # fmt: skip
        """The lines of one log in order."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT n, kind, rec, body, prev, hash, state FROM op WHERE replica = ?1 AND n > ?2 "
                "AND (?3 IS NULL OR n <= ?3) AND (?4 IS NULL OR state = ?4) ORDER BY n LIMIT ?5",
                [self._known_num(replica), after, through, state, limit],
            ).fetchall()
        for row in rows:
            yield LogLine(*row)

    def log_of(self, record: str) -> RecordLog:
        """The operations of a record as they stand now, and what they make."""
        return self._record_logs.read(record)

    def of_record(self, record: str) -> tuple[ResolvedOp, ...]:
        """The operations of a record in the order they came here."""
        return self.log_of(record).ops

    def record_of_instance(self, instance: str) -> str | None:
        """The record that a document of that instanceID became, None if none did: a look at every line."""
        said = f'"{INSTANCE}":'.encode() + encode_canonical([instance])[:-1]
        with self._database.read() as tables:
            found = tables.execute(
                "SELECT rec FROM op WHERE kind = 'put' AND instr(body, ?) LIMIT 1", [said]
            ).fetchone()
        return None if found is None else str(found[0])

    def last_arrival(self) -> int:
        """The number of the operation that came here last: what a person who looks now can have seen."""
        with self._database.read() as tables:
            return int(tables.execute("SELECT coalesce(max(arrival), 0) FROM op").fetchone()[0])

    def author(self, ref: OpRef) -> Person | None:
        """Who wrote an operation, by the log's own word; None if it does not say."""
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT body FROM op JOIN replica ON num = replica WHERE id = ? AND kind = 'who' AND n <= ? "
                "ORDER BY n DESC LIMIT 1",
                [ref.replica, ref.n],
            ).fetchone()
        if row is None:
            return None
        op = decode_line(row[0])
        return Person(op.device or "", op.user or "", op.name or "")

    # ---- what comes from elsewhere

    def receive(self, replica: str, first: int, prev: bytes, lines: Sequence[bytes]) -> set[str]:
        """Keeps consecutive lines of somebody's log as they are. Returns the records they are about.

        What is known already is passed over. A line that this version cannot read stays out of all records.
        """
        tables = self._database.written()
        num, touched, previous = self._num(replica), set[str](), prev
        for n, line in enumerate(lines, first):
            op = _readable(line)
            digest = chain_hash(previous, line)
            new = tables.execute(
                "INSERT OR IGNORE INTO op (replica, n, kind, rec, hash, prev, body, state) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [num, n, op.k if op else UNREADABLE, op.r if op else None, digest, previous, line, FEED],
            ).rowcount
            if new and op and op.k == "rep":
                self._introduce(tables, num, op)
            if new and op and op.r is not None:
                touched.add(op.r)
            previous = digest
        tables.execute(
            "UPDATE replica SET last_n = ?2, last_hash = ?3 "
            "WHERE num = ?1 AND role = 'other' AND last_n < ?2",
            [num, first + len(lines) - 1, previous],
        )
        return touched

    def differing(self, replica: str, first: int, hashes: Sequence[bytes]) -> list[int]:
        """Of consecutive operations with these hashes, those known here with another."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT n, hash FROM op WHERE replica = ? AND n BETWEEN ? AND ? ORDER BY n",
                [self._known_num(replica), first, first + len(hashes) - 1],
            ).fetchall()
        return [int(n) for n, known in rows if known != hashes[n - first]]

    def unreadable(self, replica: str, first: int, to: int) -> list[int]:
        """The numbers of the lines between these that this version cannot read."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT n FROM op WHERE replica = ? AND kind = ? AND n BETWEEN ? AND ?",
                [self._known_num(replica), UNREADABLE, first, to],
            ).fetchall()
        return [int(row[0]) for row in rows]

    def fork(self, person: Person, *, after: int = 0) -> set[str]:
        """Moves what is unsent, from number `after` on, into a new log: numbers of this one may be used.

        (By a cloned disk, a restored copy, work that was lost.) The rest stays under the old name. Returns
        the records.
        """
        old = self.own().id
        waiting = [line for line in self.log(old, state=LOCAL, after=after) if line.record is not None]
        moved = self._full_operations(old, [line.n for line in waiting])
        project = self._project_of(old)
        tables = self._database.written()
        tables.execute(
            "DELETE FROM op WHERE replica = ? AND state = 'local' AND n > ?", [self._num(old), after]
        )
        self._introduce_anew(tables, self._num(old))
        kept = self._last_kept(old)
        self.start_log()
        self.tell_who(person)
        if project is not None:
            self.join(project)
        renamed: dict[OpRef, OpRef] = {}
        for ref, operation in moved:
            bases = {
                path: tuple(renamed.get(base, base) for base in refs)
                for path, refs in operation.bases.items()
            }
            renamed[ref] = self._put(replace(operation, bases=bases, seen={**operation.seen, old: kept}))[-1]
        return {operation.record for _, operation in moved}

    # ---- inside

    def _put(self, new: NewOperation) -> list[OpRef]:
        own = self.own().id
        merging = self.log_of(new.record).merging
        known, previous = merging.known_to(own), merging.previous_of(own)
        grown = {name: n for name, n in new.seen.items() if name != own and n > known.get(name, 0)}
        paths = [LIFE] if new.kind in {"del", "undel"} else list(new.fields)
        explicit = {
            path: refs
            for path in paths
            if set(refs := new.bases.get(path, ())) != ({previous[path]} if path in previous else set())
        }
        numbers = self._short_numbers({*grown, *(ref.replica for refs in explicit.values() for ref in refs)})
        operation = Operation(
            k=new.kind,
            n=0,
            t=new.claimed_at,
            m=new.monotonic_ms,
            r=new.record,
            f=new.form,
            s=dict(new.fields),
            b={path: [(numbers[ref.replica], ref.n) for ref in refs] for path, refs in explicit.items()},
            seen=sorted((numbers[name], n) for name, n in grown.items()),
            c=dict(new.calculated),
            id=new.source,
        )
        return [self._append(part) for part in cut_operation(operation)]

    def _append(self, operation: Operation) -> OpRef:
        tables = self._database.written()
        own = self.own()
        numbered = msgspec.structs.replace(operation, n=own.last_n + 1)
        line = encode_line(numbered)
        digest = chain_hash(own.last_hash, line)
        tables.table("op").insert(
            {
                "replica": own.num, "n": numbered.n, "kind": numbered.k, "rec": numbered.r, "hash": digest,
                "prev": own.last_hash, "body": line, "state": LOCAL,
            }
        )  # fmt: skip
        tables.execute(
            "UPDATE replica SET last_n = ?, last_hash = ? WHERE num = ?", [numbered.n, digest, own.num]
        )
        if numbered.k == "rep":
            self._introduce(tables, own.num, numbered)
        self._database.once_durable(partial(self._mark.note, own.id, numbered.n))
        return OpRef(own.id, numbered.n)

    def _short_numbers(self, names: Iterable[str]) -> dict[str, int]:
        """The numbers by which the own log speaks of these replicas, introducing them where needed."""
        own = self.own()
        tables = self._database.written()
        numbers = {name: i for i, name in self._numbers(tables, own.num).items()}
        numbers[own.id] = OWN_REPLICA
        for name in sorted(set(names) - numbers.keys()):
            numbers[name] = max(numbers.values()) + 1
            moment = iso_seconds(self._clock.now())
            self._append(Operation(k="rep", n=0, t=moment, i=numbers[name], id=name))
        return numbers

    def _full_operations(self, replica: str, numbers: list[int]) -> list[tuple[OpRef, NewOperation]]:
        """Own operations with their bases spelled out, in the order of the log."""
        wanted, full = set(numbers), []
        previous: dict[tuple[str, str], OpRef] = {}
        known: dict[str, dict[str, int]] = {}
        with self._database.read() as tables:
            short = self._numbers(tables, self._known_num(replica))
        for line in self.log(replica):
            resolved = resolve(replica, decode_line(line.line), short)
            op, record = resolved.op, resolved.op.r
            if record is None:
                continue
            seen = known.setdefault(record, {})
            _learn(seen, resolved)
            if line.n in wanted:
                bases = {
                    path: resolved.bases.get(path, _as_tuple(previous.get((record, path))))
                    for path in resolved.fields
                }
                new = NewOperation(op.k, record, op.f or "", op.s, bases, dict(seen), op.c, op.t, op.m, op.id)
                full.append((resolved.ref, new))
            previous.update({(record, path): resolved.ref for path in resolved.fields})
        return full

    def _project_of(self, replica: str) -> str | None:
        """The project that a log last joined."""
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT body FROM op WHERE replica = ? AND kind = 'join' ORDER BY n DESC LIMIT 1",
                [self._known_num(replica)],
            ).fetchone()
        return None if row is None else decode_line(row[0]).project

    def _last_kept(self, replica: str) -> int:
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT max(n) FROM op WHERE replica = ?", [self._known_num(replica)]
            ).fetchone()
        return int(row[0] or 0)

    def _num(self, replica: str) -> int:
        tables = self._database.written()
        tables.execute(
            "INSERT OR IGNORE INTO replica (id, role, last_hash) VALUES (?, 'other', ?)",
            [replica, genesis_hash(replica)],
        )
        return int(tables.execute("SELECT num FROM replica WHERE id = ?", [replica]).fetchone()[0])

    def _known_num(self, replica: str) -> int:
        with self._database.read() as tables:
            row = tables.execute("SELECT num FROM replica WHERE id = ?", [replica]).fetchone()
        return -1 if row is None else int(row[0])

    @staticmethod
    def _numbers(tables: Tables | Reading, num: int) -> dict[int, str]:
        return dict(tables.execute("SELECT i, id FROM replica_ref WHERE replica = ?", [num]).fetchall())

    def _introduce_anew(self, tables: Tables, num: int) -> None:
        """The short numbers as the lines of a log give them: those of lines taken back are free again."""
        tables.execute("DELETE FROM replica_ref WHERE replica = ?", [num])
        lines = tables.execute("SELECT body FROM op WHERE replica = ? AND kind = 'rep' ORDER BY n", [num])
        for (line,) in lines.fetchall():
            self._introduce(tables, num, decode_line(line))

    @staticmethod
    def _introduce(tables: Tables, num: int, op: Operation) -> None:
        if op.i is not None and op.id is not None:
            tables.execute("INSERT OR IGNORE INTO replica_ref VALUES (?, ?, ?)", [num, op.i, op.id])


_REPLICAS = "SELECT num, id, role, last_n, last_hash, acked, durable FROM replica"


def _readable(line: bytes) -> Operation | None:
    try:
        return decode_foreign_line(line)
    except ValueError:
        return None


def _as_tuple(ref: OpRef | None) -> tuple[OpRef, ...]:
    return () if ref is None else (ref,)


def _learn(known: dict[str, int], resolved: ResolvedOp) -> None:
    """Adds what an operation says that its author had seen."""
    for name, n in resolved.seen.items():
        known[name] = max(n, known.get(name, 0))
    for refs in resolved.bases.values():
        for ref in refs:
            known[ref.replica] = max(ref.n, known.get(ref.replica, 0))
