"""Records as read from their operations: values, list rows, conflicts. All of it can be rebuilt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import msgspec

from app.log import subject
from app.storage.bin import DAYS_IN_BIN
from app.storage.database import Database
from app.storage.forms import Forms
from app.storage.known_divisions import CODE, LOCAL_FORM, Divisions
from app.storage.kv import KeyValues
from app.storage.links import Links
from app.storage.listing import NOTHING_LISTED, Listed, Listing, RecordFilter, RecordSort, listed_of
from app.storage.lists import Lists
from app.storage.operations import Operations
from app.storage.photos import Photos
from app.storage.record_logs import RecordLog
from app.storage.values_json import from_json, to_json
from core.clock import Clock
from core.privacy import mask_personal
from core.records.merge import MergedRecord, Returned, merge, returned_of
from core.records.operation import ALIVE, LIFE, ResolvedOp
from core.values import Value, photo_digests

if TYPE_CHECKING:
    from core.forms.model import Form, Question
    from core.forms.session import FormSession

LOG = subject("storage")
LIST_LANGUAGE = "zh"
PROJECTION = "2"
"""What is read from operations into the tables here; of another version, every record is read anew."""
LAST_CHANGED_FIRST = RecordSort()


class RecordRow(msgspec.Struct, frozen=True):
    """A record as a list shows it. Times are claimed ones; `columns` is shown text by question path.

    `unsent`: operations the server has not acknowledged; `unsaved`: typed answers that are no operation yet;
    `sample`: the answers are invented; `days_left`: how long it stays in the bin, None if it is not in it;
    `returned`: why it is to be done again.
    """

    record_id: str
    form_id: str
    form: str
    title: str
    columns: Mapping[str, str]
    state: str
    life: str
    conflicts: int
    parallel: bool
    problems: int
    photos: int
    sample: bool
    created: str
    updated: str
    unsent: bool
    unsaved: bool
    days_left: int | None = None
    returned: Returned | None = None


class ConflictRow(msgspec.Struct, frozen=True):
    """Something to decide: which record, which path, which kind (`values`, `deleted_edited`)."""

    record_id: str
    title: str
    path: str
    kind: str


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
        self._photos = photos
        self._clock = clock
        self._kv = KeyValues(database)
        self._lists = Lists(database, divisions)
        self.links = Links(database)
        self._listing = Listing(database)

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
                self._write(log, round_)

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
        tables = self._database.written()
        for record in records:
            self._listing.forget(record)
            for name in self._names(record):
                self.links.outdate_referrers(name, 0, relinked=True)
            self.links.read_anew([record])
            for table in ("head", "conflict", "link", "mention", "blob_ref", "bin"):
                tables.execute(f"DELETE FROM {table} WHERE rec = ?", [record])  # noqa: S608  names from here
            tables.execute("DELETE FROM rec WHERE id = ?", [record])

    def session(self, record: str, form: Form, answers: Mapping[str, Value] | None) -> FormSession:
        """The form engine laid over these answers; None is a new record, whose defaults fire."""
        from core.forms.session import FormSession  # noqa: PLC0415  # the first page opens no record

        return FormSession(form, record, self._clock, answers, self._lists)

    def form_of(self, digest: str) -> Form | None:
        """The newest version of the form that this version belongs to: records are shown in it."""
        written_in = self._forms.get(digest)
        return None if written_in is None else self._forms.newest(written_in.form_id)

    def _write(self, log: RecordLog, round_: int) -> None:
        merged, ops = log.merged, log.ops
        tables, record = self._database.written(), merged.record_id
        before = tables.execute("SELECT title, life, form_id FROM rec WHERE id = ?", [record]).fetchone()
        photos = [value for op in ops for value in op.fields.values() if isinstance(value, dict)]
        self._photos.note(record, photos)
        tables.execute("DELETE FROM head WHERE rec = ?", [record])
        tables.execute("DELETE FROM conflict WHERE rec = ?", [record])
        numbers = {replica.id: replica.num for replica in self._operations.replicas()}
        tables.conn.executemany(
            "INSERT INTO head VALUES (?, ?, ?, ?, ?, ?)",
            [
                (
                    record,
                    path,
                    numbers[head.ref.replica],
                    head.ref.n,
                    to_json(head.value),
                    head is field.shown,
                )
                for path, field in merged.fields.items()
                for head in field.heads
            ],
        )
        tables.conn.executemany(
            "INSERT OR IGNORE INTO conflict VALUES (?, ?, ?)",
            [(record, conflict.path, conflict.kind) for conflict in merged.conflicts],
        )
        form = self.form_of(merged.form or "")
        shown = shown_record(self, record, form, visible_answers(merged))
        row = self._row_of(merged, ops, form, shown)
        self._listing.write(row, shown.listed, form_title="" if form is None else form.title(LIST_LANGUAGE))
        tables.table("rec").upsert(row, pk="id")
        names = self._names(record)
        relinked = self.links.write(record, str(row["form_id"]), shown.links, shown.mentions)
        if relinked or before != (row["title"], row["life"], row["form_id"]):
            for name in names | self._names(record):
                self.links.outdate_referrers(name, round_, relinked=relinked)

    def _names(self, record: str) -> set[str]:
        """What others name when they show this record: its id, and the code if it adds a division."""
        with self._database.read() as tables:
            codes = tables.execute(
                "SELECT target FROM link WHERE rec = ? AND path = ? AND form_id = ?",
                [record, CODE, LOCAL_FORM],
            ).fetchall()
        return {record, *(str(code) for (code,) in codes)}

    def _row_of(
        self, merged: MergedRecord, ops: Sequence[ResolvedOp], form: Form | None, shown: ShownRecord
    ) -> dict[str, object]:
        photos = {digest for value in merged.values.values() for digest in _photos_in(value)}
        with self._database.read() as tables:
            arrival = tables.execute(
                "SELECT max(arrival) FROM op WHERE rec = ?", [merged.record_id]
            ).fetchone()[0]
        return {
            "id": merged.record_id,
            "form": merged.form or "",
            "form_id": "" if form is None else form.form_id,
            "title": shown.title,
            "columns": to_json(shown.columns),
            "life": merged.life,
            "state": merged.state,
            "conflicts": len(merged.conflicts),
            "parallel": int(merged.parallel),
            "problems": shown.problems,
            "photos": len(photos),
            "sample": int(merged.sample),
            "created": ops[0].op.t,
            "updated": ops[-1].op.t,
            "arrival": arrival,
        }

    def _rows(self, rest: str, values: list[object]) -> list[RecordRow]:
        with self._database.read() as tables:
            rows = tables.execute(f"{_LIST} {rest}", values).fetchall()
        return [_record_row(row) for row in rows]


def _record_row(row: tuple[Any, ...]) -> RecordRow:
    record_id, form_id, form, title, columns, state, life, conflicts, parallel, *rest = row
    problems, photos, sample, created, updated, unsent, unsaved, binned, returned = rest
    return RecordRow(
        record_id=record_id,
        form_id=form_id,
        form=form,
        title=title,
        columns=cast(dict[str, str], from_json(columns)),
        state=state,
        life=life,
        conflicts=conflicts,
        parallel=bool(parallel),
        problems=problems,
        photos=photos,
        sample=bool(sample),
        created=created,
        updated=updated,
        unsent=bool(unsent),
        unsaved=bool(unsaved),
        days_left=None if life == ALIVE else DAYS_IN_BIN - (binned or 0),
        returned=None if returned is None else returned_of(from_json(returned)),
    )


def _photos_in(value: Value) -> list[str]:
    """The digest of the photo in an answer, if it is one; files of other kinds count as none."""
    picture = isinstance(value, dict) and str(value.get("m", "")).startswith("image/")
    return list(photo_digests(value))[:1] if picture else []


class ShownRecord(msgspec.Struct, frozen=True):
    """What a form makes of a record for lists; `links` and `mentions` as of its session."""

    title: str
    columns: Mapping[str, str]
    problems: int
    listed: Listed
    links: frozenset[tuple[str, str]] = frozenset()
    mentions: frozenset[str] = frozenset()


NOTHING_SHOWN = ShownRecord("", {}, 0, NOTHING_LISTED)


def shown_record(
    records: Records, record: str, form: Form | None, answers: Mapping[str, Value]
) -> ShownRecord:
    """Title, list columns and number of broken rules. A record that the form engine cannot show has none."""
    if form is None:
        return NOTHING_SHOWN
    try:
        session = records.session(record, form, answers)
        columns = {question.path: _column_text(session, question) for question in form.list_columns}
        errors = [problem for problem in session.problems() if problem.severity == "error"]
        title = session.heading(LIST_LANGUAGE)
        listed = listed_of(session, form, title, columns, LIST_LANGUAGE)
        return ShownRecord(title, columns, len(errors), listed, session.links(), session.mentions())
    except Exception as defect:  # noqa: BLE001  one record must not stop a sync or hide the others
        LOG.defect("record cannot be shown", defect, record=record, form=form.digest)
        return NOTHING_SHOWN


def _column_text(session: FormSession, question: Question) -> str:
    """An answer as lists show it: personal ones hidden in part, for a list is seen by whoever stands by."""
    text = session.shown(question.path, LIST_LANGUAGE)
    return text if question.personal == "none" else mask_personal(text)


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


_LIST = """SELECT id, form_id, form, title, columns, state, life, conflicts, parallel, problems,
    photos, sample, created, updated, EXISTS (SELECT 1 FROM op WHERE op.rec = rec.id AND op.state = 'local'),
    EXISTS (SELECT 1 FROM draft WHERE draft.rec = rec.id),
    (SELECT days FROM bin WHERE bin.rec = rec.id AND bin.arrival = rec.arrival),
    (SELECT value FROM head WHERE head.rec = rec.id AND head.path = '/@returned' AND head.value != 'null'
        ORDER BY shown DESC LIMIT 1) FROM rec"""
