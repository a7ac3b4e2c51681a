"""Rows about what phones sent: submissions, and which blob each of their file names stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, literal_column, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql import ColumnElement

from server.tables import DEVICE, SUBMISSION

TAKEN, ASIDE, SUPERSEDED = "taken", "aside", "superseded"


class Submission(NamedTuple):
    """A submission: `record` is None as long as it is in none; `deprecated` the instance that it edits."""

    digest: str
    instance: str
    deprecated: str
    record: str | None
    device: str
    form_id: str
    version: str
    state: str
    reason: str
    received_at: str


def write(connection: Connection, project: str, row: Submission) -> None:
    """Notes a submission, or what became of it since. Who brought it first and when stays."""
    values: Mapping[str, object] = {"project": project, **row._asdict()}
    known = {name: row._asdict()[name] for name in ("record", "state", "reason", "form_id", "version")}
    named = {name: row._asdict()[name] for name in ("instance", "deprecated")}
    statement = insert(SUBMISSION).values(**values)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["project", "digest"], set_={**known, **named})
    )


def of_digest(connection: Connection, project: str, digest: str) -> Submission | None:
    """The submission with these bytes."""
    row = connection.execute(
        _COLUMNS.where(SUBMISSION.c.project == project, SUBMISSION.c.digest == digest)
    ).one_or_none()
    return None if row is None else Submission(*row)


def of_instance(connection: Connection, project: str, instance: str) -> list[Submission]:
    """All submissions of an instance in the order they came: one, unless its content differed."""
    rows = connection.execute(
        _COLUMNS.where(SUBMISSION.c.project == project, SUBMISSION.c.instance == instance).order_by(_ARRIVAL)
    )
    return [Submission(*row) for row in rows]


def editing(connection: Connection, project: str, instance: str) -> list[Submission]:
    """The submissions that edit an instance."""
    rows = connection.execute(
        _COLUMNS.where(SUBMISSION.c.project == project, SUBMISSION.c.deprecated == instance).order_by(
            _ARRIVAL
        )
    )
    return [Submission(*row) for row in rows]


def set_aside(connection: Connection, project: str) -> list[Submission]:
    """The submissions that wait, oldest first."""
    rows = connection.execute(
        _COLUMNS.where(SUBMISSION.c.project == project, SUBMISSION.c.state == ASIDE).order_by(_ARRIVAL)
    )
    return [Submission(*row) for row in rows]


def senders(connection: Connection, project: str) -> dict[str, str]:
    """The names of the devices by id."""
    rows = connection.execute(select(DEVICE.c.id, DEVICE.c.name).where(DEVICE.c.project == project))
    return {row.id: row.name for row in rows}


_COLUMNS = select(*(SUBMISSION.c[name] for name in Submission._fields))
_ARRIVAL: ColumnElement[int] = literal_column("submission.rowid")
