"""Two colleagues send one record to a server that takes an edit of the newest alone, as ODK Central does."""

from __future__ import annotations

from contextlib import suppress
from itertools import product

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.sendings import tell_sendings
from app.usecases.history import record_history
from app.usecases.openrosa import add_server, forget_server, known_servers
from app.usecases.records import create_record, delete_record, finalise_record, record_row, save_record
from app.usecases.submitting import send_records
from core.errors import KnownError
from core.records.operation import INSTANCE
from core.records.sending import SENT, standing
from tests.app.usecases.test_submitting import code_of, counts, final, linked
from tests.builders import SMALL_FORM, carry
from tests.openrosa_server import OpenRosaServer


@pytest.fixture
def server():
    with OpenRosaServer() as running:
        running.offer("small", "2026112101", SMALL_FORM)
        yield running


@pytest.fixture
def num(workspace, server):
    return linked(workspace, server)


@pytest.fixture
def theirs(other, server):
    """The number of the server in the colleague's workspace."""
    return linked(other, server)


def synced(one, other):
    for workspace in (one, other):
        tell_sendings(workspace)
    carry(one, other)
    carry(other, one)


def changed(workspace, record, remark):
    save_record(workspace, record, {"/remark": remark})
    assert finalise_record(workspace, record).done


def chain_of(server, record):
    chain = [f"uuid:{record}"]
    while chain[-1] in server.replaced:
        chain.append(server.replaced[chain[-1]])
    assert list(server.submissions) == chain, "nothing beside the chain"
    return chain


def newest(server, record):
    return server.submissions[chain_of(server, record)[-1]][0].decode()


def sent_lines(workspace):
    own = workspace.operations.own().id
    return [line.line.decode() for line in workspace.operations.log(own) if line.kind == SENT]


def refusals(workspace, num):
    return [one.error.code for one in send_records(workspace, num).refused]


def test_a_colleagues_change_goes_upon_what_was_sent_last_and_back_again(
    workspace, other, server, num, theirs
):
    record = final(workspace, remark="mine")
    send_records(workspace, num)
    changed(workspace, record, "mine again")
    send_records(workspace, num)
    for at, (sender, where) in enumerate([(other, theirs), (workspace, num), (other, theirs)]):
        synced(workspace, other)
        changed(sender, record, f"turn {at}")
        assert counts(sender)[:2] == (1, 0)
        assert refusals(sender, where) == []
        assert f"turn {at}" in newest(server, record)
    assert len(chain_of(server, record)) == 5


def test_what_a_colleague_sent_as_it_is_is_not_sent_again(workspace, other, server, num, theirs):
    record = final(workspace, remark="示例")
    send_records(workspace, num)
    synced(workspace, other)
    changed(other, record, "other")
    changed(other, record, "示例")
    send_records(other, theirs)
    assert len(server.posts) == 1 and counts(other) == (0, 0, 1)


def test_telling_changes_nothing_about_the_record(workspace, other, server, num, theirs):
    record = final(workspace)
    synced(workspace, other)
    before = [record_row(one, record) for one in (workspace, other)]
    history = len(record_history(workspace, record).lines)
    send_records(workspace, num)
    synced(workspace, other)
    after = [record_row(one, record) for one in (workspace, other)]
    assert [(row.state, row.conflicts, row.parallel, row.updated) for row in after] == [
        (row.state, row.conflicts, row.parallel, row.updated) for row in before
    ]
    assert workspace.records.merged(record).values == other.records.merged(record).values
    assert len(record_history(workspace, record).lines) == history
    assert counts(workspace) == (0, 0, 1)
    changed(workspace, record, "again")
    synced(workspace, other)
    delete_record(other, record)
    send_records(workspace, num)  # whoever deletes it meanwhile has nothing to decide
    synced(workspace, other)
    after = [record_row(one, record) for one in (workspace, other)]
    assert [(row.life, row.conflicts) for row in after] == [("deleted", 0)] * 2


def test_neither_token_nor_user_nor_password_is_told_and_one_line_a_sending(workspace, server, num):
    add_server(workspace, server.address, user="示例用户", password="示例密码")
    final(workspace)
    send_records(workspace, num)
    (line,) = sent_lines(workspace)
    assert f"127.0.0.1:{server.port}/" in line
    for secret in ("TOKEN", "示例", "projects"):
        assert secret not in line
    send_records(workspace, num)
    assert len(sent_lines(workspace)) == 1


def test_both_send_before_they_sync_the_second_is_told_the_way_out_and_it_leads_out(
    workspace, other, server, num, theirs
):
    record = final(workspace, remark="first")
    send_records(workspace, num)
    synced(workspace, other)
    changed(workspace, record, "mine")
    save_record(other, record, {"/area": 5})
    assert finalise_record(other, record).done
    assert refusals(workspace, num) == []
    for _ in range(2):
        assert refusals(other, theirs) == ["openrosa_outdated"]
    assert "mine" in newest(server, record)
    synced(workspace, other)
    results = [send_records(workspace, num), send_records(other, theirs)]
    assert [one.sent for one in results] in ([1, 0], [0, 1]), "one of the two who finalised it"
    assert results[0].refused == results[1].refused == ()
    last = newest(server, record)
    assert "mine" in last and "<area>5</area>" in last


def test_the_very_first_sending_of_both_before_they_sync_leads_out_too(workspace, other, server, num, theirs):
    record = final(workspace)
    synced(workspace, other)
    changed(other, record, "theirs")
    send_records(workspace, num)
    assert refusals(other, theirs) == ["openrosa_conflict"]
    synced(workspace, other)
    assert refusals(other, theirs) == []
    assert "theirs" in newest(server, record)
    assert counts(other) == (0, 0, 1)


def test_what_a_colleague_was_not_told_the_end_of_holds_nobody_up(workspace, other, server, num, theirs):
    """The first sending or an edit, which got there or not: a colleague goes on, and what waits here is too old."""
    for of_first, got_there in product([True, False], repeat=2):
        server.submissions.clear()
        server.replaced.clear()
        record = final(workspace, remark="first")
        if not of_first:
            send_records(workspace, num)
            changed(workspace, record, "in doubt")
        server.script = ["lost" if got_there else "cut"]
        assert code_of(send_records, workspace, num) == "openrosa_link_broken"
        synced(workspace, other)
        changed(other, record, "theirs")
        assert refusals(other, theirs) == []
        assert "theirs" in newest(server, record)
        told = ["openrosa_conflict" if of_first else "openrosa_outdated"]
        assert [refusals(workspace, num) for _ in range(2)] == [told, told]
        assert "theirs" in newest(server, record)
        synced(workspace, other)
        changed(workspace, record, "mine at last")
        assert refusals(workspace, num) == []
        assert "mine at last" in newest(server, record)


def test_what_was_sent_is_known_from_the_log_when_the_tables_are_lost(workspace, server, num):
    record, same = final(workspace), final(workspace, remark="same")
    send_records(workspace, num)
    changed(workspace, record, "second")
    send_records(workspace, num)
    changed(workspace, record, "third")
    with workspace.database.transaction() as tables:
        tables.execute("DELETE FROM openrosa_sent_file")
        tables.execute("DELETE FROM openrosa_sent")
    posts = len(server.posts)
    assert refusals(workspace, num) == [] and counts(workspace) == (0, 0, 2)
    assert len(server.posts) == posts + 1, "what is there as it is stays"
    assert b"third" in list(server.submissions.values())[-1][0]
    assert f"uuid:{same}" not in server.replaced


def test_what_got_there_at_the_second_attempt_is_told_whole(workspace, server, num):
    record = final(workspace)
    for fault, remark in [("cut", "first"), ("lost", "second"), ("cut", "third")]:
        changed(workspace, record, remark)
        server.script = [fault]
        assert code_of(send_records, workspace, num) == "openrosa_link_broken"
        assert refusals(workspace, num) == []
        known = standing(workspace.sendings.of_record(record))
        assert known.newest == chain_of(server, record)[-1] and known.content and not known.doubts


def test_what_was_sent_before_it_was_told_is_told_at_the_next_sync(workspace, other, server, num, theirs):
    record = final(workspace)
    send_records(workspace, num)
    with workspace.database.transaction() as tables:  # as an older version left it
        tables.execute("DELETE FROM op WHERE kind = 'sent'")
        tables.execute("UPDATE openrosa_sent SET told = 0")
    changed(workspace, record, "second")
    tell_sendings(workspace)
    assert len(sent_lines(workspace)) == 1


def test_a_log_that_forks_takes_what_it_told_along(workspace, server, num):
    record = final(workspace)
    send_records(workspace, num)
    before = workspace.sendings.of_record(record)
    with workspace.database.transaction():
        workspace.own_log.fork(workspace.person)
    assert workspace.sendings.of_record(record) == before != []


@pytest.mark.parametrize(
    "line", [b'{"k":"sent","n":1,"sent":{"record":5},"t":"x"}', b'{"k":"sent","n":1,"t":"x"}']
)
def test_a_line_that_tells_nothing_stops_nothing(workspace, line):
    with workspace.database.transaction():
        workspace.foreign_logs.receive("f" * 32, 1, b"", [line])
    assert workspace.sendings.of_record("5") == []


def test_no_record_goes_upon_what_another_is_known_by_whatever_is_told(workspace, other, server, num):
    theirs, mine = final(workspace, remark="示例"), final(workspace)
    send_records(workspace, num)
    changed(workspace, theirs, "示例 2")
    send_records(workspace, num)
    last = server.replaced[f"uuid:{theirs}"]
    (known, *_) = workspace.sendings.of_record(mine)
    for at, forged in enumerate(
        [{"instance": last, "edits": f"uuid:{mine}"}, {"instance": "x", "edits": last, "there": False}]
    ):
        with other.database.transaction():
            other.own_log.tell_sending(msgspec.structs.replace(known, **forged))
        synced(workspace, other)
        changed(workspace, mine, f"示例 {at}")
        assert refusals(workspace, num) == [] and last not in server.replaced
        there = standing(workspace.sendings.of_record(mine)).newest
        assert f"示例 {at}" in server.submissions[there][0].decode()


def test_doubts_by_the_hundred_cost_no_post_each(workspace, other, server, num):
    record = final(workspace)
    send_records(workspace, num)
    (known,) = workspace.sendings.of_record(record)
    with other.database.transaction():
        for n in range(100):
            told = msgspec.structs.replace(known, instance=f"{n}", edits=known.instance, there=False)
            other.own_log.tell_sending(told)
    synced(workspace, other)
    server.replaced[f"uuid:{record}"] = "of somebody on the server itself"
    changed(workspace, record, "second")
    assert refusals(workspace, num) == ["openrosa_outdated"]
    assert len(server.posts) < 30


def test_a_server_under_another_name_still_holds_what_was_sent_there(workspace, server, num):
    record = final(workspace)
    send_records(workspace, num)
    changed(workspace, record, "second")
    send_records(workspace, num)
    forget_server(workspace, num)
    add_server(workspace, server.address.replace("127.0.0.1", "localhost"))
    (moved,) = known_servers(workspace)
    assert moved.num != num
    with workspace.database.transaction() as tables:
        tables.execute("UPDATE openrosa_form SET server = ?", [moved.num])
    changed(workspace, record, "third")
    assert refusals(workspace, moved.num) == []
    assert "third" in newest(server, record) and len(chain_of(server, record)) == 3


def test_what_a_phone_sent_there_and_brought_here_by_cable_is_gone_upon(workspace, server, num):
    record = final(workspace)
    root, edit = f"uuid:{record}", "uuid:of-the-phone"
    server.submissions |= {root: (b"<first/>", {}), edit: (b"<edit/>", {})}
    server.replaced[root] = edit
    row = workspace.records.row(record)
    with workspace.database.transaction():
        workspace.own_log.put("put", record, row.form, fields={INSTANCE: [edit, root]})
        workspace.records.refresh([record])
    server.script = [201, "cut"]  # the first instance is met, and the line breaks at what goes upon the edit
    assert code_of(send_records, workspace, num) == "openrosa_link_broken"
    changed(workspace, record, "changed meanwhile")
    assert refusals(workspace, num) == []
    assert "changed meanwhile" in newest(server, record)


def test_somebody_who_changed_it_on_the_server_itself_is_not_overwritten(workspace, server, num):
    record = final(workspace)
    send_records(workspace, num)
    edit = server.submissions[f"uuid:{record}"][0].replace(
        f"<instanceID>uuid:{record}".encode(),
        f"<deprecatedID>uuid:{record}</deprecatedID><instanceID>uuid:web".encode(),
    )
    assert server.take(edit, {}) == 201
    changed(workspace, record, "mine")
    for _ in range(2):
        assert refusals(workspace, num) == ["openrosa_outdated"]
    assert list(server.submissions) == [f"uuid:{record}", "uuid:web"]


FAULTS = [201, 201, "lost", "cut", 413, 503, "portal"]
STEPS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["send", "change", "sync"]), st.sampled_from(FAULTS)),
    min_size=2,
    max_size=9,
)


@settings(max_examples=2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example([("a", "send", "lost"), ("b", "change", 201), ("b", "send", 201)])
@example(
    [
        ("a", "send", 201),
        ("a", "change", 201),
        ("a", "send", "lost"),
        ("b", "sync", 201),
        ("b", "send", "cut"),
    ]
)
@given(STEPS)
def test_whoever_sends_and_whatever_is_lost_after_a_sync_the_last_change_gets_there(
    workspace, other, server, num, theirs, steps
):
    """However the two sent, changed and synced, in the end one chain stands at the server, the last change newest."""
    server.submissions.clear()
    server.replaced.clear()
    record = create_record(workspace, "small")
    assert finalise_record(workspace, record, {"/name": "示例"}).done
    synced(workspace, other)
    who = {"a": (workspace, num), "b": (other, theirs)}
    for at, (name, what, fault) in enumerate(steps):
        sender, where = who[name]
        if what == "sync":
            synced(workspace, other)
        elif what == "change":
            changed(sender, record, f"step {at}")
        else:
            server.script = [fault]
            with suppress(KnownError):
                send_records(sender, where)
            server.script = []
    for name in "ab":
        synced(workspace, other)
        sender, where = who[name]
        save_record(sender, record, {"/remark": f"last {name}"})
        assert finalise_record(sender, record).done
        synced(workspace, other)
        assert refusals(sender, where) == []
        assert f"last {name}" in newest(server, record)
    assert [counts(one)[:2] for one in (workspace, other)] == [(0, 0), (0, 0)]
    delete_record(workspace, record)
    synced(workspace, other)
