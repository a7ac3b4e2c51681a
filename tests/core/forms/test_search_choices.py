"""Collect's `search()`: choices out of a CSV file, found as SQLite finds them on the phone."""

import sqlite3
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.forms.authoring.comparison import form_content, offered_choices
from core.forms.authoring.form_reading import read_sheets
from core.forms.sheets.form_sheets import form_sheets
from core.forms.workbook.reading import read_workbook
from core.forms.workbook.writing import write_xlsx
from core.forms.workbook.xlsform import compile_sheets
from core.forms.xform.reading import parse_xform
from core.forms.xform.search_choices import SearchCall, search_call
from tests.core.forms.making import session_of

FRUITS = """sortby,Key,name_zh,name_en,Group,photo
3,mango,芒果,Mango,tropical,mango.png
1,apple,苹果,Apple,cold,
2,pear,梨,Pear,Cold,pear.png
4,apple,山苹果,Crab apple,tropical,
"""
FILES = {"fruits.csv": FRUITS.encode()}


def form_with(
    appearance, *before, files=FILES, type_="select_one f", label="name_zh", languages=(), fixed=True
):
    labels = {f"label::{one}": label if one.startswith("中") else "name_en" for one in languages} or {
        "label": label
    }
    asked = {"type": type_, "name": "q", "label": "问", "appearance": appearance}
    choices = [
        {"list_name": "f", "name": "0", **dict.fromkeys(labels, "都不是")},
        {"list_name": "f", "name": "Key", **labels, "media::image": "photo"},
    ]
    survey, choices = [*before, asked], choices if fixed else choices[1:]
    sheets = {"survey": survey, "choices": choices, "settings": [{"form_id": "s", "version": "1"}]}
    return parse_xform(compile_sheets(sheets).xml, files)


def asked(name, type_="text"):
    return {"type": type_, "name": name, "label": name}


def offered(form, language="", **answers):
    session = session_of(form)
    for name, value in answers.items():
        session.set(f"/{name}", value)
    return [(one.value, one.label) for one in session.choices("/q", language)]


def test_all_rows_come_in_the_order_of_sortby_and_equal_values_once():
    assert offered(form_with("minimal search('fruits')")) == [
        ("0", "都不是"), ("apple", "苹果"), ("pear", "梨"), ("mango", "芒果"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ("search('fruits.csv', 'contains', 'name_en', ${a})", ["apple"]),
        ("search('fruits', 'startswith', 'name_en', ${a})", ["apple"]),
        ("search('fruits', 'endswith', 'Name_EN', ${a})", ["apple"]),
        ("search('fruits', 'matches', 'name_en', ${a})", ["apple"]),
        ("search('fruits', 'contains', 'key, name_en', ${b})", ["apple", "pear"]),
        ("search('fruits', 'contains', 'name_en', ${b}, 'group', 'cold')", ["apple", "pear"]),
        ("search('fruits', 'contains', '', '', 'group', ${c})", ["mango", "apple"]),
        ("search('fruits', 'contains', 'name_en', concat(${a}, ''), 'group', if(${a} = '', 'x', ${c}))", ["apple"]),
        ("search('fruits', 'matches', 'key', 'apple', 'group', ${c})", ["apple"]),
        ('search("fruits", "nonsense", "name_en", "ANG")', ["mango"]),
    ],
)  # fmt: skip
def test_rows_are_found_by_what_was_answered(call, found):
    form = form_with(call, asked("a"), asked("b"), asked("c"))
    assert [one for one, _ in offered(form, a="APPLE", b="p", c="Tropical")] == ["0", *found]


def test_of_rows_with_one_value_the_first_that_fits_gives_the_words():
    call = "search('fruits', 'contains', '', '', 'group', ${c})"
    assert offered(form_with(call, asked("c")), c="tropical")[2] == ("apple", "山苹果")


def test_labels_follow_the_language_show_several_columns_and_have_their_picture():
    form = form_with("search('fruits')", languages=("中文 (zh)", "English (en)"))
    assert offered(form, "en")[1] == ("apple", "Apple") and offered(form, "zh")[1] == ("apple", "苹果")
    several = form_with("search('fruits')", label="name_en, Group,key")
    assert offered(several)[2] == ("pear", "Pear (Group: Cold) (key: pear)")
    assert [one.media.image for one in session_of(several).choices("/q", "")][1:3] == ["", "pear.png"]


def test_a_choice_that_is_not_found_any_more_counts_as_empty_and_comes_back():
    form = form_with("search('fruits', 'matches', 'group', ${c})", asked("c"))
    session = session_of(form)
    session.set("/c", "cold")
    session.set("/q", "pear")
    assert (session.value("/q"), session.shown("/q", "")) == ("pear", "梨")
    session.set("/c", "tropical")
    assert session.value("/q") is None
    session.set("/c", "cold")
    assert session.value("/q") == "pear"


def test_in_a_row_the_answer_of_the_same_row_counts():
    survey = [
        {"type": "begin_repeat", "name": "r", "label": "r"},
        asked("c"),
        {"type": "select_multiple f", "name": "q", "label": "q", "appearance": "search('fruits','matches','group',${c})"},
        {"type": "end_repeat"},
    ]  # fmt: skip
    choices = [{"list_name": "f", "name": "Key", "label": "name_en"}]
    sheets = {"survey": survey, "choices": choices, "settings": [{"form_id": "s", "version": "1"}]}
    relative = compile_sheets(sheets).xml
    for xml in (relative, relative.replace(b" ../c ", b" /data/r/c ")):
        session = session_of(parse_xform(xml, FILES))
        first, second = session.rows("/r")[0], session.add_row("/r")
        session.set(f"{first}/c", "tropical")
        session.set(f"{second}/c", "cold")
        assert [one.value for one in session.choices(f"{first}/q", "")] == ["mango", "apple"]
        assert [one.value for one in session.choices(f"{second}/q", "")] == ["apple", "pear"]


@settings(deadline=None, max_examples=60)
@given(
    how=st.sampled_from(["contains", "startswith", "endswith", "matches"]),
    wanted=st.text("aAbB梨'", max_size=3).filter(lambda text: text.count("'") == 0),
    equals=st.text("aAb", max_size=2),
    rows=st.lists(st.tuples(*[st.text("aAbB梨", max_size=3)] * 2), max_size=6),
)
def test_rows_are_those_that_sqlite_finds(how, wanted, equals, rows):
    table = "key,one,two\n" + "".join(f"k{at},{one},{two}\n" for at, (one, two) in enumerate(rows))
    call = f"search('t', '{how}', 'one, two', '{wanted}', 'two', '{equals}')"
    form = form_with(call, files={"t.csv": table.encode()}, label="one")
    database = sqlite3.connect(":memory:")
    database.execute("create table t (k, one text collate nocase, two text collate nocase)")
    database.executemany("insert into t values (?, ?, ?)", [(f"k{at}", *row) for at, row in enumerate(rows)])
    like = {"contains": "%{}%", "startswith": "{}%", "endswith": "%{}", "matches": "{}"}[how].format(wanted)
    found = database.execute(
        "select k from t where (one like ? or two like ?) and two = ?", (like, like, equals)
    )
    assert [value for value, _ in offered(form)][1:] == [key for (key,) in found]


def test_calls_are_read_as_they_are_written():
    assert search_call("w1 search ( 'a,b' ) minimal") == SearchCall("a,b.csv")
    assert search_call("search('f', 'matches', 'a b', concat('x, (', ../y), \"c\", /d/e[1])") == SearchCall(
        "f.csv", "=", ("a", "b"), "concat('x, (', ../y)", "c", "/d/e[1]"
    )
    for wrong in ("search", "minimal", "search()", "search(${a})", "search('a', 'b')", "research('a')",
                  "search('a', 'matches', concat('b'), 'c')", "search('a'"):  # fmt: skip
        assert search_call(wrong) is None


@pytest.mark.parametrize("files", [{}, {"fruits.csv": b"\xff\xfe\x00"}])
def test_without_its_file_the_form_can_be_read_and_the_check_says_so(files):
    form = form_with("search('fruits')", files=files)
    assert [value for value, _ in offered(form)] == ["0", "Key"]
    (told,) = [one for one in read_sheets(form_sheets(form), files).findings if "search" in one.code]
    assert (told.code, told.severity, told.column) == ("form_appearance_search", "warning", "appearance")


def test_nothing_is_told_of_a_call_that_works_and_it_comes_back_from_the_sheets_made_of_it():
    form = form_with("minimal search('fruits', 'matches', 'group', ${c})", asked("c"))
    again = read_sheets(read_workbook(write_xlsx(form_sheets(form)), "xlsx"), FILES)
    assert {one.values["name"] for one in again.findings} == {"mango.png", "pear.png"}, "not the column photo"
    assert form_content(again.form) == form_content(form)
    assert offered(again.form, c="cold") == offered(form, c="cold")
    assert offered_choices(form, form.question("/q"), "")["pear"] == "梨"


def test_an_equality_over_many_rows_is_answered_by_an_index():
    rows = "".join(f"k{at},name {at},g{at % 500}\n" for at in range(20_000))
    call = "search('t', 'matches', 'group', ${c})"
    form = form_with(call, asked("c"), files={"t.csv": f"key,name_zh,group\n{rows}".encode()}, fixed=False)
    session = session_of(form)
    session.choices("/q", "")
    before = time.process_time()
    for group in range(50):
        session.set("/c", f"g{group}")
        assert len(session.choices("/q", "")) == 40
    assert time.process_time() - before < 1, "one by one it would take 20 s"
