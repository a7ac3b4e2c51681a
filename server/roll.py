"""The roll: project, devices and accounts of phones, as a file beside the archive: batches do not name them.

It is written whole after every change and compared at every start, so that it can be missed by a crash but
not for long.
"""

from __future__ import annotations

import base64
from pathlib import Path

import msgspec
from sqlalchemy import Connection, insert, select

from core.protocol.roles import BEFORE_ROLES, Role
from server.database import Database
from server.durable_files import make_folder, write_durably
from server.tables import DEVICE, PHONE, PROJECT


class EnrolledDevice(msgspec.Struct):
    """A device as it was let in, and when it was shut out. The key is Ed25519, base64."""

    id: str
    user: str
    name: str
    public_key: str
    enrolled_at: str
    revoked_at: str | None = None
    role: Role = BEFORE_ROLES.role
    division: str = BEFORE_ROLES.division


class PhoneAccount(msgspec.Struct):
    """What lets a phone in as that device: HA1 of its password, SHA-256 of its token (base64)."""

    device: str
    login: str
    ha1: str
    token_hash: str


class RollPage(msgspec.Struct):
    """All that stands in the file."""

    project: str
    project_name: str
    devices: list[EnrolledDevice]
    phones: list[PhoneAccount] = []


class Roll:
    """The file, and the tables it repeats."""

    def __init__(self, file: Path, database: Database) -> None:
        self._file = file
        self._database = database

    def keep(self) -> None:
        """The file says durably what the tables say.

        Compared once more after it was written: another thread or command may have written meanwhile.
        """
        make_folder(self._file.parent)
        while not self._file.exists() or self._file.read_bytes() != self._page():
            write_durably(self._file, self._page(), private=True)

    def _page(self) -> bytes:
        with self._database.read() as connection:
            return msgspec.json.format(msgspec.json.encode(_read_tables(connection)), indent=1) + b"\n"


def read_roll(file: Path) -> RollPage | None:
    """What the file says; None if it is missing or cannot be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=RollPage)
    except (OSError, msgspec.MsgspecError):
        return None


def restore_roll(connection: Connection, page: RollPage) -> None:
    """Puts the project, its devices and phones into empty tables."""
    connection.execute(insert(PROJECT).values(id=page.project, title=page.project_name, seq=0, sum=0))
    for device in page.devices:
        row = msgspec.structs.asdict(device) | {
            "project": page.project,
            "public_key": base64.b64decode(device.public_key),
        }
        connection.execute(insert(DEVICE).values(**row))
    for phone in page.phones:
        account = msgspec.structs.asdict(phone) | {"token_hash": base64.b64decode(phone.token_hash)}
        connection.execute(insert(PHONE).values(**account))


def _read_tables(connection: Connection) -> RollPage:
    project = connection.execute(select(PROJECT.c.id, PROJECT.c.title)).one()
    devices = connection.execute(select(DEVICE).order_by(DEVICE.c.enrolled_at, DEVICE.c.id))
    return RollPage(
        project.id,
        project.title,
        [
            EnrolledDevice(
                id=row.id,
                user=row.user,
                name=row.name,
                public_key=base64.b64encode(row.public_key).decode("ascii"),
                enrolled_at=row.enrolled_at,
                revoked_at=row.revoked_at,
                role=row.role,
                division=row.division,
            )
            for row in devices
        ],
        [
            PhoneAccount(row.device, row.login, row.ha1, base64.b64encode(row.token_hash).decode("ascii"))
            for row in connection.execute(select(PHONE).order_by(PHONE.c.device))
        ],
    )
