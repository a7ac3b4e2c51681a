"""The forms that come with the program: what their sheets say is what is installed, and they work."""

from __future__ import annotations

import shutil

import pytest

from app.storage.divisions import DivisionTable
from core.errors import KnownError
from core.forms.filling.session import FormSession
from tests.core.forms.bundled import bundled
from tests.core.forms.making import RECORD, StandingClock
from tools.compile_forms import FORMS, compiled

DIVISIONS = FORMS.parent / "divisions"
FORM_IDS = sorted(folder.name for folder in FORMS.iterdir())


def a_session(form_id: str) -> FormSession:
    return FormSession(bundled(form_id), RECORD, StandingClock(), None, DivisionTable(DIVISIONS))


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_the_committed_xform_is_what_the_sheets_say(form_id):
    assert (FORMS / form_id / "form.xml").read_bytes() == compiled(FORMS / form_id)


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_answers_of_our_own_forms_go_by_the_name_alone(form_id):
    assert all(item.step == item.name for item in bundled(form_id).items() if item.path)


def test_a_path_to_nothing_stops_the_forms_of_ours(tmp_path):
    shutil.copytree(FORMS / "photo_point", tmp_path / "form")
    survey = tmp_path / "form" / "survey.csv"
    survey.write_text(f"{survey.read_text('utf-8')}calculate,wrong\n", "utf-8")
    heads = survey.read_text("utf-8").splitlines()[0].split(",")
    row = ["calculate", "wrong", *[""] * (len(heads) - 2)]
    row[heads.index("calculation")] = "../gone"
    survey.write_text(survey.read_text("utf-8").replace("calculate,wrong", ",".join(row)), "utf-8")
    with pytest.raises(KnownError, match="reference_to_nothing"):
        compiled(tmp_path / "form")


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_every_text_is_there_in_both_languages(form_id):
    form = bundled(form_id)
    assert form.form_id == form_id
    assert form.title("zh") != form.title("en")
    for text_id, text in form.texts.items():
        assert set(text.languages) == {"zh", "en"}, text_id


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_every_limit_says_what_to_do(form_id):
    form = bundled(form_id)
    assert [q.path for q in form.questions() if q.constraint is not None and not q.constraint_text] == []


@pytest.mark.skipif(shutil.which("java") is None, reason="ODK Validate needs a Java runtime")
@pytest.mark.parametrize("form_id", FORM_IDS)
def test_the_engine_of_odk_collect_accepts_the_form(form_id):
    from pyxform.validators.odk_validate import check_xform

    check_xform(str(FORMS / form_id / "form.xml"))


def test_the_labels_of_the_application_are_those_of_annex_2():
    form = bundled("cluster_application")
    labels = [form.question(path).label("zh") for path in (
        "/applying_region", "/applying_unit", "/industry_profile", "/contact_phone",
    )]  # fmt: skip
    assert labels == ["申报地区", "申报单位", "本地区工艺美术产业情况简介", "联系电话"]
    joined = f"{form.question('/contact_name').label('zh')}及{form.question('/contact_title').label('zh')}"
    assert joined == "联系人及职务"


def test_the_profile_may_have_300_characters_that_are_no_space():
    session = a_session("cluster_application")
    session.set("/industry_profile", "工 艺　美\n术" * 75)
    assert session.problem("/industry_profile") is None
    session.set("/industry_profile", "工 艺　美\n术" * 75 + "。")
    problem = session.problem("/industry_profile")
    assert problem.code == "constraint" and "300 字" in problem.values["message"]["zh"]


def test_the_region_is_written_from_the_cascade_and_may_be_edited():
    session = a_session("cluster_application")
    for path, code in (
        ("/province", "330000000000"),
        ("/prefecture", "330500000000"),
        ("/county", "330523000000"),
    ):
        session.set(path, code)
    assert session.value("/applying_region") == "浙江省湖州市安吉县"
    session.set("/applying_region", "浙江省湖州市安吉县（示例）")
    assert session.problem("/applying_region") is None
    for path, code in (
        ("/province", "110000000000"),
        ("/prefecture", "110100000000"),
        ("/county", "110101000000"),
    ):
        session.set(path, code)
    assert session.value("/applying_region") == "北京市东城区"


@pytest.mark.parametrize(
    ("phone", "good"),
    [
        ("13800000000", True), ("+86 13800000000", True), ("0755-12345678", True), ("400-800-1234", True),
        ("13800000000、0755-12345678", True), ("12345", False), ("2380000000", False), ("示例", False),
    ],
)  # fmt: skip
def test_a_telephone_number_is_checked(phone, good):
    session = a_session("cluster_application")
    session.set("/contact_phone", phone)
    assert (session.problem("/contact_phone") is None) is good


def test_the_cascade_reaches_a_village_also_where_a_city_has_no_counties():
    session = a_session("village_profile")
    session.set("/province", "440000000000")
    session.set("/prefecture", "441900000000")
    assert [choice.label for choice in session.choices("/county", "zh")] == ["东莞市"]
    session.set("/county", "441900000000")
    session.set("/township", session.choices("/township", "zh")[0].value)
    village = session.choices("/village", "zh")[0]
    session.set("/village", village.value)
    assert len(village.value) == 12
    assert session.value("/village_name") == village.label == session.title("zh")


def test_figures_that_contradict_each_other_are_found():
    session = a_session("village_profile")
    session.set("/households", 100)
    session.set("/sanitary_toilet_households", 101)
    assert session.problem("/sanitary_toilet_households").code == "constraint"
    session.set("/sanitary_toilet_households", 83)
    assert session.calculated()["/toilet_share"] == {"d": "83"}


def test_a_village_starts_without_heritage_rows_and_photos():
    session = a_session("village_profile")
    assert session.rows("/ich_items") == [] and session.rows("/photos") == []
    row = session.add_row("/photos")
    assert {view.path for view in session.children(row)} >= {f"{row}/photo", f"{row}/caption"}
