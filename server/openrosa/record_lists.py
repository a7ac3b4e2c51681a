"""Records as lists for phones: those of a form that lie in an account's sight, as the operations make them.

The feed is read on from where the last list ended, and only records that changed are merged again.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.forms.answers import answer_text
from core.forms.session import FormSession
from core.protocol.roles import OWN_RECORDS
from core.records.merge import MergedRecord, merge
from core.records.operation import DELETED, ResolvedOp
from core.values import Value, safe_text
from server.auth import Device
from server.openrosa.catalogue import Catalogue
from server.openrosa.phone_log import introduced, read_operation
from server.queries import log, places
from server.queries.places import is_division, own_place
from server.sync_service import Server

_STEP = 5_000


@dataclass
class _Known:
    """What was read of the feed: by form id the rows of its living records."""

    through: int = 0
    epoch: str = ""
    rows: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    form_of: dict[str, str] = field(default_factory=dict)


class RecordLists:
    """The records of all forms, brought up to date when a list is asked for."""

    def __init__(self, server: Server, catalogue: Catalogue) -> None:
        self._server = server
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._known = _Known()

    def rows(self, form_id: str, device: Device) -> list[dict[str, str]]:
        """`name` (the record), `label` (its title) and the answers outside of rows, by title."""
        with self._lock:
            self._catch_up()
            found = self._known.rows.get(form_id, {})
            in_sight = self._in_sight(found, device)
            rows = [found[record] for record in in_sight]
        return sorted(rows, key=lambda row: (row["label"], row["name"]))

    def _in_sight(self, records: Collection[str], device: Device) -> list[str]:
        sight = device.grant.sight
        if not sight:
            return list(records)
        with self._server.database.read() as connection:
            lie = places.places(connection, device.project, records)
        return [
            record
            for record, found in lie.items()
            if own_place(device.id) in found
            or (sight != OWN_RECORDS and any(is_division(one) and one.startswith(sight) for one in found))
        ]

    def _catch_up(self) -> None:
        epoch, project = self._server.identity.epoch(), self._server.identity.project
        if self._known.epoch != epoch:
            self._known = _Known(epoch=epoch)
        with self._server.database.read() as connection:
            changed, through = set[str](), self._known.through
            while rows := list(log.subjects_after(connection, project, through, _STEP)):
                changed.update(subject for _, subject in rows)
                through = rows[-1][0]
            numbers, merged = dict[str, dict[int, str]](), dict[str, MergedRecord]()
            for record in changed:
                ops = list[ResolvedOp]()
                for replica, line in log.lines_in_feed(connection, project, record):
                    if replica not in numbers:
                        numbers[replica] = introduced(log.lines_about(connection, project, replica))
                    op = read_operation(replica, line, numbers[replica])
                    if op is not None and op.op.r is not None:
                        ops.append(op)
                if ops:
                    merged[record] = merge(ops)
        self._known.through = through
        there = {record: one for record, one in merged.items() if self._note(record, one)}
        for record, one in there.items():
            self._entitle(record, one)

    def _note(self, record: str, merged: MergedRecord) -> bool:
        """Puts the record into the list of its form, or takes it out; whether it is there now."""
        version = None if merged.form is None else self._catalogue.of_digest(merged.form)
        before = self._known.form_of.pop(record, None)
        if before is not None:
            self._known.rows[before].pop(record, None)
        if version is None or version.broken or merged.life == DELETED:
            return False
        columns = {safe_text(path[1:]): safe_text(answer_text(value)) for path, value in _answers(merged)}
        self._known.form_of[record] = version.form_id
        named = {**columns, "name": record, "label": record}
        self._known.rows.setdefault(version.form_id, {})[record] = named
        return True

    def _entitle(self, record: str, merged: MergedRecord) -> None:
        """Gives a record its title, which may name records that it refers to."""
        form = self._catalogue.form(merged.form or "")
        answers = {path: value for path, value in merged.values.items() if not path.startswith("/@")}
        session = FormSession(form, record, self._server.clock, answers, _SingleRows(self._known.rows))
        title = session.title(next(iter(form.languages), ""))
        self._known.rows[form.form_id][record]["label"] = title or record


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
