from __future__ import annotations

import pytest

from app.reports.record_content import Field, Heading, Photo, Table, read_record, shown_day
from core.forms.filling.session import FormSession
from core.forms.xform.reading import parse_xform
from core.values import decimal_value, photo_value, point_value
from tests.core.forms.making import form_of, session_of

DIGEST = "sha256:" + "a" * 64


@pytest.fixture(scope="module")
def form(checkout):
    return parse_xform((checkout / "resources/forms/village_profile/form.xml").read_bytes())


@pytest.fixture
def session(form, clock):
    opened = FormSession(form, "01890000-0000-7000-8000-000000000000", clock, None, None)
    for path, value in {
        "/village_name": "示例村",
        "/coord": point_value(30.52, 119.65, accuracy_m="4.2", source="gps"),
        "/landform": "mountain",
        "/households": 412,
        "/traditional_share": decimal_value("12.50"),
        "/survey_date": "2026-11-21",
        "/contact_name": "王示例",
        "/contact_phone": "13800000000",
    }.items():
        opened.set(path, value)
    return opened


def fields(content):
    return {entry.label: entry.value for entry in content.entries if isinstance(entry, Field)}


def test_answers_stand_as_people_read_them(session):
    shown = fields(read_record(session, "zh"))
    assert shown["村名"] == "示例村"
    assert shown["地形地貌"] == "山区"
    assert shown["总户数"] == "412 户"
    assert shown["传统建筑占比"] == "12.50 %"
    assert shown["村委会坐标"] == "北纬 30.520000°，东经 119.650000°（误差约 4.2 米）"
    assert shown["调查日期"] == "2026年11月21日"
    assert shown["村庄类型"] == ""


def test_groups_are_headings_in_the_order_of_the_form(session):
    headings = [entry.text for entry in read_record(session, "zh").entries if isinstance(entry, Heading)]
    assert headings[:2] == ["村庄位置", "村庄概况"]


def test_personal_answers_are_hidden_unless_asked_for(session):
    hidden, open_ = read_record(session, "zh"), read_record(session, "zh", hide_personal=False)
    assert hidden.masked
    assert (fields(hidden)["村联系人"], fields(hidden)["联系电话"]) == ("王*", "138****0000")
    assert not open_.masked
    assert (fields(open_)["村联系人"], fields(open_)["联系电话"]) == ("王示例", "13800000000")


def test_what_is_not_asked_is_not_printed(session):
    assert "其他产业名称" not in fields(read_record(session, "zh"))
    session.set("/main_industries", ["other"])
    session.set("/main_industries_other", "示例产业")
    assert fields(read_record(session, "zh"))["其他产业名称"] == "示例产业"


def test_what_was_not_answered_is_a_stroke_once_nobody_may_write_there(session):
    assert fields(read_record(session, "zh"))["常住人口"] == ""
    closed = fields(read_record(session, "zh", blank="—"))
    assert (closed["常住人口"], closed["村名"]) == ("—", "示例村")


def test_a_repeat_is_a_table(session):
    for name in ("示例竹编", "示例夯土"):
        row = session.add_row("/ich_items")
        session.set(f"{row}/ich_name", name)
        session.set(f"{row}/ich_level", "county")
    (table,) = [entry for entry in read_record(session, "zh").entries if isinstance(entry, Table)]
    assert table == Table(
        ("序号", "项目名称", "类别", "级别"),
        (("1", "示例竹编", "", "县级"), ("2", "示例夯土", "", "县级")),
    )


def test_a_photo_has_its_row_as_caption_without_personal_answers(session):
    row = session.add_row("/photos")
    session.set(f"{row}/photo", photo_value(DIGEST, 5, "image/jpeg"))
    session.set(f"{row}/caption", "示例石桥")
    session.set(f"{row}/photo_place", "entrance")
    session.set(f"{row}/photo_coord", point_value(30.5, 119.6))
    content = read_record(session, "zh")
    (photo,) = [entry for entry in content.entries if isinstance(entry, Photo)]
    assert (photo.caption, photo.digests) == ("照片 1　村口　示例石桥", (DIGEST,))
    assert content.photos == 1


def test_calculations_of_a_finalised_record_stand_as_they_were(form, clock, session):
    assert "/contact_name" not in read_record(session, "zh", calculated={"/households": 7}).title
    assert fields(read_record(session, "zh", calculated={"/households": 7}))["总户数"] == "7 户"


def test_a_choice_that_was_calculated_stands_by_its_label(checkout, clock):
    xml = (checkout / "resources/forms/traditional_village/form.xml").read_bytes()
    session = FormSession(parse_xform(xml), "01890000-0000-7000-8000-000000000000", clock, None, None)
    shown = fields(read_record(session, "zh", calculated={"/formation_era": "qing"}))
    assert shown["形成年代"] == "清代"


def test_english_reports_speak_english(session):
    assert fields(read_record(session, "en"))["Date"] == "2026-11-21"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-21", "2026年11月21日"),
        ("2026-11-21T08:05:00.000+08:00", "2026年11月21日 08:05"),
        ("不是日期", "不是日期"),
    ],
)
def test_days_are_written_as_people_write_them(text, shown):
    assert shown_day(text, "zh") == shown


SETTINGS = """
| form_id | version | namespaces |
| paper | 1 | cj="urn:cunjiang:forms" |
"""
PAPER = """
| type | name | label | appearance | relevant | bind::cj:paper | bind::cj:consent |
| text | name | 姓名 | | | | |
| text | id_card | 证件号 | | | never | |
| begin_group | inner | 内部记录 | | | never | |
| text | remark | 备注 | | | | |
| end_group | | | | | | |
| begin_repeat | photos | 照片 | cj-photos | | | |
| image | photo | 照片 | | | | agreed |
| select_one yes_no | people | 有人像 | | | | |
| select_one yes_no | agreed | 同意 | | ${people} = 'yes' | | |
| end_repeat | | | | | | |
| begin_repeat | items | 项目 | | | table | |
"""
CHOICES = "| list_name | name | label |\n| yes_no | yes | 是 |\n| yes_no | no | 否 |"


def paper_session(columns=9):
    questions = "\n".join(f"| text | q{n} | 列{n} | | | | |" for n in range(columns))
    last = "| text | own | 自用 | | | never | |\n| end_repeat | | | | | | |"
    return session_of(form_of(f"{PAPER.strip()}\n{questions}\n{last}", CHOICES, SETTINGS))


def test_what_the_form_keeps_off_paper_is_never_printed():
    session = paper_session()
    for path in ("/name", "/id_card", "/remark"):
        session.set(path, "示例")
    content = read_record(session, "zh", hide_personal=False)
    assert fields(content) == {"姓名": "示例"}
    assert "内部记录" not in [entry.text for entry in content.entries if isinstance(entry, Heading)]


@pytest.mark.parametrize(
    ("people", "agreed", "printed"),
    [
        (None, None, True),
        ("no", None, True),
        ("yes", "yes", True),
        ("yes", "no", False),
        ("yes", None, False),
    ],
)
def test_a_photo_of_people_who_did_not_agree_is_never_printed(people, agreed, printed):
    session = paper_session()
    row = session.add_row("/photos")
    session.set(f"{row}/photo", photo_value(DIGEST, 5, "image/jpeg"))
    session.set(f"{row}/people", people)
    session.set(f"{row}/agreed", agreed)
    content = read_record(session, "zh", hide_personal=False)
    (photo,) = [entry for entry in content.entries if isinstance(entry, Photo)]
    assert bool(photo.digests) is printed
    assert (photo.reason == "照片中的人未同意，未印出") is not printed


def test_a_wide_repeat_is_a_table_of_its_answered_columns_that_goes_on_below():
    session = paper_session(columns=11)
    first, second = session.rows("/items")[0], session.add_row("/items")
    for n in (0, 1, 3, 4, 5, 6, 7, 8, 9):
        session.set(f"{first}/q{n}", f"甲{n}")
    session.set(f"{first}/own", "自用")
    session.set(f"{second}/q0", "乙0")
    tables = [entry for entry in read_record(session, "zh").entries if isinstance(entry, Table)]
    assert [table.heads for table in tables] == [
        ("列0", "列1", "列3", "列4", "列5", "列6", "列7", "列8"),
        ("列0", "列9"),
    ]
    assert tables[1].rows == (("甲0", "甲9"), ("乙0", ""))
