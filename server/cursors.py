"""The opaque mark that tells a client's place in the feed. Clients only hand it back.

It carries the server's epoch, the place and the sum of hashes there, under a MAC. A mark that this server
made and whose place it does not hold proves that its data was put back from an older copy.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

import msgspec

from core.protocol.wire_errors import WireError
from server.queries.log import Position

_MAC_BYTES = 16


class Cursor(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What a mark says."""

    epoch: str
    project: str
    seq: int
    sum: str  # hex: beyond what every JSON reader takes as an integer
    sight: str = ""  # which part of the feed the client was given: `core.protocol.roles.Grant.sight`
    shown: str = ""  # the sum of hashes of that part, if it is not all

    @property
    def position(self) -> Position:
        return Position(self.seq, int(self.sum, 16))

    @property
    def shown_sum(self) -> int:
        """The sum of hashes of what the client was given."""
        return int(self.shown or self.sum, 16)


class Cursors:
    """Makes and reads marks with one secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = hashlib.sha256(b"svp1-cursor\n" + secret).digest()

    def encode(self, epoch: str, project: str, position: Position, sight: str, shown: int) -> str:
        """The mark of a place, for a client that was given the part of the feed that is in sight."""
        part = "" if shown == position.sum else f"{shown:016x}"
        cursor = Cursor(epoch, project, position.seq, f"{position.sum:016x}", sight, part)
        plain = msgspec.json.encode(cursor)
        return base64.urlsafe_b64encode(self._mac(plain) + plain).decode("ascii").rstrip("=")

    def decode(self, text: str, project: str) -> Cursor:
        """What a mark says. Raises WireError `epoch-gone` for one that this server never made."""
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            mac, plain = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
            if not hmac.compare_digest(mac, self._mac(plain)):
                raise WireError("epoch-gone")
            cursor = msgspec.json.decode(plain, type=Cursor)
        except (ValueError, msgspec.MsgspecError) as broken:
            raise WireError("epoch-gone") from broken
        if cursor.project != project:
            raise WireError("epoch-gone")
        return cursor

    def _mac(self, plain: bytes) -> bytes:
        return hmac.digest(self._secret, plain, "sha256")[:_MAC_BYTES]
