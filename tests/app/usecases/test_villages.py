from __future__ import annotations

import pytest

from app.bootstrap import install_bundled_forms
from app.storage.listing import RecordFilter
from app.storage.migrations import INSIDE_AS_LINKED
from app.usecases.records import (
    create_record,
    delete_record,
    open_session,
    page_records,
    restore_record,
    save_record,
)
from app.usecases.references import create_linked
from app.usecases.villages import begin_profile, find_villages, list_villages, village_detail
from app.workspace import open_workspace
from core.errors import KnownError

YUCUN, HENGSHAN = "330523108204", "330523001002"


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    with open_workspace(tmp_path_factory.mktemp("villages") / "ws") as workspace:
        install_bundled_forms(workspace)
        yield workspace


@pytest.fixture
def workspace(opened):
    """The forms are installed once; every test begins without records."""
    yield opened
    with opened.database.transaction():
        opened.records.forget(opened.records.ids())


def a_profile(workspace, code=YUCUN, **answers):
    record = begin_profile(workspace, code)
    save_record(
        workspace, record, {"/households": 300} | {f"/{name}": value for name, value in answers.items()}
    )
    return record


def a_house(workspace, profile, number="示例 1"):
    house = create_linked(workspace, "building", "/village_ref", profile)
    save_record(workspace, house, {"/house_no": number})
    return house


def test_a_village_is_there_with_its_profile_and_what_refers_to_it(workspace):
    profile = a_profile(workspace)
    house = a_house(workspace, profile)
    (village,) = list_villages(workspace)
    assert (village.code, village.name, village.profile, village.records) == (YUCUN, "余村村委会", profile, 2)
    assert village.place == "浙江省湖州市安吉县天荒坪镇"
    detail = village_detail(workspace, YUCUN)
    counts = {form.form.form_id: form.counts.records for form in detail.forms}
    assert (counts["village_profile"], counts["building"], counts["facility"]) == (1, 1, 0)
    assert [row.record_id for row in detail.latest] == [house, profile]
    assert detail.forms[0].form.form_id == "village_profile"


def test_counts_by_village_are_those_of_a_list_kept_to_it(workspace):
    for code in (YUCUN, HENGSHAN):
        profile = a_profile(workspace, code)
        for number in range(3):
            a_house(workspace, profile, f"示例 {number}")
    delete_record(workspace, page_records(workspace, RecordFilter(place=YUCUN))[0].record_id)
    for village in list_villages(workspace):
        rows = page_records(workspace, RecordFilter(place=village.code))
        assert village.records == len(rows)
        assert village.unfinished == sum(row.state == "draft" for row in rows)
        assert village.updated == rows[0].updated


def test_a_house_moves_with_the_profile_it_refers_to(workspace):
    profile = a_profile(workspace)
    a_house(workspace, profile)
    elsewhere = open_session(workspace, begin_profile(workspace, HENGSHAN)).answers()
    save_record(workspace, profile, {path: elsewhere[path] for path in ("/township", "/village")})
    with workspace.database.transaction():
        workspace.records.renew(10)
    assert [(one.code, one.records) for one in list_villages(workspace)] == [(HENGSHAN, 2)]


def test_a_record_of_a_village_without_profile_is_shown_by_its_code(workspace):
    profile = a_profile(workspace)
    a_house(workspace, profile)
    delete_record(workspace, profile)
    (village,) = list_villages(workspace)
    assert (village.name, village.profile, village.records) == ("余村村委会", "", 1)
    assert village_detail(workspace, YUCUN).profiles == ()
    restore_record(workspace, profile)
    assert list_villages(workspace)[0].profile == profile


def test_a_profile_without_division_is_listed_by_its_name(workspace):
    record = create_record(workspace, "village_profile")
    save_record(workspace, record, {"/village_name": "示例村"})
    (village,) = list_villages(workspace)
    assert (village.code, village.name, village.profile) == ("", "示例村", record)


@pytest.mark.parametrize(
    "typed", ["余村", "yucun", "yc", "yu", "天荒坪", "thp", "330523108", "安吉 余", "YC"]
)
def test_villages_are_found_by_name_place_pinyin_initials_and_code(workspace, typed):
    a_profile(workspace)
    a_profile(workspace, HENGSHAN)
    assert [one.code for one in find_villages(list_villages(workspace), typed)] == [YUCUN]


def test_a_profile_begins_with_its_division_chosen(workspace):
    session = open_session(workspace, begin_profile(workspace, YUCUN))
    assert [session.value(f"/{level}") for level in ("province", "county", "village")] == [
        "330000000000",
        "330523000000",
        YUCUN,
    ]
    assert session.value("/village_name") == "余村村委会"


def test_what_is_no_code_is_refused_by_name(workspace):
    with pytest.raises(KnownError) as error:
        village_detail(workspace, "余村村委会")
    assert error.value.code == "division_code"


def test_records_of_an_older_file_are_put_into_their_villages_by_the_migration(workspace):
    """What m006 reads from the links is what saving writes."""
    a_house(workspace, a_profile(workspace))
    with workspace.database.read() as tables:
        saved = sorted(tables.execute("SELECT * FROM inside").fetchall())
    assert saved
    with workspace.database.transaction() as tables:
        tables.execute("DELETE FROM inside")
        tables.execute(INSIDE_AS_LINKED)
        assert sorted(tables.execute("SELECT * FROM inside").fetchall()) == saved
