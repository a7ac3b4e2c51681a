from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.storage.bin import DAYS_IN_BIN
from app.usecases.bin import clear_records, tidy_bin
from app.usecases.records import (
    RecordFilter,
    create_record,
    delete_record,
    keep_draft,
    list_records,
    record_row,
    restore_record,
    save_record,
)
from core.records.operation import decode_line
from tests.builders import a_photo, a_record, a_workspace, carry, values_of
from tests.conftest import FakeClock
from tests.servers import a_server

IN_BIN = RecordFilter(deleted=True)


def binned(workspace, **answers):
    record = a_record(workspace, **answers)
    delete_record(workspace, record)
    tidy_bin(workspace)
    return record


def days_left(workspace, record):
    row = record_row(workspace, record)
    return None if row is None else row.days_left


def pass_days(workspace, clock, days):
    """The program runs on each of these days."""
    cleared = 0
    for _ in range(days):
        clock.advance(days=1)
        cleared += tidy_bin(workspace).records
    return cleared


def join(workspace):
    """As if this workspace belonged to a server that holds everything."""
    own = workspace.operations.own()
    with workspace.database.transaction() as tables:
        workspace.operations.acknowledge(own.id, acked=own.last_n, durable=own.last_n)
        tables.execute("UPDATE blob SET state = 'sent'")


@pytest.fixture
def joined(tmp_path, clock):
    """A workspace that belongs to a server."""
    with a_server(tmp_path / "server") as server, a_workspace(tmp_path / "joined", clock=clock) as workspace:
        server.join(workspace)
        yield workspace


def test_a_record_stays_in_the_bin_for_thirty_days_of_use(workspace, clock):
    record = binned(workspace)
    assert days_left(workspace, record) == 30
    assert pass_days(workspace, clock, 29) == 0
    assert days_left(workspace, record) == 1
    assert pass_days(workspace, clock, 1) == 1
    assert list_records(workspace, RecordFilter(deleted=None)) == []


def test_looking_twice_a_day_counts_once(workspace, clock):
    record = binned(workspace)
    for _ in range(40):
        clock.advance(minutes=10)
        tidy_bin(workspace)
    assert days_left(workspace, record) == 30


def test_a_clock_that_jumps_ten_years_clears_nothing(workspace, clock):
    record = binned(workspace)
    clock.advance(days=3650)
    assert tidy_bin(workspace).records == 0
    clock.advance(days=-3650)
    assert tidy_bin(workspace).records == 0
    assert days_left(workspace, record) == 29
    clock.advance(days=1)
    tidy_bin(workspace)
    assert days_left(workspace, record) == 28, "after a jump back days count again"


@settings(max_examples=8, deadline=None)
@given(steps=st.lists(st.integers(-4000, 4000), max_size=40))
def test_however_the_clock_jumps_nothing_is_cleared_before_thirty_looks(tmp_path_factory, steps):
    clock = FakeClock()
    clock.time += timedelta(days=20_000)
    with a_workspace(tmp_path_factory.mktemp("jumps") / "ws", clock=clock) as workspace:
        record = binned(workspace)
        for looked, step in enumerate(steps, 1):
            clock.advance(days=step)
            cleared = tidy_bin(workspace).records
            assert not cleared or looked >= DAYS_IN_BIN
            if cleared:
                return
        assert (days_left(workspace, record) or 0) >= DAYS_IN_BIN - len(steps)


def test_put_back_and_deleted_again_it_starts_anew(workspace, clock):
    record = binned(workspace)
    pass_days(workspace, clock, 20)
    restore_record(workspace, record)
    assert days_left(workspace, record) is None
    delete_record(workspace, record)
    assert days_left(workspace, record) == 30


def test_clearing_takes_the_photos_that_nothing_else_names(workspace):
    alone, shared = a_photo(workspace, b"alone"), a_photo(workspace, b"shared")
    other = a_record(workspace, **{"photos[p1]/photo": shared})
    record = binned(workspace, **{"photos[p1]/photo": alone, "photos[p2]/photo": shared})
    cleared = clear_records(workspace, [record])
    assert (cleared.records, cleared.kept, cleared.changes.records) == (1, 0, {record})
    assert not workspace.photo_files.has(alone["b"]) and workspace.photos.get(alone["b"]) is None
    assert workspace.photo_files.read(shared["b"]) == b"shared"
    assert [photo.digest for photo in workspace.photos.of_record(other)] == [shared["b"]]


def test_a_photo_in_an_unsaved_answer_stays(workspace):
    photo = a_photo(workspace, b"typed only")
    record = binned(workspace, **{"photos[p1]/photo": photo})
    keep_draft(workspace, create_record(workspace, "small"), {"/photos[p1]/photo": photo})
    clear_records(workspace, [record])
    assert workspace.photo_files.read(photo["b"]) == b"typed only"
    assert workspace.photos.get(photo["b"]) is not None


def test_what_lives_or_has_unsaved_answers_is_never_cleared(workspace):
    alive, typed = a_record(workspace), binned(workspace)
    keep_draft(workspace, typed, {"/remark": "还在写"})
    assert clear_records(workspace, [alive, typed]).kept == 2
    assert {row.record_id for row in list_records(workspace, RecordFilter(deleted=None))} == {alive, typed}


def test_what_the_server_does_not_hold_is_kept(joined):
    photo = a_photo(joined, b"not sent")
    record = binned(joined, **{"photos[p1]/photo": photo})
    assert clear_records(joined, [record]).kept == 1
    with joined.database.transaction() as tables:
        tables.execute("UPDATE op SET state = 'durable'")
    assert clear_records(joined, [record]).kept == 1, "the photo has not been sent"
    join(joined)
    assert clear_records(joined, [record]).records == 1
    assert not joined.photo_files.has(photo["b"])


def test_clearing_leaves_the_log_as_it_is(workspace):
    record = binned(workspace, remark="在日志里")
    own = workspace.operations.own()
    before = [line.line for line in workspace.operations.log(own.id)]
    clear_records(workspace, [record])
    assert [line.line for line in workspace.operations.log(own.id)] == before
    assert workspace.operations.own() == own
    assert any(decode_line(line).s.get("/remark") == "在日志里" for line in before)
    with workspace.database.read() as tables:
        for table in ("head", "rec", "blob_ref", "conflict", "link", "bin"):
            column = "id" if table == "rec" else "rec"
            query = f"SELECT count(*) FROM {table} WHERE {column} = ?"
            assert tables.execute(query, [record]).fetchone() == (0,), table
        for table in ("sorting", "search"):
            assert tables.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table


def test_an_edit_by_somebody_who_did_not_know_brings_it_back_and_wants_its_photo(workspace, other):
    photo = a_photo(workspace, b"photo")
    record = a_record(workspace, name="回来的", **{"photos[p1]/photo": photo})
    carry(workspace, other)
    delete_record(workspace, record)
    clear_records(workspace, [record])
    assert record_row(workspace, record) is None
    save_record(other, record, {"/remark": "不知道已删除"})
    carry(other, workspace)
    (row,) = list_records(workspace)
    assert (row.record_id, row.title, row.conflicts) == (record, "回来的", 1)
    assert values_of(workspace, record)["/remark"] == "不知道已删除"
    assert [wanted.digest for wanted in workspace.photos.to_fetch()] == [photo["b"]]
