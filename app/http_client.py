"""The HTTP client of the two rooms that speak to servers, as slow and broken lines need it."""

from __future__ import annotations

import socket
import ssl
from typing import Final

import httpx2

_CONNECT_S: Final = 15.0


def make_client(
    trusted: ssl.SSLContext,
    headers: dict[str, str],
    *,
    stall_s: float,
    answer_s: float,
    send_buffer_bytes: int,
) -> httpx2.Client:
    """A client that asks no proxy of the surroundings and follows no redirect by itself.

    `stall_s` without a byte sent, or `answer_s` without one received, end a request. A large send buffer
    would hide the queue of a slow link from them.
    """
    return httpx2.Client(
        transport=httpx2.HTTPTransport(
            verify=trusted,
            trust_env=False,
            socket_options=[(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer_bytes)],
        ),
        timeout=httpx2.Timeout(stall_s, connect=_CONNECT_S, read=answer_s),
        headers={"User-Agent": "cunjiang", "Accept": "*/*", **headers},
        trust_env=False,
        follow_redirects=False,
    )
