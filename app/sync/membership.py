"""What makes this workspace a member of a server's project. Sealed with everything else in the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from app.storage.kv import KeyValues
from core.protocol.roles import BEFORE_ROLES, Grant

if TYPE_CHECKING:
    from nacl.signing import SigningKey

_MEMBERSHIP = "sync.membership"
_GRANT = "sync.grant"
_DEVICE_KEY = "secret.device_key"


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server is and how to know it; `server_key` (Ed25519, base64) verifies its receipts."""

    urls: list[str]
    ca: str  # PEM
    device: str
    project: str
    project_name: str
    server_key: str


def read_membership(kv: KeyValues) -> Membership | None:
    """The membership, or None before enrolment."""
    text = kv.get(_MEMBERSHIP)
    return None if text is None else msgspec.json.decode(text, type=Membership)


def write_membership(kv: KeyValues, membership: Membership) -> None:
    """Keeps the membership; needs an open transaction."""
    kv.put(_MEMBERSHIP, msgspec.json.encode(membership).decode("utf-8"))


def read_grant(kv: KeyValues) -> Grant:
    """What the server last said that this device may do; everything, as long as none has said."""
    text = kv.get(_GRANT)
    return BEFORE_ROLES if text is None else msgspec.json.decode(text, type=Grant)


def keep_grant(kv: KeyValues, grant: Grant | None) -> None:
    """Keeps the server's word, if it gave one; needs an open transaction."""
    if grant is not None and grant != read_grant(kv):
        kv.put(_GRANT, msgspec.json.encode(grant).decode("ascii"))


def device_key(kv: KeyValues) -> SigningKey | None:
    """The key that signs this device's batches, or None before the first enrolment was tried."""
    from nacl.signing import SigningKey  # noqa: PLC0415  # the first page only asks whether there is a membership

    text = kv.get(_DEVICE_KEY)
    return None if text is None else SigningKey(bytes.fromhex(text))


def make_device_key(kv: KeyValues) -> SigningKey:
    """A new device key, kept before anything is said to a server; needs an open transaction."""
    from nacl.signing import SigningKey  # noqa: PLC0415  # as above

    key = SigningKey.generate()
    kv.put(_DEVICE_KEY, bytes(key).hex())
    return key
