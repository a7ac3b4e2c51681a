"""How long a save takes until it survives a power cut, against a bare SQLCipher commit on the same disk."""

from __future__ import annotations

import gc
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlcipher3

from app.bootstrap import install_bundled_forms
from app.usecases.records import create_record, save_record
from app.workspace import Workspace, open_workspace
from benchmarks.result import Result, against_floor, percentile

SAVES = 200
FORM = "village_profile"
QUESTION = "/village_name"
FLOOR_BYTES = 400
"""About what the operation of one changed answer takes."""


def run() -> Iterator[Result]:
    """The middle save and the slowest of a hundred; ours and bare ones alternate."""
    with (
        tempfile.TemporaryDirectory(prefix="cunjiang-bench-") as folder,
        open_workspace(Path(folder) / "workspace") as workspace,
    ):
        install_bundled_forms(workspace)
        save = _our_save(workspace)
        commit = _bare_commit(Path(folder) / "bare.db")
        save()
        gc.freeze()  # as the window does once it stands
        pairs = [(_took_ms(save), _took_ms(commit)) for _ in range(SAVES)]
    ours, bare = ([pair[side] for pair in pairs] for side in (0, 1))
    for percent, aim in ((50, 15.0), (99, 15.0)):
        value, floor = percentile(ours, percent), percentile(bare, percent)
        yield against_floor(f"durable_save_p{percent}", value, floor, "ms", aim=aim)


def _our_save(workspace: Workspace) -> Callable[[], object]:
    record_id = create_record(workspace, FORM)
    return lambda: save_record(workspace, record_id, {QUESTION: secrets.token_hex(8)})


def _bare_commit(file: Path) -> Callable[[], object]:
    """One row in one commit, with the key and the pragmas of our own database."""
    connection = sqlcipher3.connect(str(file), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{secrets.token_hex(32)}'\"")
    connection.execute("PRAGMA cipher_memory_security = OFF")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 200")
    connection.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, content BLOB)")
    return lambda: connection.execute(
        "INSERT INTO line (content) VALUES (?)", (secrets.token_bytes(FLOOR_BYTES),)
    )


def _took_ms(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000
