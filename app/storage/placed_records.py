"""The records that lie in a division: those that name it or one inside it, and what refers to those."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.storage.database import Database
from app.storage.values_json import to_json
from core.divisions import code_prefix

STEPS: Final = 3
"""Over how many references a record is found by the place of another: a photo point by its site's village."""


@dataclass(frozen=True)
class PlacedRecord:
    """A living record and the deepest division it lies in; `updated`: claimed time of its last change."""

    record_id: str
    form_id: str
    title: str
    division: str
    state: str
    conflicts: int
    sample: bool
    updated: str


def placed_records(database: Database, code: str, form_ids: Sequence[str]) -> list[PlacedRecord]:
    """The living records of these forms in a division, the oldest first."""
    prefix = code_prefix(code)
    with database.read() as tables:
        rows = tables.execute(
            _PLACED, [prefix.ljust(12, "0"), prefix.ljust(12, "9"), STEPS, to_json(list(form_ids))]
        ).fetchall()
    return [
        PlacedRecord(record, form_id, title, division, state, conflicts, bool(sample), updated)
        for record, form_id, title, division, state, conflicts, sample, updated in rows
    ]


# A record names its province too: of all codes inside the range the greatest is the deepest.
_PLACED = """WITH RECURSIVE placed(rec, code, steps) AS (
    SELECT rec, max(target), 0 FROM link WHERE target BETWEEN ?1 AND ?2
        AND length(target) = 12 AND target NOT GLOB '*[^0-9]*' GROUP BY rec
    UNION
    SELECT link.rec, code, steps + 1 FROM placed JOIN link ON link.target = placed.rec WHERE steps < ?3
) SELECT rec.id, form_id, title, max(code), state, conflicts, sample, updated
    FROM placed JOIN rec ON rec.id = placed.rec
    WHERE life = 'alive' AND form_id IN (SELECT value FROM json_each(?4))
    GROUP BY rec.id ORDER BY rec.id"""
