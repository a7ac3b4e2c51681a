"""How long until 100,000 records with 300,000 photos can be worked with: opened, searched, paged through.

Floors: opening by bare SQLCipher and reading the page; the search index alone, asked for the first page;
paging by a plain `ORDER BY title`, as it would be without an index for lists.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.storage import engine
from app.storage.search_tokens import match_of
from app.usecases.records import RecordFilter, RecordSort, count_records, page_records
from app.workspace import Workspace, open_workspace
from benchmarks.big import big_workspace
from benchmarks.result import Result, against_floor, percentile

if TYPE_CHECKING:
    from sqlite3 import Connection

ROUNDS = 15
PAGE = 100
PAGE_SQL = "SELECT * FROM rec WHERE life = 'alive' ORDER BY arrival DESC LIMIT 100"
SEARCH_SQL = "SELECT rowid FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT 100"
DEEP_SQL = "SELECT * FROM rec WHERE life = 'alive' ORDER BY title LIMIT 100 OFFSET ?"
WORDS = [
    "示例",
    "村",
    "石桥",
    "夯土",
    "小青瓦",
    "瓦屋面",
    "点位3",
    "石桥村1",
    "1234",
    "139",
    "s",
    "shil",
    "shiqiao",
    "330523103202",
    "安吉",
    "安吉县",
    "没有的",
    "户",
    "石桥,夯土",
    "点位,墙,东山",
]
"""Two signs and one, sentences, parts of numbers, letters; words that every record has and that none has."""
FILTERS = (
    RecordFilter(),
    RecordFilter(form_id="point"),
    RecordFilter(state="final"),
    RecordFilter(place="330523103000"),
)
SORTS = [
    RecordSort(field, descending=falling)
    for field in ("@changed", "@title", "@form", "@photos", "@state", "@updated")
    for falling in (False, True)
]
DEPTHS = (0, 1_000, 25_000, 50_000, 75_000, 98_800)


def run() -> Iterator[Result]:
    """The middle of fifteen openings; the 95th percentiles of searches and of pages, each read twice."""
    place = big_workspace()
    key = bytes.fromhex((place / "key").read_text("ascii").strip())
    pairs = [(_ms(lambda: _open(place)), _ms(lambda: _bare_open(place, key))) for _ in range(ROUNDS)]
    ours, bare = (percentile(column, 50) for column in zip(*pairs, strict=True))
    yield against_floor("open_100000_records", ours, bare, "ms", aim=10.0)
    with open_workspace(place) as workspace:
        bare_file = engine.connect(place / "survey.db", key, read_only=True)
        yield _p95("search_100000_records_p95", _searches(workspace, bare_file), aim=10.0)
        yield _p95("list_100000_records_p95", _pages(workspace, bare_file), aim=0.5)
        bare_file.close()


def _p95(name: str, pairs: list[tuple[float, float]], *, aim: float) -> Result:
    ours, bare = (percentile([pair[side] for pair in pairs], 95) for side in (0, 1))
    return against_floor(name, ours, bare, "ms", aim=aim)


def _searches(workspace: Workspace, bare: Connection) -> list[tuple[float, float]]:
    """What the window asks for every search: the first page and how many there are."""
    pairs = []
    for words in WORDS * 2:
        text = words.replace(",", " ")
        for filter_ in FILTERS:
            for sort in (SORTS[1], SORTS[2]):
                wanted = RecordFilter(filter_.form_id, text, filter_.state, place=filter_.place)
                pairs.append(
                    (
                        _ms(lambda: _search(workspace, wanted, sort)),  # noqa: B023  run at once
                        _ms(lambda: bare.execute(SEARCH_SQL, [match_of(text)]).fetchall()),  # noqa: B023
                    )
                )
    return pairs


def _pages(workspace: Workspace, bare: Connection) -> list[tuple[float, float]]:
    return [
        (
            _ms(lambda: page_records(workspace, sort=sort, offset=depth, limit=PAGE)),  # noqa: B023
            _ms(lambda: bare.execute(DEEP_SQL, [depth]).fetchall()),  # noqa: B023  run at once
        )
        for sort in SORTS * 2
        for depth in DEPTHS
    ]


def _search(workspace: Workspace, wanted: RecordFilter, sort: RecordSort) -> None:
    with workspace.database.read():
        count_records(workspace, wanted)
        page_records(workspace, wanted, sort, limit=PAGE)


def _open(place: Path) -> None:
    with open_workspace(place) as workspace:
        if len(page_records(workspace, limit=PAGE)) != PAGE:
            raise AssertionError("the list is not the one that was built")


def _bare_open(place: Path, key: bytes) -> None:
    connection = engine.connect(place / "survey.db", key)
    connection.execute(PAGE_SQL).fetchall()
    connection.close()


def _ms(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000
