"""Connections that say nothing end; slow ones that say something, and those that wait for a reply, stay."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

import pytest
import uvicorn

from server.quiet_connections import QuietConnectionsEnd

SILENCE_S = 0.4
HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n"


async def slow_echo(scope, receive, send):
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
    if message["type"] == "http.disconnect":
        return
    await asyncio.sleep(3 * SILENCE_S)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture(scope="module")
def port():
    class Impatient(QuietConnectionsEnd):
        silence_s = SILENCE_S

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(slow_echo, http=Impatient, ws="none", lifespan="off", log_config=None)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(10)


@pytest.mark.parametrize(
    "said", [b"", HEAD[:20], HEAD + b"four"], ids=["nothing", "half a head", "half a body"]
)
def test_a_connection_on_which_nothing_more_comes_is_ended(port, said):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as quiet:
        quiet.sendall(said)
        assert quiet.recv(1) == b""


def test_a_slow_one_and_one_that_waits_for_its_reply_stay(port):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as slow:
        slow.sendall(HEAD)
        for _ in range(8):
            time.sleep(SILENCE_S / 4)
            slow.sendall(b"x")
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
