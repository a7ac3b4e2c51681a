from __future__ import annotations

import pytest

from app.sync.membership import keep_grant
from app.usecases.conflicts import list_conflicts
from app.usecases.history import record_history
from app.usecases.records import (
    RecordFilter,
    count_records,
    delete_record,
    finalise_record,
    record_row,
    save_record,
)
from app.usecases.returning import may_return, return_record, take_back_return
from core.errors import KnownError
from core.protocol.roles import Grant
from core.records.merge import Returned
from tests.builders import a_record, a_workspace, carry


@pytest.fixture
def workspace(tmp_path, clock):
    with a_workspace(tmp_path / "ws", name="设计人员", clock=clock) as opened:
        yield opened


@pytest.fixture
def reviewer(tmp_path, clock):
    with a_workspace(tmp_path / "other", name="协调员", clock=clock) as opened:
        yield opened


@pytest.fixture
def returned(workspace, reviewer):
    """A final record that the reviewer returned for its remark."""
    record = a_record(workspace)
    assert finalise_record(workspace, record).done
    carry(workspace, reviewer)
    return_record(reviewer, record, " 备注太短 ", "/remark")
    carry(reviewer, workspace)
    return record


def returned_count(workspace):
    return count_records(workspace, RecordFilter(returned=True))


def test_a_returned_record_is_a_draft_with_the_reason_and_the_question_on_both_sides(
    workspace, reviewer, returned
):
    for side in (workspace, reviewer):
        row = record_row(side, returned)
        assert (row.state, row.returned) == ("draft", Returned("备注太短", "/remark"))
        assert returned_count(side) == count_records(side, RecordFilter(returned=True, text="示例")) == 1
        assert count_records(side, RecordFilter(returned=False)) == 0


def test_saving_keeps_the_mark_and_finalising_clears_it_everywhere(workspace, reviewer, returned):
    save_record(workspace, returned, {"/remark": "写长了一些"})
    assert record_row(workspace, returned).returned is not None
    assert finalise_record(workspace, returned).done
    carry(workspace, reviewer)
    for side in (workspace, reviewer):
        assert (record_row(side, returned).state, record_row(side, returned).returned) == ("final", None)
        assert returned_count(side) == 0


def test_finalising_again_without_any_change_clears_it_too(workspace, returned):
    assert finalise_record(workspace, returned).done
    assert (record_row(workspace, returned).state, record_row(workspace, returned).returned) == (
        "final",
        None,
    )


def test_the_history_tells_the_reason_and_who_gave_it(workspace, returned):
    line = next(line for line in record_history(workspace, returned).lines if line.what == "@returned")
    assert (line.before, line.after, line.who.name) == ("", "备注太短", "协调员")


def test_who_returns_while_another_finalises_is_heard_and_nobody_has_to_decide(workspace, reviewer, returned):
    finalise_record(workspace, returned)
    return_record(reviewer, returned, "还缺照片")
    carry(workspace, reviewer)
    carry(reviewer, workspace)
    for side in (workspace, reviewer):
        assert record_row(side, returned).returned == Returned("还缺照片")
        assert list_conflicts(side) == []
    assert finalise_record(workspace, returned).done
    assert record_row(workspace, returned).returned is None


def test_a_mark_can_be_taken_back(reviewer, returned):
    take_back_return(reviewer, returned)
    assert (record_row(reviewer, returned).state, record_row(reviewer, returned).returned) == ("final", None)
    assert not take_back_return(reviewer, returned)


@pytest.mark.parametrize("reason", ["", "  ", "长" * 501])
def test_a_return_needs_a_reason_of_bearable_length(workspace, reason):
    with pytest.raises(KnownError) as error:
        return_record(workspace, a_record(workspace), reason)
    assert error.value.code == "return_reason"


def test_what_is_in_the_bin_is_not_returned(workspace):
    record = a_record(workspace)
    delete_record(workspace, record)
    with pytest.raises(KnownError) as error:
        return_record(workspace, record, "理由")
    assert error.value.code == "return_deleted"


def test_the_mark_of_a_foreign_program_never_stops_the_record(workspace):
    record = a_record(workspace)
    with workspace.database.transaction():
        form = workspace.records.merged(record).form
        workspace.own_log.put("put", record, form, fields={"/@returned": {"reason": 3}}, bases={}, seen={})
        workspace.records.refresh([record])
    assert record_row(workspace, record).returned is None


def test_who_works_alone_returns_and_in_a_project_the_role_decides(workspace):
    assert may_return(workspace)
    for role, may in (("surveyor", False), ("applicant", False), ("reviewer", True), ("coordinator", True)):
        with workspace.database.transaction():
            keep_grant(workspace.kv, Grant(role))
        assert may_return(workspace) is may
