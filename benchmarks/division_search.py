"""How long finding a division takes, against SQLite reading the same rows; and how long a cascade's step."""

from __future__ import annotations

import lzma
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from app.storage.division_index import INDEX_FILE, DivisionIndex, load_index
from app.storage.division_search import find_in
from app.storage.divisions import DivisionTable
from app.storage.pinyin import bundled_pinyin
from benchmarks.result import Result, against_floor, percentile
from core.division_matching import short_name

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "divisions"
QUESTIONS = 400
LIKE_QUESTIONS = 20
STEPS = 200
P95_AIM_MS = 10.0
COMMON = ("新村", "东风", "中山", "新", "村", "社区", "xin", "x", "zh", "3", "村委会")
NOTHING = ("鑫鑫鑫", "qqqqqq", "999999", "没有这个地方的")


def run() -> Iterator[Result]:
    """Milliseconds: p95 of a search beside one LIKE; loading and a cascade's step beside unpacking."""
    begun = time.perf_counter()
    index = load_index(FOLDER)
    loaded_ms = (time.perf_counter() - begun) * 1000
    questions = _questions(index)
    near = "330523000000"
    find_in(index, questions[0], near=near)  # what the first search alone pays for
    found = [_ms(partial(find_in, index, typed, near=near, limit=30)) for typed in questions]
    like = _like(index)
    plain = [_ms(partial(like, typed)) for typed in questions[:LIKE_QUESTIONS]]
    p95 = percentile(found, 95)
    yield Result("division_search_p95", p95, "ms", P95_AIM_MS, p95 / P95_AIM_MS, 1.0, met=p95 < P95_AIM_MS)
    yield against_floor("division_search_beside_like", p95, percentile(plain, 50), "ms", aim=0.5)
    bare = _ms(lambda: lzma.decompress((FOLDER / INDEX_FILE).read_bytes()))
    yield against_floor("division_index_load", loaded_ms, bare, "ms", aim=4.0)
    unpacked = _ms(lambda: DivisionTable(FOLDER).children("330523000000"))
    yield against_floor("division_cascade_step", _step_ms(index), unpacked, "ms", aim=0.2)


def _questions(index: DivisionIndex) -> list[str]:
    """What people type: names whole and begun, pinyin, initials, codes, addresses, common words, nonsense."""
    choose, spell = random.Random(5), bundled_pinyin()  # noqa: S311  the same questions in every run
    asked: list[str] = []
    while len(asked) < QUESTIONS:
        row = choose.randrange(len(index.codes)) if choose.random() < 0.7 else choose.randrange(3600)
        name, code = short_name(index.full_name(row)), str(index.codes[row])
        county = index.row_of(f"{code[:6]}000000")
        kinds = (
            name,
            name[:2],
            name[:3],
            spell.full(name),
            spell.full(name)[:5],
            spell.initials(name),
            code[: choose.choice((2, 6, 9, 12))],
            f"{index.full_name(county)}{name}" if county is not None else name,
        )
        asked.append(choose.choice(kinds))
    asked[:: QUESTIONS // 40] = [choose.choice(COMMON + NOTHING) for _ in asked[:: QUESTIONS // 40]]
    return asked


def _like(index: DivisionIndex) -> Callable[[str], object]:
    """One LIKE over a table of the same rows, in memory, the best fifty by level."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE division (code TEXT, level INT, name TEXT, spelled TEXT)")
    spell = bundled_pinyin()
    rows = (
        (str(index.codes[row]), index.level(row), index.full_name(row), spell.full(index.full_name(row)))
        for row in range(len(index.codes))
    )
    database.executemany("INSERT INTO division VALUES (?, ?, ?, ?)", rows)
    question = "SELECT * FROM division WHERE name LIKE ?1 OR spelled LIKE ?1 ORDER BY level, code LIMIT 50"
    return lambda typed: database.execute(question, [f"%{typed}%"]).fetchall()


def _step_ms(index: DivisionIndex) -> float:
    """p95 of opening one level of a cascade in a province that was used before."""
    table, choose = DivisionTable(FOLDER), random.Random(9)  # noqa: S311
    inside = [row for rows in index.rows_within("33") for row in rows]
    codes = [str(index.codes[choose.choice(inside)]) for _ in range(STEPS)]
    table.children("330523000000")
    return percentile([_ms(partial(table.items_where, "divisions", "parent", code)) for code in codes], 95)


def _ms(work: Callable[[], object]) -> float:
    """The best of three: what else the machine does meanwhile is not what is measured."""
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        work()
        took.append((time.perf_counter() - begun) * 1000)
    return min(took)
