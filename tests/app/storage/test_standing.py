from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.storage.listing import RecordFilter
from app.storage.photos import DAMAGED, LOCAL, PREVIEW, SENT, WANTED
from app.usecases.records import delete_record, restore_record, save_record
from app.usecases.sync import sync_state
from core.values import photo_value
from tests.builders import a_record, a_workspace
from tests.conftest import FakeClock

PHOTOS = ["sha256:" + f"{number:064x}" for number in range(4)]
RECORDS = ["one", "two"]
STEP = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(PHOTOS), st.booleans()),
    st.tuples(st.just("note"), st.sampled_from(PHOTOS), st.sampled_from(RECORDS)),
    st.tuples(st.just("forget"), st.sampled_from(RECORDS), st.none()),
    st.tuples(st.just("holds"), st.sampled_from(PHOTOS), st.integers(0, 2)),
    st.tuples(st.just("arrived"), st.sampled_from(PHOTOS), st.none()),
    st.tuples(st.just("damaged"), st.sampled_from(PHOTOS), st.none()),
    st.tuples(st.just("drop"), st.sampled_from(PHOTOS), st.none()),
)
COUNTED = (
    "SELECT lane, state, here, offset > 0, EXISTS (SELECT 1 FROM blob_ref WHERE digest = blob.digest), count(*) "
    "FROM blob GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
)
KEPT = "SELECT * FROM photo_count WHERE photos != 0 ORDER BY 1, 2, 3, 4, 5"
WAITING = "SELECT arrival FROM rec WHERE EXISTS (SELECT 1 FROM op WHERE op.rec = rec.id AND state = 'local') ORDER BY 1"


@pytest.fixture(scope="module")
def counting(tmp_path_factory):
    with a_workspace(tmp_path_factory.mktemp("counting") / "ws", clock=FakeClock()) as opened:
        yield opened


def take(workspace, kind, subject, more):
    photos = workspace.photos
    match kind:
        case "add":
            photos.add(subject, 10, "image/jpeg", **({"lane": PREVIEW} if more else {}))
        case "note":
            photos.note(more, [photo_value(subject, 10, "image/jpeg")])
        case "forget":
            workspace.records.forget([subject])
        case "holds":
            photos.server_holds(subject, more, whole=more == 2)
        case "arrived":
            photos.arrived(subject)
        case "damaged":
            photos.damaged(subject)
        case "drop":
            photos.drop_unnamed([subject])


@given(steps=st.lists(STEP, max_size=25))
@settings(max_examples=60)
def test_photos_are_counted_as_they_change_whatever_happens(counting, steps):
    with counting.database.transaction() as tables:
        for table in ("blob", "blob_ref"):
            tables.execute(f"DELETE FROM {table}")
        for step in steps:
            take(counting, *step)
            assert tables.execute(KEPT).fetchall() == tables.execute(COUNTED).fetchall(), step


def test_a_record_waits_from_its_save_until_the_server_has_all_of_it(workspace):
    first, second = a_record(workspace), a_record(workspace, name="示例二")
    own = workspace.operations.own()

    def waits():
        with workspace.database.read() as tables:
            kept = tables.execute("SELECT num FROM waiting ORDER BY 1").fetchall()
            assert kept == tables.execute(WAITING).fetchall()
        rows = workspace.records.page(RecordFilter(unsent=True, deleted=None))
        return {row.record_id for row in rows}, workspace.records.count_waiting()

    def acknowledge(acked):
        with workspace.database.transaction():
            workspace.operations.acknowledge(own.id, acked=acked)

    assert waits() == ({first, second}, 2)
    acknowledge(own.last_n - 1)
    assert waits() == ({second}, 1)
    acknowledge(own.last_n)
    assert waits() == (set(), 0)
    acknowledge(0)  # a server that was put back
    assert waits() == ({first, second}, 2)
    acknowledge(own.last_n)
    save_record(workspace, first, {"/remark": "示例"})
    assert waits() == ({first}, 1)
    delete_record(workspace, first)
    assert waits() == ({first}, 0)
    restore_record(workspace, first)
    with workspace.database.transaction():
        workspace.records.forget([first])
    assert waits() == (set(), 0)


def test_an_older_workspace_is_counted_when_it_is_opened(tmp_path):
    """Taking the migration back and opening again counts what is there."""
    with a_workspace(tmp_path / "ws", clock=FakeClock()) as opened:
        a_record(opened)
        with opened.database.transaction() as tables:
            opened.photos.add(PHOTOS[0], 10, "image/jpeg")
            opened.photos.note("one", [photo_value(PHOTOS[0], 10, "image/jpeg")])
            triggers = tables.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for (name,) in triggers:
                tables.execute(f"DROP TRIGGER {name}")
            tables.execute("DROP TABLE waiting")
            tables.execute("DROP TABLE photo_count")
            tables.execute("DELETE FROM _sqlite_migrations WHERE name = 'm007_standing'")
    with a_workspace(tmp_path / "ws", clock=FakeClock()) as again:
        assert again.records.count_waiting() == 1
        assert again.photos.count_to_send() == 1
        assert sync_state(again).photo_counts == {"unsent": 1}


def test_the_numbers_of_the_sync_page_are_those_of_the_single_photos(workspace):
    states = {LOCAL: (1, 0), SENT: (1, 5), WANTED: (0, 0), DAMAGED: (0, 0)}
    with workspace.database.transaction() as tables:
        for digest, (state, (here, offset)) in zip(PHOTOS, states.items(), strict=True):
            workspace.photos.add(digest, 10, "image/jpeg")
            tables.execute(
                "UPDATE blob SET state = ?, here = ?, offset = ? WHERE digest = ?",
                [state, here, offset, digest],
            )
    state = sync_state(workspace)
    assert dict(state.photos) == dict(zip(PHOTOS, ["unsent", "sent", "wanted", "damaged"], strict=True)) | (
        {PHOTOS[1]: "received"} if state.photos[PHOTOS[1]] == "received" else {}
    )
    single = list(state.photos.values())
    assert state.photo_counts == {one: single.count(one) for one in single}
