"""What the list of records asks for and does, beside the window."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.changes import Changes
from app.ui.models.record_list_model import PAGE_ROWS
from app.usecases.forms import list_forms
from app.usecases.records import (
    EVERYTHING,
    LAST_CHANGED_FIRST,
    RecordFilter,
    RecordRow,
    RecordSort,
    count_records,
    delete_record,
    page_records,
    place_of_record,
    restore_record,
)
from app.workspace import Workspace
from core.forms.model.form import Form

Span = tuple[int, int]
"""The first and the last place of rows that are chosen together."""


@dataclass(frozen=True)
class Asked:
    """What the list is to show."""

    wanted: RecordFilter = EVERYTHING
    sort: RecordSort = LAST_CHANGED_FIRST


@dataclass(frozen=True)
class Read:
    """What was read of it: its length, some pages, where the chosen record stands, the forms there are."""

    count: int
    pages: Mapping[int, list[RecordRow]]
    place: int | None
    forms: list[Form]


@dataclass(frozen=True)
class Deleted:
    """The records that went into the bin."""

    record_ids: list[str]
    changes: Changes


def read_list(workspace: Workspace, asked: Asked, numbers: list[int], chosen: str) -> Read:
    """A list as it is now, and the forms that can be filled in: reading those takes time as well."""
    with workspace.database.read():
        return Read(
            count_records(workspace, asked.wanted),
            read_pages(workspace, asked, numbers),
            place_of_record(workspace, chosen, asked.wanted, asked.sort) if chosen else None,
            list_forms(workspace),
        )


def read_pages(workspace: Workspace, asked: Asked, numbers: list[int]) -> dict[int, list[RecordRow]]:
    """The pages of these numbers."""
    return {
        number: page_records(workspace, asked.wanted, asked.sort, offset=number * PAGE_ROWS, limit=PAGE_ROWS)
        for number in numbers
    }


def rows_at(workspace: Workspace, asked: Asked, spans: list[Span]) -> Iterator[RecordRow]:
    """The records at these places."""
    for first, last in spans:
        yield from page_records(workspace, asked.wanted, asked.sort, offset=first, limit=last - first + 1)


def records_at(workspace: Workspace, asked: Asked, spans: list[Span]) -> list[str]:
    """The ids of the records at these places."""
    return [row.record_id for row in rows_at(workspace, asked, spans)]


def delete_records(workspace: Workspace, asked: Asked, spans: list[Span], chosen: list[str]) -> Deleted:
    """Those at these places, or those chosen where there are none; each is durable by itself."""
    record_ids = records_at(workspace, asked, spans) if spans else chosen
    return Deleted(record_ids, _each(delete_record, workspace, record_ids))


def restore_records(workspace: Workspace, record_ids: Iterable[str]) -> Changes:
    """Take these out of the bin; each is durable by itself."""
    return _each(restore_record, workspace, record_ids)


def _each(
    work: Callable[[Workspace, str], Changes], workspace: Workspace, record_ids: Iterable[str]
) -> Changes:
    changes = Changes()
    for record_id in record_ids:
        changes |= work(workspace, record_id)
    return changes
