"""Batches into the log, those that come at the same moment with one commit.

Whoever finds the log free commits for all that wait; the others wait for the end of that. So each is answered
only after an fsync that covers it, and under load many share one (`docs/decisions/0063-group-commit.md`).
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.clock import iso_seconds
from core.protocol.codec import Batch
from core.protocol.wire_errors import WireError
from core.records.operation import Operation, chain_hash, read_foreign_line
from core.values import is_digest
from server.admission import Admission
from server.auth import Device
from server.database import Database
from server.queries import holdings, log


@dataclass(eq=False)
class Arrival:
    """A verified and archived batch on its way into the log, and how that ended. `archived` is its path."""

    device: Device
    batch: Batch
    digest: str
    archived: str
    received: datetime
    new: int = 0
    refused: Exception | None = None
    ended: bool = False


class Ingest:
    """The one way of operations into the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting = deque[Arrival]()
        self._writing = threading.Lock()

    def check(self, device: Device, batch: Batch) -> int | None:
        """After how many batches this one comes; None if all that it says is here.

        Raises `replica-gap` or `replica-forked` (values: acked): what follows no log here is not archived.
        """
        with self._database.read() as connection:
            new = _new_lines(connection, device, batch)
            return holdings.last_batch(connection) if new else None

    def take(self, arrival: Arrival) -> int:
        """The batch survives a power cut when this returns; how many of its operations were new.

        Raises as `check`, and what the database raises.
        """
        self._waiting.append(arrival)
        with self._writing:
            if not arrival.ended:
                self._commit([self._waiting.popleft() for _ in range(len(self._waiting))])
        if arrival.refused is not None:
            raise arrival.refused
        return arrival.new

    def _commit(self, group: list[Arrival]) -> None:
        """One transaction for all. What breaks it is found by taking each alone, so it harms no other."""
        try:
            with self._database.transaction() as connection:
                for arrival in group:
                    _take(connection, arrival)
        except Exception as error:  # noqa: BLE001  each is raised again in the thread that brought its batch
            if len(group) > 1:
                for arrival in group:
                    self._commit([arrival])
                return
            group[0].refused = error
        for arrival in group:
            arrival.ended = True


def _take(connection: Connection, arrival: Arrival) -> None:
    """Writes one batch, or notes why it is refused: that is known before anything of it is written."""
    arrival.refused = None
    header, project = arrival.batch.header, arrival.device.project
    try:
        new = _new_lines(connection, arrival.device, arrival.batch)
    except WireError as refused:
        arrival.refused = refused
        return
    at = iso_seconds(arrival.received)
    if new:
        _store(connection, arrival, new, at)
    holdings.add_batch(
        connection,
        {
            "project": project,
            "digest": arrival.digest,
            "device": arrival.device.id,
            "replica": header.rep,
            "first": header.first,
            "last": header.to,
            "archive": arrival.archived,
            "received_at": at,
        },
    )
    arrival.new = len(new)


def _new_lines(connection: Connection, device: Device, batch: Batch) -> list[tuple[int, bytes, bytes]]:
    """(n, hash, line) of those not held yet. Raises `replica-gap`, `replica-forked` (values: acked)."""
    replica, project = batch.header.rep, device.project
    tip = log.replica_tip(connection, project, replica, device.id)
    if tip.device != device.id:
        raise WireError("replica-forked", acked=0)
    if batch.header.first > tip.acked + 1:
        raise WireError("replica-gap", acked=tip.acked)
    current = bytes.fromhex(batch.header.prev)
    if _hash_at(connection, project, tip, replica, batch.header.first - 1) != current:
        raise WireError("replica-forked", acked=tip.acked)
    new = []
    for n, line in enumerate(batch.lines, batch.header.first):
        current = chain_hash(current, line)
        if n > tip.acked:
            new.append((n, current, line))
        elif n in {tip.acked, batch.header.to} and current != _hash_at(connection, project, tip, replica, n):
            raise WireError("replica-forked", acked=tip.acked)
    return new


def _hash_at(connection: Connection, project: str, tip: log.ReplicaTip, replica: str, n: int) -> bytes | None:
    """As `log.hash_at`, which is not asked for the tip, where nearly every batch begins."""
    return tip.tip if n == tip.acked else log.hash_at(connection, project, replica, n)


def _store(connection: Connection, arrival: Arrival, new: list[tuple[int, bytes, bytes]], at: str) -> None:
    """Appends the lines; what cannot be read or names an unknown form is set aside with its reason."""
    project, replica, device = arrival.device.project, arrival.batch.header.rep, arrival.device.id
    lines, aside = list[log.NewLine](), list[dict[str, object]]()
    forms, previews = dict[int, str](), dict[str, str]()

    def set_aside(n: int, reason: str, form: str | None = None, *, held: bool = False) -> None:
        aside.append(
            {
                "project": project, "replica": replica, "n": n, "reason": reason, "form": form,
                "held": held, "found_at": at,
            }
        )  # fmt: skip

    readable = {n: op for n, _, line in new if (op := read_foreign_line(line)) is not None}
    admission = Admission(connection, project, device, replica, readable.values())
    for n, line_hash, line in new:
        op = readable.get(n)
        why = "unreadable" if op is None else admission.judge(op, arrival.device.grant)
        previews |= {} if op is None else _previews(op)
        if why is not None:
            set_aside(n, why, held=True)
        elif op is not None and op.f is not None:
            forms[n] = op.f
        lines.append(log.NewLine(n, line_hash, line, why is not None, (op and op.about) or replica))
    known = holdings.known_forms(connection, project, set(forms.values()))
    for n, form in forms.items():
        if form not in known:
            set_aside(n, "unknown-form", form)
    admission.release()
    admission.write(log.append(connection, project, replica, device, lines, at))
    holdings.add_quarantined(connection, aside)
    holdings.add_previews(connection, project, previews)


def _previews(op: Operation) -> dict[str, str]:
    """By photo that an operation names: its preview."""
    photos = [value for value in op.s.values() if isinstance(value, dict)]
    return {one["b"]: one["pv"] for one in photos if is_digest(one.get("b")) and is_digest(one.get("pv"))}
