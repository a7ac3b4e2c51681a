"""Records as read from their operations: values, list rows, conflicts. All of it can be rebuilt."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from app.storage.database import Database
from app.storage.forms import Forms
from app.storage.known_divisions import Divisions
from app.storage.kv import KeyValues
from app.storage.links import Links
from app.storage.listing import Listing, RecordFilter, RecordSort
from app.storage.lists import Lists
from app.storage.operations import Operations
from app.storage.photos import Photos
from app.storage.projection import Projection
from app.storage.record_rows import ConflictRow, RecordRow, read_rows
from app.storage.shown_record import shown_record
from app.storage.values_json import to_json
from core.clock import Clock
from core.records.merge import MergedRecord, merge
from core.records.operation import ALIVE, LIFE
from core.values import Value

if TYPE_CHECKING:
    from core.forms.filling.session import FormSession
    from core.forms.model.form import Form

PROJECTION = "2"
"""What is read from operations into the tables here; of another version, every record is read anew."""
LAST_CHANGED_FIRST = RecordSort()


class Records:
    """The records of this workspace."""

    def __init__(
        self,
        database: Database,
        operations: Operations,
        forms: Forms,
        photos: Photos,
        divisions: Divisions,
        clock: Clock,
    ) -> None:
        self._database = database
        self._operations = operations
        self._forms = forms
        self._clock = clock
        self._kv = KeyValues(database)
        self._lists = Lists(database, divisions)
        self.links = Links(database)
        self._listing = Listing(database)
        self._projection = Projection(database, operations, photos, self.links, self._listing)

    def merged(self, record: str, *, seen_arrival: int | None = None) -> MergedRecord | None:
        """The record as its operations make it (those until `seen_arrival`, and own ones); None: no such."""
        log = self._operations.log_of(record)
        ops = log.ops if seen_arrival is None else log.seen(seen_arrival)
        if len(ops) == len(log.ops):
            return log.merged if ops else None
        return merge(ops) if ops else None

    def row(self, record: str) -> RecordRow | None:
        """The list row of a saved record, or None."""
        found = self._rows("WHERE id = ?1", [record])
        return found[0] if found else None

    def rows_of(self, records: Iterable[str]) -> dict[str, RecordRow]:
        """The list rows of these saved records, by id."""
        rows = self._rows("WHERE id IN (SELECT value FROM json_each(?1))", [to_json(list(records))])
        return {row.record_id: row for row in rows}

    def page(
        self, wanted: RecordFilter, sort: RecordSort = LAST_CHANGED_FIRST, *, offset: int = 0, limit: int = -1
    ) -> list[RecordRow]:
        """The rows of the saved records at that place of a list; limit -1: to its end."""
        numbers = self._listing.page(wanted, sort, offset, limit)
        of_page = (
            "JOIN (SELECT key AS place, value AS num FROM json_each(?1)) AS page ON page.num = rec.arrival "
            "ORDER BY page.place"
        )
        return self._rows(of_page, [to_json(numbers)])

    def place(self, record: str, wanted: RecordFilter, sort: RecordSort = LAST_CHANGED_FIRST) -> int | None:
        """How many saved records stand before this one in a list; None if it is not in it."""
        return self._listing.place(record, wanted, sort)

    def count(self, wanted: RecordFilter) -> int:
        """How many saved records a list has."""
        return self._listing.count(wanted)

    def count_waiting(self) -> int:
        """How many saved records have something that the server does not hold: unsent or unsaved."""
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT (SELECT count(*) FROM waiting) - (SELECT count(*) FROM rec WHERE life = 'deleted' "
                "AND arrival IN (SELECT num FROM waiting)) + (SELECT count(*) FROM (SELECT DISTINCT rec "
                "FROM draft) CROSS JOIN rec ON id = rec WHERE life = 'alive' "
                "AND arrival NOT IN (SELECT num FROM waiting))"
            ).fetchone()
        return int(row[0])

    def ids(self, *, form_id: str | None = None) -> list[str]:
        """All record ids, deleted ones included; with `form_id` also those whose form is not known yet."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT id FROM rec WHERE ?1 IS NULL OR form_id IN (?1, '') ORDER BY id", [form_id]
            ).fetchall()
        return [str(row[0]) for row in rows]

    def conflicts(self) -> list[ConflictRow]:
        """All there is to decide, record by record."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT rec, title, path, kind FROM conflict JOIN rec ON rec.id = conflict.rec "
                "ORDER BY rec.arrival DESC, path"
            ).fetchall()
        return [ConflictRow(*row) for row in rows]

    def refresh(self, records: Iterable[str], *, round_: int = 0) -> None:
        """Reads these records anew from their operations, after some were added.

        What refers to one that changed is marked as outdated; `round_` counts the changes that led here.
        """
        for record in records:
            self.links.read_anew([record])
            log = self._operations.log_of(record)
            if log.ops:
                form = self.form_of(log.merged.form or "")
                shown = shown_record(self.session, record, form, visible_answers(log.merged))
                self._projection.write(log, form, shown, round_)

    def refresh_arrived(self, touched: Iterable[str], going_on: Collection[str]) -> None:
        """Reads anew what came, but for records whose rest comes next: with a long one that costs seconds.

        Those are read with what comes next, whatever it is.
        """
        self.refresh({*touched, *self.links.awaiting_rest()}.difference(going_on))
        self.links.await_rest(going_on)

    def outdated_count(self) -> int:
        """How many records are to be read anew: referred records changed, or the program reads more now."""
        if self._kv.get("projection") == PROJECTION:
            return self.links.outdated_count()
        return len(self.ids())

    def renew(self, limit: int) -> set[str]:
        """Reads up to `limit` outdated records anew and tells which; needs an open transaction."""
        if self._kv.get("projection") != PROJECTION:
            self.links.outdate_all()
            self._kv.put("projection", PROJECTION)
        outdated = self.links.outdated(limit)
        for record, round_ in outdated:
            self.refresh([record], round_=round_)
        return {record for record, _ in outdated}

    def forget(self, records: Iterable[str]) -> None:
        """Takes away all that was read from the operations of these records; the operations stay."""
        for record in records:
            self._projection.take_away(record)

    def session(self, record: str, form: Form, answers: Mapping[str, Value] | None) -> FormSession:
        """The form engine laid over these answers; None is a new record, whose defaults fire."""
        from core.forms.filling.session import FormSession  # noqa: PLC0415  # the first page opens no record

        return FormSession(form, record, self._clock, answers, self._lists)

    def form_of(self, digest: str) -> Form | None:
        """The newest version of the form that this version belongs to: records are shown in it."""
        written_in = self._forms.get(digest)
        return None if written_in is None else self._forms.newest(written_in.form_id)

    def _rows(self, rest: str, values: list[object]) -> list[RecordRow]:
        with self._database.read() as tables:
            return read_rows(tables, rest, values)


def visible_answers(merged: MergedRecord | None) -> dict[str, Value]:
    """The answers as a form shows them: without the record's own marks, rows of a disputed deletion alive."""
    if merged is None:
        return {}
    disputed = {conflict.path for conflict in merged.conflicts if conflict.path.endswith(LIFE)}
    return {
        path: ALIVE if path in disputed else value
        for path, value in merged.values.items()
        if not path.startswith("/@")
    }
