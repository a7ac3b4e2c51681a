"""Two clients and a real server process over TLS."""

from __future__ import annotations

import shutil

import pytest

from app.sync import http_endpoint
from app.usecases.backup import backup_plain
from app.usecases.conflicts import conflict_detail, list_conflicts, resolve_conflict
from app.usecases.photos import attach_photos
from app.usecases.records import create_record, keep_draft, open_session, save_record
from app.usecases.sync import sync_now, sync_state
from core.records.receipt import heads_digest
from tests.builders import a_photo, a_record, a_workspace, values_of
from tests.servers import a_picture

PICTURE = a_picture()


@pytest.fixture
def pair(tmp_path, shared_server):
    with a_workspace(tmp_path / "a") as a, a_workspace(tmp_path / "b") as b:
        shared_server.join(a, "甲")
        shared_server.join(b, "乙")
        yield a, b


def test_a_record_and_its_photo_reach_the_other_client_and_are_confirmed(pair):
    a, b = pair
    photo = a_photo(a, PICTURE)
    record = a_record(a, name="示例村", remark="你好")
    save_record(a, record, {"/photos[r1]/photo": photo})
    sent = sync_now(a)
    assert sent.photos_sent == 1 and sent.receipt is not None and sent.receipt.complete
    assert sync_state(a).records[record] == "confirmed"
    assert sync_state(a).photos[photo["b"]] == "confirmed"
    got = sync_now(b)
    assert got.photos_received >= 1 and record in got.changes.records
    assert heads_digest(values_of(b, record)) == heads_digest(values_of(a, record))
    assert b.photo_files.read(photo["b"]) == PICTURE
    assert sync_state(b).records[record] == "received"
    assert sync_state(b).photos[photo["b"]] == "received"


def test_a_document_reaches_the_other_client_byte_for_byte_and_what_is_none_is_refused(pair):
    a, b = pair
    plan = b"%PDF-1.7\n" + b"example " * 9000
    document, program = (a_photo(a, data, mime="application/pdf") for data in (plan, b"MZ" + plan[5:]))
    record = a_record(a, name="示例局")
    save_record(a, record, {"/photos[r1]/photo": document, "/photos[r2]/photo": program})
    sent = sync_now(a)
    assert (sent.photos_sent, sent.photos_refused) == (1, 1)
    sync_now(b)
    assert b.photo_files.read(document["b"]) == plan
    assert not b.photo_files.has(program["b"])


def test_different_answers_merge_and_equal_ones_conflict_visibly_on_both(pair):
    a, b = pair
    record = a_record(a, name="示例村", remark="起初", households=3)
    sync_now(a), sync_now(b)
    save_record(a, record, {"/remark": "甲说", "/households": 5})
    save_record(b, record, {"/remark": "乙说", "/kind": "x"})
    sync_now(a), sync_now(b), sync_now(a)
    for workspace in (a, b):
        assert (record, "/remark") in [(row.record_id, row.path) for row in list_conflicts(workspace)]
        values = values_of(workspace, record)
        assert values["/households"] == 5 and values["/kind"] == "x"
        (conflict,) = conflict_detail(workspace, record)
        assert {candidate.value for candidate in conflict.candidates} == {"甲说", "乙说"}
    resolve_conflict(b, record, {"/remark": "都对"})
    sync_now(b), sync_now(a)
    assert (
        record not in [row.record_id for row in list_conflicts(a)]
        and values_of(a, record)["/remark"] == "都对"
    )


def test_an_idle_sync_changes_nothing(pair):
    a, b = pair
    a_record(a)
    sync_now(a), sync_now(b)
    again = sync_now(b)
    assert (again.ops_sent, again.ops_received, again.photos_sent) == (0, 0, 0)


def test_nothing_is_called_sent_before_the_server_said_so(pair):
    a, _ = pair
    record = a_record(a)
    assert sync_state(a).records == {record: "unsent"}
    assert sync_state(a).unsent_ops > 0


def test_nothing_that_opens_the_server_leaves_in_a_plain_backup(pair, tmp_path):
    a, _ = pair
    sync_now(a)
    with a.database.read() as tables:
        kept = dict(tables.execute("SELECT key, value FROM kv").fetchall())
    secrets = [value for key, value in kept.items() if key.startswith("secret.")]
    backup_plain(a, tmp_path / "plain")
    written = (tmp_path / "plain" / "survey.db").read_bytes()
    assert len(secrets) == 2 and not any(secret.encode() in written for secret in secrets)
    assert "sync.token" not in kept


def test_what_was_typed_and_attached_but_not_saved_goes_with_the_sync(pair):
    a, b = pair
    record = create_record(a, "small")
    open_session(a, record)
    keep_draft(a, record, {"/name": "没按保存"})
    digest = attach_photos(a, record, "/photos", [PICTURE]).attached[0].facts.digest
    result = sync_now(a)
    assert record in result.changes.records and sync_state(a).photos[digest] == "confirmed"
    sync_now(b)
    assert values_of(b, record)["/name"] == "没按保存" and b.photo_files.read(digest) == PICTURE


def test_a_folder_prepared_once_and_copied_to_two_computers_joins_from_both(tmp_path, shared_server):
    with a_workspace(tmp_path / "prepared") as prepared:
        record = a_record(prepared, name="事先填好", remark="起初")
    shutil.copytree(tmp_path / "prepared", tmp_path / "copied")
    with a_workspace(tmp_path / "prepared") as a, a_workspace(tmp_path / "copied") as b:
        mine, theirs = a_record(a, name="甲的"), a_record(b, name="乙的")
        save_record(a, record, {"/remark": "甲改"})
        save_record(b, record, {"/remark": "乙改"})
        shared_server.join(a, "甲")
        shared_server.join(b, "乙")
        sync_now(a)
        assert sync_now(b).forked
        sync_now(a)
        for workspace in (a, b):
            assert values_of(workspace, mine)["/name"] == "甲的"
            assert values_of(workspace, theirs)["/name"] == "乙的"
            shown = [row.path for row in list_conflicts(workspace) if row.record_id == record]
            assert shown == ["/remark"]
            assert sync_state(workspace).unsent_ops == 0


@pytest.mark.parametrize(("minutes", "requests"), [(58, ["sync"]), (61, ["token", "token", "sync"])])
def test_a_token_that_is_over_is_renewed_before_a_batch_is_sent(
    tmp_path, shared_server, clock, monkeypatch, minutes, requests
):
    with a_workspace(tmp_path / "a", clock=clock) as a:
        shared_server.join(a)
        a_record(a)
        sync_now(a)
        clock.advance(minutes=minutes)
        a_record(a)
        asked, request = [], http_endpoint._Http.request

        def noting(http, method, path, *rest):
            asked.append(path)
            return request(http, method, path, *rest)

        monkeypatch.setattr(http_endpoint._Http, "request", noting)
        sync_now(a)
        assert asked[: asked.index("sync") + 1] == requests
