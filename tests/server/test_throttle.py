"""Who asks too often waits; the others do not."""

from __future__ import annotations

import asyncio
import json

from server.throttle import Throttle


class Inner:
    """An application that counts who came through."""

    def __init__(self):
        self.seen = 0

    async def __call__(self, scope, receive, send):
        self.seen += 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def ask(throttle, *, token=None, address="192.0.2.1", path="/svp/1/feed", scheme="Bearer"):
    sent = []

    async def send(message):
        sent.append(message)

    headers = [] if token is None else [(b"authorization", f"{scheme} {token}".encode())]
    scope = {"type": "http", "headers": headers, "client": (address, 1), "path": path}
    asyncio.run(throttle(scope, None, send))
    return sent


def test_a_device_over_its_count_is_told_to_wait_and_another_is_served():
    throttle = Throttle(inner := Inner(), device_per_minute=3)
    replies = [ask(throttle, token="a") for _ in range(5)]
    assert [reply[0]["status"] for reply in replies] == [200, 200, 200, 503, 503]
    assert dict(replies[-1][0]["headers"])[b"retry-after"] == b"2"
    assert json.loads(replies[-1][1]["body"])["type"] == "urn:svp:problem:busy"
    assert ask(throttle, token="b")[0]["status"] == 200
    assert inner.seen == 4


def test_guessing_tokens_is_counted_by_address():
    throttle = Throttle(Inner(), address_per_minute=3)
    assert [ask(throttle, token=str(n))[0]["status"] for n in range(4)] == [200, 200, 200, 503]
    assert ask(throttle, token="x", address="192.0.2.2")[0]["status"] == 200


def test_without_a_token_one_may_ask_little():
    throttle = Throttle(Inner(), stranger_per_minute=2)
    assert [ask(throttle)[0]["status"] for _ in range(3)] == [200, 200, 503]


def test_a_phone_is_counted_by_its_name_or_its_address_whatever_else_is_new_each_time():
    throttle = Throttle(inner := Inner(), device_per_minute=2, stranger_per_minute=1)
    digests = [f'username="phone1", nonce="{n}", response="{n}"' for n in range(3)]
    replies = [ask(throttle, token=one, scheme="Digest") for one in digests]
    assert [reply[0]["status"] for reply in replies] == [200, 200, 503]
    assert ask(throttle, token='username="phone2"', scheme="Digest")[0]["status"] == 200
    elsewhere = ask(throttle, token=digests[0], scheme="Digest", address="192.0.2.2")
    assert elsewhere[0]["status"] == 200
    keyed = [ask(throttle, path=f"/key/abc/{path}") for path in ("formList", "submission", "formList")]
    assert [reply[0]["status"] for reply in keyed] == [200, 200, 503]
    assert inner.seen == 6
