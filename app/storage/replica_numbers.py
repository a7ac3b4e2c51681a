"""The numbers of logs: those of this database, and the short ones by which a log speaks of others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.storage.readers import Reading
from core.records.operation import Operation, decode_line, genesis_hash

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables


def known_number(tables: Tables | Reading, replica: str) -> int:
    """The number under which this database keeps a log; -1 for a log that it does not know."""
    row = tables.execute("SELECT num FROM replica WHERE id = ?", [replica]).fetchone()
    return -1 if row is None else int(row[0])


def number_of(tables: Tables, replica: str) -> int:
    """The number under which this database keeps a log, also of one that it gets to know now."""
    tables.execute(
        "INSERT OR IGNORE INTO replica (id, role, last_hash) VALUES (?, 'other', ?)",
        [replica, genesis_hash(replica)],
    )
    return known_number(tables, replica)


def names_by_short_number(tables: Tables | Reading, num: int) -> dict[int, str]:
    """The replicas of which the log with this number speaks, by the short numbers that it gave them."""
    return dict(tables.execute("SELECT i, id FROM replica_ref WHERE replica = ?", [num]).fetchall())


def introduce(tables: Tables, num: int, op: Operation) -> None:
    """Notes the short number that an operation ("rep") of the log with this number gives to a replica."""
    if op.i is not None and op.id is not None:
        tables.execute("INSERT OR IGNORE INTO replica_ref VALUES (?, ?, ?)", [num, op.i, op.id])


def introduce_anew(tables: Tables, num: int) -> None:
    """The short numbers as the lines of a log give them: those of lines taken back are free again."""
    tables.execute("DELETE FROM replica_ref WHERE replica = ?", [num])
    lines = tables.execute("SELECT body FROM op WHERE replica = ? AND kind = 'rep' ORDER BY n", [num])
    for (line,) in lines.fetchall():
        introduce(tables, num, decode_line(line))
