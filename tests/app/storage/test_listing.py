from __future__ import annotations

import time
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.storage.listed import Listed, text_key
from app.storage.listing import TITLE, Listing, RecordFilter, RecordSort, place_prefixes
from app.storage.search_tokens import normalised
from app.usecases.records import list_records
from tests.builders import a_record, a_workspace

ROW = {"form_id": "small", "title": "", "state": "draft", "life": "alive", "conflicts": 0, "problems": 0}
SIGNS = "安吉县长兴镇村石桥夯土墙，。 、A1"
TEXTS = st.lists(st.text(alphabet=SIGNS, max_size=12), min_size=1, max_size=3)
WORDS = st.text(alphabet="安吉县长兴镇村石桥夯土墙", min_size=1, max_size=5)


def write(listing, number, *texts, spelled=(), keys=(), targets=(), **row):
    facts = {**ROW, "id": f"r{number}", "arrival": number, "photos": 0, "updated": "", **row}
    listed = Listed(dict(keys), tuple(texts), tuple(spelled), frozenset(targets))
    listing.write(facts, listed, form_title="示例表")


@pytest.fixture
def listing(workspace):
    return Listing(workspace.database)


def found(listing, text, **wanted):
    numbers = listing.page(RecordFilter(text=text, **wanted), RecordSort(), 0, -1)
    assert listing.count(RecordFilter(text=text, **wanted)) == len(numbers)
    by_title = listing.page(RecordFilter(text=text, **wanted), RecordSort(TITLE), 0, -1)
    assert sorted(by_title) == sorted(numbers)
    return sorted(numbers)


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    with a_workspace(tmp_path_factory.mktemp("oracle") / "ws") as workspace:
        yield workspace


@settings(max_examples=60, deadline=None)
@given(
    records=st.lists(TEXTS, min_size=1, max_size=8), queries=st.lists(st.lists(WORDS, min_size=1, max_size=2))
)
def test_chinese_words_are_found_exactly_where_they_stand(library, records, queries):
    listing = Listing(library.database)
    with library.database.transaction() as tables:
        for table in ("sorting", "search"):
            tables.execute(f"DELETE FROM {table}")
        for number, texts in enumerate(records, 1):
            write(listing, number, *texts)
    for words in queries:
        naive = [
            number
            for number, texts in enumerate(records, 1)
            if all(any(word in normalised(text) for text in texts) for word in words)
        ]
        assert found(listing, " ".join(words)) == naive


def test_a_page_that_somebody_pastes_is_looked_for_by_its_beginning(workspace):
    record = a_record(workspace, name="甲", remark="长" * 20_000)
    began = time.monotonic()
    assert [row.record_id for row in list_records(workspace, RecordFilter(text="长" * 20_000))] == [record]
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("typed", "hit"),
    [
        ("安吉", True),
        ("县", True),
        ("安县", False),
        ("鄣吴 安吉", True),
        ("鄣吴 长兴", False),
        ("5738", True),
        ("1385", True),
        ("13", True),
        ("576", False),
        ("S00", True),
        ("ｓ００１", True),
        ("HELLO", True),
        ("hel", True),
        ("llo", False),
        ("anji", True),
        ("ajx", True),
        ("jixian", True),
        ("ANJIX", True),
        ("zhangwu", False),
        ("，", True),
        ("3号楼", True),
        ("B13号", True),
        ("11号", False),
        ("号楼12", True),
        ("楼1", True),
        ("号楼2", False),
        ("东2026年", True),
        ("2026年", True),
        ("026年", True),
        ("2026月", False),
        ("安吉县鄣吴", False),
        ('" OR 1 *', False),
    ],
)
def test_what_people_type_finds(workspace, listing, typed, hit):
    with workspace.database.transaction():
        write(
            listing,
            7,
            "安吉县",
            "鄣吴镇",
            "13857385738",
            "S001 Hello",
            "B13号楼12，东2026年度，3号楼",
            spelled=["安吉县"],
        )
    assert found(listing, typed) == ([7] if hit else [])


def test_many_hits_and_few_are_found_alike_in_any_order_and_filter(workspace, listing):
    with workspace.database.transaction():
        for number in range(1, 1301):
            state = "final" if number % 2 else "draft"
            write(listing, number, "夯土墙", title=f"村{number}", state=state, form_id=f"f_{number % 3}")
        write(listing, 2000, "夯土墙", form_id="f", life="deleted")
    assert len(found(listing, "夯土")) == 1300
    assert found(listing, "夯土", state="final") == list(range(1, 1301, 2))
    assert found(listing, "夯土", form_id="f_1") == list(range(1, 1301, 3))
    assert found(listing, "夯土", form_id="f") == []
    assert found(listing, "夯土", deleted=True) == [2000]
    rising = listing.page(RecordFilter(text="夯土"), RecordSort(TITLE, descending=False), 0, 12)
    assert rising == list(range(1, 13)), "村9 stands before 村10"


def test_a_page_is_the_same_whether_its_hits_were_counted_or_not(workspace, listing):
    with workspace.database.transaction():
        for number in range(1, 1501):
            words = "石桥" if number % 9 == 0 else "夯土墙"
            state = "final" if number % 5 else "draft"
            write(listing, number, words, f"村 s{number}", title=f"村{number}", state=state, form_id="f")
    asked = product(["夯土", "s", "夯土 村", "夯土 石桥"], [None, "final"], [0, 700], [False, True])
    for text, state, offset, descending in asked:
        wanted, sort = RecordFilter(text=text, state=state), RecordSort(TITLE, descending=descending)
        uncounted = Listing(workspace.database).page(wanted, sort, offset, 40)
        listing.count(wanted)
        assert listing.page(wanted, sort, offset, 40) == uncounted
        assert len(uncounted) == (0 if "石桥" in text else 40)


def test_what_was_counted_before_others_came_or_went_changes_no_page(workspace, listing):
    wanted = RecordFilter(text="夯土", form_id="f")
    assert listing.count(wanted) == 0
    with workspace.database.transaction():
        for number in range(1, 1201):
            write(listing, number, "夯土墙", form_id="f")
    assert len(found(listing, "夯土", form_id="f")) == listing.count(wanted) == 1200
    with workspace.database.transaction():
        for number in range(3, 1201):
            write(listing, number, "石桥", form_id="f")
    assert found(listing, "夯土", form_id="f") == [1, 2]


def test_a_record_read_anew_is_found_by_its_new_words_alone(workspace, listing):
    with workspace.database.transaction():
        write(listing, 1, "石桥")
        write(listing, 1, "木桥")
    assert found(listing, "石桥") == []
    assert found(listing, "木桥") == [1]


def test_names_stand_in_the_order_of_their_letters_and_numbers_in_that_of_their_size():
    names = ["安吉", "余村", "北川", "村10", "村9", ""]
    assert sorted(names, key=text_key) == ["", "安吉", "北川", "村9", "村10", "余村"]


def test_a_record_lies_in_every_division_above_its_own():
    assert place_prefixes("330523103202") == ["33", "3305", "330523", "330523103", "330523103202"]
    assert place_prefixes("330523000000") == place_prefixes("330523") == ["33", "3305", "330523"]
