"""Buildings, facilities, sites, designs, photo points and estimates: every field asked, every limit at work."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from app.demo.samples import read_samples
from core.values import point_value
from tests.core.forms.bundled import (
    SURVEYED,
    RecordWorld,
    asked_otherwise,
    begin,
    bundled,
    filled,
    first_of,
    put,
    put_wrong,
)

# Name, kind, "R" where it must be answered, unit: the fields of the survey's tables B to F.
FIELDS = {
    "building": """
        village_ref select_one R|house_no string R|household_no string|household_head string R|phone string
        id_card string|household_type select_one|family_size int R 人|address string R|coord geopoint R
        use_type select_one R|occupancy select_one|built_era select_one R|built_year int 年
        structure select_one R|storeys int R 层|bays int 间|depth_m decimal m|floor_area decimal R m²
        base_area decimal R m²|roof_form select_one R|roof_material select_multiple R
        wall_material select_multiple R|facade_finish select_one|facade_colour string
        opening_material select_one|decor select_multiple|style_class select_one R|quality_class select_one R
        safety_grade select_one R|part_foundation select_one|part_walls select_one|part_frame select_one
        part_roof select_one|part_floors select_one|part_envelope select_one|part_openings select_one
        protect_level select_one R|toilet_type select_one R|toilet_place select_one|cooking_fuel select_one
        heating select_one|retain_advice select_one R|willingness select_one|photos/photo image""",
    "facility": """
        village_ref select_one R|facility_no string R|facility_name string R|kind select_one R
        coord geopoint R|built_year int 年|area decimal m²|capacity int|condition select_one R
        accessibility select_one R|manager string|manager_duty string|manager_frequency select_one
        open_hours string|wc_seats_male int 个|wc_seats_female int 个|wc_seats_third int 个
        need_improve select_one R|improve_note string R|photos/photo image""",
    "facelift_site": """
        village_ref select_one R|site_no string R|site_name string R|element_class select_one R
        coord geopoint R|address string R|current_problem select_multiple R|current_condition select_one R
        style_zone select_one|integrity select_one R|authenticity select_one R|continuity select_one R
        caution_flags select_multiple R|owner_type select_one R|consent select_one R|photos/photo image""",
    "facelift_design": """
        site_ref select_one R|design_no string R|design_title string R|designer string R
        design_unit string R|design_date date R|goals select_multiple|measures string R|roof_measure string
        wall_measure string|opening_measure string|yard_measure string|ground_measure string
        plant_measure string|wall_colour string|roof_colour string|trim_colour string|wall_hex string
        roof_hex string|trim_hex string|materials select_multiple|local_craft string|drawings/drawing image
        drawings/drawing_kind select_one R|drawings/drawing_scale string R|photo_points select_multiple R
        estimate_ref select_one R|villager_opinion select_one R|opinion_asked int R 人|opinion_note string R
        review_status select_one|reviewer string|review_note string R|implement_status select_one R
        start_date date|finish_date date|accept_date date|actual_cost decimal 万元|effect_style int 分
        effect_use int 分|effect_hygiene int 分|effect_culture int 分|effect_satisfaction int 分
        effect_score int 分""",
    "photo_point": """
        site_ref select_one R|point_no string R|coord geopoint R|elevation decimal m|bearing int R 度
        pitch int 度|camera_height decimal m|focal35 int mm|reference string R|photos/photo image
        photos/period select_one R|photos/taken_at dateTime R|photos/photographer string
        photos/caption string|photos/has_people select_one R|photos/people_consent select_one R
        watermark select_one""",
    "estimate": """
        site_ref select_one R|items/item_no string R|items/item_name string R|items/category select_one R
        items/item_unit string R|items/quantity decimal R|items/unit_price decimal R 元
        items/amount decimal 元|items/labour_price decimal 元|items/material_price decimal 元
        items/machine_price decimal 元|items/villager_labour decimal 工日|funds/fund_source select_one R
        funds/fund_amount decimal R 元|design_rate decimal %|supervision_rate decimal %
        reserve_rate decimal %|total decimal R 元|total_wan decimal 万元|price_base string""",
}

LONG = "长" * 501
SOON = (datetime(2026, 11, 21, 8, tzinfo=UTC) + timedelta(minutes=5)).isoformat()

# What is wrong: the path asked about, what is typed at it (or everywhere it takes), a part of what is said.
WRONG = {
    "building": [
        ("/house_no", "9" * 41, "40"), ("/address", LONG, "100 字"), ("/built_year", "2027", "建造年代"),
        ("/built_year", {"/built_era": "qing", "/built_year": "1986"}, "建造年代"),
        ("/household_head", "长" * 41, "40 字"), ("/head_consent", "no", "取得同意"),
        ("/household_no", "11010519491231002X", "身份证号"), ("/phone", "12345", "13800000000"),
        ("/family_size", "0", "1 到 30"), ("/storeys", "9", "1 到 8"), ("/bays", "21", "1 到 20"),
        ("/depth_m", "0.5", "1 到 60"), ("/floor_area", "0", "大于 0"),
        ("/base_area", {"/floor_area": "254.9", "/base_area": "98"}, "1.3 倍"),
        ("/facade_colour", "米黄", "5YR 7/2"), ("/facade_colour", "5XR 8/1", "5YR 7/2"),
        ("/safety_grade", "c", "修缮加固"), ("/safety_grade", "d", "修缮加固"),
        ("/worst_part", {"/part_roof": "d"}, "核对部位等级"),
        ("/retain_advice", {"/protect_level": "historic", "/retain_advice": "demolish"}, "主管部门"),
        ("/photos/caption", "长" * 61, "60 字"), ("/photos/taken_at", SOON, "相机的时间"),
        ("/survey_date", "2026-11-22", "今天"),
    ],
    "facility": [
        ("/facility_no", "9" * 41, "40"), ("/facility_name", LONG, "40 字"),
        ("/built_year", "999", "1000 年到今年"), ("/area", "0", "大于 0"),
        ("/capacity", {"/kind": "school", "/capacity": "0"}, "1 到 100000"),
        ("/capacity_unit", {"/kind": "school", "/capacity": "60", "/capacity_unit": LONG}, "10 字"),
        ("/open_hours", LONG, "40 字"), ("/wc_seats_male", "-1", "0 到 100"),
        ("/wc_seats_female", "5", "1.5 倍"), ("/wc_seats_third", "11", "0 到 10"),
        ("/improve_note", LONG, "300 字"), ("/photos/caption", LONG, "60 字"),
        ("/photos/taken_at", SOON, "相机的时间"),
        ("/survey_date", "2026-11-22", "今天"),
    ],
    "facelift_site": [
        ("/site_no", "9" * 41, "40"), ("/site_name", LONG, "40 字"), ("/address", LONG, "100 字"),
        ("/values_note", {"/integrity": "no", "/values_note": LONG}, "300 字"),
        ("/caution_flags", ["none", "whitewash"], "去掉"), ("/caution_plan", LONG, "300 字"),
        ("/consent", {"/owner_type": "household", "/consent": "no"}, "征得同意"),
        ("/consent", {"/element_class": "courtyard", "/consent": "no"}, "征得同意"),
        ("/photos/caption", LONG, "60 字"), ("/photos/taken_at", SOON, "相机的时间"),
        ("/photo_count", {"/photos": "removed"}, "现状照片"), ("/survey_date", "2026-11-22", "今天"),
    ],
    "facelift_design": [
        ("/design_no", "9" * 41, "40"), ("/design_title", LONG, "60 字"),
        ("/design_date", "2026-11-22", "今天"), ("/measures", LONG, "500 字"),
        *[(f"/{part}_measure", {"/site_ref": "elsewhere", f"/{part}_measure": LONG}, "300 字")
          for part in ("roof", "wall", "opening", "yard", "ground", "plant")],
        *[(f"/{part}_colour", {"/site_ref": "elsewhere", f"/{part}_colour": "灰"}, "色卡")
          for part in ("wall", "roof", "trim")],
        *[(f"/{part}_hex", {"/site_ref": "elsewhere", f"/{part}_colour": "N8", f"/{part}_hex": "8F8F8C"}, "#")
          for part in ("wall", "roof", "trim")],
        ("/local_craft", LONG, "300 字"), ("/drawings/drawing_scale", "100", "1:100"),
        ("/drawings/caption", LONG, "60 字"),
        ("/opinion_asked", "0", "1 到 10000"), ("/opinion_note", LONG, "300 字"),
        ("/review_note", LONG, "500 字"), ("/implement_status", {"/review_status": "pending"}, "评审"),
        ("/start_date", "2026-11-22", "今天"), ("/finish_date", "2026-10-07", "开工日期"),
        ("/accept_date", "2026-11-04", "完工"), ("/actual_cost", "7.86543", "四位小数"),
        *[(f"/effect_{part}", "21", "0 到 20")
          for part in ("style", "use", "hygiene", "culture", "satisfaction")],
    ],
    "photo_point": [
        ("/point_no", "9" * 41, "40"), ("/reference", LONG, "60 字"),
        ("/coord", point_value(30.5, 119.6, accuracy_m="20.5"), "20 米"), ("/elevation", "9000", "-160 到 8900"),
        ("/bearing", "360", "0 到 359"), ("/pitch", "91", "-90 到 90"), ("/camera_height", "-1", "0 到 500"),
        ("/focal35", "7", "8 到 1200"), ("/shot_rule", LONG, "200 字"),
        ("/photos/period", {"/photos/period": "after", "/photos/taken_at": "2026-11-04T09:00:00+08:00"}, "完工"),
        ("/photos/taken_at", SOON, "相机的时间"), ("/photos/caption", LONG, "60 字"),
        ("/photos/people_consent", {"/photos/has_people": "yes", "/photos/people_consent": "no"}, "不打印"),
    ],
    "estimate": [
        ("/estimate_title", LONG, "60 字"), ("/price_base", LONG, "100 字"),
        ("/estimate_date", "2026-11-22", "今天"), ("/items/item_no", "9" * 13, "12"),
        ("/items/item_name", LONG, "60 字"), ("/items/item_unit", LONG, "10"),
        ("/items/quantity", "0", "大于 0"), ("/items/quantity", "1.0005", "三位小数"),
        ("/items/quantity", "1000000", "1000000"), ("/items/unit_price", "12.345", "两位小数"),
        ("/items/unit_price", "-1", "0 到"),
        ("/items/unit_price", {"/items/quantity": "100000.001", "/items/unit_price": "1000"}, "1 亿元"),
        ("/items/villager_labour", "1.25", "工日"), ("/items/labour_price", "1.234", "两位小数"),
        ("/items/material_price", "1.234", "两位小数"), ("/items/machine_price", "1.234", "两位小数"),
        ("/items/split_total", {"/items/labour_price": "1799.99"}, "等于单价"),
        ("/design_rate", "30.01", "30%"), ("/supervision_rate", "2.345", "两位小数"),
        ("/reserve_rate", "31", "30%"),
        ("/funds/fund_amount", "1.234", "两位小数"), ("/funds_total", {"/funds/fund_amount": "60000.01"}, "合计"),
    ],
}  # fmt: skip

TRIED_BY_THEMSELVES = {"building": {"/id_card"}, "estimate": {"/total"}}

WARNINGS = {
    ("building", "/built_year"), ("building", "/base_area"), ("building", "/safety_grade"),
    ("building", "/worst_part"), ("building", "/retain_advice"), ("facility", "/wc_seats_female"),
    ("facelift_site", "/photo_count"), ("facelift_design", "/implement_status"), ("photo_point", "/coord"),
    ("photo_point", "/photos/period"), ("photo_point", "/photos/people_consent"), ("estimate", "/funds_total"),
}  # fmt: skip


@pytest.mark.parametrize("form_id", SURVEYED)
def test_every_field_of_the_survey_is_asked(form_id):
    assert asked_otherwise(form_id, FIELDS[form_id]) == []


@pytest.mark.parametrize("form_id", SURVEYED)
def test_the_sample_has_no_problem_at_all(form_id):
    assert filled(form_id).problems() == []


@pytest.mark.parametrize("form_id", SURVEYED)
def test_every_limit_is_tried(form_id):
    limits = {q.path for q in bundled(form_id).questions() if q.constraint is not None}
    assert limits - {path for path, *_ in WRONG[form_id]} == TRIED_BY_THEMSELVES.get(form_id, set())


@pytest.mark.parametrize(
    ("form_id", "path", "typed", "said"),
    [(form_id, *wrong) for form_id, wrongs in WRONG.items() for wrong in wrongs],
)
def test_a_wrong_answer_is_named_with_what_to_do(form_id, path, typed, said):
    session = filled(form_id)
    put_wrong(session, path, typed)
    problem = session.problem(first_of(session, path))
    assert problem is not None and problem.code == "constraint"
    assert said in problem.values["message"]["zh"]
    assert problem.severity == ("warning" if (form_id, path) in WARNINGS else "error")


@pytest.mark.parametrize(
    ("form_id", "path", "changes", "said"),
    [
        ("building", "/front_photos", {"/photos/side": "back"}, "正面"),
        ("facility", "/photo_count", {"/photos": "removed"}, "至少拍一张"),
        ("facelift_design", "/drawing_count", {"/drawings": "removed"}, "至少放一张"),
        ("photo_point", "/before_photos", {"/photos/period": "during"}, "改造前"),
        ("estimate", "/total", {"/items": "removed"}, "至少列一个"),
    ],
)
def test_what_must_not_be_missing_is_asked_for(form_id, path, changes, said):
    session = filled(form_id)
    put_wrong(session, path, changes)
    problem = session.problem(path)
    assert problem is not None and problem.code == "required"
    assert said in problem.values["message"]["zh"]


@pytest.mark.parametrize("form_id", SURVEYED)
def test_a_new_record_is_not_told_of_anything_but_what_is_missing(form_id):
    assert {problem.code for problem in begin(form_id).problems()} == {"required"}


# What applies, and what does not


@pytest.mark.parametrize(
    ("form_id", "changes", "asked", "not_asked"),
    [
        (
            "building",
            {"/use_type": "hall"},
            ["/structure"],
            ["/household_head", "/toilet_type", "/willingness"],
        ),
        ("building", {"/use_type": "other"}, ["/use_type_other"], []),
        ("building", {}, [], ["/use_type_other", "/danger", "/id_card"]),
        ("building", {"/safety_grade": "c"}, ["/danger"], []),
        ("building", {"/storeys": "1"}, ["/part_roof"], ["/part_floors"]),
        ("building", {"/toilet_type": "none"}, [], ["/toilet_place"]),
        ("facility", {}, ["/wc_seats_male", "/manager_duty"], ["/capacity", "/capacity_unit"]),
        ("facility", {"/kind": "well"}, ["/built_year"], ["/wc_seats_male", "/area", "/open_hours"]),
        ("facility", {"/kind": "ancient_tree"}, [], ["/built_year"]),
        ("facility", {"/need_improve": "no"}, [], ["/improve_note"]),
        ("facelift_site", {}, ["/caution_advice", "/element_part"], ["/owner_name", "/values_note"]),
        ("facelift_site", {"/caution_flags": ["none"]}, [], ["/caution_advice", "/caution_plan"]),
        ("facelift_site", {"/owner_type": "household"}, ["/owner_name"], ["/owner_type_other"]),
        ("facelift_site", {"/element_class": "public_toilet"}, [], ["/element_part"]),
        ("facelift_design", {}, ["/site_caution", "/effect_score"], ["/site_no_consent", "/roof_measure"]),
        ("facelift_design", {"/site_ref": "elsewhere"}, ["/roof_measure", "/wall_colour"], ["/site_caution"]),
        ("facelift_design", {"/implement_status": "not_started"}, [], ["/start_date", "/effect_use"]),
        (
            "facelift_design",
            {"/implement_status": "building"},
            ["/start_date"],
            ["/finish_date", "/actual_cost"],
        ),
        ("facelift_design", {"/implement_status": "finished"}, ["/finish_date"], ["/accept_date"]),
        ("facelift_design", {"/review_status": "pending"}, [], ["/reviewer", "/review_note"]),
        ("facelift_design", {"/drawings/drawing_kind": "rendering"}, [], ["/drawings/drawing_scale"]),
        ("photo_point", {}, ["/photos/has_people"], ["/photos/people_consent"]),
        ("photo_point", {"/photos/has_people": "yes"}, ["/photos/people_consent"], []),
        ("estimate", {}, ["/design_rate", "/other_total", "/funds_total"], ["/toilet_total"]),
        ("estimate", {"/items/category": "design_fee"}, ["/reserve_rate"], ["/design_rate", "/other_total"]),
        ("estimate", {"/funds": "removed"}, [], ["/funds_total"]),
    ],
)
def test_nobody_sees_a_question_that_does_not_apply(form_id, changes, asked, not_asked):
    session = filled(form_id)
    for path, value in changes.items():
        put(session, path, value)
    assert [path for path in asked if not session.relevant(first_of(session, path))] == []
    assert [path for path in not_asked if session.relevant(first_of(session, path))] == []


@pytest.mark.parametrize("form_id", SURVEYED)
def test_what_belongs_together_merges_as_one(form_id):
    units = bundled(form_id).merge_units()
    others = [path for path in units if path.endswith("_other")]
    assert all(units[path] == units[path.removesuffix("_other")] for path in others)
    if form_id == "facelift_site":
        assert {
            units[f"/{name}"] for name in ("owner_type", "owner_type_other", "owner_name", "consent")
        } == {"owner"}


@pytest.mark.parametrize("form_id", SURVEYED)
def test_a_list_shows_four_to_six_columns_and_a_title(form_id):
    assert 4 <= len(bundled(form_id).list_columns) <= 6
    session = filled(form_id)
    assert len(session.title("zh")) > 5 and "None" not in session.title("en")


# Numbers


def test_numbers_go_on_from_the_village_to_the_photo_point():
    world = RecordWorld()
    numbers = []
    for form_id, key, reference, name in (
        ("building", "h1", "yucun", "house_no"),
        ("building", "h2", "yucun", "house_no"),
        ("facility", "f1", "yucun", "facility_no"),
        ("facelift_site", "s1", "yucun", "site_no"),
        ("facelift_site", "s2", "yucun", "site_no"),
        ("facelift_site", "g1", "gaoling", "site_no"),
        ("facelift_design", "d1", "s2", "design_no"),
        ("photo_point", "p1", "s2", "point_no"),
        ("photo_point", "p2", "s2", "point_no"),
    ):
        session = begin(form_id, world)
        first = "site_ref" if form_id in ("facelift_design", "photo_point") else "village_ref"
        session.set(f"/{first}", reference)
        numbers.append(session.value(f"/{name}"))
        world.add(key, session)
    village = "330523108204"
    assert numbers == [
        f"{village}-H0001", f"{village}-H0002", f"{village}-F001", f"{village}-S001", f"{village}-S002",
        "360222105207-S001", f"{village}-S002-D1", f"{village}-S002-P01", f"{village}-S002-P02",
    ]  # fmt: skip


def test_numbers_grow_beyond_their_digits_and_may_be_edited():
    world = RecordWorld()
    world.rows["photo_point"] = [{"name": f"p{n}", "label": "", "site_ref": "s1"} for n in range(99)]
    world.rows["facelift_site"] = [{"name": "s1", "label": "", "site_no": "X-S001", "village_ref": "yucun"}]
    session = begin("photo_point", world)
    session.set("/site_ref", "s1")
    assert session.value("/point_no") == "X-S001-P100"
    session.set("/point_no", "自编 7")
    session.set("/bearing", 90)
    assert session.value("/point_no") == "自编 7"


def test_a_number_is_left_to_the_person_where_the_village_is_not_on_this_machine():
    session = begin("building")
    session.set("/village_ref", "0193e8a0-0000-7000-8000-00000000ffff")
    assert session.value("/house_no") is None
    assert session.problem("/house_no").code == "required"


def test_a_number_that_another_record_has_is_told():
    world = RecordWorld()
    world.rows["building"] = [{"name": "h1", "label": "第一座", "house_no": "H1"}]
    session = begin("building", world)
    session.set("/house_no", "H1")
    problem = session.problem("/house_no")
    assert (problem.code, problem.severity, problem.values["title"]) == ("not_unique", "warning", "第一座")


# Personal data


@pytest.mark.parametrize(
    ("number", "good"),
    [
        ("11010519491231002X", True), ("11010519491231002x", True), ("110105194912310021", False),
        ("440524188001010014", True), ("440524188001010041", False), ("11010519491331002X", False),
        ("1101051949123100２X", False), ("11010519491231002", False), ("示例", False),
    ],
)  # fmt: skip
def test_an_id_number_is_asked_for_only_when_switched_on_and_checked(number, good):
    session = begin("building", switches="name,value\nid_card,yes\n")
    assert session.relevant("/id_card") and not begin("building").relevant("/id_card")
    session.set("/id_card", number)
    assert (session.problem("/id_card") is None) is good


def test_personal_answers_are_marked_as_such():
    personal = {
        (form_id, q.name): q.personal
        for form_id in SURVEYED
        for q in bundled(form_id).questions()
        if q.personal != "none"
    }
    assert personal == {
        ("building", "address"): "personal",
        ("building", "coord"): "personal",
        ("building", "household_head"): "personal",
        ("building", "phone"): "personal",
        ("building", "id_card"): "sensitive",
        ("building", "household_type"): "sensitive",
        ("facility", "manager"): "personal",
        ("facelift_site", "owner_name"): "personal",
        ("facelift_site", "photo_coord"): "personal",
    }
    assert bundled("building").question("/id_card").paper == "never"
    assert bundled("photo_point").question("/photos/photo").consent == "people_consent"


def test_the_title_of_a_house_names_nobody():
    assert "示例户主" not in filled("building").title("zh")


# Lists of the survey


def test_the_kinds_are_those_of_the_survey():
    def values(form_id, path):
        session = begin(form_id)
        return [choice.value for choice in session.choices(path, "zh")]

    assert values("building", "/toilet_type") == [
        "three_compartment", "double_urn", "biogas", "urine_diverting", "sewer_flush", "double_pit", "hauled",
        "one_or_two_pit", "bucket", "open_pit", "simple_shed", "none",
    ]  # fmt: skip
    assert len(values("facility", "/kind")) == 30
    assert len(values("facelift_site", "/element_class")) == 15
    cautions = {c.value: c.label for c in begin("facelift_site").choices("/caution_flags", "zh")}
    assert list(cautions.values()) == [
        "大拆大建", "牌楼亭廊堆砌（堆盆景）", "统一刷白", "破坏历史要素", "占耕地", "无",
    ]  # fmt: skip


def test_a_design_offers_the_photo_points_and_estimates_of_its_site():
    session = filled("facelift_design")
    assert [choice.value for choice in session.choices("/photo_points", "zh")] == ["yucun_square_point"]
    assert [choice.value for choice in session.choices("/estimate_ref", "zh")] == ["yucun_square_estimate"]


@pytest.mark.parametrize(
    ("colour", "good"),
    [
        ("5YR 7/2", True), ("7.5Y9/1.5", True), ("N8", True), ("N 8.5", True), ("10PB 4/6", True),
        ("5ＹＲ 7/2", False), ("5YR", False), ("N", False), ("YR 7/2", False), ("5YR 7", False),
    ],
)  # fmt: skip
def test_a_colour_is_written_as_on_the_colour_card(colour, good):
    session = begin("building")
    session.set("/facade_colour", colour)
    assert (session.problem("/facade_colour") is None) is good


def test_the_height_of_a_position_is_taken_over_where_it_has_one():
    session = begin("photo_point")
    session.set("/coord", point_value(30.52, 119.65, altitude_m=182.5, accuracy_m="4.2"))
    assert session.value("/elevation") == {"d": "182.5"} and session.problem("/coord") is None
    session.set("/coord", point_value(30.52, 119.65))
    assert session.value("/elevation") is None and session.problem("/coord") is None


@pytest.mark.parametrize("form_id", SURVEYED)
def test_no_section_is_longer_than_a_screen(form_id):
    sections = Counter(
        q.full_path[1] for q in bundled(form_id).questions() if q.text and q.path.count("/") == 1
    )
    assert max(sections.values()) <= 14


def test_each_form_has_a_sample():
    assert {sample.form for sample in read_samples()} >= set(SURVEYED)
