"""Village profile, traditional village, craft cluster and toilet: every field asked, every limit at work."""

from __future__ import annotations

import re
from functools import cache

import pytest

from app.demo.samples import read_samples
from app.storage.divisions import DivisionTable
from core.forms.xform.reading import parse_xform
from core.values import point_value
from tests.core.forms.bundled import (
    RecordWorld,
    asked_otherwise,
    begin,
    bundled,
    fill,
    first_of,
    put,
    put_wrong,
)
from tools.compile_forms import FORMS

SAMPLES = {
    "village_profile": "yucun",
    "traditional_village": "gaoling_score",
    "cluster_application": "dehua",
    "toilet_design": "yucun_toilet",
}
FORM_IDS = tuple(SAMPLES)

# Name, kind, "R" where it must be answered, unit: the survey's table A, the score, 附件2 with its statistics,
# and the toilet's parameters.
FIELDS = {
    "village_profile": """
        province select_one R|prefecture select_one R|county select_one R|township select_one R
        village select_one R|village_code string|village_name string R|natural_village string
        village_level select_one R|urban_rural_code select_one|is_town_seat select_one R
        location_type select_one|landform select_one R|village_type select_one R|groups_count int 个
        households int R 户|registered_pop int R 人|resident_pop int R 人|vacant_houses int 座
        main_ethnic select_multiple|village_area_km2 decimal km²|built_area_mu decimal 亩
        collective_income decimal 万元|income_per_capita int 元|main_industries select_multiple
        farmstay_count int 家|listed_as select_multiple|formation_era select_one
        has_village_plan select_one R|plan_name string|plan_approver string|plan_year int
        has_protection_plan select_one|protection_plan_name string|protection_plan_approver string
        road_hardened select_one R|dist_town_km select_one|water_supply select_one R|sewage select_one R
        garbage select_one R|sanitary_toilet_households int R 户|harmless_toilet_households int 户
        street_lights int 盏|broadband select_one|signal_level select_one|public_wc_count int 座
        traditional_buildings int 座|traditional_share decimal %|heritage_units select_multiple
        heritage_national int 处|heritage_province int 处|heritage_county int 处|heritage_registered int 处
        ich_items/ich_name string R|ich_items/ich_category select_one|ich_items/ich_level select_one R
        folk_custom string|contact_name string R|contact_phone string R|contact_consent select_one R
        survey_team string R|surveyor string R|survey_date date R|coord geopoint
        photos/photo image|photos/photo_place select_one|photos/caption string""",
    "traditional_village": """
        village_ref select_one R|form_no string|formation_era select_one|landform select_one
        village_area_km2 decimal km²|built_area_mu decimal 亩|registered_pop int 人|resident_pop int 人
        collective_income decimal 万元|income_per_capita int 元|formation_cause string
        village_use select_multiple|key_buildings/building_name string R|key_buildings/built_era select_one
        oldest_building select_one R|main_period select_one R|age_score decimal 分
        protect_level select_one R|protect_count int R 处|rarity_score decimal 分
        scale_band select_one R|scale_score int R 分|ratio_band select_one R|ratio_score int R 分
        functions select_multiple R|richness_score decimal 分|integrity_band select_one R
        integrity_score int R 分|aesthetic_score int 分|tradition_score int 分
        measured_subtotal decimal 分|judged_subtotal decimal 分|total_score decimal 分
        photos/photo image|photos/evidence_kind select_one|survey_team string R|surveyor string R
        surveyor_phone string|survey_date date R""",
    "cluster_application": """
        applying_region string R|applying_unit string R|industry_profile string R|contact_name string R
        contact_title string R|contact_phone string R|contact_consent select_one|applicant_kind select_one
        industry_classes select_multiple|craft_types select_multiple|statistics/year int R
        statistics/enterprises int 家|statistics/above_scale int 家|statistics/workshops int 家
        statistics/workers int 人|statistics/output_value decimal 亿元|statistics/revenue decimal 亿元
        statistics/export_value decimal 亿元|statistics/export_usd decimal 万美元|statistics/tax decimal 万元
        statistics/masters_national int 人|statistics/masters_province int 人|statistics/masters_city int 人
        statistics/masters_county int 人|statistics/ich_national int 项|statistics/ich_province int 项
        statistics/ich_city int 项|statistics/ich_county int 项|statistics/inheritors_national int 人
        statistics/inheritors_province int 人|statistics/inheritors_city int 人
        statistics/inheritors_county int 人|statistics/brands_famous int 件|statistics/brands_old int 个
        statistics/brands_regional int 个|statistics/gi_count int 件|statistics/patents int 件
        statistics/copyrights int 件|statistics/design_centers_national int 个
        statistics/design_centers_province int 个|statistics/parks int 个|statistics/platforms int 个
        statistics/markets int 个|statistics/honours string|statistics/schools int 所
        statistics/training_per_year int 人次|evidence/photo image|evidence/evidence_kind select_one""",
    "toilet_design": """
        village_ref select_one R|building_ref select_one|design_no string R|household_no string R
        household_head string R|phone string|household_consent select_one R|coord geopoint
        work_kind select_one R|current_toilet select_one R|toilet_place select_one R|downwind select_one
        beside_water select_one|roadside_row select_one|dist_well decimal m|dist_water_tank decimal m
        dist_building decimal m|dist_house decimal m|climate select_one|frost_depth int mm
        water_condition select_one|sewer_state select_one|move_soon select_one|liquid_manure select_one
        livestock_straw select_one|toilet_type select_one R|users int R 人|excreta_per_day decimal L
        flush_per_use decimal L|uses_full decimal 次|flush_small decimal L|uses_small decimal 次
        flush_per_day decimal L|safety_factor decimal|reuse_liquid select_one|grey_into_tank select_one
        v_eff_total decimal m³|v1 decimal m³|v2 decimal m³|v3 decimal m³|ratio string|t1 decimal 天
        t2 decimal 天|t3 decimal 天|depth_eff int mm|depth_total int mm|tank2_len int mm
        plan_shape select_one|inlet_dia int mm|inlet_slope decimal %|inlet_len decimal m|pan_dia int mm
        pass_dia int mm|pass_form select_one|pass_angle int °|p12_in int mm|p23_in int mm|p_out_drop int mm
        p12_len int mm|p23_len int mm|staggered select_one|vent_present select_one|vent_dia int mm
        vent_above_roof int mm|covers select_multiple|cover_dia int mm|rim_above int mm|cover_load int kg
        cover_lock select_one|cover_marked select_one|overflow select_one|tank_top_depth int mm
        soil_cover int mm|build_mode select_one|material select_one|leak_test select_one
        leak_hours decimal h|leak_drop int mm|cure_days int 天|water_first select_one
        house_area decimal m²|clear_height decimal m|floor_above int mm|door_width decimal m
        door_height decimal m|window_area decimal m²|dado_height decimal m|floor_finish select_multiple
        pan_kind select_one|pan_material select_one|pan_rear int mm|pan_side int mm|fittings select_multiple
        du_volume decimal m³|bg_volume decimal m³|ud_vault_volume decimal m³|dp_v1 decimal m³
        sf_water_seal int mm|hc_tank_volume decimal m³|photos/photo image|photos/stage select_one
        drawings/photo image|cost_total decimal 元|subsidy decimal 元|designer string R|design_unit string
        design_date date R|notes string""",
}

LONG = "长" * 1001
ABROAD = point_value(119.5, 30.5)
CONSENT = "没有"
# What is wrong: the path asked about, what is typed at it (or everywhere it takes), a part of what is said.
# Plain ranges are tried from the form itself.
WRONG = {
    "village_profile": [
        ("/village_name", LONG, "40 字"),
        ("/natural_village", {"/village_level": "natural", "/natural_village": LONG}, "40 字"),
        ("/village", "330523999000", "村（社区）一级"),
        ("/coord", ABROAD, "不在中国"), ("/listed_as", ["none", "ethnic"], "去掉"),
        ("/resident_ratio", {"/registered_pop": "300", "/resident_pop": "901"}, "三倍"),
        ("/main_ethnic", ["01", "02", "03", "04", "05", "06"], "五个"),
        ("/main_industries", ["planting", "craft", "tourism", "forestry"], "三项"),
        ("/heritage_units", ["none", "county"], "去掉"), ("/heritage_names", LONG, "500 字"),
        ("/sanitary_toilet_households", "287", "总户数"), ("/sanitary_toilet_households", "-1", "总户数"),
        ("/harmless_toilet_households", "282", "卫生厕所户数"), ("/plan_year", "2027", "今年"),
        ("/plan_year", "1979", "1980"), ("/folk_custom", LONG, "1000 字"), ("/photos/caption", LONG, "60 字"),
        ("/survey_date", "2026-11-22", "今天"), ("/contact_phone", "12345", "13800000000"),
        ("/contact_consent", "no", CONSENT),
        ("/photos/people_consent", {"/photos/has_people": "yes", "/photos/people_consent": "no"}, "不打印"),
    ],
    "traditional_village": [
        ("/form_no", LONG, "40"), ("/formation_cause", LONG, "500 字"), ("/surroundings", LONG, "800 字"),
        ("/siting_pattern", LONG, "800 字"), ("/folk_life", LONG, "800 字"), ("/genealogy", LONG, "500 字"),
        ("/scale_score", {"/scale_band": "over5", "/scale_score": "14"}, "15–20 分"),
        ("/scale_score", {"/scale_band": "upto5", "/scale_score": "15"}, "10–14 分"),
        ("/scale_score", {"/scale_band": "upto3", "/scale_score": "4"}, "5–9 分"),
        ("/scale_score", {"/scale_band": "upto1", "/scale_score": "5"}, "0–4 分"),
        ("/ratio_score", {"/ratio_band": "over60", "/ratio_score": "16"}, "12–15 分"),
        ("/ratio_score", {"/ratio_band": "upto60", "/ratio_score": "12"}, "8–11 分"),
        ("/ratio_score", {"/ratio_band": "upto40", "/ratio_score": "3"}, "4–7 分"),
        ("/ratio_score", {"/ratio_band": "upto20", "/ratio_score": "-1"}, "0–3 分"),
        ("/integrity_score", {"/integrity_band": "b1", "/integrity_score": "11"}, "12–15 分"),
        ("/integrity_score", {"/integrity_band": "b4", "/integrity_score": "4"}, "0–3 分"),
        ("/functions", ["none", "living"], "去掉"), ("/score_note", LONG, "800 字"),
        ("/photos/caption", LONG, "60 字"), ("/surveyor_phone", "12345", "13800000000"),
        ("/photos/people_consent", {"/photos/has_people": "yes", "/photos/people_consent": "no"}, "不打印"),
        ("/survey_date", "2026-11-22", "今天"),
    ],
    "cluster_application": [
        ("/applying_region", "福建省泉州", "县一级"), ("/industry_profile", "长" * 301, "300 字"),
        ("/contact_phone", "电话", "13800000000"), ("/contact_consent", "no", CONSENT),
        ("/craft_types_other", LONG, "60 字"), ("/statistics/year", "2027", "今年"),
        ("/statistics/year", "25", "四位数字"), ("/statistics/year", "2024", "只能有一行"),
        ("/statistics/above_scale", "3241", "企业数"), ("/statistics/honours", LONG, "500 字"),
        ("/evidence/caption", LONG, "60 字"),
        ("/evidence/people_consent", {"/evidence/has_people": "yes", "/evidence/people_consent": "no"}, "不打印"),
        ("/attachments/attachment_note", LONG, "100 字"),
    ],
    "toilet_design": [
        ("/design_no", "T1", "330523108204-T001"), ("/household_no", "11010519491231002X", "身份证"),
        ("/household_no", LONG, "20 个字符"), ("/household_head", LONG, "40 字"),
        ("/phone", "12345", "13800000000"), ("/household_consent", "no", CONSENT), ("/address", LONG, "80 字"),
        ("/coord", ABROAD, "不在中国"), ("/depth_total", "999", "有效深度"), ("/depth_total", "5001", "5000"),
        ("/builder", LONG, "60 字"), ("/start_date", "2026-10-25", "完工日期"),
        ("/finish_date", "2026-10-07", "开工日期"), ("/pit_checked", "2026-11-22", "今天"),
        ("/tank_checked", "2026-11-22", "今天"), ("/whole_checked", "2026-11-22", "今天"),
        ("/subsidy", "6390.01", "合计"), ("/subsidy", "-1", "合计"), ("/design_date", "2026-11-22", "今天"),
        ("/notes", LONG, "1000 字"), ("/photos/caption", LONG, "60 字"),
        ("/drawings/caption", LONG, "60 字"),
        ("/photos/people_consent", {"/photos/has_people": "yes", "/photos/people_consent": "no"}, "不打印"),
    ],
}  # fmt: skip

WARNINGS = {"/resident_ratio", "/photos/people_consent", "/evidence/people_consent"}
RANGE = re.compile(r"\. >= (-?[\d.]+) and \. <= ([\d.]+)")
# What must be so before a question is asked, by the beginning of its name.
BEFORE = {
    "du_": {"/toilet_type": "double_urn"}, "bg_": {"/toilet_type": "biogas"},
    "ud_": {"/toilet_type": "urine_diverting"}, "dp_": {"/toilet_type": "double_pit"},
    "sf_": {"/toilet_type": "sewer_flush"}, "hc_": {"/toilet_type": "hauled"},
    "frost_depth": {"/climate": "cold"},
    "heritage_": {"/heritage_units": ["national", "province", "county", "registered"]},
}  # fmt: skip


class Land(RecordWorld):
    """The real divisions, and the samples of villages and houses with all their answers."""

    def __init__(self):
        super().__init__()
        self._divisions = DivisionTable(FORMS.parent / "divisions")
        self.rows = {}
        for sample in read_samples():
            if sample.form in {"village_profile", "building"}:
                session = begin(sample.form, self)
                fill(session, sample)
                self.add(sample.key, session)

    def items_where(self, instance_id, column, value):
        if instance_id == "divisions":
            return self._divisions.items_where(instance_id, column, value)
        return super().items_where(instance_id, column, value)

    def item(self, instance_id, name):
        if instance_id == "divisions":
            return self._divisions.item(instance_id, name)
        return super().item(instance_id, name)


@cache
def land():
    return Land()


def filled(form_id):
    """The sample of a form that answers most of it."""
    session = begin(form_id, land())
    fill(session, _sample(form_id))
    return session


def _sample(form_id):
    return next(sample for sample in read_samples() if sample.key == SAMPLES[form_id])


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_every_field_is_asked(form_id):
    assert asked_otherwise(form_id, FIELDS[form_id]) == []


@pytest.mark.parametrize("sample", [s for s in read_samples() if s.form in FORM_IDS], ids=lambda s: s.key)
def test_the_samples_have_no_problem(sample):
    session = begin(sample.form, land())
    fill(session, sample)
    left = [p for p in session.problems() if p.code != "not_unique"]  # the village itself is in the land
    assert left == []


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_every_limit_is_tried(form_id):
    limits = {
        q.path
        for q in bundled(form_id).questions()
        if q.constraint and not RANGE.fullmatch(q.constraint.source)
    }
    assert limits == {path for path, *_ in WRONG[form_id]}


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
    assert problem.severity == ("warning" if path in WARNINGS else "error")


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_the_ends_of_a_range_are_taken_and_what_lies_beyond_is_refused_with_both(form_id):
    session, tried = filled(form_id), 0
    for question in bundled(form_id).questions():
        ends = question.constraint and RANGE.fullmatch(question.constraint.source)
        if not ends:
            continue
        for start, answers in BEFORE.items():
            if question.name.startswith(start):
                for path, value in answers.items():
                    put(session, path, value)
        path = first_of(session, question.path)
        before = session.value(path)
        low, high = ends.groups()
        assert session.relevant(path), path
        for text, good in (
            (low, True),
            (high, True),
            (f"{float(low) - 1:g}", False),
            (f"{_over(high)}", False),
        ):
            put(session, question.path, text)
            assert (session.problem(path) is None) is good, (path, text)
        said = session.problem(path).values["message"]
        assert all(end in said[lang].replace(",", "") for end in (low, high) for lang in ("zh", "en")), path
        session.set(path, before)
        put_back(session, form_id, question.name)
        tried += 1
    assert tried >= 1


def _over(high):
    return int(high) + 1 if high.isdigit() else float(high) + 1


def put_back(session, form_id, name):
    """The answers of the sample that were changed to have the question asked."""
    answers = _sample(form_id).answers
    for start, changed in BEFORE.items():
        if name.startswith(start):
            for path in changed:
                put(session, path, answers[path.removeprefix("/")])


@pytest.mark.parametrize(
    ("form_id", "changes", "asked", "not_asked"),
    [
        (
            "village_profile",
            {},
            ["/plan_name", "/heritage_county"],
            ["/heritage_national", "/natural_village"],
        ),
        ("village_profile", {"/has_village_plan": "no"}, [], ["/plan_name", "/plan_approver", "/plan_year"]),
        ("village_profile", {"/heritage_units": ["none"]}, [], ["/heritage_names", "/heritage_county"]),
        ("village_profile", {"/resident_pop": "3162"}, [], ["/resident_ratio"]),
        ("village_profile", {"/resident_pop": "3163"}, ["/resident_ratio"], []),
        ("village_profile", {"/has_protection_plan": "yes"}, ["/protection_plan_name"], []),
        ("village_profile", {"/main_industries": ["other"]}, ["/main_industries_other"], []),
        ("traditional_village", {"/protect_level": "none"}, ["/scale_score"], ["/protect_count"]),
        ("traditional_village", {"/village_use": ["other"]}, ["/village_use_other"], []),
        ("cluster_application", {"/craft_types": ["jade"]}, [], ["/craft_types_other"]),
        ("toilet_design", {}, ["/v_eff_total", "/vent_dia", "/leak_drop"], ["/du_volume", "/frost_depth"]),
        ("toilet_design", {"/climate": "severe"}, ["/frost_depth"], []),
        ("toilet_design", {"/pass_form": "inverted_u"}, [], ["/pass_angle"]),
        ("toilet_design", {"/vent_present": "no"}, ["/vent_present"], ["/vent_dia", "/vent_above_roof"]),
        ("toilet_design", {"/leak_test": "no"}, [], ["/leak_hours", "/leak_drop", "/cure_days"]),
        ("toilet_design", {"/sewer_state": "planned"}, ["/move_soon"], []),
        (
            "toilet_design",
            {"/toilet_type": "urine_diverting"},
            ["/ud_vaults", "/vent_dia"],
            ["/flush_per_use", "/v_eff_total", "/covers", "/leak_test"],
        ),
        ("toilet_design", {"/toilet_type": "double_urn"}, ["/du_volume", "/leak_test"], ["/vent_present"]),
        ("toilet_design", {"/toilet_type": "biogas"}, ["/bg_volume", "/flush_per_use"], ["/ud_vaults"]),
        (
            "toilet_design",
            {"/toilet_type": "sewer_flush"},
            ["/sf_well"],
            ["/excreta_per_day", "/grey_into_tank"],
        ),
        ("toilet_design", {"/toilet_type": "double_pit"}, ["/dp_v1", "/vent_present"], ["/flush_per_use"]),
        ("toilet_design", {"/toilet_type": "hauled"}, ["/hc_interval", "/grey_into_tank"], ["/p12_in"]),
        ("toilet_design", {"/material": "other"}, ["/material_other"], []),
    ],
)
def test_nobody_sees_a_question_that_does_not_apply(form_id, changes, asked, not_asked):
    session = filled(form_id)
    for path, value in changes.items():
        put(session, path, value)
    assert [path for path in asked if not session.relevant(path)] == []
    assert [path for path in not_asked if session.relevant(path)] == []


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_what_belongs_together_merges_as_one(form_id):
    units = bundled(form_id).merge_units()
    assert all(units[path] == units[path.removesuffix("_other")] for path in units if path.endswith("_other"))
    people = [path for path in units if path.endswith(("_name", "_phone", "phone", "_consent", "_head"))]
    assert {units[path] for path in people if units[path] != "division"} <= {
        "contact",
        "plan",
        "protection_plan",
    }


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_a_list_shows_four_to_six_columns_and_a_title(form_id):
    assert 4 <= len(bundled(form_id).list_columns) <= 6
    assert len(filled(form_id).title("zh")) >= 2


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_people_are_marked_as_personal(form_id):
    marked = {q.name: q.personal for q in bundled(form_id).questions() if q.personal != "none"}
    telephones = [q.name for q in bundled(form_id).questions() if q.name.endswith("phone")]
    assert telephones and all(marked[name] == "personal" for name in telephones)
    assert form_id != "toilet_design" or (marked["coord"], marked["household_head"]) == (
        "sensitive",
        "personal",
    )


# What was in the first version


@pytest.mark.parametrize(
    "version",
    ["village_profile-2026112101", "cluster_application-2026112101", "cluster_application-2026112102"],
)
def test_the_questions_of_the_first_version_keep_their_meaning(version, checkout):
    golden = checkout / "tests" / "golden" / f"{version}.xml"
    form_id = version.partition("-")[0]
    old, new = parse_xform(golden.read_bytes()), bundled(form_id)
    assert new.version > old.version
    for question in old.questions():
        now = new.question(question.path)
        assert now is not None and (now.kind, now.datatype, now.unit) == (
            question.kind,
            question.datatype,
            question.unit,
        ), question.path
    offered = {question.path: _offered(old, question) for question in old.questions() if question.itemset}
    assert all(names <= _offered(new, new.question(path)) for path, names in offered.items())


def _offered(form, question):
    root = form.lists.get(question.itemset.instance_id)
    return {item.children["name"][0].text for item in root.children["item"]} if root is not None else set()


@pytest.mark.parametrize(
    ("form_id", "name", "elsewhere", "its_name"),
    [
        ("traditional_village", "formation_era", "village_profile", "formation_era"),
        ("traditional_village", "landform", "village_profile", "landform"),
        ("toilet_design", "current_toilet", "building", "toilet_type"),
        ("toilet_design", "toilet_place", "building", "toilet_place"),
    ],
)
def test_codes_that_come_from_another_form_have_a_label(form_id, name, elsewhere, its_name):
    form, other = bundled(form_id), bundled(elsewhere)
    assert _offered(form, form.question(f"/{name}")) == _offered(other, other.question(f"/{its_name}"))


# What is computed


def test_the_six_classes_of_the_national_survey_are_headings():
    headings = [item.label("zh") for item in bundled("village_profile").root.children]
    classes = ["村庄概况", "人口经济", "房屋建筑", "基础设施", "公共环境", "建设管理"]
    assert [heading for heading in headings if heading in classes] == classes


def test_there_are_56_ethnic_groups():
    root = bundled("village_profile").lists["ethnic"]
    assert len({item.children["name"][0].text for item in root.children["item"]}) == 56


def test_the_facts_of_the_village_are_not_asked_twice():
    session = filled("traditional_village")
    assert session.shown("/formation_era", "zh") == "清代" and session.value("/registered_pop") == 1630
    assert session.value("/test_buildings") == "yes"
    assert (session.value("/protect_level"), session.value("/protect_count")) == ("national", 1)


@pytest.mark.parametrize(
    ("answers", "path", "points"),
    [
        ({"/oldest_building": "ming", "/main_period": "qing"}, "/age_score", "10"),
        ({"/oldest_building": "y1949", "/main_period": "y1949"}, "/age_score", "4"),
        ({"/oldest_building": "later", "/main_period": "later"}, "/age_score", "0"),
        ({"/protect_level": "national", "/protect_count": "3"}, "/rarity_score", "9"),
        ({"/protect_level": "national", "/protect_count": "4"}, "/rarity_score", "10"),
        ({"/protect_level": "province", "/protect_count": "2"}, "/rarity_score", "4.5"),
        ({"/protect_level": "county", "/protect_count": "5"}, "/rarity_score", "6"),
        ({"/protect_level": "registered", "/protect_count": "4"}, "/rarity_score", "2.5"),
        ({"/protect_level": "none"}, "/rarity_score", "0"),
        ({"/functions": ["living", "post"]}, "/richness_score", "4"),
        ({"/functions": ["living", "post", "temple", "tower", "trade", "other"]}, "/richness_score", "10"),
        ({"/functions": ["none"]}, "/richness_score", "0"),
        ({}, "/measured_subtotal", "35"),
        ({}, "/judged_subtotal", "23"),
        ({}, "/total_score", "58"),
    ],
)
def test_points_are_computed_as_the_rule_says(answers, path, points):
    session = filled("traditional_village")
    for at, value in answers.items():
        put(session, at, value)
    assert session.value(path) == {"d": points}


def test_a_score_of_full_marks_is_100():
    session = filled("traditional_village")
    full = {
        "/oldest_building": "ming", "/main_period": "qing", "/protect_count": "9", "/scale_band": "over5",
        "/scale_score": "20", "/ratio_band": "over60", "/ratio_score": "15", "/integrity_band": "b1",
        "/functions": ["living", "trade", "post", "temple", "tower"], "/integrity_score": "15",
        "/aesthetic_score": "12", "/tradition_score": "8",
    }  # fmt: skip
    for path, value in full.items():
        put(session, path, value)
    assert session.value("/total_score") == {"d": "100"} and session.problems() == []


def test_a_toilet_takes_what_the_house_knows_and_gets_the_next_number():
    session = begin("toilet_design", land())
    put(session, "/household_head", "先写的")
    put(session, "/village_ref", "yucun")
    assert session.value("/design_no") == "330523108204-T001" and session.value("/village_name") == "余村"
    put(session, "/building_ref", "yucun_house")
    house = land().item("building", "yucun_house")
    assert session.value("/current_toilet") == house["toilet_type"]
    assert session.value("/household_head") == house["household_head"]
    assert session.value("/users") == int(house["family_size"])
    session.set("/building_ref", None)
    assert session.value("/household_head") == house["household_head"], "what was taken over stays"


@pytest.mark.parametrize(
    ("users", "flush", "days"),
    [
        ("3", "2.0", ("63.5", "31.7", "95.2")),
        ("4", "2.0", ("47.6", "23.8", "71.4")),
        ("4", "6.0", ("22.2", "11.1", "33.3")),
    ],
)
def test_retention_follows_from_volume_people_and_water(users, flush, days):
    session = filled("toilet_design")
    for path, value in {"/users": users, "/flush_per_use": flush, "/flush_small": "0"}.items():
        put(session, path, value)
    assert tuple(session.value(f"/t{tank}")["d"] for tank in (1, 2, 3)) == days
    assert session.value("/ratio") == "2 : 1 : 3"


def test_the_application_asks_nothing_more_to_be_complete_than_annex_2():
    required = [q.path for q in bundled("cluster_application").questions() if q.required and q.asked]
    assert required == [
        "/province", "/prefecture", "/county", "/applying_region", "/applying_unit", "/industry_profile",
        "/contact_name", "/contact_title", "/contact_phone", "/statistics/year",
    ]  # fmt: skip
