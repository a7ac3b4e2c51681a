from __future__ import annotations

import pytest

from core.forms.budget import MOST_ROWS
from core.forms.model.choices import Choice
from core.ids import row_uuid
from tests.core.forms.making import RECORD, PlaceList, form_of, session_of

HOUSE = form_of(
    """type | name | label::中文 (zh) | label::English (en) | relevant | calculation | constraint | constraint_message::中文 (zh) | constraint_message::English (en) | required | required_message::中文 (zh) | required_message::English (en) | default | trigger | readonly |
    text | name | 姓名 | Name | | | | | | yes | 请填姓名 | Name is needed | | | |
    integer | people | 人口 | People | | | . > 0 and . < 30 | 人口应在 1 到 29 之间 | Between 1 and 29 | | | | 4 | | |
    decimal | area | ${name}家的面积 | Area of ${name} | | | | | | | | | | | |
    date | seen | 日期 | Date | | | . <= today() | 不能晚于今天 | Not in the future | | | | today() | | |
    begin_group | old | 老房 | Old house | ${people} > 3 | | | | | | | | | | |
    text | era | 年代 | Era | | | | | | yes | | | | | |
    end_group | | | | | | | | | | | | | | |
    calculate | share | | | | if(${people} > 0, round(${area} div ${people}, 1), '') | | | | | | | | | |
    calculate | code | | | | once(uuid()) | | | | | | | | | |
    text | greeting | 问候 | Greeting | | concat('你好', ${name}) | | | | | | | | ${name} | |
    text | fixed | 固定 | Fixed | | | | | | | | | 不变 | | yes |
    note | said | 共 ${share} | Altogether ${share} | | | | | | | | | | | |""",
    settings="form_id | version | instance_name | default_language |\nhouse | 1 | concat(${name}, '-', ${people}) | 中文 (zh) |",
)

ROWS = form_of(
    """type | name | label | calculation | repeat_count | constraint |
    integer | wanted | 几间 | | | |
    begin_repeat | member | 成员 | | | |
    text | who | 谁 | | | |
    integer | age | 年龄 | | | . < 150 |
    calculate | place | | position(..) | | |
    calculate | running | | if(position(..) > 1, indexed-repeat(${running}, ${member}, position(..) - 1), 0) + coalesce(${age}, 0) | | |
    begin_repeat | job | 工作 | | | |
    text | title | 名称 | | | |
    end_repeat | | | | | |
    end_repeat | | | | | |
    begin_repeat | room | 房间 | | ${wanted} | |
    text | use | 用途 | | | |
    end_repeat | | | | | |
    calculate | total | | sum(${age}) | | |
    calculate | rows | | count(${member}) | | |"""
)

PLACES = form_of(
    """type | name | label | choice_filter | calculation | trigger | repeat_count |
    select_one_from_file divisions.csv | province | 省 | parent = '' | | | |
    select_one_from_file divisions.csv | city | 市 | parent = ${province} | | | |
    text | city_name | 市名 | | jr:choice-name(${city}, '${city}') | ${city} | |
    select_multiple colour | colours | 颜色 | warm = ${warm} or ${warm} = '' | | | |
    text | warm | 暖 | | | | |
    select_one colour | plain | 素 | | | | |""",
    choices="list_name | name | label::中文 (zh) | label::English (en) | warm |\ncolour | red | 红 | Red | 1 |\ncolour | blue | 蓝 | Blue | 0 |\ncolour | amber | 琥珀 | Amber | 1 |",
    settings="form_id | version | default_language |\nplaces | 1 | 中文 (zh) |",
)


def test_a_new_record_gets_its_defaults_and_an_opened_one_does_not():
    session = session_of(HOUSE)
    assert session.value("/people") == 4
    assert session.value("/seen") == "2026-11-21"
    assert session.changed_since_open().keys() >= {"/people", "/seen", "/code", "/fixed"}
    opened = session_of(HOUSE, {"/name": "示例"})
    assert opened.value("/people") is None and opened.value("/seen") is None


def test_what_fires_once_is_stored_and_stays():
    session = session_of(HOUSE)
    code = session.value("/code")
    session.set("/name", "示例")
    again = session_of(HOUSE, session.answers())
    assert again.value("/code") == code
    assert again.changed_since_open() == {}


def test_ordinary_calculations_are_never_stored():
    session = session_of(HOUSE)
    session.set("/area", "90.5")
    assert session.calculated() == {"/share": "22.6"}
    assert "/share" not in session.answers()
    with pytest.raises(ValueError):
        session.set("/share", "1")


def test_an_irrelevant_answer_is_kept_but_left_out_and_comes_back():
    session = session_of(HOUSE)
    session.set("/era", "清代")
    session.set("/people", 2)
    assert not session.relevant("/era") and not session.relevant("/old")
    assert session.answers()["/era"] == "清代"
    session.set("/people", 5)
    assert session.relevant("/era") and session.value("/era") == "清代"


def test_all_problems_come_at_once_in_the_order_of_the_form():
    session = session_of(HOUSE)
    session.set("/people", 40)
    session.set("/seen", "2026-11-22")
    session.set("/area", "about ninety")
    assert [(problem.path, problem.code) for problem in session.problems()] == [
        ("/name", "required"), ("/people", "constraint"), ("/area", "type"), ("/seen", "constraint"),
        ("/era", "required"),
    ]  # fmt: skip
    assert session.problem("/people").values["message"] == {
        "zh": "人口应在 1 到 29 之间",
        "en": "Between 1 and 29",
    }
    assert session.problem("/name").values["message"]["zh"] == "请填姓名"


def test_an_answer_of_the_wrong_type_is_a_problem_and_is_not_stored():
    session = session_of(HOUSE)
    session.set("/people", "many")
    assert session.value("/people") is None
    assert session.answers()["/people"] is None
    assert session.problem("/people").values == {"entered": "many", "kind": "int"}
    session.set("/people", "１２")
    assert session.problem("/people") is None and session.value("/people") == 12


def test_a_stored_answer_of_another_type_is_kept_as_it_is():
    session = session_of(HOUSE, {"/people": "几个", "/gone/long": "旧"})
    assert session.problem("/people").code == "type"
    assert session.answers() | {"/code": ""} == {"/people": "几个", "/gone/long": "旧", "/code": ""}


def test_labels_show_answers_in_each_language():
    session = session_of(HOUSE)
    session.set("/name", "示例户")
    assert session.label("/area", "zh") == "示例户家的面积"
    assert session.label("/area", "en") == "Area of 示例户"
    assert HOUSE.question("/area").label("en") == "Area of"


def test_a_trigger_fills_in_once_and_the_person_may_change_it():
    session = session_of(HOUSE)
    session.set("/name", "甲")
    assert session.value("/greeting") == "你好甲"
    session.set("/greeting", "早")
    session.set("/people", 6)
    assert session.value("/greeting") == "早"
    session.set("/name", "乙")
    assert session.value("/greeting") == "你好乙"


def test_readonly_is_what_the_form_says_and_what_is_calculated():
    session = session_of(HOUSE)
    assert session.readonly("/share") and session.readonly("/said") and not session.readonly("/name")
    assert session.required("/name") and not session.required("/people")


def test_without_a_title_the_first_words_that_are_not_personal_are_the_heading():
    form = form_of(
        """type | name | label | bind::cj:personal |
        begin_repeat | room | 间 | |
        text | use | 用途 | |
        end_repeat | | | |
        integer | rooms | 间数 | |
        begin_group | who | 户主 | |
        text | phone | 电话 | sensitive |
        select_one kind | kind | 类型 | |
        text | place | 地点 | |
        end_group | | | |""",
        choices="list_name | name | label |\nkind | inn | 民宿 |",
        settings='form_id | version | namespaces |\nx | 1 | cj="urn:cunjiang:forms" |',
    )
    session = session_of(form)
    assert session.heading("zh") == ""
    assert [question.path for question in form.list_columns] == ["/rooms", "/place"]  # besides the heading
    session.set(f"{session.rows('/room')[0]}/use", "厨房")
    for path, value in (("/rooms", 3), ("/phone", "0571"), ("/place", " 溪边\n老屋 ")):
        session.set(path, value)
    assert session.heading("zh") == "溪边 老屋"
    session.set("/kind", "inn")
    assert (session.heading("zh"), session.title("zh")) == ("民宿", "")


def test_the_title_is_the_instance_name():
    session = session_of(HOUSE)
    session.set("/name", "示例")
    assert session.title("zh") == "示例-4"


def test_clearing_is_stored_as_null_and_never_answering_is_absent():
    session = session_of(HOUSE, {"/era": "清代", "/code": "c"})
    session.set("/era", "")
    session.set("/area", "")
    assert session.changed_since_open() == {"/era": None}


def test_the_page_walks_groups_and_questions_in_order():
    views = [(view.kind, view.path) for view in session_of(HOUSE).children()]
    assert views[:5] == [
        ("question", "/name"), ("question", "/people"), ("question", "/area"), ("question", "/seen"),
        ("group", "/old"),
    ]  # fmt: skip
    assert ("question", "/share") not in views and ("group", "/meta") not in views


def test_the_first_row_has_the_same_id_on_every_machine():
    one, other = session_of(ROWS), session_of(ROWS)
    assert one.rows("/member") == other.rows("/member") == [f"/member[{row_uuid(RECORD, '/member', 1)}]"]


def test_rows_are_added_removed_and_restored_in_their_order():
    session = session_of(ROWS)
    first = session.rows("/member")[0]
    second, third = session.add_row("/member"), session.add_row("/member")
    for row, age in ((first, 10), (second, 20), (third, 30)):
        session.set(f"{row}/age", age)
    assert [session.value(f"{row}/running") for row in session.rows("/member")] == ["10", "30", "60"]
    session.remove_row(second)
    assert session.rows("/member") == [first, third]
    assert (session.value("/total"), session.value("/rows"), session.value(f"{third}/place")) == (
        "40",
        "2",
        "2",
    )
    assert session.value(f"{third}/running") == "40"
    assert session.answers()[f"{second}/age"] == 20 and session.answers()[f"{second}/@life"] == "deleted"
    with pytest.raises(KeyError):
        session.value(f"{second}/age")


def test_rows_in_rows_have_their_own_paths():
    session = session_of(ROWS)
    member = session.rows("/member")[0]
    job = session.add_row(f"{member}/job")
    session.set(f"{job}/title", "篾匠")
    again = session_of(ROWS, session.answers())
    assert again.rows(f"{member}/job") == session.rows(f"{member}/job")
    assert again.value(f"{job}/title") == "篾匠"
    assert [view.kind for view in again.children(f"{member}/job")] == ["row", "row"]
    assert again.children(member)[-1].path == f"{member}/job"


def test_a_count_makes_rows_and_keeps_what_lies_beyond_it():
    session = session_of(ROWS)
    assert session.rows("/room") == []
    session.set("/wanted", 3)
    rooms = session.rows("/room")
    assert rooms == [f"/room[{row_uuid(RECORD, '/room', place)}]" for place in (1, 2, 3)]
    session.set(f"{rooms[2]}/use", "库房")
    session.set("/wanted", 2)
    assert session.rows("/room") == rooms[:2] and not session.relevant(f"{rooms[2]}/use")
    session.set("/wanted", 3)
    assert session.value(f"{rooms[2]}/use") == "库房"
    session.set("/wanted", 10**9)
    assert len(session.rows("/room")) == MOST_ROWS
    assert [problem.code for problem in session.problems()] == ["given_up"]


def test_a_cascade_asks_the_source_by_equality_only():
    source = PlaceList()
    session = session_of(PLACES, source=source)
    assert session.choices("/province", "zh") == [Choice("31", "甲省"), Choice("32", "乙省")]
    session.set("/province", "31")
    assert session.choices("/city", "zh") == [Choice("3101", "子市")]
    assert set(source.asked) == {("divisions", "parent", ""), ("divisions", "parent", "31")}


def test_a_choice_the_filter_no_longer_offers_counts_as_empty_and_returns():
    session = session_of(PLACES, source=PlaceList())
    session.set("/province", "31")
    session.set("/city", "3101")
    assert session.value("/city_name") == "子市" and session.shown("/city", "zh") == "子市"
    session.set("/province", "32")
    assert session.value("/city") is None and session.answers()["/city"] == "3101"
    session.set("/province", "31")
    assert session.value("/city") == "3101"


def test_of_several_choices_only_those_still_offered_count():
    session = session_of(PLACES, source=PlaceList())
    session.set("/colours", ["red", "blue"])
    assert session.value("/colours") == ["blue", "red"]
    assert session.shown("/colours", "en") == "Red, Blue", "in the order of the list"
    session.set("/warm", "1")
    assert session.value("/colours") == ["red"]
    assert session.shown("/colours", "zh") == "红" and session.shown("/colours", "en") == "Red"
    assert session.answers()["/colours"] == ["blue", "red"]


def test_opening_a_record_lists_no_choices():
    source = PlaceList()
    assert session_of(PLACES, {"/province": "31", "/city": "3101"}, source).value("/city") == "3101"
    assert source.asked == []


def test_a_choice_offered_by_its_place_in_the_list_counts():
    survey = "| type | name | label | choice_filter |\n| select_one c | x | X | position() = 1 or ${y} = name |\n| text | y | Y | |"
    choices = "| list_name | name | label |\n| c | a | A |\n| c | b | B |\n| c | d | D |"
    session = session_of(form_of(survey, choices))
    for name, counts in (("a", True), ("b", False), ("d", False)):
        session.set("/x", name)
        assert (session.value("/x") == name) is counts
    session.set("/y", "d")
    assert session.value("/x") == "d"


def test_choices_have_labels_in_each_language():
    session = session_of(PLACES)
    assert session.choices("/plain", "en")[0] == Choice("red", "Red")
    assert session.choices("/plain", "zh")[0] == Choice("red", "红")
    assert session.choices("/province", "zh") == []


def test_an_area_with_crossing_lines_is_kept_and_warned_about():
    session = session_of(form_of("type | name | label |\n    geoshape | yard | 院子 |"))
    session.set("/yard", "0 0 0 0; 1 1 0 0; 1 0 0 0; 0 1 0 0; 0 0 0 0")
    problem = session.problem("/yard")
    assert problem is not None
    assert (problem.code, problem.severity) == ("crossing_lines", "warning")
    assert session.answers()["/yard"]
    session.set("/yard", "0 0 0 0; 0 1 0 0; 1 1 0 0; 0 0 0 0")
    assert session.problem("/yard") is None


def test_a_path_that_is_computed_and_is_none_names_no_choice():
    session = session_of(
        form_of(
            """type | name | label | calculation |
            text | path | 路径 | |
            calculate | named | | concat('<', jr:choice-name('red', ${path}), '>') |"""
        )
    )
    for path in ("h:a", "/data/a[", "/data/nothing", "1"):
        session.set("/path", path)
        assert session.value("/named") == "<>"
