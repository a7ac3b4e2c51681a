"""Cloned laptops and servers put back from older copies: nothing authentic is lost."""

from __future__ import annotations

import shutil

import msgspec
import pytest

from app.sync.pull import apply_page
from app.usecases.conflicts import list_conflicts
from app.usecases.records import open_session, save_record
from app.usecases.sync import sync_state
from core.protocol.messages import SyncHeader
from tests.builders import a_photo, a_record, a_workspace, values_of
from tests.servers import a_picture, a_service, endpoint_of, join_in_process, sync_in_process

PICTURE = a_picture()


def sync(server, *workspaces):
    return [sync_in_process(endpoint_of(server, workspace), workspace) for workspace in workspaces]


def test_a_copied_workspace_gets_a_name_of_its_own_and_both_keep_their_work(tmp_path, service):
    with a_workspace(tmp_path / "a") as a:
        join_in_process(service, a)
        shared = a_record(a, name="共有")
        sync(service, a)
    shutil.copytree(tmp_path / "a", tmp_path / "copy")
    with a_workspace(tmp_path / "a") as a, a_workspace(tmp_path / "copy") as copy:
        mine, theirs = a_record(a, name="甲的"), a_record(copy, name="乙的")
        save_record(copy, shared, {"/remark": "乙改"})
        (first,) = sync(service, a)
        (second,) = sync(service, copy)
        assert not first.forked and second.forked
        assert a.operations.own().id != copy.operations.own().id
        sync(service, a, copy)
        for workspace in (a, copy):
            assert values_of(workspace, mine)["/name"] == "甲的"
            assert values_of(workspace, theirs)["/name"] == "乙的"
            assert values_of(workspace, shared)["/remark"] == "乙改"
            assert sync_state(workspace).unsent_ops == 0


def test_a_copy_that_gave_a_short_number_to_another_log_reads_the_others_lines_right(tmp_path, service):
    people = [a_workspace(tmp_path / name) for name in ("a", "x", "y")]
    a, x, y = people
    for workspace in people:
        join_in_process(service, workspace)
    of_x, of_y = a_record(x, name="甲"), a_record(y, name="乙")
    sync(service, x, y, a)
    shutil.copytree(tmp_path / "a", tmp_path / "copy", ignore=shutil.ignore_patterns("lock"))
    with a_workspace(tmp_path / "copy") as copy:
        save_record(a, of_x, {"/name": "甲改"})  # its log now speaks of x's by the number
        save_record(copy, of_y, {"/name": "乙改"})  # by which the copy's has spoken of y's
        sync(service, a, copy, x, y, a, copy)
        for workspace in (copy, *people):
            for record, name in ((of_x, "甲改"), (of_y, "乙改")):
                merged = workspace.records.merged(record)
                assert (merged.values["/name"], merged.conflicts) == (name, ())
    for workspace in people:
        workspace.close()


def test_a_workspace_put_back_from_an_old_copy_gets_its_own_later_work_again(tmp_path, service):
    with a_workspace(tmp_path / "a") as a:
        join_in_process(service, a)
        a_record(a, name="早")
        sync(service, a)
    shutil.copytree(tmp_path / "a", tmp_path / "old")
    with a_workspace(tmp_path / "a") as a:
        late = a_record(a, name="晚")
        sync(service, a)
    with a_workspace(tmp_path / "old") as old:
        (result,) = sync(service, old)
        assert result.forked and values_of(old, late)["/name"] == "晚"
        after = a_record(old, name="再后来")
        (result,) = sync(service, old)
        assert not result.forked and sync_state(old).records[after] == "confirmed"


def test_a_server_put_back_from_an_old_copy_gets_everything_again(tmp_path):
    with a_workspace(tmp_path / "a") as a, a_workspace(tmp_path / "b") as b:
        with a_service(tmp_path / "server") as server:
            join_in_process(server, a), join_in_process(server, b)
            early = a_record(a, name="早")
            sync(server, a, b)
        shutil.copytree(tmp_path / "server", tmp_path / "backup")
        with a_service(tmp_path / "server") as server:
            late = a_record(a, name="晚")
            photo = a_photo(a, PICTURE)
            save_record(a, late, {"/photos[r]/photo": photo})
            save_record(b, early, {"/remark": "乙"})
            sync(server, a, b, a)
            epoch = server.identity.epoch()
        shutil.rmtree(tmp_path / "server")
        shutil.copytree(tmp_path / "backup", tmp_path / "server")
        with a_service(tmp_path / "server") as server:
            newer = a_record(b, name="更新")
            results = sync(server, a, b, a)
            assert server.identity.epoch() != epoch
            assert results[0].server_lost_some
            with a_workspace(tmp_path / "c") as c:
                sync_in_process(join_in_process(server, c), c)
                for workspace in (a, b, c):
                    assert values_of(workspace, late)["/name"] == "晚"
                    assert values_of(workspace, early)["/remark"] == "乙"
                    assert values_of(workspace, newer)["/name"] == "更新"
                    assert workspace.photo_files.read(photo["b"]) == PICTURE
            assert sync_state(a).unsent_ops == sync_state(b).unsent_ops == 0
            assert sync_state(a).photos[photo["b"]] == "confirmed"


def test_a_server_whose_photos_alone_were_put_back_gets_them_again(tmp_path, service):
    with a_workspace(tmp_path / "a") as a:
        join_in_process(service, a)
        photo = a_photo(a, PICTURE)
        save_record(a, a_record(a), {"/photos[r]/photo": photo})
        sync(service, a)
        for file in (tmp_path / "server" / "blobs").rglob(photo["b"].removeprefix("sha256:")):
            file.unlink()
        a_record(a, name="另一条")
        sync(service, a)  # the receipt in the reply tells that the photo is gone
        assert sync_state(a).photos[photo["b"]] == "confirmed"


def test_a_form_that_only_another_machine_has_comes_with_its_records(tmp_path, service):
    from app.workspace import open_workspace

    with a_workspace(tmp_path / "a") as a, open_workspace(tmp_path / "b") as b:
        join_in_process(service, a), join_in_process(service, b)
        record = a_record(a, name="示例")
        sync(service, a)
        (result,) = sync(service, b)
        assert result.changes.forms == {"small"}
        assert b.records.row(record).title == "示例"


def test_what_a_copy_wrote_is_not_taken_as_seen_by_who_has_the_record_open(tmp_path, service):
    with a_workspace(tmp_path / "a") as a:
        join_in_process(service, a)
        shared = a_record(a, name="共有", remark="起初")
        sync(service, a)
    shutil.copytree(tmp_path / "a", tmp_path / "copy")
    with a_workspace(tmp_path / "a") as a, a_workspace(tmp_path / "copy") as copy:
        open_session(copy, shared)
        save_record(a, shared, {"/remark": "甲改"})
        sync(service, a)
        assert sync(service, copy)[0].forked
        sync(service, a, copy)
        save_record(copy, shared, {"/remark": "乙改"})
        assert [row.path for row in list_conflicts(copy)] == ["/remark"]


def test_an_acknowledgement_counts_only_for_what_was_sent(tmp_path, service):
    with a_workspace(tmp_path / "a") as a:
        endpoint = join_in_process(service, a)
        a_record(a)
        sync(service, a)
        a_record(a, name="未发")
        own, position = a.operations.own(), a.feed.position(service.identity.project)
        header = SyncHeader(replica=own.id, have=position.cursor)
        reply, runs = endpoint.sync(header, None, "")
        claimed = msgspec.structs.replace(reply.ack, acked={own.id: own.last_n})
        apply_page(a, service.identity.project, msgspec.structs.replace(reply, ack=claimed), runs)
        assert a.operations.unsent_count() == 1


@pytest.mark.log_warnings
def test_a_photo_that_the_servers_disk_spoiled_is_sent_again_by_who_has_it(tmp_path, service):
    with a_workspace(tmp_path / "a") as a, a_workspace(tmp_path / "b") as b:
        author, reader = join_in_process(service, a), join_in_process(service, b)
        record, photo = a_record(a), a_photo(a, a_picture(1, side_px=400))
        save_record(a, record, {"/photos[r]/photo": photo})
        sync_in_process(author, a)
        (file,) = (tmp_path / "server" / "blobs").glob("*/??/*")
        spoiled = bytearray(file.read_bytes())
        spoiled[len(spoiled) // 2] ^= 1
        file.write_bytes(spoiled)
        assert sync_in_process(reader, b).photos_refused == 1
        assert sync_in_process(reader, b).photos_waiting == 1
        save_record(a, record, {"/remark": "下一次"})
        mended = sync_in_process(author, a)  # the receipt in the reply does not name it
        assert mended.photos_sent == 1
        assert mended.receipt is not None and mended.receipt.complete
        assert sync_in_process(reader, b).photos_received == 1
