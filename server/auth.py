"""Who may speak: tickets let a device in once, a signed nonce gets it a token, a token stands for the device.

No secret is kept that a stolen data file would give away: codes and tokens lie there as SHA-256. No laptop
clock is asked; only the server's own decides what has expired.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey
from sqlalchemy import Connection, Row, delete, insert, select, update

from core.clock import Clock, iso_seconds
from core.protocol.messages import EnrolRequest, Token, TokenRequest
from core.protocol.roles import Grant
from core.protocol.wire_errors import WireError
from server.database import Database
from server.roll import Roll
from server.tables import DEVICE, TICKET, TOKEN

TICKET_HOURS = 72
PLAIN_GRANT = Grant("surveyor")
TOKEN_S = 3600
TOKEN_DOMAIN = b"svp1-token\n"
_NONCES_KEPT = 10_000
_DEVICE_CHARS = 64  # what strangers claim is kept in memory


@dataclass(frozen=True)
class Device:
    """An enrolled device."""

    id: str
    project: str
    name: str
    public_key: bytes
    grant: Grant


@dataclass(frozen=True)
class DeviceState:
    """A device as the coordinator sees it. `seen_at`: when it last asked for a token, about once an hour."""

    device: Device
    enrolled_at: str
    seen_at: str | None
    revoked_at: str | None


class Auth:
    """Tickets, devices and tokens of one server."""

    def __init__(self, database: Database, clock: Clock, roll: Roll) -> None:
        self._database = database
        self._roll = roll
        self._clock = clock
        self._nonces: OrderedDict[str, str] = (
            OrderedDict()
        )  # nonce -> device; a restart only costs a round trip

    def make_ticket_code(
        self, project: str, hours: float = TICKET_HOURS, grant: Grant = PLAIN_GRANT
    ) -> tuple[str, str]:
        """A new one-time code (128 bit) that brings this role, and when it expires."""
        code = secrets.token_urlsafe(16)
        expires = self._clock.now() + timedelta(hours=hours)
        with self._database.transaction() as connection:
            connection.execute(
                insert(TICKET).values(
                    code_hash=_hashed(code),
                    project=project,
                    expires_at=int(expires.timestamp()),
                    role=grant.role,
                    division=grant.division,
                )
            )
        return code, iso_seconds(expires)

    def enrol(self, request: EnrolRequest) -> Device:
        """Lets a device in by a ticket's code. Repeating it with the same device key is harmless.

        A further ticket gives a device that is in already the ticket's role, and lets one in again that was
        shut out. Raises WireError `ticket-invalid`, `ticket-expired`, `ticket-used`, `device-revoked` (by the
        ticket of then), `malformed`.
        """
        public_key = _public_key(request.device_key)
        with self._database.transaction() as connection:
            ticket = connection.execute(
                select(TICKET).where(TICKET.c.code_hash == _hashed(request.code))
            ).one_or_none()
            if ticket is None:
                raise WireError("ticket-invalid")
            known = _device_by_key(connection, public_key)
            if ticket.device is not None and (known is None or known.id != ticket.device):
                raise WireError("ticket-used")
            if ticket.device is not None:
                return _active_device(connection, ticket.device)
            if ticket.expires_at < self._now():
                raise WireError("ticket-expired")
            grant = Grant(ticket.role, ticket.division)
            if known is None:
                device = self._add_device(connection, request, public_key, ticket.project, grant)
            else:
                device = replace(known, grant=grant)
                _write_grant(connection, known.id, grant)
                connection.execute(update(DEVICE).where(DEVICE.c.id == known.id).values(revoked_at=None))
            connection.execute(
                update(TICKET).where(TICKET.c.code_hash == ticket.code_hash).values(device=device.id)
            )
        self._roll.keep()
        return device

    def nonce(self, device: str) -> str:
        """Something fresh for this device to sign. Raises WireError `device-unknown` for what is no id."""
        if len(device) > _DEVICE_CHARS:
            raise WireError("device-unknown")
        nonce = secrets.token_urlsafe(24)
        self._nonces[nonce] = device
        while len(self._nonces) > _NONCES_KEPT:
            self._nonces.popitem(last=False)
        return nonce

    def token(self, request: TokenRequest) -> Token:
        """An opaque token for a device that signed its nonce.

        Raises WireError `nonce-required` (used, unknown or somebody else's nonce), `device-unknown`,
        `device-revoked`, `bad-signature`.
        """
        if request.nonce is None or self._nonces.pop(request.nonce, None) != request.device:
            raise WireError("nonce-required")
        with self._database.transaction() as connection:
            device = _active_device(connection, request.device)
            try:
                signature = base64.b64decode(request.signature or "", validate=True)
                VerifyKey(device.public_key).verify(TOKEN_DOMAIN + request.nonce.encode(), signature)
            except (BadSignatureError, ValueError) as wrong:
                raise WireError("bad-signature") from wrong
            token = secrets.token_urlsafe(32)
            connection.execute(
                update(DEVICE).where(DEVICE.c.id == device.id).values(seen_at=iso_seconds(self._clock.now()))
            )
            connection.execute(delete(TOKEN).where(TOKEN.c.expires_at < self._now()))
            connection.execute(
                insert(TOKEN).values(
                    token_hash=_hashed(token), device=device.id, expires_at=self._now() + TOKEN_S
                )
            )
        return Token(token=token, expires_s=TOKEN_S)

    def device_of_token(self, token: str) -> Device:
        """The device a token stands for. Raises WireError `token-expired`, `device-revoked`."""
        with self._database.read() as connection:
            row = connection.execute(
                select(TOKEN.c.device).where(
                    TOKEN.c.token_hash == _hashed(token),
                    TOKEN.c.expires_at.between(
                        self._now(), self._now() + TOKEN_S
                    ),  # also once a clock ran ahead
                )
            ).one_or_none()
            if row is None:
                raise WireError("token-expired")
            return _active_device(connection, row.device)

    def revoke(self, device: str) -> bool:
        """Shuts a device out from its next request on; False if there is no such device."""
        with self._database.transaction() as connection:
            connection.execute(delete(TOKEN).where(TOKEN.c.device == device))
            done = connection.execute(
                update(DEVICE).where(DEVICE.c.id == device).values(revoked_at=iso_seconds(self._clock.now()))
            )
        self._roll.keep()
        return done.rowcount > 0

    def set_grant(self, device: str, grant: Grant) -> bool:
        """Gives a device another role from its next request on; False if there is no such device."""
        with self._database.transaction() as connection:
            done = _write_grant(connection, device, grant)
        self._roll.keep()
        return done

    def devices(self) -> list[DeviceState]:
        """All devices that ever joined, in that order."""
        with self._database.read() as connection:
            rows = connection.execute(select(DEVICE).order_by(DEVICE.c.enrolled_at, DEVICE.c.id)).all()
        return [DeviceState(_device(row), row.enrolled_at, row.seen_at, row.revoked_at) for row in rows]

    def _add_device(
        self, connection: Connection, request: EnrolRequest, public_key: bytes, project: str, grant: Grant
    ) -> Device:
        if connection.execute(select(DEVICE.c.id).where(DEVICE.c.id == request.device)).first():
            raise WireError("malformed")  # a device id with another key
        connection.execute(
            insert(DEVICE).values(
                id=request.device,
                project=project,
                user=request.user,
                name=request.name,
                public_key=public_key,
                enrolled_at=iso_seconds(self._clock.now()),
                role=grant.role,
                division=grant.division,
            )
        )
        return Device(request.device, project, request.name, public_key, grant)

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def _hashed(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _public_key(encoded: str) -> bytes:
    try:
        return bytes(VerifyKey(base64.b64decode(encoded, validate=True)))
    except (ValueError, TypeError) as wrong:
        raise WireError("malformed") from wrong


def _device(row: Row[Any]) -> Device:
    return Device(row.id, row.project, row.name, row.public_key, Grant(row.role, row.division))


def _write_grant(connection: Connection, device: str, grant: Grant) -> bool:
    done = connection.execute(
        update(DEVICE).where(DEVICE.c.id == device).values(role=grant.role, division=grant.division)
    )
    return done.rowcount > 0


def _device_by_key(connection: Connection, public_key: bytes) -> Device | None:
    row = connection.execute(select(DEVICE).where(DEVICE.c.public_key == public_key)).one_or_none()
    return None if row is None else _device(row)


def device_of_id(connection: Connection, device: str) -> Device | None:
    """A device of the roll, one shut out too; None if there is no such."""
    row = connection.execute(select(DEVICE).where(DEVICE.c.id == device)).one_or_none()
    return None if row is None else _device(row)


def _active_device(connection: Connection, device: str) -> Device:
    row = connection.execute(select(DEVICE).where(DEVICE.c.id == device)).one_or_none()
    if row is None:
        raise WireError("device-unknown")
    if row.revoked_at is not None:
        raise WireError("device-revoked")
    return _device(row)
