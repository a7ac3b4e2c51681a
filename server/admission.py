"""What of a batch its author may say, and where the records that it speaks of lie from then on.

The role held at receipt decides (`core/protocol/roles.py`). What is not allowed is kept outside the feed with
its reason. What was set aside because the record lay in another division comes along as soon as its author
writes the record where it may: a place chosen wrongly is mended by choosing the right one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Connection

from core.protocol.roles import Grant, Refusal, Standing, places_in, records_in, refusal
from core.records.operation import Operation, decode_line
from core.values import Value
from server.queries import log, places
from server.queries.places import Placing, SetAside, is_division, own_place

_MENDED_BY_PLACE: Refusal = "other-division"


class Admission:
    """The lines of one batch of one replica, in order, inside the transaction that takes it."""

    def __init__(
        self,
        connection: Connection,
        project: str,
        device: str,
        replica: str,
        operations: Collection[Operation],
    ) -> None:
        records = {op.about for op in operations if op.about is not None}
        named = set[str]().union(*(records_in(op.s) for op in operations))
        self._connection = connection
        self._project = project
        self._device = device
        self._replica = replica
        self._owners = places.owners(connection, project, records)
        self._places = places.places(connection, project, {*records, *named, replica})
        self._referrers = places.referrers(connection, project, records)
        self._waiting = places.set_aside(connection, project, device, records, _MENDED_BY_PLACE)
        self._said = {record: _answers(lines) for record, lines in self._waiting.items()}
        self._made = dict[str, str]()
        self._placed = list[tuple[str, str, int]]()
        self._referred = set[tuple[str, str]]()
        self._released = list[SetAside]()

    def judge(self, op: Operation, grant: Grant) -> Refusal | None:
        """Why this operation is set aside; None: it was noted where it places its record."""
        if op.about is None:
            return None
        if op.r is None:  # what was sent of a record neither makes nor places it
            return refusal(grant, self._standing(op.about), {}, ())
        said = {**self._said[op.r], **op.s} if op.r in self._said else op.s
        targets = records_in(said)
        named = self._places_named(said, targets)
        why = refusal(grant, self._standing(op.r), op.s, named)
        if why is None:
            released = self._waiting.pop(op.r, [])
            self._released += released
            self._said.pop(op.r, None)
            writers = {self._replica, *(one.replica for one in released)}
            self._note(op.n, op.r, targets, named, writers)
        elif why == _MENDED_BY_PLACE:
            self._said[op.r] = said
        return why

    def note(self, op: Operation) -> None:
        """Takes in where the operation places its record, and who wrote there."""
        if op.r is not None:
            targets = records_in(op.s)
            self._note(op.n, op.r, targets, self._places_named(op.s, targets), {self._replica})

    def release(self) -> None:
        """Lets into the feed what is no longer set aside, before what comes now."""
        if self._released:
            log.release(self._connection, self._project, [(one.replica, one.n) for one in self._released])

    def write(self, feed_numbers: Mapping[int, int]) -> None:
        """Keeps what was noted; by operation its place in the feed."""
        placed = [Placing(subject, place, feed_numbers[n]) for subject, place, n in self._placed]
        places.add(self._connection, self._project, made=self._made, placed=placed, referred=self._referred)

    def _standing(self, record: str) -> Standing:
        owner = self._owners.get(record)
        return Standing(
            known=owner is not None, own=owner == self._device, places=frozenset(self._divisions_of(record))
        )

    def _note(
        self, n: int, record: str, targets: set[str], named: set[str], writers: Collection[str]
    ) -> None:
        """The record refers to `targets` and is said to lie in the divisions `named`."""
        if record not in self._owners:
            self._owners[record] = self._made[record] = self._device
            self._place(n, record, own_place(self._device))
        for target in targets - {record}:
            self._referred.add((target, record))
            self._referrers.setdefault(target, set()).add(record)
        for place in named:
            self._place(n, record, place)
        for place in self._of(record):
            for replica in writers:
                self._place_only(n, replica, place)

    def _place(self, n: int, subject: str, place: str) -> None:
        """A record comes to a place, and with it those who wrote it and what refers to it, however far."""
        coming = [subject]
        while coming:
            record = coming.pop()
            if not self._place_only(n, record, place):
                continue
            if record not in self._made:
                for replica in places.writers(self._connection, self._project, record):
                    self._place_only(n, replica, place)
            if is_division(place):
                coming += self._refer_to(record)

    def _place_only(self, n: int, subject: str, place: str) -> bool:
        known = self._of(subject)
        if place in known:
            return False
        known.add(place)
        self._placed.append((subject, place, n))
        return True

    def _places_named(self, answers: Mapping[str, Value], targets: set[str]) -> set[str]:
        """The divisions that these answers name, and those of the records they refer to."""
        return places_in(answers).union(*map(self._divisions_of, targets))

    def _divisions_of(self, subject: str) -> set[str]:
        return {place for place in self._of(subject) if is_division(place)}

    def _of(self, subject: str) -> set[str]:
        if subject not in self._places:
            self._places |= places.places(self._connection, self._project, [subject])
        return self._places[subject]

    def _refer_to(self, target: str) -> Iterable[str]:
        if target not in self._referrers:
            self._referrers |= places.referrers(self._connection, self._project, [target])
        return sorted(self._referrers[target])


def place_older(connection: Connection, project: str) -> None:
    """Notes where records lie that came when the server knew no roles; at once if there are none."""
    if not log.has_nameless(connection, project):
        return
    rows = list(log.feed_after(connection, project, 0, -1))
    operations = {row.position.seq: decode_line(row.body) for row in rows}
    log.name_subjects(
        connection,
        project,
        [(row.position.seq, operations[row.position.seq].about or row.replica) for row in rows],
    )
    for replica, group in groupby(rows, key=attrgetter("replica")):
        numbers = {row.n: row.position.seq for row in group}
        device = log.replica_tip(connection, project, replica, "").device
        run = [operations[seq] for seq in numbers.values()]
        admission = Admission(connection, project, device, replica, run)
        for op in run:
            admission.note(op)
        admission.write(numbers)


def _answers(lines: Sequence[SetAside]) -> dict[str, Value]:
    answers = dict[str, Value]()
    for one in lines:
        answers |= decode_line(one.line).s
    return answers
