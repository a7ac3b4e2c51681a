"""Who a phone is: by the password of its account (HTTP Digest) or the token in its address."""

from __future__ import annotations

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from core.clock import Clock
from server.openrosa.accounts import Phone, Phones
from server.openrosa.digest import Digest, digest_parts

FAILURES_PER_MINUTE = 60  # of one address: an office of phones that all have an old password
_NOBODY = "0" * 32


class NotLetInError(Exception):
    """A request without the right to be answered: its HTTP status, and the challenge that goes with a 401."""

    def __init__(self, status: int, challenge: str = "") -> None:
        super().__init__(status)
        self.status = status
        self.challenge = challenge


class Access:
    """The door for phones. Who guesses is told to wait; who knows a password never waits for who does not.

    Behind a proxy all phones have one address, and secrets are far too long to be guessed.
    """

    def __init__(self, phones: Phones, clock: Clock) -> None:
        self._phones = phones
        self._digest = Digest(clock)
        self._failures = FixedWindowRateLimiter(MemoryStorage())
        self._limit = RateLimitItemPerMinute(FAILURES_PER_MINUTE)

    def by_token(self, token: str, address: str) -> Phone:
        """The phone of a token. Raises NotLetInError 403, or 429 for too many wrong ones."""
        return self._let_in(self._phones.by_token(token), address)

    def by_password(self, method: str, target: str, authorization: str, address: str) -> Phone:
        """The phone of an `Authorization` header. `target`: path and query as in the request line.

        Raises NotLetInError 401, 403 for an account that is shut out, 429.
        """
        parts = digest_parts(authorization)
        if parts is None:
            raise NotLetInError(401, self._digest.challenge())
        phone = self._phones.by_login(parts.get("username", ""))
        verdict = self._digest.check(parts, method, target, _NOBODY if phone is None else phone.ha1)
        if verdict == "stale" and phone is not None:
            raise NotLetInError(401, self._digest.challenge(stale=True))
        if verdict != "good" or phone is None:
            self._count_failure(address)
            raise NotLetInError(401, self._digest.challenge())
        return self._let_in(phone, address)

    def _let_in(self, phone: Phone | None, address: str) -> Phone:
        if phone is None or phone.revoked_at is not None:
            self._count_failure(address)
            raise NotLetInError(403)
        self._phones.saw(phone)
        return phone

    def _count_failure(self, address: str) -> None:
        if not self._failures.hit(self._limit, address):
            raise NotLetInError(429)
