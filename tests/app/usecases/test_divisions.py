from __future__ import annotations

import pytest

from app.bootstrap import install_bundled_forms
from app.jobs import Progress
from app.storage.listing import RecordFilter
from app.usecases.divisions import (
    add_local_division,
    find_divisions,
    recent_divisions,
    suggest_code,
)
from app.usecases.records import (
    create_record,
    delete_record,
    list_records,
    open_session,
    renew_projection,
    save_record,
)
from core.errors import KnownError
from tests.builders import a_record

TOWNSHIP, COUNTY = "330523104000", "330523000000"
CASCADE = ("province", "prefecture", "county", "township")


@pytest.fixture
def here(workspace):
    install_bundled_forms(workspace)
    return workspace


def choices(workspace, codes, level):
    """What the village profile offers at a level after these answers."""
    session = open_session(workspace, create_record(workspace, "village_profile"))
    for name, code in zip((*CASCADE, "village"), codes, strict=False):
        session.set(f"/{name}", code)
    return {choice.value: choice.label for choice in session.choices(f"/{level}", "zh")}


def test_full_names_read_as_addresses(here):
    assert here.divisions.full_name("330523104203") == "浙江省湖州市安吉县杭垓镇桐杭村委会"
    assert here.divisions.full_name("110101001001") == "北京市东城区东华门街道多福巷社区居委会"
    assert here.divisions.full_name("441900003000") == "广东省东莞市东城街道"
    assert here.divisions.full_name("999999999999") is None


def test_an_added_village_stands_in_the_cascade_and_in_the_search(here):
    code = suggest_code(here, TOWNSHIP)
    assert code == "330523104900"
    add_local_division(here, TOWNSHIP, " 示例新村 ", code, basis="示例")
    offered = choices(here, ("330000000000", "330500000000", COUNTY, TOWNSHIP), "village")
    assert list(offered.items())[-1] == (code, "示例新村")
    for typed in ("示例新村", "示例", "shilixincun", "slxc", code, "330523104900"):
        found = next(one for one in find_divisions(here, typed, near=COUNTY) if one.code == code)
        assert (found.full_name, found.level, found.local) == (
            "浙江省湖州市安吉县杭垓镇示例新村",
            "village",
            True,
        )
    assert [one.code for one in find_divisions(here, "示例", within="110000000000")] != [code]
    assert suggest_code(here, TOWNSHIP) == "330523104901"


def test_records_are_found_by_the_name_of_a_division_that_is_added_or_renamed_later(here):
    codes = dict(zip((*CASCADE, "village"), ("330000000000", "330500000000", COUNTY, TOWNSHIP), strict=False))
    code = suggest_code(here, TOWNSHIP)
    village = a_record(here, form_id="village_profile", name=None, village=code, **codes)

    def found(text):
        renew_projection(here, Progress())
        return {
            row.record_id for row in list_records(here, RecordFilter(form_id="village_profile", text=text))
        }

    (division,) = add_local_division(here, TOWNSHIP, "示例新村", code).records
    assert found("示例新村") == {village}
    save_record(here, division, {"/name": "示例老村"})
    assert (found("示例新村"), found("示例老村")) == (set(), {village})
    delete_record(here, division)
    assert (found("示例老村"), found(code)) == (set(), {village})


def test_an_added_division_is_an_ordinary_record_without_a_problem(here):
    changes = add_local_division(here, TOWNSHIP, "示例新村", "330523104900")
    assert changes.sync
    (row,) = list_records(here)
    assert (row.form_id, row.title, row.problems) == ("local_division", "示例新村", 0)
    session = open_session(here, row.record_id)
    assert [session.value(f"/{name}") for name in CASCADE] == [
        "330000000000",
        "330500000000",
        COUNTY,
        TOWNSHIP,
    ]


def test_what_is_deleted_shows_no_more_but_stays_an_answer(here):
    add_local_division(here, TOWNSHIP, "示例新村", "330523104900")
    record = create_record(here, "village_profile")
    save_record(here, record, {"/village": "330523104900"})
    (row,) = [row for row in list_records(here) if row.form_id == "local_division"]
    delete_record(here, row.record_id)
    assert here.divisions.describe("330523104900") is None
    assert open_session(here, record).value("/village") == "330523104900"


def test_of_two_records_for_one_code_the_earlier_shows_and_both_are_marked(here, clock):
    add_local_division(here, TOWNSHIP, "示例东村", "330523104900")
    clock.advance(seconds=1)
    add_local_division(here, TOWNSHIP, "示例西村", "330523104900")
    assert here.divisions.describe("330523104900").name == "示例东村"
    codes = set()
    for row in list_records(here):
        codes |= {problem.code for problem in open_session(here, row.record_id).problems()}
    assert codes == {"not_unique"}


def test_an_official_code_goes_before_an_added_one(here):
    record = create_record(here, "local_division")
    save_record(here, record, {"/code": COUNTY, "/name": "示例县"})
    assert here.divisions.describe(COUNTY).name == "安吉县"
    assert [one.name for one in find_divisions(here, COUNTY)] == ["安吉县"]
    assert not [one for one in find_divisions(here, "示例县") if one.code == COUNTY]
    offered = choices(here, ("330000000000", "330500000000"), "county")
    assert offered[COUNTY] == "安吉县"


@pytest.mark.parametrize(
    ("parent", "code", "error"),
    [
        (TOWNSHIP, "330523105900", "division_code"),
        (TOWNSHIP, "3305231049", "division_code"),
        (TOWNSHIP, TOWNSHIP, "division_code"),
        (COUNTY, "330523104900", "division_code"),
        (TOWNSHIP, "330523104203", "division_known"),
        ("330523104203", "330523104203", "division_parent"),
        ("浙江", "330523104900", "division_parent"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(here, parent, code, error):
    with pytest.raises(KnownError) as refused:
        add_local_division(here, parent, "示例新村", code)
    assert refused.value.code == error
    assert list_records(here) == []


def test_an_empty_name_is_refused(here):
    with pytest.raises(KnownError) as refused:
        add_local_division(here, TOWNSHIP, "  ", "330523104900")
    assert refused.value.code == "division_name"


@pytest.mark.parametrize("parent", ["441900003000", "441900000000", "350527000000", COUNTY, "330500000000"])
def test_below_every_kind_of_parent_the_suggested_code_is_good(here, parent):
    code = suggest_code(here, parent)
    add_local_division(here, parent, "示例", code)
    assert here.divisions.describe(code).local
    (row,) = list_records(here)
    assert row.problems == 0


@pytest.mark.parametrize(
    ("cascade", "village", "full_name"),
    [
        (
            ("440000000000", "441900000000", "441900000000", "441900003000"),
            "441900003001",
            "广东省东莞市东城街道",
        ),
        (
            ("440000000000", "442000000000", "442000000000", "442000001000"),
            "442000001007",
            "广东省中山市石岐街道",
        ),
        (
            ("460000000000", "460400000000", "460400000000", "460400100000"),
            "460400100001",
            "海南省儋州市那大镇",
        ),
        (
            ("350000000000", "350500000000", "350527000000", "350527000000"),
            "350527000000",
            "福建省泉州市金门县",
        ),
    ],
)
def test_a_place_whose_code_stands_for_several_levels_is_filled_in_down_to_the_village(
    here, cascade, village, full_name
):
    codes = (*cascade, village)
    for depth, (level, code) in enumerate(zip((*CASCADE, "village"), codes, strict=True)):
        assert code in choices(here, codes[:depth], level), level
    record = create_record(here, "village_profile")
    save_record(
        here, record, {f"/{name}": code for name, code in zip((*CASCADE, "village"), codes, strict=True)}
    )
    session = open_session(here, record)
    assert [session.value(f"/{name}") for name in (*CASCADE, "village")] == list(codes)
    assert here.divisions.describe(village).full_name.startswith(full_name)
    assert here.divisions.describe(village).full_name.count(full_name[3:6]) == 1


def test_the_places_of_the_last_records_are_remembered_each_once(here):
    for code in ("330523104203", "330523108204", "330523104203"):
        record = create_record(here, "village_profile")
        answers = dict(zip(CASCADE, ("330000000000", "330500000000", COUNTY, f"{code[:9]}000"), strict=True))
        save_record(here, record, {f"/{name}": value for name, value in answers.items()} | {"/village": code})
    assert [one.code for one in recent_divisions(here)] == ["330523104203", "330523108204"]
    assert recent_divisions(here, limit=1)[0].full_name == "浙江省湖州市安吉县杭垓镇桐杭村委会"
