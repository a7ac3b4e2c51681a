"""History in words: who changed what, from what to what, the latest first."""

import pytest

from app.usecases.history import record_history
from app.usecases.records import delete_record, finalise_record, open_session, save_record
from core.errors import KnownError
from tests.builders import a_record, carry


def test_the_latest_change_stands_first_with_its_author(workspace, other, clock):
    record = a_record(workspace, remark="一")
    carry(workspace, other)
    clock.advance(hours=1)
    save_record(other, record, {"/remark": "二"})
    carry(other, workspace)
    line = record_history(workspace, record).lines[0]
    assert (line.change.path, line.before, line.after, line.mine) == ("/remark", "一", "二", False)
    assert line.change.claimed_at == "2026-11-21T09:00:00+00:00"
    assert line.who is not None
    assert line.who.name == "另一人"


def test_finalising_and_deleting_are_told_too(workspace):
    record = a_record(workspace)
    finalise_record(workspace, record)
    delete_record(workspace, record)
    told = [(line.what, line.before, line.after) for line in record_history(workspace, record).lines[:2]]
    assert told == [("@life", "", "deleted"), ("@state", "draft", "final")]


def test_a_row_is_told_by_its_number_and_its_removal_too(workspace):
    record = a_record(workspace)
    session = open_session(workspace, record)
    rows = [session.add_row("/hh") for _ in range(2)]
    save_record(
        workspace,
        record,
        {f"{row}/person": f"示例{n}" for n, row in enumerate(rows, 1)}
        | {f"{row}/@pos": session.answers()[f"{row}/@pos"] for row in rows},
    )
    people = {
        line.row: line.after
        for line in record_history(workspace, record).lines
        if line.change.path.endswith("/person")
    }
    assert people == {1: "示例1", 2: "示例2"}
    save_record(workspace, record, {f"{rows[0]}/@life": "deleted"})
    assert (
        record_history(workspace, record).lines[0].what,
        record_history(workspace, record).lines[0].after,
    ) == (
        "@row",
        "deleted",
    )


def test_a_record_that_nobody_saved_has_no_history(workspace):
    with pytest.raises(KnownError) as refused:
        record_history(workspace, "0192")
    assert refused.value.code == "record_missing"
