"""What forms ask about the world: divisions from their table, records of other forms from the projections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from app.i18n import words
from app.storage.database import Database
from app.storage.known_divisions import Divisions
from app.storage.values_json import from_json
from core.forms.answers import answer_text
from core.forms.list_names import DIVISIONS, LIFE_COLUMN
from core.records.operation import DELETED
from core.values import Value, safe_text


class Lists:
    """The form engine's source: one for all lists that lie outside of a form."""

    def __init__(self, database: Database, divisions: Divisions) -> None:
        self._database = database
        self._divisions = divisions

    def items_where(self, instance_id: str, column: str, value: str) -> Sequence[Mapping[str, str]]:
        """Divisions, or the living records of a form with this answer, by title.

        One look into an index, for a question that is a reference, a division or unique; nothing for others.
        Of several choices only one that stands alone is equal.
        """
        if instance_id == DIVISIONS:
            return self._divisions.items_where(instance_id, column, value)
        with self._database.read() as tables:
            rows = tables.execute(_EQUAL, [instance_id, f"/{column}", safe_text(value)]).fetchall()
        return [RecordColumns(self._database, *row) for row in rows]

    def item(self, instance_id: str, name: str) -> Mapping[str, str] | None:
        """The row of one division or record, a deleted record too; None if it is not here."""
        if instance_id == DIVISIONS:
            return self._divisions.item(instance_id, name)
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT id, title, life FROM rec WHERE id = ? AND form_id = ?", [safe_text(name), instance_id]
            ).fetchone()
        return None if row is None else RecordColumns(self._database, *row)

    def stand_in(self, instance_id: str, name: str, language: str) -> str:
        """本机没有这条记录, or the words for a record without a title; a division is shown by its code."""
        if instance_id == DIVISIONS:
            return ""
        key = "absent" if self.item(instance_id, name) is None else "untitled"
        return words("en" if language.startswith("en") else "zh")[f"reference.{key}"]

    def other_with(self, form_id: str, path: str, text: str, record_id: str) -> str | None:
        """The title of another living record of the form with this answer, or None."""
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT rec.id, title FROM link JOIN rec ON rec.id = rec WHERE link.form_id = ? AND path = ? "
                "AND target = ? AND rec != ? AND life = 'alive' LIMIT 1",
                [form_id, path, safe_text(text), record_id],
            ).fetchone()
        return None if row is None else row[1] or self.stand_in(form_id, row[0], "")

    def last_saved(self, form_id: str, besides: str) -> Mapping[str, Value] | None:
        """The answers of the living record of the form that was saved last on this machine; None: none."""
        with self._database.read() as tables:
            row = tables.execute(_SAVED_LAST, [form_id, besides]).fetchone()
            heads = [] if row is None else tables.execute(_ANSWERS, [row[0]]).fetchall()
        return None if row is None else {path: from_json(value) for path, value in heads}

    def property(self, name: str) -> str:
        """The name of the person and the device; "" for what only a phone has."""
        key = _PROPERTIES.get(name)
        with self._database.read() as tables:
            row = tables.execute("SELECT value FROM kv WHERE key = ?", [key]).fetchone()
        return "" if row is None else str(row[0])

    def county_at(self, longitude: float, latitude: float) -> str | None:
        """The county around a position, if its borders are known here."""
        return self._divisions.county_at(longitude, latitude)


class RecordColumns(Mapping[str, str]):
    """A record as a row of a list; its answers are read when one of them is asked for."""

    def __init__(self, database: Database, record: str, title: str, life: str) -> None:
        self._database = database
        self._record = record
        self._known = {"name": record, "label": title}
        if life == DELETED:
            self._known[LIFE_COLUMN] = DELETED
        self._answers: dict[str, str] | None = None

    def __getitem__(self, column: str) -> str:
        if column in self._known:
            return self._known[column]
        return self._read()[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read() | self._known)

    def __len__(self) -> int:
        return len(self._read() | self._known)

    def _read(self) -> dict[str, str]:
        """The answers outside of repeats by name, as a submission writes them."""
        if self._answers is None:
            with self._database.read() as tables:
                rows = tables.execute(
                    "SELECT substr(path, 2), value FROM head WHERE rec = ? AND shown "
                    "AND path NOT LIKE '/@%' AND path NOT LIKE '/%/%'",
                    [self._record],
                ).fetchall()
            self._answers = {name: answer_text(from_json(value)) for name, value in rows}
        return self._answers


_PROPERTIES = {"username": "person_name", "deviceid": "device"}
_ANSWERS = "SELECT path, value FROM head WHERE rec = ? AND shown"
_SAVED_LAST = """SELECT rec.id FROM op JOIN replica ON replica.num = op.replica JOIN rec ON rec.id = op.rec
    WHERE form_id = ? AND rec.id != ? AND life = 'alive' AND replica.role IN ('own', 'former')
    ORDER BY op.arrival DESC LIMIT 1"""
_EQUAL = """SELECT rec.id, title, life FROM link JOIN rec ON rec.id = link.rec
    WHERE link.form_id = ?1 AND path = ?2 AND target = ?3 AND life = 'alive'
    AND NOT EXISTS (SELECT 1 FROM link AS other
                    WHERE other.rec = link.rec AND other.path = ?2 AND other.target != ?3)
    ORDER BY title, rec.id"""
