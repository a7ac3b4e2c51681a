"""A workspace that was damaged and recovered syncs on: the server gives back what it holds, nothing is twice."""

from __future__ import annotations

from app.storage.operations import LOCAL
from app.usecases.backup import keep_copy
from app.usecases.conflicts import list_conflicts
from app.usecases.health import recover_workspace
from app.usecases.records import list_records, save_record
from app.usecases.sync import sync_state
from tests.builders import a_photo, a_record, a_workspace, values_of
from tests.servers import a_picture, endpoint_of, join_in_process, sync_in_process

PICTURE = a_picture()


def sync(service, *workspaces):
    return [sync_in_process(endpoint_of(service, workspace), workspace) for workspace in workspaces]


def test_what_was_synced_after_the_copy_comes_back_and_new_work_takes_no_number_twice(tmp_path, service):
    with a_workspace(tmp_path / "a") as a:
        join_in_process(service, a)
        early = a_record(a, name="早", remark="起初")
        sync(service, a)
        keep_copy(a)
        save_record(a, early, {"/remark": "改过"})
        synced = a_record(a, name="同步过")
        save_record(a, synced, {"/photos[p]/photo": a_photo(a, PICTURE)})
        sync(service, a)
        unsent = a_record(a, name="没同步")
        log = a.operations.own().id
    (tmp_path / "a" / "survey.db").unlink()
    recovery = recover_workspace(tmp_path / "a")
    assert recovery.joined and len(recovery.lost) == 4
    with a_workspace(tmp_path / "a") as a, a_workspace(tmp_path / "b") as b:
        assert a.operations.own().id != log
        after = a_record(a, name="之后")
        sync(service, a)
        assert values_of(a, early)["/remark"] == "改过"
        assert a.photo_files.is_sound(values_of(a, synced)["/photos[p]/photo"]["b"])
        assert a.records.row(unsent) is None  # it stood nowhere else, and was named
        join_in_process(service, b)
        sync(service, b, a)
        for workspace in (a, b):
            assert {row.record_id for row in list_records(workspace)} == {early, synced, after}
            assert list_conflicts(workspace) == [] and sync_state(workspace).unsent_ops == 0


def test_unsent_operations_found_in_the_damaged_file_reach_the_server_as_they_were(tmp_path, service):
    with a_workspace(tmp_path / "a") as a:
        join_in_process(service, a)
        record = a_record(a, name="早")
        sync(service, a)
        save_record(a, record, {"/remark": "没同步的修改"})
        lines = [line.line for line in a.operations.log(a.operations.own().id)]
    with (tmp_path / "a" / "survey.db").open("r+b") as file:
        file.write(bytes(4096))
    assert recover_workspace(tmp_path / "a").lost == ()
    with a_workspace(tmp_path / "a") as a, a_workspace(tmp_path / "b") as b:
        assert [line.line for line in a.operations.log(a.operations.own().id)] == lines
        (result,) = sync(service, a)
        assert not result.forked
        sync_in_process(join_in_process(service, b), b)
        assert values_of(b, record)["/remark"] == "没同步的修改"
        assert sync_state(a).unsent_ops == 0


def test_what_follows_a_lost_operation_goes_out_under_a_new_name(tmp_path, service, monkeypatch):
    with a_workspace(tmp_path / "a") as a:
        join_in_process(service, a)
        first = a_record(a, name="一", remark="起初")
        sync(service, a)
        lost = a_record(a, name="丢了的")
        save_record(a, first, {"/remark": "之后的修改"})
        own, n = a.operations.own(), a.operations.own().last_n
        with a.database.transaction() as tables:  # as if its page were gone
            tables.execute("DELETE FROM op WHERE rec = ?", [lost])
            tables.execute("DELETE FROM rec WHERE id = ?", [lost])
    recovery = recover_workspace(tmp_path / "a")
    assert [(ref.replica, ref.n) for ref in recovery.lost] == [(own.id, n - 1)]
    with a_workspace(tmp_path / "a") as a, a_workspace(tmp_path / "b") as b:
        assert [line.n for line in a.operations.log(own.id, state=LOCAL)] == []
        sync(service, a)
        sync_in_process(join_in_process(service, b), b)
        for workspace in (a, b):
            assert values_of(workspace, first)["/remark"] == "之后的修改"
            assert list_conflicts(workspace) == []


def test_others_work_is_read_again_from_the_server_when_no_copy_is_left(tmp_path, service):
    with a_workspace(tmp_path / "a") as a, a_workspace(tmp_path / "b") as b:
        join_in_process(service, a), join_in_process(service, b)
        theirs = [a_record(b, name=f"乙{number}", remark="长" * 1500) for number in range(20)]
        mine = a_record(a, name="甲")
        sync(service, b, a)
    file = tmp_path / "a" / "survey.db"
    content = bytearray(file.read_bytes())
    content[len(content) * 3 // 4 :] = bytes(len(content) - len(content) * 3 // 4)
    file.write_bytes(content)
    recover_workspace(tmp_path / "a")
    with a_workspace(tmp_path / "a") as a:
        assert sync_state(a).joined
        sync(service, a)
        assert {row.record_id for row in list_records(a)} == {mine, *theirs}
        assert a.database.check(thorough=True) == []
