"""What was typed and not saved becomes operations when everything is saved, with the bases of what was seen."""

from __future__ import annotations

import pytest

from app.saving import save_all
from app.usecases.conflicts import list_conflicts
from app.usecases.records import (
    close_session,
    create_record,
    keep_draft,
    list_records,
    open_session,
    read_session,
    save_record,
)
from tests.builders import a_record, carry, values_of


def test_typed_answers_of_all_records_are_saved(workspace):
    saved, begun = a_record(workspace), create_record(workspace, "small")
    keep_draft(workspace, saved, {"/remark": "一"})
    keep_draft(workspace, begun, {"/name": "新"})
    changes = save_all(workspace)
    assert changes.records == {saved, begun} and changes.sync
    assert values_of(workspace, saved)["/remark"] == "一"
    assert values_of(workspace, begun)["/name"] == "新"
    assert not workspace.drafts.records() and not save_all(workspace)


def test_a_record_nobody_touched_stays_nothing(workspace):
    create_record(workspace, "small")
    assert not save_all(workspace)
    assert list_records(workspace) == []


@pytest.mark.log_warnings
def test_an_answer_too_long_for_an_operation_stays_typed_and_stops_no_other(workspace):
    long, short = a_record(workspace), a_record(workspace)
    keep_draft(workspace, long, {"/remark": "长" * 100_000})
    keep_draft(workspace, short, {"/remark": "短"})
    assert save_all(workspace).records == {short}
    assert workspace.drafts.answers(long)["/remark"].value == "长" * 100_000


def test_what_came_after_the_typing_was_not_seen(workspace, other):
    record = a_record(workspace, remark="起初")
    carry(workspace, other)
    open_session(workspace, record)
    keep_draft(workspace, record, {"/remark": "甲"})
    close_session(workspace, record)
    save_record(other, record, {"/remark": "乙", "/kind": "丙"})
    carry(other, workspace)
    save_all(workspace)
    assert [row.path for row in list_conflicts(workspace)] == ["/remark"]
    assert list_records(workspace)[0].parallel


def test_looking_a_record_up_is_not_having_seen_it(workspace, other):
    record = a_record(workspace, remark="起初")
    carry(workspace, other)
    open_session(workspace, record)
    save_record(other, record, {"/remark": "乙"})
    carry(other, workspace)
    assert read_session(workspace, record).value("/remark") == "乙"
    save_record(workspace, record, {"/remark": "甲"})
    assert [row.path for row in list_conflicts(workspace)] == ["/remark"]
