"""Answers typed and not yet saved. They survive a crash, and know what their author had seen."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from app.storage.database import Database
from app.storage.values_json import from_json, to_json
from core.clock import Clock
from core.values import Value


class DraftAnswer(msgspec.Struct, frozen=True):
    """One unsaved answer; `seen` is the last arrival its author had seen of the record."""

    value: Value
    seen: int


class BegunRecord(msgspec.Struct, frozen=True):
    """A record not yet saved once. `touched`: a person has answered something in it."""

    record: str
    form: str
    started: str
    touched: bool


class Drafts:
    """The unsaved answers of all records; `opened` is what the person has seen of each record now open."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.opened: dict[str, int] = {}

    def begin(self, record: str, form: str, machine_made: Mapping[str, Value]) -> None:
        """A new record with what the form filled in by itself; it counts once a person touches it."""
        tables = self._database.written()
        tables.table("begun").insert({"rec": record, "form": form, "started": self._now()})
        self._insert(record, machine_made, 0)

    def begun(self, record: str) -> BegunRecord | None:
        """The record if it has not been saved once."""
        found = self._begun("WHERE rec = ?", record)
        return found[0] if found else None

    def begun_records(self) -> list[BegunRecord]:
        """Records that a person has begun and not saved once, the newest first."""
        return self._begun("WHERE touched ORDER BY started DESC, rec")

    def keep(self, record: str, changes: Mapping[str, Value], seen: int) -> None:
        """Keeps answers; where one is kept already, what had been seen then stays its base."""
        self._insert(record, changes, seen)
        self._database.written().execute("UPDATE begun SET touched = 1 WHERE rec = ?", [record])

    def answers(self, record: str) -> dict[str, DraftAnswer]:
        """The unsaved answers of a record."""
        with self._database.read() as tables:
            rows = tables.execute("SELECT path, value, seen FROM draft WHERE rec = ?", [record]).fetchall()
        return {path: DraftAnswer(from_json(value), seen) for path, value, seen in rows}

    def records(self) -> set[str]:
        """Records with unsaved answers."""
        with self._database.read() as tables:
            rows = tables.execute("SELECT DISTINCT rec FROM draft").fetchall()
        return {str(row[0]) for row in rows}

    def drop(self, record: str) -> None:
        """Forgets the unsaved answers: they have been saved or are given up."""
        tables = self._database.written()
        tables.execute("DELETE FROM draft WHERE rec = ?", [record])
        tables.execute("DELETE FROM begun WHERE rec = ?", [record])

    def has_untouched(self) -> bool:
        """Whether there are records that were begun and left without an answer."""
        with self._database.read() as tables:
            return tables.execute("SELECT 1 FROM begun WHERE NOT touched").fetchone() is not None

    def drop_untouched(self) -> None:
        """Forgets records that were begun and left without an answer."""
        tables = self._database.written()
        tables.execute("DELETE FROM draft WHERE rec IN (SELECT rec FROM begun WHERE NOT touched)")
        tables.execute("DELETE FROM begun WHERE NOT touched")

    def _insert(self, record: str, answers: Mapping[str, Value], seen: int) -> None:
        self._database.written().conn.executemany(
            "INSERT INTO draft VALUES (?, ?, ?, ?, ?) ON CONFLICT (rec, path) DO UPDATE "
            "SET value = excluded.value, kept = excluded.kept",
            [(record, path, to_json(value), seen, self._now()) for path, value in answers.items()],
        )

    def _begun(self, where: str, *values: str) -> list[BegunRecord]:
        with self._database.read() as tables:
            rows = tables.execute(f"SELECT rec, form, started, touched FROM begun {where}", values).fetchall()  # noqa: S608
        return [BegunRecord(rec, form, started, bool(touched)) for rec, form, started, touched in rows]

    def _now(self) -> str:
        return self._clock.now().isoformat()
