"""The form versions installed in this workspace. A version never changes; records name it by its digest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.storage.database import Database
from app.storage.values_json import from_json
from core.clock import Clock
from core.forms.version_order import version_order

if TYPE_CHECKING:
    from core.forms.model.form import Form


class Forms:
    """Form versions by digest, read once and kept in memory."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._read: dict[str, Form] = {}

    def install(self, xml: bytes, media: Mapping[str, bytes] | None = None) -> Form:
        """Keeps a form version; one that is here already changes nothing. Raises KnownError "form_broken"."""
        form = _parsed(xml, media or {}, checked=False)
        tables = self._database.written()
        added = tables.execute(
            "INSERT OR IGNORE INTO form SELECT ?, ?, ?, ?, ?, coalesce(max(arrival), 0) + 1 FROM form",
            [form.digest, form.form_id, form.version, xml, self._clock.now().isoformat()],
        ).rowcount
        if added:
            tables.conn.executemany(
                "INSERT INTO form_media VALUES (?, ?, ?)",
                [(form.digest, name, content) for name, content in (media or {}).items()],
            )
        return form

    def get(self, digest: str) -> Form | None:
        """The form version, or None if it is not here."""
        if digest not in self._read:
            found = self.source(digest)
            if found is None:
                return None
            self._read[digest] = _parsed(*found, checked=True)
        return self._read[digest]

    def newest(self, form_id: str) -> Form | None:
        """The version new records are written in: the greatest; see `_newest_first` for equal ones."""
        newest = next(iter(self._newest_first(form_id)), None)
        return None if newest is None else self.get(newest)

    def newest_of_each(self) -> list[Form]:
        """The newest version of every form, in the order the forms first came."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT form_id FROM form GROUP BY form_id ORDER BY min(arrival)"
            ).fetchall()
        return [form for row in rows if (form := self.newest(str(row[0]))) is not None]

    def versions(self, form_id: str) -> list[Form]:
        """Every version of a form that is here, the newest first."""
        return [form for digest in self._newest_first(form_id) if (form := self.get(digest)) is not None]

    def _newest_first(self, form_id: str) -> list[str]:
        """Of one version with several lists the one that a server gave last, else by digest."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT version, coalesce((SELECT max(turn) FROM openrosa_form WHERE form = digest), 0), "
                "digest FROM form WHERE form_id = ?",
                [form_id],
            ).fetchall()
        ordered = sorted(((version_order(version), *rest) for version, *rest in rows), reverse=True)
        return [str(digest) for *_, digest in ordered]

    def digests(self) -> set[str]:
        """All versions that are here."""
        with self._database.read() as tables:
            return {str(row[0]) for row in tables.execute("SELECT digest FROM form").fetchall()}

    def source(self, digest: str) -> tuple[bytes, dict[str, bytes]] | None:
        """The XForm and its media byte for byte, or None."""
        with self._database.read() as tables:
            row = tables.execute("SELECT xml FROM form WHERE digest = ?", [digest]).fetchone()
            media = tables.execute("SELECT name, bytes FROM form_media WHERE form = ?", [digest]).fetchall()
        return None if row is None else (row[0], dict(media))

    def records_answering(self, form_id: str, path: str, choices: frozenset[str] | None = None) -> int:
        """How many records of the form have an answer at that path, in any row; with any of these choices."""
        levels = path.split("/")[1:]
        pattern = "".join(f"/{name}[[]*]" for name in levels[:-1]) + f"/{levels[-1]}"
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT DISTINCT head.rec, head.value FROM rec JOIN head ON head.rec = rec.id "
                "WHERE rec.form_id = ? AND head.shown AND head.value != 'null' AND "
                "(head.path GLOB ? OR head.path GLOB ?)",
                [form_id, pattern, f"{pattern}[[]*"],
            ).fetchall()
        return len({record for record, value in rows if choices is None or choices & _chosen(value)})

    def missing(self) -> set[str]:
        """Versions that records name and that are not here."""
        with self._database.read() as tables:
            rows = tables.execute("SELECT DISTINCT form FROM rec WHERE form NOT IN (SELECT digest FROM form)")
            return {str(row[0]) for row in rows.fetchall()}


def _chosen(value: str) -> set[str]:
    """The choices in a stored answer: one, or several as a list."""
    read = from_json(value)
    return {str(one) for one in read} if isinstance(read, list) else {str(read)}


def _parsed(xml: bytes, media: Mapping[str, bytes], *, checked: bool) -> Form:
    from core.forms.xform.reading import parse_xform  # noqa: PLC0415  # the first page shows numbers before any form is read

    return parse_xform(xml, media, checked=checked)
