from __future__ import annotations

import pytest

from app.storage.record_logs import RecordLogs
from app.usecases.records import save_record
from core.records.merge import merge
from tests.builders import a_record, a_workspace, carry, values_of


def test_a_save_reads_only_what_came_since_the_last_one(workspace, monkeypatch):
    record = a_record(workspace)
    for number in range(5):
        save_record(workspace, record, {"/remark": str(number)})
    read = []
    from app.storage import record_logs

    decode = record_logs.decode_line
    monkeypatch.setattr(record_logs, "decode_line", lambda line: read.append(line) or decode(line))
    save_record(workspace, record, {"/remark": "last"})
    assert len(read) == 1


def test_what_a_failed_save_wrote_is_never_taken_for_what_is_there(workspace):
    record = a_record(workspace, remark="old")
    log = workspace.operations.log_of

    def fail():
        with workspace.database.transaction():
            workspace.own_log.put("put", record, "", fields={"/remark": "failed"})
            assert log(record).merged.values["/remark"] == "failed"
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert log(record).merged.values["/remark"] == "old"
    save_record(workspace, record, {"/remark": "new"})
    assert log(record).merged.values["/remark"] == "new"
    assert RecordLogs(workspace.database).read(record).ops == log(record).ops


def test_a_log_that_was_continued_is_the_one_read_at_once(tmp_path, clock, workspace):
    with a_workspace(tmp_path / "two", clock=clock) as other:
        record = a_record(workspace, remark="a")
        carry(workspace, other)
        for number in range(3):
            save_record(other, record, {"/remark": f"b{number}", "/kind": str(number)})
            save_record(workspace, record, {"/remark": f"a{number}"})
            carry(other, workspace)
            kept, anew = workspace.operations.log_of(record), RecordLogs(workspace.database).read(record)
            assert (kept.ops, kept.foreign, kept.known) == (anew.ops, anew.foreign, anew.known)
            assert kept.merged == anew.merged == merge(anew.ops)


def test_unsent_work_moved_into_a_new_log_is_read_anew(workspace):
    record = a_record(workspace, remark="a")
    workspace.operations.log_of(record)
    with workspace.database.transaction():
        workspace.records.refresh(workspace.own_log.fork(workspace.person))
    log = workspace.operations.log_of(record)
    assert {op.ref.replica for op in log.ops} == {workspace.operations.own().id}
    assert values_of(workspace, record)["/remark"] == "a"
