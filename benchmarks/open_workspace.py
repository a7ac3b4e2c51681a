"""How long until 10,000 records can be worked with: opening the workspace and reading the first list page.

The floors are bare SQLCipher on the same file: opening it and reading the page, searching by one LIKE.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import sqlcipher3

from app.bootstrap import install_bundled_forms
from app.storage.records import RecordFilter
from app.usecases.records import list_records
from app.workspace import Workspace, open_workspace
from benchmarks.result import Result, against_floor, percentile
from core.ids import new_uuid7

RECORDS = 10_000
ROUNDS = 15
PAGE = RecordFilter(limit=100)
SEARCH = RecordFilter(text="村9999", limit=100)
PAGE_SQL = "SELECT * FROM rec WHERE life = 'alive' ORDER BY arrival DESC LIMIT 100"
SEARCH_SQL = "SELECT * FROM rec WHERE words LIKE '%村9999%' LIMIT 100"
FORM = "cluster_application"


def run() -> Iterator[Result]:
    """The middle of fifteen openings, then of fifteen searches; ours and bare ones alternate."""
    with tempfile.TemporaryDirectory(prefix="cunjiang-bench-") as folder:
        place = Path(folder) / "workspace"
        with open_workspace(place) as workspace:
            install_bundled_forms(workspace)
            _fill(workspace)
        pairs = [(_open_ms(place), _bare_ms(place, PAGE_SQL)) for _ in range(ROUNDS)]
        yield _against("open_10000_records", pairs, aim=10.0)
        with open_workspace(place) as workspace:
            pairs = [(_search_ms(workspace), _bare_ms(place, SEARCH_SQL)) for _ in range(ROUNDS)]
        yield _against("search_10000_records", pairs, aim=5.0)


def _against(name: str, pairs: list[tuple[float, float]], *, aim: float) -> Result:
    ours, bare = (percentile([pair[side] for pair in pairs], 50) for side in (0, 1))
    return against_floor(name, ours, bare, "ms", aim=aim)


def _fill(workspace: Workspace) -> None:
    """Ten thousand saved records in few transactions; saving them one by one is another benchmark."""
    form = workspace.forms.newest(FORM)
    if form is None:
        raise LookupError(FORM)
    name = next(question.path for question in form.questions() if question.asked)
    for start in range(0, RECORDS, 1000):
        with workspace.database.transaction():
            workspace.operations.tell_who(workspace.person)
            records = [new_uuid7(workspace.clock) for _ in range(1000)]
            for number, record in enumerate(records, start):
                fields = {name: f"示例村{number}", "/@state": "draft"}
                workspace.operations.put("put", record, form.digest, fields=fields)
            workspace.records.refresh(records)


def _open_ms(place: Path) -> float:
    begun = time.perf_counter()
    with open_workspace(place) as workspace:
        rows = list_records(workspace, PAGE)
        took = (time.perf_counter() - begun) * 1000
    if len(rows) != PAGE.limit:
        raise AssertionError("the list is not the one that was filled in")
    return took


def _search_ms(workspace: Workspace) -> float:
    begun = time.perf_counter()
    rows = list_records(workspace, SEARCH)
    if len(rows) != 1:
        raise AssertionError("exactly one record has this name")
    return (time.perf_counter() - begun) * 1000


def _bare_ms(place: Path, query: str) -> float:
    key = (place / "key").read_text("ascii").strip()
    begun = time.perf_counter()
    connection = sqlcipher3.connect(str(place / "survey.db"))
    connection.execute(f"PRAGMA key = \"x'{key}'\"")
    connection.execute("PRAGMA cipher_memory_security = OFF")
    connection.execute(query).fetchall()
    took = (time.perf_counter() - begun) * 1000
    connection.close()
    return took
