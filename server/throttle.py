"""How often anybody may ask: a program that asks in a circle must not take the server from the others.

A designer's sync of 300 photos makes about 20 requests a second on a fast line, so a device may make 50;
whoever shows no token may only enrol and say hello. What is refused is told to come again soon.
"""

from __future__ import annotations

import hashlib
import re

import structlog
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from core.protocol.wire_errors import WireError
from server.errors import PROBLEM_MEDIA_TYPE, problem_body, problem_headers

LOG = structlog.get_logger("throttle")
_LOGIN = re.compile(rb'(?i)^digest .*?username="[^"]*"')
_KEY = re.compile("/+key/+([^/]+)")
DEVICE_PER_MINUTE = 3_000
ADDRESS_PER_MINUTE = 12_000  # an office behind one address; also ends the guessing of tokens
STRANGER_PER_MINUTE = 600


class Throttle:
    """The application behind counts by the minute: by token, by address, few for those without a token."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        device_per_minute: int = DEVICE_PER_MINUTE,
        address_per_minute: int = ADDRESS_PER_MINUTE,
        stranger_per_minute: int = STRANGER_PER_MINUTE,
    ) -> None:
        self._app = app
        self._counts = FixedWindowRateLimiter(MemoryStorage())
        self._device = RateLimitItemPerMinute(device_per_minute)
        self._address = RateLimitItemPerMinute(address_per_minute)
        self._stranger = RateLimitItemPerMinute(stranger_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and not self._may_ask(scope):
            await _refuse(send)
            return
        await self._app(scope, receive, send)

    def _may_ask(self, scope: HTTPScope) -> bool:
        token = _asker(scope)
        address = scope["client"][0] if scope["client"] else ""
        if token is None:
            return self._counts.hit(self._stranger, "stranger", address)
        known = self._counts.hit(self._address, "address", address)
        return known and self._counts.hit(self._device, "device", hashlib.sha256(token).hexdigest(), address)


def _asker(scope: HTTPScope) -> bytes | None:
    """What stands for the one device that asks; of a digest the name, since the rest is new each time.

    A name is no secret, so it counts by address: nobody uses up another one's requests from elsewhere.
    """
    header = dict(scope["headers"]).get(b"authorization")
    if header is not None:
        named = _LOGIN.search(header)
        return header if named is None else named[0]
    key = _KEY.match(scope["path"])
    return None if key is None else key[1].encode()


async def _refuse(send: Send) -> None:
    refused = WireError("busy")
    LOG.info("too many requests")
    headers = {"content-type": PROBLEM_MEDIA_TYPE, **problem_headers(refused)}
    start: Message = {
        "type": "http.response.start",
        "status": refused.code.status,
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    await send(start)
    await send({"type": "http.response.body", "body": problem_body(refused), "more_body": False})
