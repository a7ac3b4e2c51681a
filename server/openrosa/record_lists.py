"""Records as lists for phones: those of a form that lie in an account's sight, as the operations make them.

The feed is read on from where the last list ended, and only records that changed are merged again.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from core.forms.answers import answer_text
from core.forms.filling.session import FormSession
from core.protocol.roles import OWN_RECORDS
from core.records.merge import MergedRecord, merge
from core.records.operation import DELETED, ResolvedOp
from core.values import Value, safe_text
from server.auth import Device
from server.openrosa.catalogue import Catalogue, FormVersion
from server.openrosa.phone_log import introduced, read_operation
from server.queries import log, places
from server.queries.places import is_division, own_place
from server.sync_service import Server

_STEP = 5_000


@dataclass
class _Known:
    """What was read of the feed: by form id the rows of its living records.

    `untitled` have no label yet: that takes most of the time, and only what is given to somebody needs one.
    `formless` are written in versions that are not here; `versions` counts those that were here then.
    """

    through: int = 0
    epoch: str = ""
    rows: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    form_of: dict[str, str] = field(default_factory=dict)
    untitled: set[str] = field(default_factory=set)
    formless: set[str] = field(default_factory=set)
    versions: int = 0


class RecordLists:
    """The records of all forms, brought up to date when a list is asked for."""

    def __init__(self, server: Server, catalogue: Catalogue) -> None:
        self._server = server
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._known = _Known()

    def rows(self, form_id: str, device: Device) -> list[dict[str, str]]:
        """`name` (the record), `label` (its title) and the answers outside of rows, by title."""
        with self._lock, self._server.database.read() as connection:
            logs = _Logs(connection, device.project)
            self._catch_up(logs)
            found = self._known.rows.get(form_id, {})
            in_sight = self._in_sight(connection, found, device)
            for record in self._known.untitled.intersection(in_sight):
                self._entitle(record, logs)
            rows = [dict(found[record]) for record in in_sight]
        return sorted(rows, key=lambda row: (row["label"], row["name"]))

    def _in_sight(self, connection: Connection, records: Collection[str], device: Device) -> list[str]:
        sight = device.grant.sight
        if not sight:
            return list(records)
        lie = places.places(connection, device.project, records)
        return [
            record
            for record, found in lie.items()
            if own_place(device.id) in found
            or (sight != OWN_RECORDS and any(is_division(one) and one.startswith(sight) for one in found))
        ]

    def _catch_up(self, logs: _Logs) -> None:
        epoch, versions = self._server.identity.epoch(), self._catalogue.versions()
        if self._known.epoch != epoch:
            self._known = _Known(epoch=epoch)
        changed, through = logs.changed_after(self._known.through)
        if self._known.versions != len(versions):
            changed |= self._known.formless
        by_digest = {one.digest: one for one in versions}
        for record in changed:
            merged = logs.merged(record)
            if merged is not None:
                self._note(record, merged, by_digest.get(merged.form or ""))
        self._known.through, self._known.versions = through, len(versions)

    def _note(self, record: str, merged: MergedRecord, version: FormVersion | None) -> None:
        """Puts a record into the list of its form, or takes it out of any."""
        known = self._known
        before = known.form_of.pop(record, None)
        if before is not None:
            known.rows[before].pop(record, None)
        known.untitled.discard(record)
        known.formless.discard(record)
        if version is None:
            known.formless.add(record)
        elif not version.broken and merged.life != DELETED:
            columns = {safe_text(path[1:]): safe_text(answer_text(value)) for path, value in _answers(merged)}
            known.form_of[record] = version.form_id
            row = {**columns, "name": record, "label": record}
            known.rows.setdefault(version.form_id, {})[record] = row
            known.untitled.add(record)

    def _entitle(self, record: str, logs: _Logs) -> None:
        """Gives a record its title, which may name records that it refers to."""
        merged = logs.merged(record)
        if merged is None:
            return
        form = self._catalogue.form(merged.form or "")
        answers = {path: value for path, value in merged.values.items() if not path.startswith("/@")}
        session = FormSession(form, record, self._server.clock, answers, _SingleRows(self._known.rows))
        title = session.heading(next(iter(form.languages), ""))
        self._known.rows[form.form_id][record]["label"] = title or record
        self._known.untitled.discard(record)


class _Logs:
    """The operations of one view of the database."""

    def __init__(self, connection: Connection, project: str) -> None:
        self._connection = connection
        self._project = project
        self._numbers: dict[str, dict[int, str]] = {}

    def changed_after(self, seq: int) -> tuple[set[str], int]:
        """What operations after a place of the feed are about, and where the feed ends."""
        changed = set[str]()
        while rows := log.subjects_after(self._connection, self._project, seq, _STEP):
            changed.update(subject for _, subject in rows)
            seq = rows[-1][0]
        return changed, seq

    def merged(self, record: str) -> MergedRecord | None:
        """The record as the feed makes it; None for a subject that is none."""
        ops = list[ResolvedOp]()
        for replica, line in log.lines_in_feed(self._connection, self._project, record):
            if replica not in self._numbers:
                own = log.lines_about(self._connection, self._project, replica)
                self._numbers[replica] = introduced(own)
            op = read_operation(replica, line, self._numbers[replica])
            if op is not None and op.op.r is not None:
                ops.append(op)
        return merge(ops) if ops else None


class _SingleRows:
    """What a title asks of the lists around its record: one row by its name. Nothing else is looked for."""

    def __init__(self, rows: Mapping[str, Mapping[str, Mapping[str, str]]]) -> None:
        self._rows = rows

    def items_where(self, instance_id: str, column: str, value: str) -> Sequence[Mapping[str, str]]:
        """No rows: only `item` is asked for a title."""
        del instance_id, column, value
        return ()

    def item(self, instance_id: str, name: str) -> Mapping[str, str] | None:
        return self._rows.get(instance_id, {}).get(name)

    def stand_in(self, instance_id: str, name: str, language: str) -> str:
        """Nothing in place of a name."""
        del instance_id, name, language
        return ""

    def other_with(self, form_id: str, path: str, text: str, record_id: str) -> str | None:
        """No other: a list does not judge."""
        del form_id, path, text, record_id
        return None

    def last_saved(self, form_id: str, besides: str) -> Mapping[str, Value] | None:
        """None: a list is not somebody filling in."""
        del form_id, besides
        return None

    def property(self, name: str) -> str:
        """Nothing is known of a person."""
        del name
        return ""

    def county_at(self, longitude: float, latitude: float) -> str | None:
        """Unknown: a list does not judge."""
        del longitude, latitude
        return None


def _answers(merged: MergedRecord) -> Iterator[tuple[str, Value]]:
    for path, value in merged.values.items():
        if path.count("/") == 1 and not path.startswith("/@") and value is not None:
            yield path, value
