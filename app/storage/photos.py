"""What is known about each photo: its size, where its bytes are, and which records name it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from app.storage.database import Database
from app.storage.photo_files import PhotoFiles
from app.storage.values_json import to_json
from core.values import is_digest

PREVIEW, ORIGINAL = "preview", "original"
LOCAL, SENT, WANTED, DAMAGED = "local", "sent", "wanted", "damaged"


class Photo(msgspec.Struct, frozen=True):
    """One blob. `here`: its bytes lie in this workspace; `state` says what the server has to do with it.

    local: the server does not hold it whole yet (`offset` bytes are known to be there); sent: it does;
    wanted: others made it and it has not come yet; damaged: the file here no longer reads back.
    """

    digest: str
    size: int
    mime: str
    here: bool
    state: str
    offset: int
    lane: str


class PhotoKind(msgspec.Struct, frozen=True):
    """By what photos are counted. `begun`: the server holds a part; `named`: by a saved operation."""

    state: str
    here: bool
    begun: bool
    named: bool


class Photos:
    """The rows about photos; the bytes are in PhotoFiles. A file is stored before its row."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, digest: str, size: int, mime: str, *, lane: str = ORIGINAL) -> None:
        """A photo whose file has just been stored here."""
        self._database.written().execute(
            "INSERT INTO blob (digest, size, mime, here, state, lane) VALUES (?, ?, ?, 1, 'local', ?) "
            "ON CONFLICT (digest) DO UPDATE SET here = 1, "
            "state = CASE WHEN state = 'sent' THEN 'sent' ELSE 'local' END",
            [digest, size, mime, lane],
        )

    def get(self, digest: str) -> Photo | None:
        """What is known about a photo."""
        found = self._select("WHERE digest = ?", digest)
        return found[0] if found else None

    def of_record(self, record: str) -> list[Photo]:
        """All photos that operations of this record name, replaced ones included."""
        return self._select("JOIN blob_ref USING (digest) WHERE rec = ? ORDER BY digest", record)

    def to_send(self, *, lane: str | None = None, limit: int = 500) -> list[Photo]:
        """Photos here that saved operations name and the server does not hold, previews first."""
        return self._select(
            "WHERE state = 'local' AND here AND (?1 IS NULL OR lane = ?1) "
            "AND EXISTS (SELECT 1 FROM blob_ref WHERE blob_ref.digest = blob.digest) "
            "ORDER BY lane = 'original', size, digest LIMIT ?2",
            lane,
            limit,
        )

    def count_to_send(self) -> int:
        """How many photos that people took wait for the server; the previews made of them are not counted."""
        return sum(
            count for kind, count in self.counts().items() if kind.named and kind.here and kind.state == LOCAL
        )

    def counts(self, lane: str = ORIGINAL) -> dict[PhotoKind, int]:
        """How many photos of a lane there are of each kind; kept as they change, so cheap to ask."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT state, here, begun, named, photos FROM photo_count WHERE lane = ? AND photos > 0",
                [lane],
            ).fetchall()
        return {
            PhotoKind(state, bool(here), bool(begun), bool(named)): photos
            for state, here, begun, named, photos in rows
        }

    def count_sent(self, digests: Iterable[str], lane: str = ORIGINAL) -> int:
        """How many of these are photos of a lane that are here and at the server."""
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT count(*) FROM json_each(?) JOIN blob ON digest = value "
                "WHERE state = 'sent' AND here AND lane = ?",
                [to_json(list(digests)), lane],
            ).fetchone()
        return int(row[0])

    def unfinished(self, lane: str, *, limit: int) -> list[Photo]:
        """Photos of a lane that are damaged, on their way or waiting, in this order; small ones first."""
        return self._select(
            "WHERE lane = ? AND (state != 'sent' OR NOT here) "
            "AND EXISTS (SELECT 1 FROM blob_ref WHERE blob_ref.digest = blob.digest) "
            "ORDER BY state = 'damaged' DESC, offset > 0 DESC, here DESC, size, digest LIMIT ?",
            lane,
            limit,
        )

    def unfinished_bytes(self, lane: str) -> int:
        """How many bytes of a lane are not yet where they should be, as far as the server has said."""
        with self._database.read() as tables:
            row = tables.execute(
                "SELECT coalesce(sum(size - CASE WHEN here THEN offset ELSE 0 END), 0) FROM blob "
                "WHERE lane = ? AND state IN ('local', 'wanted')",
                [lane],
            ).fetchone()
        return int(row[0])

    def records_naming(self, digests: Iterable[str]) -> dict[str, str]:
        """By photo: a record that names it."""
        with self._database.read() as tables:
            rows = tables.execute(
                "SELECT digest, min(rec) FROM json_each(?) JOIN blob_ref ON digest = value GROUP BY digest",
                [to_json(list(digests))],
            ).fetchall()
        return dict(rows)

    def to_fetch(self, *, lane: str | None = None, limit: int = 500) -> list[Photo]:
        """Photos of others that have not come yet, previews first."""
        return self._select(
            "WHERE NOT here AND (?1 IS NULL OR lane = ?1) ORDER BY lane = 'original', size, digest LIMIT ?2",
            lane,
            limit,
        )

    def here(self, *, after: str = "", limit: int = -1) -> list[Photo]:
        """Photos whose bytes lie in this workspace, by their digests, those after one digest."""
        return self._select("WHERE here AND digest > ? ORDER BY digest LIMIT ?", after, limit)

    def damaged_here(self) -> list[str]:
        """Photos whose file here was found damaged or gone and that nobody has brought again."""
        return [photo.digest for photo in self._select("WHERE state = 'damaged' ORDER BY digest")]

    def server_holds(self, digest: str, offset: int, *, whole: bool) -> None:
        """Believes the server about how much of a photo it holds."""
        self._database.written().execute(
            "UPDATE blob SET offset = ?, "
            "state = CASE WHEN ? THEN 'sent' WHEN here THEN 'local' ELSE state END WHERE digest = ?",
            [offset, whole, digest],
        )

    def arrived(self, digest: str) -> None:
        """The bytes of a photo of others have been stored here."""
        self._database.written().execute(
            "UPDATE blob SET here = 1, state = 'sent' WHERE digest = ?", [digest]
        )

    def damaged(self, digest: str) -> None:
        """The file here does not read back: what the server holds is wanted again."""
        self._database.written().execute(
            "UPDATE blob SET here = 0, state = CASE WHEN state = 'sent' THEN 'wanted' ELSE 'damaged' END "
            "WHERE digest = ?",
            [digest],
        )

    def drop_unnamed(self, digests: Iterable[str]) -> list[str]:
        """Forgets those of these photos that no record and no unsaved answer names. Tells which were here."""
        tables, here = self._database.written(), []
        for digest in digests:
            gone = tables.execute(
                "DELETE FROM blob WHERE digest = ?1 "
                "AND NOT EXISTS (SELECT 1 FROM blob_ref WHERE digest = ?1) "
                "AND NOT EXISTS (SELECT 1 FROM draft WHERE instr(value, ?1)) RETURNING here",
                [digest],
            ).fetchall()
            here += [digest for row in gone if row[0]]
        return here

    def remove_files(self, files: PhotoFiles, digests: Iterable[str]) -> None:
        """Removes the files of photos that have no row. Needs an open transaction, so that none gets one."""
        self._database.written()
        for digest in digests:
            if self.get(digest) is None:
                files.remove(digest)

    def note(self, record: str, values: Iterable[object]) -> set[str]:
        """Notes the photos that operations of this record name; those not here are wanted."""
        named = {photo for value in values for photo in _named(value)}
        if not named:
            return set()
        connection = self._database.written().conn
        connection.executemany(
            "INSERT OR IGNORE INTO blob (digest, size, mime, here, state, lane) "
            "VALUES (?, ?, ?, 0, 'wanted', ?)",
            named,
        )
        connection.executemany(
            "INSERT OR IGNORE INTO blob_ref VALUES (?, ?)", [(record, photo[0]) for photo in named]
        )
        return {photo[0] for photo in named}

    def _select(self, rest: str, *values: object) -> list[Photo]:
        with self._database.read() as tables:
            rows = tables.execute(
                f"SELECT digest, size, mime, here, state, offset, lane FROM blob {rest}",  # noqa: S608
                values,
            ).fetchall()
        return [
            Photo(digest, size, mime, bool(here), state, offset, lane)
            for digest, size, mime, here, state, offset, lane in rows
        ]


def _named(value: object) -> list[tuple[str, int, str, str]]:
    """(digest, bytes, MIME type, lane) of the photo a value is, and of its preview."""
    if not isinstance(value, Mapping):
        return []
    named = []
    if is_digest(value.get("b")):
        named.append((str(value["b"]), _whole(value.get("n")), str(value.get("m", "")), ORIGINAL))
    if is_digest(value.get("pv")):
        named.append((str(value["pv"]), _whole(value.get("pn")), "image/jpeg", PREVIEW))
    return named


def _whole(number: object) -> int:
    return number if isinstance(number, int) else 0
