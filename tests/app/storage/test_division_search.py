"""The packed search against reading every division one by one."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.storage.division_index import load_index
from app.storage.division_search import Find, find_in
from app.storage.divisions import DivisionTable
from app.storage.pinyin import bundled_pinyin
from core.division_matching import rank_of_code, rank_of_name, read_wanted, short_name
from core.divisions import FILLERS, LEVELS, code_prefix, levels_of


@pytest.fixture(scope="module")
def folder(checkout):
    return checkout / "resources" / "divisions"


@pytest.fixture(scope="module")
def rows(folder):
    """(code, name) of all divisions."""
    table = DivisionTable(folder)
    texts = [table._read(file.name) for file in sorted(folder.glob("*.csv*"))]
    return [tuple(line.split(",")) for text in texts for line in text.split()]


@pytest.fixture(scope="module")
def index(folder):
    return load_index(folder)


@pytest.fixture(scope="module")
def some_rows(rows):
    """Two whole counties and, for each province, its prefectures and some villages."""
    chosen = random.Random(7).sample(rows, 6000)
    whole = [row for row in rows if row[0][:6] in {"330523", "522326"}]
    return sorted({*chosen, *whole})


def found_by_reading(rows, typed, *, near=""):
    """What every rule says of every row, without any index."""
    wanted, spell = read_wanted(typed), bundled_pinyin()
    found = []
    for code, name in rows:
        if name in FILLERS:
            continue
        rank = rank_of_code(wanted, code)
        if rank is None:
            spellings = spell.spellings(short_name(name)) if wanted.kind == "letters" else []
            rank = rank_of_name(wanted, name, spellings)
        if rank is not None:
            far = wanted.kind == "code" or not (near and code[:6] == near[:6])
            found.append(Find(rank, LEVELS.index(levels_of(code)[0]), far, code))
    return sorted(found)


def test_the_index_has_every_division_with_its_official_name(index, rows):
    assert [row[1] for row in rows if row[1] not in FILLERS]
    for code, name in random.Random(3).sample(rows, 20_000):
        row = index.row_of(code)
        assert (row is None) == (name in FILLERS)
        if row is not None:
            assert index.full_name(row) == name
            assert LEVELS[index.level(row)] == levels_of(code)[0]
    assert len(index.codes) == sum(name not in FILLERS for _, name in rows)


def test_every_province_is_found_by_its_name_pinyin_and_initials(index, rows):
    provinces = [(code, name) for code, name in rows if code.endswith("0000000000")]
    assert len(provinces) == 31
    for code, name in provinces:
        bare = name.removesuffix("省").removesuffix("市")
        for typed in (name, bare, bundled_pinyin().full(name), code[:2]):
            assert code in [find.code for find in find_in(index, typed)[:2]], (
                typed
            )  # 陕西 and 山西 sound alike
        assert code in [find.code for find in find_in(index, bundled_pinyin().initials(name))]


def test_villages_of_every_province_are_found_within_their_county(index, rows):
    chosen = random.Random(11).sample([row for row in rows if levels_of(row[0]) == ("village",)], 300)
    assert len({code[:2] for code, _ in chosen}) > 25
    for code, name in chosen:
        county = code[:6] + "000000"
        for typed in (name, short_name(name), short_name(name)[:2], bundled_pinyin().full(short_name(name))):
            if bundled_pinyin().full(typed).isascii():
                assert code in [one.code for one in find_in(index, typed, within=county, limit=500)], typed


PIECES = ["新", "村", "安吉", "余村", "东", "杭", "华", "鑫", "镇", "社区", "路", "一"]
SOUNDS = ["an", "ji", "x", "z", "cun", "zhang", "d", "shi", "hua", "xin"]
WORDS = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map("".join),
    st.lists(st.sampled_from(SOUNDS), min_size=1, max_size=3).map("".join),
    st.text(alphabet="0123456789", min_size=1, max_size=6),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("余村")
@example("新村")
@example("zx")
@example("330523")
@given(typed=WORDS)
def test_finds_in_a_county_are_those_of_reading_all_its_rows(index, some_rows, typed):
    for county in ("330523000000", "522326000000"):
        inside = [row for row in some_rows if row[0].startswith(code_prefix(county))]
        expected = found_by_reading(inside, typed, near=county)
        got = find_in(index, typed, within=county, near=county, limit=5000)
        assert [one for one in got if one.rank < 4] == expected


@pytest.mark.parametrize("typed", ["余村", "anjix", "zqx", "33052310"])
def test_finds_in_all_of_china_are_those_of_reading_everything(index, rows, typed):
    expected = found_by_reading(rows, typed, near="330523000000")[:50]
    got = find_in(index, typed, near="330523000000", limit=50)
    assert [one for one in got if one.rank < 4] == expected[: len(got)]
    assert len(got) >= len(expected)


@pytest.mark.parametrize(
    "typed",
    ["安吉余村", "安吉 余村", "浙江 安吉 余村", "安吉县余村", "anjiyucun", "anji yucun", "天荒坪余村"],
)
def test_a_county_and_a_village_typed_together_find_the_village(index, typed):
    assert find_in(index, typed)[0].code == "330523108204"
    assert index.full_name(index.row_of("330523108204")) == "余村村委会"


def test_the_county_one_works_in_comes_first_among_equals(index):
    far = find_in(index, "新村村", limit=5)
    near = find_in(index, "新村村", near="330523000000", limit=5)
    assert near[0].code.startswith("330523")
    assert not far[0].code.startswith("330523")


def test_cities_without_counties_are_found_once(index):
    for code, name in {
        "441900000000": "东莞市",
        "442000000000": "中山市",
        "460400000000": "儋州市",
        "350527000000": "金门县",
    }.items():
        assert [one.code for one in find_in(index, name)].count(code) == 1
        assert find_in(index, name)[0].code == code
    assert find_in(index, "东城", within="441900000000")[0].code == "441900003000"


def test_nothing_is_found_for_nothing(index):
    for typed in ("", "   ", "'", "鑫鑫鑫", "qqqqqqq", "999999", "1" * 40, "\x00", "😀"):
        assert find_in(index, typed) == []


def test_a_question_takes_milliseconds(index):
    """The figures are in benchmarks/division_search.py; here only that nobody reads everything."""
    find_in(index, "新村")
    begun = time.perf_counter()
    for typed in ("余村", "anji", "ajx", "330523", "鑫鑫鑫", "新", "x", "安吉余村"):
        find_in(index, typed, near="330523000000")
    assert time.perf_counter() - begun < 1
