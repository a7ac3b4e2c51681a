"""Rows about what lies in files beside the log: batches, photos, forms, and operations set aside."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, and_, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as insert_or_ignore

from core.protocol.messages import OpResult
from server.queries.sets import json_array
from server.tables import BLOB, DEVICE, FORM, OP, PREVIEW, QUARANTINE, REPLICA

NO_PICTURE = ""  # in place of a MIME type: bytes of this digest came and were no picture


def add_batch(connection: Connection, row: Mapping[str, object]) -> None:
    """Notes an archived batch; the same one twice is noted once."""
    connection.exec_driver_sql(
        "INSERT INTO batch (project, digest, device, replica, first, last, archive, received_at)"
        " VALUES (:project, :digest, :device, :replica, :first, :last, :archive, :received_at)"
        " ON CONFLICT DO NOTHING",
        dict(row),
    )


def last_batch(connection: Connection) -> int:
    """The number of the newest batch, counted as they were taken; 0 if there is none."""
    newest: int | None = connection.exec_driver_sql("SELECT max(rowid) FROM batch").scalar()
    return newest or 0


class NotedBatch(NamedTuple):
    """A batch that was taken: its number in the order of taking, and where the archive has it."""

    number: int
    replica: str
    first: int
    last: int
    archive: str
    received_at: str


def last_batch_of(connection: Connection, project: str, device: str) -> NotedBatch | None:
    """The newest batch of a device."""
    row = connection.exec_driver_sql(
        "SELECT rowid, replica, first, last, archive, received_at FROM batch"
        " WHERE project = ? AND device = ? ORDER BY rowid DESC LIMIT 1",
        (project, device),
    ).one_or_none()
    return None if row is None else NotedBatch(*row)


def add_blob(
    connection: Connection, project: str, digest: str, *, size: int, mime: str, device: str, at: str
) -> None:
    """Notes a whole photo."""
    connection.execute(
        insert_or_ignore(BLOB)
        .values(project=project, digest=digest, size=size, mime=mime, device=device, received_at=at)
        .on_conflict_do_nothing()
    )


def known_blobs(connection: Connection, project: str, digests: Iterable[str]) -> dict[str, int]:
    """By digest, of those noted as whole: the size."""
    rows = connection.execute(
        select(BLOB.c.digest, BLOB.c.size).where(
            BLOB.c.project == project, BLOB.c.mime != NO_PICTURE, BLOB.c.digest.in_(list(digests))
        )
    )
    return {row.digest: row.size for row in rows}


def is_no_picture(connection: Connection, project: str, digest: str) -> bool:
    """Whether bytes of this digest came once and were no picture: nobody needs to send them again."""
    mime = connection.scalar(select(BLOB.c.mime).where(BLOB.c.project == project, BLOB.c.digest == digest))
    return mime == NO_PICTURE


def add_previews(connection: Connection, project: str, previews: Mapping[str, str]) -> None:
    """Notes the previews (values) of photos; the first word about a photo stays."""
    if previews:
        rows = [{"project": project, "photo": photo, "preview": made} for photo, made in previews.items()]
        connection.execute(insert_or_ignore(PREVIEW).on_conflict_do_nothing(), rows)


def preview_of(connection: Connection, project: str, photo: str) -> str | None:
    """The digest of a photo's preview; None if no operation here names one."""
    return connection.scalar(
        select(PREVIEW.c.preview).where(PREVIEW.c.project == project, PREVIEW.c.photo == photo)
    )


def add_form(connection: Connection, project: str, digest: str, package: bytes, at: str) -> None:
    """Keeps a form version, and lets the operations go that waited for it."""
    connection.execute(
        insert_or_ignore(FORM)
        .values(project=project, digest=digest, package=package, received_at=at)
        .on_conflict_do_nothing()
    )
    connection.execute(delete(QUARANTINE).where(QUARANTINE.c.project == project, QUARANTINE.c.form == digest))


def form_package(connection: Connection, project: str, digest: str) -> bytes | None:
    """A form version as it was left here."""
    found: bytes | None = connection.scalar(
        select(FORM.c.package).where(FORM.c.project == project, FORM.c.digest == digest)
    )
    return found


def form_digests(connection: Connection, project: str) -> list[str]:
    """All form versions that are here, in the order they came."""
    rows = connection.exec_driver_sql("SELECT digest FROM form WHERE project = ? ORDER BY rowid", (project,))
    return [row.digest for row in rows]


def known_forms(connection: Connection, project: str, digests: Collection[str]) -> set[str]:
    """Which of these form versions are here."""
    if not digests:
        return set()
    rows = connection.exec_driver_sql(
        "SELECT digest FROM form WHERE project = ? AND digest IN (SELECT value FROM json_each(?))",
        (project, json_array(digests)),
    )
    return {row.digest for row in rows}


def add_quarantined(connection: Connection, rows: list[dict[str, object]]) -> None:
    """Sets operations aside, each with its reason."""
    if rows:
        connection.execute(insert(QUARANTINE), rows)


def quarantined(connection: Connection, project: str, replica: str, device: str) -> list[OpResult]:
    """What is set aside of one replica's log; nothing of another device's."""
    rows = connection.exec_driver_sql(
        "SELECT q.n, q.reason FROM quarantine q JOIN replica r ON r.project = q.project AND r.id = q.replica"
        " WHERE q.project = ? AND q.replica = ? AND r.device = ? ORDER BY q.n",
        (project, replica, device),
    )
    return [OpResult(n=row.n, result="quarantined", reason=row.reason) for row in rows]


class Aside(NamedTuple):
    """An operation set aside, for the coordinator: who sent it, about which record ("" for none)."""

    device: str
    name: str
    record: str
    reason: str
    found_at: str


def all_set_aside(connection: Connection, project: str) -> list[Aside]:
    """What is set aside of all logs, oldest first."""
    rows = connection.execute(
        select(DEVICE.c.id, DEVICE.c.name, OP.c.subject, QUARANTINE.c.reason, QUARANTINE.c.found_at)
        .select_from(QUARANTINE)
        .join(REPLICA, and_(REPLICA.c.project == project, REPLICA.c.id == QUARANTINE.c.replica))
        .join(DEVICE, DEVICE.c.id == REPLICA.c.device)
        .join(
            OP,
            and_(
                OP.c.project == project,
                OP.c.replica == QUARANTINE.c.replica,
                OP.c.n == QUARANTINE.c.n,
            ),
        )
        .where(QUARANTINE.c.project == project)
        .order_by(QUARANTINE.c.found_at, QUARANTINE.c.replica, QUARANTINE.c.n)
    )
    return [Aside(*row) for row in rows]
