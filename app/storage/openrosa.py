"""OpenRosa servers, and the form versions that came from each.

How to get into a server is a secret: it stands in kv under a name that plain backups leave out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from app.storage.database import Database
from app.storage.kv import KeyValues
from app.storage.values_json import to_json
from core.clock import Clock, iso_seconds

_SECRET = "secret.openrosa."  # noqa: S105  the name it is kept under; such names stay out of plain backups


class Server(msgspec.Struct, frozen=True):
    """A server of this workspace."""

    num: int
    identity: str


class FormOrigin(msgspec.Struct, frozen=True):
    """Which server a form version came from, and the hashes under which its files were listed there."""

    server: int
    media: Mapping[str, str]


class FetchedForm(msgspec.Struct, frozen=True):
    """A form as it came from a server, not installed yet."""

    name: str
    xml: bytes
    media: Mapping[str, bytes]
    origin: FormOrigin


class OpenRosaServers:
    """The rows about servers. Reading works anywhere; everything that writes needs an open transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._kv = KeyValues(database)

    # Servers

    def servers(self) -> list[Server]:
        """Those that are not forgotten, as they were added."""
        rows = self._all("SELECT num, identity FROM openrosa_server WHERE NOT forgotten ORDER BY num")
        return [Server(*row) for row in rows]

    def identity_of(self, server: int) -> str:
        """What a server is known by, a forgotten one too."""
        return str(self._all("SELECT identity FROM openrosa_server WHERE num = ?", server)[0][0])

    def keep_server(self, identity: str, access: str) -> int:
        """Adds a server, or gives a known one another access; its number."""
        tables = self._database.written()
        tables.execute(
            "INSERT INTO openrosa_server (identity, forgotten, added) VALUES (?, 0, ?) "
            "ON CONFLICT (identity) DO UPDATE SET forgotten = 0",
            [identity, self._now()],
        )
        num = int(
            tables.execute("SELECT num FROM openrosa_server WHERE identity = ?", [identity]).fetchone()[0]
        )
        self._kv.put(f"{_SECRET}{num}", access)
        return num

    def access(self, server: int) -> str | None:
        """What was kept for getting in; None after a plain backup or for a forgotten server."""
        return self._kv.get(f"{_SECRET}{server}")

    def forget_server(self, server: int) -> None:
        """Takes the server and the way in away; what it holds of ours stays known."""
        self._database.written().execute("UPDATE openrosa_server SET forgotten = 1 WHERE num = ?", [server])
        self._kv.remove(f"{_SECRET}{server}")

    # Forms

    def note_form(self, origin: FormOrigin, digest: str, form_id: str) -> None:
        """This version came from there; what was fetched for it is let go of."""
        self._database.written().execute(
            "INSERT OR REPLACE INTO openrosa_form "
            "SELECT ?, ?, ?, ?, coalesce(max(turn), 0) + 1 FROM openrosa_form",
            [origin.server, digest, form_id, to_json(dict(origin.media))],
        )
        self.drop_fetched(f"{said} {name}" for name, said in origin.media.items())

    def forms_of(self, server: int) -> dict[str, dict[str, str]]:
        """By the digest of each version that came from the server: the hashes of its files."""
        rows = self._all("SELECT form, media FROM openrosa_form WHERE server = ?", server)
        return {form: msgspec.json.decode(media, type=dict[str, str]) for form, media in rows}

    def origin_of(self, digest: str) -> str:
        """By what the server is known that gave this version last; "" for none."""
        rows = self._all(
            "SELECT identity FROM openrosa_form JOIN openrosa_server ON num = server "
            "WHERE form = ? AND NOT forgotten ORDER BY turn DESC LIMIT 1",
            digest,
        )
        return str(rows[0][0]) if rows else ""

    def fetched(self, key: str) -> bytes | None:
        """A file that was fetched for a form not installed yet; the key is its hash and its name."""
        rows = self._all("SELECT bytes FROM openrosa_fetched WHERE key = ?", key)
        return rows[0][0] if rows else None

    def keep_fetched(self, key: str, content: bytes) -> None:
        """Keeps a file until its form is installed."""
        self._database.written().execute(
            "INSERT OR REPLACE INTO openrosa_fetched VALUES (?, ?, ?)", [key, self._now(), content]
        )

    def drop_fetched(self, keys: Iterable[str] = (), *, before: str = "") -> None:
        """Lets go of these files, and of all that were fetched before that time."""
        tables = self._database.written()
        tables.execute(
            "DELETE FROM openrosa_fetched WHERE fetched < ? OR key IN (SELECT value FROM json_each(?))",
            [before, to_json(list(keys))],
        )

    def _all(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._database.read() as tables:
            return list(tables.execute(statement, list(values)).fetchall())

    def _now(self) -> str:
        return iso_seconds(self._clock.now())
