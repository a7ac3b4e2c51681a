"""Where records lie and who made them: by this it is decided who may write them and who is given them.

A subject is a record, or a replica for its lines that are about no record. A place is the 12-digit code of a
division, or `own:<device>`. Places are only ever added, so that no order of arrival matters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.sql import ColumnElement

from core.protocol.roles import OWN_RECORDS
from server.queries import log
from server.queries.sets import json_array
from server.tables import OP, PLACE

_OWN = "own:"


class Placing(NamedTuple):
    """A subject comes to a place with the operation of this feed number."""

    subject: str
    place: str
    since: int


def own_place(device: str) -> str:
    """The place of the records that a device made."""
    return _OWN + device


def is_division(place: str) -> bool:
    """Whether a place is the code of a division."""
    return not place.startswith(_OWN)


def owners(connection: Connection, project: str, records: Collection[str]) -> dict[str, str]:
    """By record: the device that made it."""
    rows = connection.exec_driver_sql(
        "SELECT id, owner FROM record WHERE project = ? AND id IN (SELECT value FROM json_each(?))",
        (project, json_array(records)),
    )
    return {row.id: row.owner for row in rows}


def places(connection: Connection, project: str, subjects: Collection[str]) -> dict[str, set[str]]:
    """By subject, each of those asked for: its places."""
    found: dict[str, set[str]] = {subject: set() for subject in subjects}
    rows = connection.exec_driver_sql(
        "SELECT subject, place FROM place WHERE project = ? AND subject IN (SELECT value FROM json_each(?))",
        (project, json_array(subjects)),
    )
    for row in rows:
        found[row.subject].add(row.place)
    return found


def referrers(connection: Connection, project: str, targets: Collection[str]) -> dict[str, set[str]]:
    """By record, each of those asked for: the records that ever referred to it."""
    found: dict[str, set[str]] = {target: set() for target in targets}
    rows = connection.exec_driver_sql(
        "SELECT target, record FROM reference WHERE project = ?"
        " AND target IN (SELECT value FROM json_each(?))",
        (project, json_array(targets)),
    )
    for row in rows:
        found[row.target].add(row.record)
    return found


def writers(connection: Connection, project: str, record: str) -> set[str]:
    """The replicas with operations of a record in the feed."""
    rows = connection.exec_driver_sql(
        "SELECT DISTINCT replica FROM op WHERE project = ? AND subject = ? AND feed_seq IS NOT NULL",
        (project, record),
    )
    return {row.replica for row in rows}


class SetAside(NamedTuple):
    """An operation that waits outside the feed."""

    replica: str
    n: int
    line: bytes


def set_aside(
    connection: Connection, project: str, device: str, records: Collection[str], reason: str
) -> dict[str, list[SetAside]]:
    """By record: what a device wrote of it that is set aside for that reason, in the order of receipt."""
    rows = connection.exec_driver_sql(
        "SELECT op.subject, op.replica, op.n, op.body FROM op"
        " JOIN quarantine q ON q.project = op.project AND q.replica = op.replica AND q.n = op.n"
        " JOIN replica r ON r.project = op.project AND r.id = op.replica"
        " WHERE op.project = ? AND op.subject IN (SELECT value FROM json_each(?)) AND op.feed_seq IS NULL"
        " AND q.reason = ? AND r.device = ? ORDER BY op.received_at, op.replica, op.n",
        (project, json_array(records), reason, device),
    )
    found = defaultdict[str, list[SetAside]](list)
    for row in rows:
        found[row.subject].append(SetAside(row.replica, row.n, row.body))
    return dict(found)


def add(
    connection: Connection,
    project: str,
    *,
    made: Mapping[str, str],
    placed: Sequence[Placing],
    referred: Collection[tuple[str, str]],
) -> None:
    """Notes new records with their devices, new places, and references as (target, record)."""
    if made:
        connection.exec_driver_sql(
            "INSERT INTO record (project, id, owner) VALUES (?, ?, ?)",
            [(project, record, device) for record, device in made.items()],
        )
    if placed:
        connection.exec_driver_sql(
            "INSERT INTO place (project, subject, place, since) VALUES (?, ?, ?, ?)",
            [(project, *one) for one in placed],
        )
    if referred:
        connection.exec_driver_sql(
            "INSERT INTO reference (project, target, record) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [(project, target, record) for target, record in referred],
        )


def seen_between(
    connection: Connection, project: str, sight: str, device: str, after: int, through: int
) -> list[tuple[int, log.FeedRow]]:
    """What a device with this sight is given between two feed numbers, each with the number it comes at.

    An operation comes at its own number, or, if its record (or replica) was in no place in sight then, when
    that first came to one: so everything in sight comes once, in an order that a mark can tell.
    """
    in_sight = _in_sight(sight, device)
    since = (
        select(func.min(PLACE.c.since + 0))  # else SQLite walks the index of `since` instead of the subject's
        .where(PLACE.c.project == OP.c.project, PLACE.c.subject == OP.c.subject, in_sight)
        .scalar_subquery()
        .label("since")
    )
    in_feed = select(OP, since).where(OP.c.project == project, OP.c.feed_seq <= through)
    new = in_feed.where(OP.c.feed_seq > after).subquery()
    coming = select(PLACE.c.subject).where(
        PLACE.c.project == project, PLACE.c.since > after, PLACE.c.since <= through, in_sight
    )
    older = in_feed.where(OP.c.subject.in_(coming)).subquery()
    rows = [
        *connection.execute(select(new).where(new.c.since <= new.c.feed_seq)),
        *connection.execute(select(older).where(older.c.since > after, older.c.feed_seq < older.c.since)),
    ]
    found = [(max(row.feed_seq, row.since), log.feed_row(row)) for row in rows]
    return sorted(found, key=lambda one: (one[0], one[1].position.seq))


def _in_sight(sight: str, device: str) -> ColumnElement[bool]:
    """The condition on rows of `place`."""
    own = PLACE.c.place == own_place(device)
    if sight == OWN_RECORDS:
        return own
    return or_(own, and_(PLACE.c.place >= sight, PLACE.c.place < sight + ":"))  # ":" follows "9"
