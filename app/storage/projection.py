"""What is read from the operations of a record, written into the tables that lists and conflicts ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.storage.database import Database
from app.storage.known_divisions import CODE, LOCAL_FORM
from app.storage.links import Links
from app.storage.listing import Listing
from app.storage.operations import Operations
from app.storage.photos import Photos
from app.storage.record_logs import RecordLog
from app.storage.shown_record import LIST_LANGUAGE, ShownRecord
from app.storage.values_json import to_json
from core.records.merge import MergedRecord
from core.records.operation import ResolvedOp
from core.values import Value, photo_digests

if TYPE_CHECKING:
    from core.forms.model.form import Form


class Projection:
    """Writes and takes away the rows of a record. Needs an open transaction."""

    def __init__(
        self, database: Database, operations: Operations, photos: Photos, links: Links, listing: Listing
    ) -> None:
        self._database = database
        self._operations = operations
        self._photos = photos
        self._links = links
        self._listing = listing

    def write(self, log: RecordLog, form: Form | None, shown: ShownRecord, round_: int) -> None:
        """The rows of a record anew; what refers to it is outdated in the next round, if it shows it."""
        merged = log.merged
        tables, record = self._database.written(), merged.record_id
        before = tables.execute("SELECT title, life, form_id FROM rec WHERE id = ?", [record]).fetchone()
        photos = [value for op in log.ops for value in op.fields.values() if isinstance(value, dict)]
        self._photos.note(record, photos)
        self._write_heads(merged)
        row = self._row_of(merged, log.ops, form, shown)
        self._listing.write(row, shown.listed, form_title="" if form is None else form.title(LIST_LANGUAGE))
        tables.table("rec").upsert(row, pk="id")
        names = self._names(record)
        relinked = self._links.write(record, str(row["form_id"]), shown.links, shown.mentions)
        if relinked or before != (row["title"], row["life"], row["form_id"]):
            for name in names | self._names(record):
                self._links.outdate_referrers(name, round_, relinked=relinked)

    def take_away(self, record: str) -> None:
        """No row of this record; its operations stay."""
        tables = self._database.written()
        self._listing.forget(record)
        for name in self._names(record):
            self._links.outdate_referrers(name, 0, relinked=True)
        self._links.read_anew([record])
        for table in ("head", "conflict", "link", "mention", "blob_ref", "bin"):
            tables.execute(f"DELETE FROM {table} WHERE rec = ?", [record])  # noqa: S608  names from here
        tables.execute("DELETE FROM rec WHERE id = ?", [record])

    def _write_heads(self, merged: MergedRecord) -> None:
        tables, record = self._database.written(), merged.record_id
        tables.execute("DELETE FROM head WHERE rec = ?", [record])
        tables.execute("DELETE FROM conflict WHERE rec = ?", [record])
        numbers = {replica.id: replica.num for replica in self._operations.replicas()}
        heads = ((path, head, head is one.shown) for path, one in merged.fields.items() for head in one.heads)
        tables.conn.executemany(
            "INSERT INTO head VALUES (?, ?, ?, ?, ?, ?)",
            [
                (record, path, numbers[head.ref.replica], head.ref.n, to_json(head.value), shown)
                for path, head, shown in heads
            ],
        )
        tables.conn.executemany(
            "INSERT OR IGNORE INTO conflict VALUES (?, ?, ?)",
            [(record, conflict.path, conflict.kind) for conflict in merged.conflicts],
        )

    def _names(self, record: str) -> set[str]:
        """What others name when they show this record: its id, and the code if it adds a division."""
        with self._database.read() as tables:
            codes = tables.execute(
                "SELECT target FROM link WHERE rec = ? AND path = ? AND form_id = ?",
                [record, CODE, LOCAL_FORM],
            ).fetchall()
        return {record, *(str(code) for (code,) in codes)}

    def _row_of(
        self, merged: MergedRecord, ops: Sequence[ResolvedOp], form: Form | None, shown: ShownRecord
    ) -> dict[str, object]:
        photos = {digest for value in merged.values.values() for digest in _photos_in(value)}
        with self._database.read() as tables:
            arrival = tables.execute(
                "SELECT max(arrival) FROM op WHERE rec = ?", [merged.record_id]
            ).fetchone()[0]
        return {
            "id": merged.record_id,
            "form": merged.form or "",
            "form_id": "" if form is None else form.form_id,
            "title": shown.title,
            "columns": to_json(shown.columns),
            "life": merged.life,
            "state": merged.state,
            "conflicts": len(merged.conflicts),
            "parallel": int(merged.parallel),
            "problems": shown.problems,
            "photos": len(photos),
            "sample": int(merged.sample),
            "created": ops[0].op.t,
            "updated": ops[-1].op.t,
            "arrival": arrival,
        }


def _photos_in(value: Value) -> list[str]:
    """The digest of the photo in an answer, if it is one; files of other kinds count as none."""
    picture = isinstance(value, dict) and str(value.get("m", "")).startswith("image/")
    return list(photo_digests(value))[:1] if picture else []
