"""The logs that the server writes for phones: like those of any device, signed, archived and in the feed.

A batch is committed first and archived second, both before anything is answered: numbers are given out only
once. What a kill left out of the archive is put there from the committed lines (`finish`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

import msgspec

from core.clock import iso_seconds
from core.protocol.codec import Batch, make_batch, sign_batch
from core.protocol.versions import BATCH_OPS_LIMIT
from core.records.operation import (
    OPERATION_LIMIT,
    OWN_REPLICA,
    Operation,
    OpRef,
    ResolvedOp,
    cut_operation,
    decode_foreign_line,
    encode_line,
    resolve,
)
from core.records.submission_changes import Change
from core.values import Value, encode_canonical
from server.ingest import Arrival
from server.openrosa.accounts import Phone, Phones
from server.queries import holdings, log
from server.sync_service import Server

_BATCH_BYTES = 2 * 1024 * 1024


class PhoneLog:
    """What phones say, as operations. Only one thread at a time may write."""

    def __init__(self, server: Server, phones: Phones) -> None:
        self._server = server
        self._phones = phones

    def operations(self, record: str, *, held: bool = True) -> list[ResolvedOp]:
        """All that changes a record here, by replica and number; without `held` what everybody is given."""
        project, found = self._server.identity.project, list[ResolvedOp]()
        with self._server.database.read() as connection:
            numbers = dict[str, dict[int, str]]()
            lines_of = log.lines_about if held else log.lines_in_feed
            for replica, line in lines_of(connection, project, record):
                if replica not in numbers:
                    numbers[replica] = introduced(log.lines_about(connection, project, replica))
                op = read_operation(replica, line, numbers[replica])
                if op is not None and op.op.r is not None:
                    found.append(op)
        return found

    def put(
        self,
        phone: Phone,
        source: str,
        record: str,
        form: str,
        change: Change,
        calculated: Mapping[str, Value],
    ) -> None:
        """Writes a change of a record that a submission (`source`, its digest) makes.

        What was `calculated` stands in the line that finishes the record, unless it would fill it. Raises
        KnownError "answer_too_long" for an answer that no operation holds, before anything is written; what
        the log raises.
        """
        server, replica = self._server, self._phones.log_of(phone)
        with server.database.read() as connection:
            tip = log.replica_tip(connection, phone.device.project, replica, phone.device.id)
            own = log.lines_about(connection, phone.device.project, replica)
        at = iso_seconds(server.clock.now())
        explicit = _unlike_default(change, replica, self.operations(record))
        seen = {name: n for name, n in change.seen.items() if name != replica}
        numbers = {name: i for i, name in introduced(own).items()} | {replica: OWN_REPLICA}
        named = {*seen, *(ref.replica for refs in explicit.values() for ref in refs)}
        strange = sorted(named - numbers.keys())
        numbers |= {name: i for i, name in enumerate(strange, max(numbers.values()) + 1)}
        introductions = [Operation(k="rep", n=0, t=at, i=numbers[name], id=name) for name in strange]
        said = Operation(
            k="put",
            n=0,
            t=at,
            r=record,
            f=form,
            s=dict(change.fields),
            b={path: [(numbers[ref.replica], ref.n) for ref in refs] for path, refs in explicit.items()},
            seen=sorted((numbers[name], n) for name, n in seen.items()),
            c=dict(calculated) if len(encode_canonical(calculated)) < OPERATION_LIMIT // 2 else {},
            id=source,
        )
        opening = _opening(phone, [line for _, line in own], at)
        written = [*opening, *introductions, *cut_operation(said)]
        numbered = [msgspec.structs.replace(op, n=n) for n, op in enumerate(written, tip.acked + 1)]
        self._write(phone, replica, numbered, tip.tip, form)

    def _write(
        self, phone: Phone, replica: str, numbered: list[Operation], previous: bytes, form: str
    ) -> None:
        """Takes operations in, in as many batches as they need; `previous` is the hash of the line before."""
        for lines in _bundles([encode_line(op) for op in numbered]):
            first = numbered[0].n
            numbered = numbered[len(lines) :]
            batch = make_batch(replica, first, lines, previous, forms=[form])
            previous = bytes.fromhex(batch.header.last)
            self._take(phone, batch)

    def finish(self) -> None:
        """Archives what was committed and not archived any more: at most the last batch of each phone."""
        project = self._server.identity.project
        for phone in self._phones.all():
            with self._server.database.read() as connection:
                last = holdings.last_batch_of(connection, project, phone.device.id)
                if last is None or self._server.archive.holds(last.archive):
                    continue
                lines = log.lines_of(connection, project, last.replica, last.last)[last.first - 1 :]
                previous = log.hash_at(connection, project, last.replica, last.first - 1)
            forms = {op.f for line in lines if (op := decode_foreign_line(line)).f is not None}
            batch = make_batch(last.replica, last.first, lines, previous or b"", forms=forms)
            signature = sign_batch(batch.plain, self._phones.key(phone.device.id))
            received = datetime.fromisoformat(last.received_at)
            self._server.archive.keep(batch, signature, phone.device, received, last.number - 1)

    def _take(self, phone: Phone, batch: Batch) -> None:
        server, received = self._server, self._server.clock.now()
        after = server.ingest.check(phone.device, batch) or 0
        digest, place = server.archive.place(batch, received)
        server.ingest.take(Arrival(phone.device, batch, digest, place, received))
        signature = sign_batch(batch.plain, self._phones.key(phone.device.id))
        server.archive.keep(batch, signature, phone.device, received, after)


def introduced(lines: Sequence[tuple[str, bytes]]) -> dict[int, str]:
    """The short numbers that a log gives to others, from its lines that are about no record."""
    ops = _readable(line for _, line in lines)
    return {op.i: op.id for op in ops if op.k == "rep" and op.i is not None and op.id is not None}


def _readable(lines: Iterable[bytes]) -> Iterator[Operation]:
    for line in lines:
        with suppress(ValueError):
            yield decode_foreign_line(line)


def _unlike_default(change: Change, replica: str, ops: Iterable[ResolvedOp]) -> dict[str, Sequence[OpRef]]:
    """The bases that have to be said: a path without any has the log's own last operation on it as base."""
    own = {path: op.ref for op in ops if op.ref.replica == replica for path in op.fields}
    default = {path: {own[path]} if path in own else set() for path in change.fields}
    meant = {path: change.bases.get(path, ()) for path in change.fields}
    return {path: refs for path, refs in meant.items() if set(refs) != default[path]}


def read_operation(replica: str, line: bytes, numbers: Mapping[int, str]) -> ResolvedOp | None:
    """The operation of a line; None for one that cannot be read."""
    try:
        return resolve(replica, decode_foreign_line(line), numbers)
    except ValueError:
        return None


def _opening(phone: Phone, own: Sequence[bytes], at: str) -> Iterator[Operation]:
    """The word about who writes, unless the log's last one is the same."""
    told = [op for op in _readable(own) if op.k == "who"]
    device = phone.device
    if not told or told[-1].name != device.name:
        yield Operation(k="who", n=0, t=at, device=device.id, user=device.id, name=device.name)


def _bundles(lines: list[bytes]) -> Iterator[list[bytes]]:
    """The lines in as many batches as the limits of one ask for."""
    bundle, size = list[bytes](), 0
    for line in lines:
        if bundle and (len(bundle) == BATCH_OPS_LIMIT or size + len(line) > _BATCH_BYTES):
            yield bundle
            bundle, size = [], 0
        bundle.append(line)
        size += len(line)
    yield bundle
