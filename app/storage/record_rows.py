"""Saved records as lists show them, read from their row and from what waits, is typed, binned or returned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import msgspec

from app.storage.bin import DAYS_IN_BIN
from app.storage.readers import Reading
from app.storage.values_json import from_json
from core.records.merge import Returned, returned_of
from core.records.operation import ALIVE

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables


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


def read_rows(tables: Tables | Reading, rest: str, values: list[object]) -> list[RecordRow]:
    """The list rows of records; `rest` says which ones, in SQL after `FROM rec`."""
    return [_record_row(row) for row in tables.execute(f"{_LIST} {rest}", values).fetchall()]


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


_LIST = """SELECT id, form_id, form, title, columns, state, life, conflicts, parallel, problems,
    photos, sample, created, updated, EXISTS (SELECT 1 FROM op WHERE op.rec = rec.id AND op.state = 'local'),
    EXISTS (SELECT 1 FROM draft WHERE draft.rec = rec.id),
    (SELECT days FROM bin WHERE bin.rec = rec.id AND bin.arrival = rec.arrival),
    (SELECT value FROM head WHERE head.rec = rec.id AND head.path = '/@returned' AND head.value != 'null'
        ORDER BY shown DESC LIMIT 1) FROM rec"""
