from __future__ import annotations

from app.sync.last_sync import last_sync, last_whole_sync, note_end


def test_the_last_whole_sync_outlives_one_that_failed(workspace):
    assert last_sync(workspace.kv) is None
    assert last_whole_sync(workspace.kv) == ""
    for at, error in (("2026-11-20T18:30:00+08:00", None), ("2026-11-21T08:00:00+08:00", "no_network")):
        with workspace.database.transaction():
            note_end(workspace.kv, at, error)
    assert last_sync(workspace.kv).error == "no_network"
    assert last_whole_sync(workspace.kv) == "2026-11-20T18:30:00+08:00"


def test_a_sync_noted_by_an_older_program_is_the_last_whole_one(workspace):
    with workspace.database.transaction():
        workspace.kv.put("sync.last", '["2026-11-20T18:30:00+08:00",null]')
    assert last_whole_sync(workspace.kv) == "2026-11-20T18:30:00+08:00"
