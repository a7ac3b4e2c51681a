from __future__ import annotations

import pytest

from app.usecases.conflicts import conflict_detail, list_conflicts, resolve_conflict
from app.usecases.records import delete_record, list_records, save_record
from core.errors import KnownError
from tests.builders import a_record, a_workspace, carry, values_of


@pytest.fixture
def workspace(tmp_path, clock):
    with a_workspace(tmp_path / "ws", name="甲", clock=clock) as opened:
        yield opened


@pytest.fixture
def other(tmp_path, clock):
    with a_workspace(tmp_path / "other", name="乙", clock=clock) as opened:
        yield opened


@pytest.fixture
def disputed(workspace, other):
    """A record whose remark both have changed from 一, each without knowing of the other."""
    record = a_record(workspace, remark="一", village="一村", village_code="1")
    carry(workspace, other)
    save_record(workspace, record, {"/remark": "甲写的"})
    save_record(other, record, {"/remark": "乙写的"})
    carry(workspace, other)
    carry(other, workspace)
    return record


def test_both_sides_list_the_same_conflict_with_base_and_authors(workspace, other, disputed):
    for side, me in ((workspace, "甲"), (other, "乙")):
        (row,) = list_conflicts(side)
        assert (row.record_id, row.path, row.kind) == (disputed, "/remark", "values")
        (field,) = conflict_detail(side, disputed)
        assert field.base == "一"
        assert {(one.value, one.who.name, one.mine) for one in field.candidates} == {
            ("甲写的", "甲", me == "甲"),
            ("乙写的", "乙", me == "乙"),
        }
    assert (
        conflict_detail(workspace, disputed)[0].candidates[0].value == values_of(other, disputed)["/remark"]
    )


def test_a_choice_settles_it_everywhere(workspace, other, disputed):
    changes = resolve_conflict(workspace, disputed, {"/remark": "乙写的"})
    assert changes.records == {disputed}
    carry(workspace, other)
    for side in (workspace, other):
        assert list_conflicts(side) == []
        assert values_of(side, disputed)["/remark"] == "乙写的"


def test_a_third_value_may_be_chosen(workspace, disputed):
    resolve_conflict(workspace, disputed, {"/remark": "两人商定"})
    assert list_conflicts(workspace) == []
    assert values_of(workspace, disputed)["/remark"] == "两人商定"


def test_what_came_after_looking_stays_a_conflict(workspace, other, disputed):
    (field,) = conflict_detail(workspace, disputed)
    save_record(other, disputed, {"/remark": "乙又改了"})
    carry(other, workspace)
    resolve_conflict(workspace, disputed, {"/remark": "甲写的"}, seen=field.seen)
    (row,) = list_conflicts(workspace)
    assert {one.value for one in conflict_detail(workspace, disputed)[0].candidates} == {"甲写的", "乙又改了"}
    assert row.path == "/remark"


def test_equal_values_are_no_conflict(workspace, other):
    record = a_record(workspace, remark="一")
    carry(workspace, other)
    save_record(workspace, record, {"/remark": "同"})
    save_record(other, record, {"/remark": "同"})
    carry(other, workspace)
    assert list_conflicts(workspace) == []


def test_choosing_one_member_of_a_unit_takes_the_whole_unit(workspace, other):
    record = a_record(workspace, village="一村", village_code="1")
    carry(workspace, other)
    save_record(workspace, record, {"/village": "甲村", "/village_code": "2"})
    save_record(other, record, {"/village": "乙村", "/village_code": "3"})
    carry(other, workspace)
    resolve_conflict(workspace, record, {"/village": "乙村"})
    values = values_of(workspace, record)
    assert (values["/village"], values["/village_code"]) == ("乙村", "3")
    assert list_conflicts(workspace) == []


@pytest.mark.parametrize("choice", ["deleted", "alive"])
def test_deleted_here_and_edited_there_stays_visible_until_somebody_decides(workspace, other, choice):
    record = a_record(workspace, remark="一")
    carry(workspace, other)
    delete_record(workspace, record)
    save_record(other, record, {"/remark": "乙改的"})
    carry(other, workspace)
    carry(workspace, other)
    for side in (workspace, other):
        assert [row.record_id for row in list_records(side)] == [record]
        (field,) = conflict_detail(side, record)
        assert field.kind == "deleted_edited"
        assert {(one.value, one.who.name) for one in field.candidates} == {("deleted", "甲"), ("alive", "乙")}
    resolve_conflict(workspace, record, {"/@life": choice})
    carry(workspace, other)
    for side in (workspace, other):
        assert list_conflicts(side) == []
        assert len(list_records(side)) == (choice == "alive")
        assert values_of(side, record)["/remark"] == "乙改的"


def test_a_record_of_nobody_is_a_known_error(workspace):
    with pytest.raises(KnownError) as caught:
        conflict_detail(workspace, "01900000-0000-7000-8000-000000000000")
    assert caught.value.code == "record_missing"
