"""HTTP Digest authentication (RFC 7616: MD5, qop=auth), as the client library of Collect speaks it.

A nonce is a signed moment, so that strangers cost no memory; only one that somebody authenticated with is
remembered, with the counts (`nc`) that came. A count that came before is refused with `stale=true`: a client
that was cut off repeats itself with a new nonce, and who listened in learns nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Literal

from core.clock import Clock
from server.openrosa.accounts import REALM

NONCE_S = 3600
_NONCES_KEPT = 10_000
_COUNTS_BEHIND = 128  # requests of one nonce may overtake each other by so many
_MAC_BYTES = 16
_PART = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)\s*', re.ASCII)
_HEADER_CHARS = 4096

Verdict = Literal["good", "stale", "wrong"]


@dataclass
class _Used:
    """The counts of one nonce: the greatest that came, and which of those before it."""

    issued: int
    greatest: int = 0
    seen: set[int] = field(default_factory=set)

    def take(self, count: int) -> bool:
        """Whether this count is new."""
        if count in self.seen or count <= self.greatest - _COUNTS_BEHIND:
            return False
        self.seen.add(count)
        self.greatest = max(self.greatest, count)
        self.seen = {one for one in self.seen if one > self.greatest - _COUNTS_BEHIND}
        return True


class Digest:
    """Nonces given out and the answers to them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._secret = secrets.token_bytes(32)  # a restart makes all nonces stale, which costs a round trip
        self._used: OrderedDict[str, _Used] = OrderedDict()
        self._forgotten = 0  # nonces given out up to here may have been used and are no longer known

    def challenge(self, *, stale: bool = False) -> str:
        """The value of `WWW-Authenticate`."""
        body = self._now().to_bytes(8, "big") + secrets.token_bytes(8)
        nonce = base64.urlsafe_b64encode(body + self._mac(body)).decode("ascii")
        told = f'Digest realm="{REALM}", qop="auth", algorithm=MD5, nonce="{nonce}"'
        return told + (", stale=true" if stale else "")

    def check(self, parts: dict[str, str], method: str, target: str, ha1: str) -> Verdict:
        """What an answer is worth. `target` is the path and query as they stand in the request line."""
        said, nonce = parts.get("nc", ""), parts.get("nonce", "")
        if (
            parts.get("realm") != REALM
            or parts.get("qop") != "auth"
            or parts.get("algorithm", "MD5").upper() != "MD5"
            or not re.fullmatch("[0-9a-f]{8}", said)
        ):
            return "wrong"
        asked = _md5(f"{method}:{target}")
        expected = _md5(f"{ha1}:{nonce}:{said}:{parts.get('cnonce', '')}:auth:{asked}")
        if not hmac.compare_digest(expected.encode(), parts.get("response", "").lower().encode()):
            return "wrong"
        return "good" if self._is_fresh(nonce, int(said, 16)) else "stale"

    def _is_fresh(self, nonce: str, count: int) -> bool:
        issued, now = self._issued(nonce), self._now()
        if issued is None or not now - NONCE_S <= issued <= now or issued <= self._forgotten:
            self._used.pop(nonce, None)
            return False
        used = self._used.setdefault(nonce, _Used(issued))
        while len(self._used) > _NONCES_KEPT:
            _, oldest = self._used.popitem(last=False)
            self._forgotten = max(self._forgotten, oldest.issued)
        return used.take(count)

    def _issued(self, nonce: str) -> int | None:
        """When this process gave a nonce out (unix seconds); None if it never did."""
        try:
            raw = base64.urlsafe_b64decode(nonce.encode("ascii"))
        except ValueError:
            return None
        body, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
        if len(body) != 16 or not hmac.compare_digest(mac, self._mac(body)):
            return None
        return int.from_bytes(body[:8], "big")

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._secret, body, "sha256")[:_MAC_BYTES]

    def _now(self) -> int:
        return int(self._clock.now().timestamp())


def digest_parts(header: str) -> dict[str, str] | None:
    """What an `Authorization: Digest …` header says, by name; None for anything else."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "digest" or len(header) > _HEADER_CHARS:
        return None
    parts, at, rest = dict[str, str](), 0, rest.strip()
    while at < len(rest):
        found = _PART.match(rest, at)
        if found is None or found[1].lower() in parts:
            return None
        parts[found[1].lower()] = re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else found[3]
        at = found.end()
    return parts


def _md5(text: str) -> str:
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
