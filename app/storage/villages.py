"""Villages as their records make them: a village is here as soon as one record lies in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from app.storage.database import Database
from app.storage.values_json import to_json

PROFILE_FORM: Final = "village_profile"
PROFILE_VILLAGE: Final = "/village"


class VillageCount(msgspec.Struct, frozen=True):
    """A village in numbers; `updated` is the claimed time of the record in it that changed last."""

    code: str
    records: int
    unfinished: int
    in_conflict: int
    photos: int
    updated: str


class FormCount(msgspec.Struct, frozen=True):
    """The records of one form in a village; `problems`: what they lack together."""

    form_id: str
    records: int
    unfinished: int
    in_conflict: int
    problems: int
    photos: int


class Villages:
    """Readings of which records lie where (`listing.Listing` writes that). Deleted records do not count."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[VillageCount]:
        """Every village with records, by code."""
        with self._database.read() as tables:
            rows = tables.execute(_ALL).fetchall()
        return [VillageCount(*row) for row in rows]

    def forms_in(self, code: str) -> list[FormCount]:
        """What lies in a village, form by form."""
        with self._database.read() as tables:
            rows = tables.execute(
                f"SELECT form_id, {_COUNTS}, sum(photos) FROM inside "  # noqa: S608  columns of our own
                "WHERE village = ? AND flags & 8 = 0 GROUP BY form_id",
                [code],
            ).fetchall()
        return [FormCount(*row) for row in rows]

    def profiles(self) -> list[tuple[str, str, str]]:
        """(code, record id, title) of all living village profiles that name a village.

        In each village the one changed last comes first.
        """
        with self._database.read() as tables:
            return tables.execute(
                "SELECT target, rec.id, title FROM link JOIN rec ON rec.id = link.rec "
                "WHERE link.form_id = ? AND path = ? AND life = 'alive' ORDER BY target, rec.arrival DESC",
                [PROFILE_FORM, PROFILE_VILLAGE],
            ).fetchall()

    def profiles_in(self, code: str, limit: int) -> list[tuple[str, str]]:
        """(record id, title) of the living profiles of a village, the one changed last first."""
        with self._database.read() as tables:
            return tables.execute(
                "SELECT id, title FROM inside CROSS JOIN rec ON arrival = num WHERE village = ? "
                "AND inside.form_id = ? AND flags & 8 = 0 ORDER BY num DESC LIMIT ?",
                [code, PROFILE_FORM, limit],
            ).fetchall()

    def unplaced_profiles(self, limit: int) -> list[str]:
        """The record ids of living village profiles in which no division was chosen yet, the latest first."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT id FROM rec WHERE form_id = ?1 AND life = 'alive' AND NOT EXISTS "
                "(SELECT 1 FROM link WHERE link.rec = rec.id AND path = ?2) ORDER BY arrival DESC LIMIT ?3",
                [PROFILE_FORM, PROFILE_VILLAGE, limit],
            ).fetchall()
        return [str(row[0]) for row in rows]

    def recent(self, records: int, limit: int) -> list[str]:
        """The codes of the villages in which the records changed last lie; so many records are looked at."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT village FROM inside JOIN (SELECT arrival FROM rec WHERE life = 'alive' "
                "ORDER BY arrival DESC LIMIT ?) ON num = arrival GROUP BY village "
                "ORDER BY max(num) DESC LIMIT ?",
                [records, limit],
            ).fetchall()
        return [str(row[0]) for row in rows]

    def photos_of(self, records: Iterable[str], limit: int) -> list[tuple[str, str]]:
        """(digest, digest of the preview or "") of photos that these records show now."""
        with self._database.read() as tables:
            return tables.execute(_PHOTOS, [to_json(list(records)), limit]).fetchall()


_COUNTS = "count(*), sum(flags & 1 = 0), sum(flags & 2 > 0), sum(problems)"
_ALL = """SELECT village, number, unfinished, disputed, pictures, updated FROM (
    SELECT village, count(*) AS number, sum(flags & 1 = 0) AS unfinished, sum(flags & 2 > 0) AS disputed,
        sum(photos) AS pictures, max(num) AS latest
    FROM inside WHERE flags & 8 = 0 GROUP BY village
) JOIN rec ON rec.arrival = latest ORDER BY village"""
_PHOTOS = """SELECT DISTINCT json_extract(head.value, '$.b'), coalesce(json_extract(head.value, '$.pv'), '')
    FROM json_each(?1) AS wanted JOIN head ON head.rec = wanted.value
    WHERE head.shown AND head.value LIKE '{"b":"sha256:%' AND NOT EXISTS (
        SELECT 1 FROM head AS row WHERE row.rec = head.rec AND row.shown AND row.value = '"deleted"'
        AND row.path = substr(head.path, 1, instr(head.path, ']')) || '/@life'
    ) ORDER BY wanted.key, head.path LIMIT ?2"""
