from __future__ import annotations

import hashlib
import threading
import tomllib
from collections import Counter

import pytest

from app.storage.divisions import DivisionTable
from core.divisions import is_code, level_of, parent_of


@pytest.fixture(scope="module")
def folder(checkout):
    return checkout / "resources" / "divisions"


@pytest.fixture
def table(folder):
    return DivisionTable(folder)


def test_a_cascade_leads_from_the_provinces_to_a_village(table):
    assert ("330000000000", "浙江省") in table.children("")
    assert ("330500000000", "湖州市") in table.children("330000000000")
    assert ("330523000000", "安吉县") in table.children("330500000000")
    assert ("330523104000", "杭垓镇") in table.children("330523000000")
    assert ("330523104203", "桐杭村委会") in table.children("330523104000")
    assert table.children("330523104203") == []


@pytest.mark.parametrize(
    ("code", "name", "township"),
    [
        ("441900000000", "东莞市", "441900003000"),
        ("442000000000", "中山市", "442000001000"),
        ("460400000000", "儋州市", "460400100000"),
    ],
)
def test_a_city_without_counties_is_its_own_county_and_leads_to_its_townships(table, code, name, township):
    province_rows = table.items_where("divisions", "parent", f"{code[:2]}0000000000")
    assert {
        "name": code,
        "label": name,
        "parent": f"{code[:2]}0000000000",
        "level": "prefecture",
    } in province_rows
    below = table.items_where("divisions", "parent", code)
    assert [row["name"] for row in below if row["level"] == "county"] == [code]
    assert township in [row["name"] for row in below if row["level"] == "township"]


def test_a_county_without_townships_is_its_own_township_and_village(table):
    rows = table.items_where("divisions", "parent", "350527000000")
    assert [(row["name"], row["level"]) for row in rows] == [
        ("350527000000", "township"),
        ("350527000000", "village"),
    ]


def test_unknown_and_broken_codes_have_no_name_and_no_children(table):
    for code in ("999999999999", "710000000000", "330523104999", "", "0", "33", "浙江"):
        assert table.name(code) is None
    assert table.children("999900000000") == table.children("浙江") == []
    assert table.items_where("villages", "parent", "") == []
    assert table.item("divisions", "330523104999") is None


def test_forms_may_begin_with_an_empty_answer_or_a_zero(table):
    first = [row["name"] for row in table.items_where("divisions", "parent", "")]
    assert len(first) == 31
    assert [row["name"] for row in table.items_where("divisions", "parent", "0")] == first


def test_threads_may_ask_at_once(table):
    asked = [f"{digits}0000000000" for digits in ("11", "33", "37", "44", "51", "65")] * 3
    found: dict[int, int] = {}

    def count(number: int, province: str) -> None:
        prefectures = table.children(province)
        counties = [county for code, _ in prefectures for county, _ in table.children(code)]
        found[number] = sum(len(table.children(county)) for county in counties[:20])

    threads = [threading.Thread(target=count, args=(n, province)) for n, province in enumerate(asked)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(asked)
    assert found[0] == found[6] == found[12] > 0


def test_the_files_are_those_of_the_source_list_and_hold_every_code_once(folder, table):
    source = tomllib.loads((folder / "SOURCE.toml").read_text(encoding="utf-8"))
    files = {file.name for file in folder.iterdir()} - {"SOURCE.toml", "search.xz"}
    assert set(source["sha256"]) == files
    for name, digest in source["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert sum(file.stat().st_size for file in folder.iterdir()) < 10_000_000

    texts = [table._read(name) for name in sorted(files) if ".csv" in name]
    rows = [line.split(",") for text in texts for line in text.split()]
    codes = {code for code, _ in rows}
    assert len(rows) == len(codes) == source["codes"] == 665_271
    assert all(is_code(code) and (parent_of(code) in codes or parent_of(code) == "") for code in codes)
    shared = Counter({"county": 3, "village": 1})
    assert Counter(level_of(code) for code in codes) == Counter(
        province=source["provinces"],
        prefecture=source["prefectures"] - shared["county"],
        county=source["counties"] - shared["village"],
        township=source["townships"] - shared["village"],
        village=source["villages"],
    )
    characters = (folder / "characters.txt").read_text(encoding="utf-8").replace("\n", "")
    assert set(characters) == {character for _, name in rows for character in name}
