"""What makes this server itself: its epoch, its project, and the key that signs receipts."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

from nacl.signing import SigningKey
from sqlalchemy import Connection, insert, select, update

from core.clock import Clock
from core.ids import new_uuid7
from core.records.receipt import Receipt, receipt_bytes
from server.database import Database
from server.durable_files import make_folder, write_durably
from server.tables import PROJECT, SERVER

RECEIPT_DOMAIN = b"svp1-receipt\n"
_EPOCH = "epoch"


class Identity:
    """The server's own names and keys. Made at first run."""

    def __init__(self, database: Database, keys: Path, clock: Clock, project_name: str) -> None:
        self._database = database
        self._key = SigningKey(_signing_seed(keys))
        with database.transaction() as connection:
            self.project, self.project_name = _project(connection, clock, project_name)
            if connection.scalar(select(SERVER.c.value).where(SERVER.c.name == _EPOCH)) is None:
                connection.execute(insert(SERVER).values(name=_EPOCH, value=secrets.token_hex(16)))

    @property
    def secret(self) -> bytes:
        """The seed of the signing key, to derive other secrets from."""
        return bytes(self._key)

    @property
    def public_key(self) -> str:
        """Ed25519, base64: verifies receipts."""
        return base64.b64encode(bytes(self._key.verify_key)).decode("ascii")

    def epoch(self) -> str:
        """32 hex digits that change when the server's data was made anew or put back from a copy."""
        with self._database.read() as connection:
            return str(
                connection.exec_driver_sql("SELECT value FROM server WHERE name = ?", (_EPOCH,)).scalar()
            )

    def begin_epoch(self, instead_of: str) -> None:
        """A new epoch, unless somebody has begun one already."""
        with self._database.transaction() as connection:
            connection.execute(
                update(SERVER)
                .where(SERVER.c.name == _EPOCH, SERVER.c.value == instead_of)
                .values(value=secrets.token_hex(16))
            )

    def sign(self, receipt: Receipt) -> str:
        """The signature (base64) of a receipt."""
        signature = self._key.sign(RECEIPT_DOMAIN + receipt_bytes(receipt)).signature
        return base64.b64encode(signature).decode("ascii")


def _signing_seed(keys: Path) -> bytes:
    file = keys / "signing.key"
    if not file.exists():
        make_folder(keys)
        write_durably(file, secrets.token_bytes(32).hex().encode(), private=True)
    return bytes.fromhex(file.read_text(encoding="ascii"))


def _project(connection: Connection, clock: Clock, name: str) -> tuple[str, str]:
    row = connection.execute(select(PROJECT.c.id, PROJECT.c.title)).first()
    if row is not None:
        return row.id, row.title
    project = new_uuid7(clock)
    connection.execute(insert(PROJECT).values(id=project, title=name, seq=0, sum=0))
    return project, name
