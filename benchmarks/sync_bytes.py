"""Bytes on the wire when 100 records are synced, against the same operations compressed in one piece.

Counted at the socket on loopback, over a cold connection with TLS. Aim: at most 1.10 up (1.08 on a link of
its own). The records have 80 fields of invented Chinese text, codes and numbers, fixed seed.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from app.usecases.sync import sync_now
from app.workspace import Workspace
from benchmarks.result import Result, against_floor
from core.ids import new_uuid7
from core.protocol.codec import compress
from core.values import Value, decimal_value
from tests.builders import a_record, a_workspace
from tests.proxy import CountingLine
from tests.servers import a_server

RECORDS = 100
FIELDS = 80
_WORDS = (
    "东南西北上下前后大小新老山水河湖桥塘田林石沙坪坝湾冲岭坡园庄屯寨村组户房院厨厕井路灯墙瓦木砖土竹茶果粮油"
)


def run() -> Iterator[Result]:
    """Up: to send them. Down: for another machine to receive them. Idle: to learn that nothing is new."""
    with tempfile.TemporaryDirectory(prefix="cunjiang-bench-") as folder:
        place = Path(folder)
        with (
            a_server(place / "server") as server,
            CountingLine(server.port) as line,
            a_workspace(place / "a") as sender,
            a_workspace(place / "b") as receiver,
        ):
            for workspace in (sender, receiver):
                server.join(workspace, port=line.port)
                a_record(workspace)
            for workspace in (sender, receiver, sender):
                sync_now(workspace)
            payload = write_records(sender)
            up, _ = _counted(line, sender)
            yield against_floor("sync_up_100_records", up / 1000, payload / 1000, "kB", aim=1.10)
            _, down = _counted(line, receiver)
            yield against_floor("sync_down_100_records", down / 1000, payload / 1000, "kB", aim=1.15)
            idle = sum(_counted(line, receiver))
            yield against_floor("sync_idle", idle / 1000, (597 + 1277) / 1000, "kB", aim=2.0)


def _counted(line: CountingLine, workspace: Workspace) -> tuple[int, int]:
    up, down = line.up, line.down
    sync_now(workspace)
    return line.up - up, line.down - down


def write_records(workspace: Workspace, *, photos: int = 0) -> int:
    """Saves the records; returns how many bytes their operations are when compressed in one piece.

    `photos`: how many each names, with previews.
    """
    chance = random.Random(20261121)  # noqa: S311  the same records in every run
    form = workspace.forms.newest("small")
    assert form is not None
    before = workspace.operations.own().last_n
    for _ in range(RECORDS):
        record = new_uuid7(workspace.clock)
        with workspace.database.transaction():
            workspace.own_log.put(
                "put", record, form.digest, fields=_fields(chance) | _photos(chance, photos)
            )
    own = workspace.operations.own()
    return len(compress(b"\n".join(line.line for line in workspace.operations.log(own.id, after=before))))


def _fields(chance: random.Random) -> dict[str, Value]:
    return {f"/q{number:03}": _answer(chance, number) for number in range(FIELDS)}


def _photos(chance: random.Random, count: int) -> dict[str, Value]:
    return {f"/photos[{number}]/photo": _photo(chance) for number in range(count)}


def _photo(chance: random.Random) -> Value:
    return {
        "b": f"sha256:{chance.randbytes(32).hex()}",
        "n": chance.randrange(3_000_000, 8_000_000),
        "m": "image/jpeg",
        "pv": f"sha256:{chance.randbytes(32).hex()}",
        "pn": chance.randrange(60_000, 150_000),
    }


def _answer(chance: random.Random, number: int) -> Value:
    match number % 5:
        case 0:
            return chance.randrange(1000)
        case 1:
            return decimal_value(f"{chance.uniform(0, 500):.2f}")
        case 2:
            return chance.choice(["good", "fair", "poor"])
        case 3:
            return sorted({chance.choice("abcdef") for _ in range(3)})
        case _:
            return "".join(chance.choices(_WORDS, k=chance.randrange(2, 14)))
