"""Accounts of phones: each is a device of the roll whose key and log the server keeps.

A password is kept as HA1 (RFC 7616, 3.4.2), the token of an address as its SHA-256; both are random and shown
once. The signing key is derived from the server's own, so that nothing more has to be kept secret.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any

from nacl.signing import SigningKey
from sqlalchemy import Connection, Row, insert, select, update

from core.clock import iso_seconds
from core.errors import KnownError
from core.ids import new_replica_id, new_uuid7
from core.protocol.roles import Grant
from server.auth import Device
from server.sync_service import Server
from server.tables import DEVICE, PHONE

REALM = "cunjiang"
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}", re.ASCII)
_NAME_CHARS = 64
_PASSWORD_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105  what is not taken for another sign
_PASSWORD_LENGTH = 16  # 79 bits


@dataclass(frozen=True)
class Phone:
    """An account. `ha1` stands for its password."""

    device: Device
    login: str
    ha1: str
    enrolled_at: str
    revoked_at: str | None
    seen_at: str | None


@dataclass(frozen=True)
class Secrets:
    """What a person is told once: neither is kept."""

    login: str
    password: str
    token: str


class Phones:
    """The accounts of one server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._database = server.database

    def add(self, name: str, grant: Grant, login: str = "") -> Secrets:
        """Lets a phone in. Raises KnownError "phone_name", "phone_login" (taken, or has other signs).

        Without a login it gets `phone1`, `phone2` … Logins are ASCII because Collect reads them so.
        """
        server = self._server
        if not (name.strip() and name.isprintable() and len(name) <= _NAME_CHARS):
            raise KnownError("phone_name", limit=_NAME_CHARS)
        with self._database.transaction() as connection:
            login = login or _free_login(connection)
            taken = connection.execute(select(PHONE.c.device).where(PHONE.c.login == login)).first()
            if taken is not None or not _LOGIN.fullmatch(login):
                raise KnownError("phone_login", login=login)
            device = new_uuid7(server.clock)
            connection.execute(
                insert(DEVICE).values(
                    id=device,
                    project=server.identity.project,
                    user=device,
                    name=name,
                    public_key=bytes(self.key(device).verify_key),
                    enrolled_at=iso_seconds(server.clock.now()),
                    role=grant.role,
                    division=grant.division,
                )
            )
            made, kept = _new_secrets(login)
            connection.execute(insert(PHONE).values(device=device, login=login, **kept))
        server.roll.keep()
        return made

    def renew(self, login: str) -> Secrets:
        """A new password and token, also for one that was shut out. Raises KnownError "phone_unknown"."""
        made, kept = _new_secrets(login)
        with self._database.transaction() as connection:
            device = _device_of(connection, login)
            connection.execute(update(PHONE).where(PHONE.c.device == device).values(**kept))
            connection.execute(update(DEVICE).where(DEVICE.c.id == device).values(revoked_at=None))
        self._server.roll.keep()
        return made

    def revoke(self, login: str) -> None:
        """Shuts a phone out from its next request on. Raises KnownError "phone_unknown"."""
        with self._database.read() as connection:
            device = _device_of(connection, login)
        self._server.auth.revoke(device)

    def all(self) -> list[Phone]:
        """Every account, those shut out too, in the order they were made."""
        with self._database.read() as connection:
            rows = connection.execute(_PHONES.order_by(DEVICE.c.enrolled_at, DEVICE.c.id)).all()
        return [_phone(row) for row in rows]

    def by_login(self, login: str) -> Phone | None:
        """The account of that login, one shut out too."""
        return self._one(PHONE.c.login, login)

    def by_token(self, token: str) -> Phone | None:
        """The account of the token in an address, one shut out too."""
        return self._one(PHONE.c.token_hash, _hashed(token))

    def by_device(self, device: str) -> Phone | None:
        """The account of that device id; None for a device that is no phone."""
        return self._one(PHONE.c.device, device)

    def saw(self, phone: Phone) -> None:
        """Notes that it asked just now, at most once an hour."""
        now = self._server.now()
        if phone.seen_at is None or phone.seen_at[:13] != now[:13]:
            with self._database.transaction() as connection:
                connection.execute(update(DEVICE).where(DEVICE.c.id == phone.device.id).values(seen_at=now))

    def log_of(self, phone: Phone) -> str:
        """The replica that the server writes for it, a new one in every epoch.

        A server put back from an older copy does not know how far it had come: what it wrote then lies on
        desktops, and a number that stands there must never be used again.
        """
        epoch = self._server.identity.epoch()
        with self._database.transaction() as connection:
            row = connection.execute(
                select(PHONE.c.replica, PHONE.c.epoch).where(PHONE.c.device == phone.device.id)
            ).one()
            if row.replica is not None and row.epoch == epoch:
                return str(row.replica)
            replica = new_replica_id()
            connection.execute(
                update(PHONE).where(PHONE.c.device == phone.device.id).values(replica=replica, epoch=epoch)
            )
        return replica

    def key(self, device: str) -> SigningKey:
        """What signs the batches of a phone's log."""
        secret = self._server.identity.secret
        return SigningKey(hashlib.sha256(b"svp1-phone\n" + secret + device.encode()).digest())

    def _one(self, column: Any, value: object) -> Phone | None:
        with self._database.read() as connection:
            row = connection.execute(_PHONES.where(column == value)).one_or_none()
        return None if row is None else _phone(row)


_PHONES = select(DEVICE, PHONE.c.login, PHONE.c.ha1).join(PHONE, PHONE.c.device == DEVICE.c.id)


def _phone(row: Row[Any]) -> Phone:
    grant = Grant(row.role, row.division)
    device = Device(row.id, row.project, row.name, row.public_key, grant)
    return Phone(device, row.login, row.ha1, row.enrolled_at, row.revoked_at, row.seen_at)


def _device_of(connection: Connection, login: str) -> str:
    device: str | None = connection.scalar(select(PHONE.c.device).where(PHONE.c.login == login))
    if device is None:
        raise KnownError("phone_unknown", login=login)
    return device


def _free_login(connection: Connection) -> str:
    taken = set(connection.scalars(select(PHONE.c.login)))
    return next(login for n in range(1, len(taken) + 2) if (login := f"phone{n}") not in taken)


def _new_secrets(login: str) -> tuple[Secrets, dict[str, object]]:
    """What is told, and what is kept of it."""
    password = "".join(secrets.choice(_PASSWORD_SIGNS) for _ in range(_PASSWORD_LENGTH))
    token = secrets.token_urlsafe(32)
    ha1 = hashlib.md5(f"{login}:{REALM}:{password}".encode(), usedforsecurity=False).hexdigest()
    return Secrets(login, password, token), {"ha1": ha1, "token_hash": _hashed(token)}


def _hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
