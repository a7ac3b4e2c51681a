"""How long the server takes to take in batches durably, against SQLite alone with the same rows.

Floor: the rows that the service wrote, inserted by a bare SQLite connection with the server's own tables and
pragmas, one commit a batch, one after the other. Ours: eight devices at once, 50 operations a batch.
"""

from __future__ import annotations

import logging
import random
import ssl
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import sqlcipher3
import structlog

from benchmarks.result import Result, against_floor
from core.protocol.codec import Batch, compress, decompress_page, pack_sync_request, unpack_sync_reply
from core.protocol.messages import SyncHeader
from server.database import Database
from server.sync_service import Server
from tests.server.logs import DeviceLog, a_device, a_token
from tests.servers import a_server, a_service

DEVICES = 8
BATCHES = 25
OPERATIONS = 50
_WORDS = "东南西北上下前后大小新老山水河湖桥塘田林石沙坪坝湾冲岭坡园庄屯寨村组户房院厨厕井路灯墙瓦木砖土竹"


@dataclass
class _Pushing:
    """A device with its signed batches; `have` is the mark of the last reply, as a real client sends it."""

    device: DeviceLog
    batches: list[tuple[Batch, str]]
    have: str | None = None

    @property
    def header(self) -> SyncHeader:
        return SyncHeader(replica=self.device.replica, have=self.have, want_bytes=1)


def run() -> Iterator[Result]:
    """Milliseconds a batch: in the process, then through TLS and HTTP to the server's own."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with tempfile.TemporaryDirectory(prefix="cunjiang-bench-") as folder:
        place = Path(folder)
        with a_service(place / "service") as server:
            through_service = _took_ms(
                [_Pushing(one := a_device(server), _batches(one)) for _ in range(DEVICES)], _push
            )
        floor = _sqlite_alone_ms(place / "service" / "server.db", place / "floor.db")
        yield against_floor("ingest_service", through_service, floor, "ms", aim=4)
        yield against_floor("ingest_over_https", _over_https_ms(place / "server"), floor, "ms", aim=8)


def _all_pushing(server: Server) -> list[_Pushing]:
    devices = [a_device(server) for _ in range(DEVICES)]
    return [_Pushing(device, _batches(device)) for device in devices]


def _batches(device: DeviceLog) -> list[tuple[Batch, str]]:
    chance = random.Random(device.replica)  # noqa: S311  invented answers
    for _ in range(BATCHES * OPERATIONS):
        words = {f"q{n:03}": "".join(chance.choices(_WORDS, k=chance.randrange(2, 14))) for n in range(8)}
        device.write(**words)
    starts = range(1, BATCHES * OPERATIONS, OPERATIONS)
    return [device.batch(first, first + OPERATIONS - 1) for first in starts]


def _took_ms(pushing: list[_Pushing], push: Callable[[_Pushing, Batch, str], str]) -> float:
    """All devices at once, each one batch after the other; milliseconds a batch."""
    ready = threading.Barrier(len(pushing) + 1)

    def all_of(one: _Pushing) -> None:
        ready.wait()
        for batch, signature in one.batches:
            one.have = push(one, batch, signature)

    with ThreadPoolExecutor(len(pushing)) as threads:
        running = [threads.submit(all_of, one) for one in pushing]
        ready.wait()
        begun = time.perf_counter()
        for each in running:
            each.result()
        return (time.perf_counter() - begun) * 1000 / (len(pushing) * BATCHES)


def _push(one: _Pushing, batch: Batch, signature: str) -> str:
    return one.device.endpoint.sync(one.header, batch, signature)[0].page.cursor


def _over_https_ms(data: Path) -> float:
    with a_server(data) as server, a_service(data) as opened:
        pushing = _all_pushing(opened)
        context = ssl.create_default_context(cafile=str(data / "keys" / "ca.pem"))
        url = f"https://127.0.0.1:{server.port}/svp/1/sync"
        clients: dict[str, Any] = {}
        for one in pushing:
            headers = {"Authorization": f"Bearer {a_token(opened, one.device)}"}
            clients[one.device.replica] = httpx2.Client(verify=context, trust_env=False, headers=headers)

        def post(one: _Pushing, batch: Batch, signature: str) -> str:
            body = compress(pack_sync_request(one.header, batch), quick=True)  # eight laptops on this machine
            reply = clients[one.device.replica].post(url, content=body, headers={"Signature": signature})
            raw = reply.raise_for_status().content
            return unpack_sync_reply(raw if raw[:1] == b"{" else decompress_page(raw))[0].page.cursor

        try:
            return _took_ms(pushing, post)
        finally:
            for client in clients.values():
                client.close()


def _sqlite_alone_ms(written: Path, file: Path) -> float:
    """The same rows in the same tables, one commit a batch of operations; milliseconds a batch."""
    Database(file).close()
    source = sqlcipher3.connect(str(written))
    rows = source.execute("SELECT * FROM op ORDER BY feed_seq").fetchall()
    source.close()
    connection = sqlcipher3.connect(str(file), isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    into = f"INSERT INTO op VALUES ({', '.join('?' * len(rows[0]))})"  # noqa: S608
    begun = time.perf_counter()
    for first in range(0, len(rows), OPERATIONS):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(into, rows[first : first + OPERATIONS])
        connection.execute("COMMIT")
    took = time.perf_counter() - begun
    connection.close()
    return took * 1000 / (len(rows) / OPERATIONS)
