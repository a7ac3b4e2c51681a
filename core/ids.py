"""Identities that are made without asking anybody."""

from __future__ import annotations

import secrets
import uuid

from core.clock import Clock

_ROWS = uuid.UUID("6d0d0f2e-3c5e-5f6e-9b51-0c1a6a3f7c11")


def new_uuid7(clock: Clock) -> str:
    """A UUIDv7 (RFC 9562, 5.7). Its time part only keeps keys near each other; nothing is ordered by it."""
    unix_ms = int(clock.now().timestamp() * 1000) & ((1 << 48) - 1)
    bits = unix_ms << 80 | secrets.randbits(80)
    bits = bits & ~(0xF << 76) | 0x7 << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=bits))


def row_uuid(owner: str, repeat_path: str, ordinal: int) -> str:
    """The id of a repeat row that the form engine makes, equal on every machine.

    `owner` is the record id (or the instanceID of a submission from elsewhere), `repeat_path` the concrete
    path of the repeat, `ordinal` counts from 1. Two laptops that open one record must not double its rows.
    """
    return str(uuid.uuid5(_ROWS, f"{owner}\n{repeat_path}\n{ordinal}"))


def new_replica_id() -> str:
    """16 random bytes as 32 lower-case hex digits: the name of one database file's operation log."""
    return secrets.token_hex(16)
