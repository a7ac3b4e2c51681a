"""The log that this workspace writes: numbered without a gap, chained by hash, durable with its save."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

import msgspec

from app.storage.database import Database
from app.storage.full_operations import NewOperation, full_operations
from app.storage.mark import Mark
from app.storage.operations import LOCAL, Operations, Person
from app.storage.replica_numbers import (
    introduce,
    introduce_anew,
    known_number,
    names_by_short_number,
    number_of,
)
from core.clock import Clock, iso_seconds
from core.ids import new_replica_id
from core.records.operation import (
    LIFE,
    OWN_REPLICA,
    Operation,
    OpRef,
    chain_hash,
    cut_operation,
    decode_line,
    encode_line,
    genesis_hash,
)
from core.records.sending import SENT, Sending
from core.values import Value


class OwnLog:
    """Writes own operations. Everything here needs an open transaction."""

    def __init__(self, database: Database, operations: Operations, clock: Clock, mark: Mark) -> None:
        self._database = database
        self._operations = operations
        self._clock = clock
        self._mark = mark

    def start(self) -> str:
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
        own = self._operations.own()
        if self._operations.author(OpRef(own.id, own.last_n)) != person:
            self._append(
                Operation(
                    k="who", n=0, t=iso_seconds(self._clock.now()),
                    device=person.device, user=person.user, name=person.name,
                )
            )  # fmt: skip

    def join(self, project: str) -> None:
        """Writes that this log now belongs to a server's project."""
        self._append(Operation(k="join", n=0, t=iso_seconds(self._clock.now()), project=project))

    def tell_sending(self, sending: Sending) -> None:
        """Writes what was sent of a record to a server of somebody else."""
        self._append(Operation(k=SENT, n=0, t=iso_seconds(self._clock.now()), sent=sending))

    def fork(self, person: Person, *, after: int = 0) -> set[str]:
        """Moves what is unsent, from number `after` on, into a new log: numbers of this one may be used.

        (By a cloned disk, a restored copy, work that was lost.) The rest stays under the old name. Returns
        the records.
        """
        old = self._operations.own().id
        moved = self._full_operations(old, after)
        told = [line for line in self._operations.log(old, state=LOCAL, after=after) if line.kind == SENT]
        project = self._project_of(old)
        tables = self._database.written()
        num = number_of(tables, old)
        tables.execute("DELETE FROM op WHERE replica = ? AND state = 'local' AND n > ?", [num, after])
        introduce_anew(tables, num)
        kept = self._last_kept(old)
        self.start()
        self.tell_who(person)
        if project is not None:
            self.join(project)
        for line in told:
            self._append(decode_line(line.line))
        renamed: dict[OpRef, OpRef] = {}
        for ref, operation in moved:
            bases = {
                path: tuple(renamed.get(base, base) for base in refs)
                for path, refs in operation.bases.items()
            }
            renamed[ref] = self._put(replace(operation, bases=bases, seen={**operation.seen, old: kept}))[-1]
        return {operation.record for _, operation in moved}

    def _put(self, new: NewOperation) -> list[OpRef]:
        own = self._operations.own().id
        merging = self._operations.log_of(new.record).merging
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
        own = self._operations.own()
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
            introduce(tables, own.num, numbered)
        self._database.once_durable(partial(self._mark.note, own.id, numbered.n))
        return OpRef(own.id, numbered.n)

    def _short_numbers(self, names: Iterable[str]) -> dict[str, int]:
        """The numbers by which the own log speaks of these replicas, introducing them where needed."""
        own = self._operations.own()
        tables = self._database.written()
        numbers = {name: i for i, name in names_by_short_number(tables, own.num).items()}
        numbers[own.id] = OWN_REPLICA
        for name in sorted(set(names) - numbers.keys()):
            numbers[name] = max(numbers.values()) + 1
            moment = iso_seconds(self._clock.now())
            self._append(Operation(k="rep", n=0, t=moment, i=numbers[name], id=name))
        return numbers

    def _full_operations(self, replica: str, after: int) -> list[tuple[OpRef, NewOperation]]:
        """What is unsent from number `after` on, with its bases spelled out."""
        log = self._operations.log
        unsent = frozenset(
            line.n for line in log(replica, state=LOCAL, after=after) if line.record is not None
        )
        with self._database.read() as tables:
            names = names_by_short_number(tables, known_number(tables, replica))
        return full_operations(replica, (line.line for line in log(replica)), names, unsent)

    def _project_of(self, replica: str) -> str | None:
        """The project that a log last joined."""
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT body FROM op WHERE replica = ? AND kind = 'join' ORDER BY n DESC LIMIT 1",
                [known_number(tables, replica)],
            ).fetchone()
        return None if row is None else decode_line(row[0]).project

    def _last_kept(self, replica: str) -> int:
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT max(n) FROM op WHERE replica = ?", [known_number(tables, replica)]
            ).fetchone()
        return int(row[0] or 0)
