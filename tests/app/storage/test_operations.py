from __future__ import annotations

from app.storage.operations import LOCAL
from app.usecases.people import name_person
from app.usecases.records import create_record, delete_record, finalise_record, save_record
from core.records.operation import OPERATION_LIMIT, STATE, OpRef, decode_line
from tests.builders import a_record, carry, values_of


def unsent(workspace):
    return list(workspace.operations.log(workspace.operations.own().id, state=LOCAL))


def acknowledge(workspace, acked, durable=0):
    with workspace.database.transaction():
        return workspace.operations.acknowledge(workspace.operations.own().id, acked=acked, durable=durable)


def test_the_log_begins_with_who_works_here(workspace):
    a_record(workspace)
    first = decode_line(unsent(workspace)[0].line)
    assert (first.k, first.n, first.name) == ("who", 1, "示例人员")
    assert first.device == workspace.person.device


def test_a_new_name_is_written_once(workspace):
    record = a_record(workspace)
    with workspace.database.transaction():
        workspace.kv.put("person_name", "另起的名")
    save_record(workspace, record, {"/remark": "一"})
    save_record(workspace, record, {"/remark": "二"})
    kinds = [line.kind for line in unsent(workspace)]
    assert kinds == ["who", "put", "who", "put", "put"]
    own = workspace.operations.own().id
    assert workspace.operations.author(OpRef(own, 2)).name == "示例人员"
    assert workspace.operations.author(OpRef(own, 5)).name == "另起的名"


def test_unsent_operations_come_in_order_and_in_portions(workspace):
    record = a_record(workspace)
    for number in range(4):
        save_record(workspace, record, {"/remark": str(number)})
    assert [line.n for line in unsent(workspace)] == [1, 2, 3, 4, 5, 6]
    touched = acknowledge(workspace, 3)
    assert touched == {record}
    assert [line.n for line in unsent(workspace)] == [4, 5, 6]
    assert workspace.operations.unsent_count() == 3


def test_a_server_that_lost_operations_gets_them_again(workspace):
    record = a_record(workspace)
    acknowledge(workspace, 2, durable=2)
    assert unsent(workspace) == []
    assert acknowledge(workspace, 1) == {record}
    assert [line.n for line in unsent(workspace)] == [2]


def test_foreign_lines_are_kept_byte_for_byte_and_once(workspace, other):
    a_record(workspace, remark="一")
    carry(workspace, other)
    carry(workspace, other)
    own = workspace.operations.own().id
    assert [line.line for line in other.operations.log(own)] == [
        line.line for line in workspace.operations.log(own)
    ]
    assert [line.hash for line in other.operations.log(own)] == [
        line.hash for line in workspace.operations.log(own)
    ]
    assert unsent(other) == []


def test_a_kind_of_a_later_version_is_kept(workspace, other):
    record = a_record(workspace)
    carry(workspace, other)
    own = workspace.operations.own()
    line = b'{"k":"future","n":%d,"r":"%s","t":"2030-01-01T00:00:00+08:00","x":{"y":1}}' % (
        own.last_n + 1,
        record.encode(),
    )
    before = values_of(other, record)
    with other.database.transaction():
        touched = other.foreign_logs.receive(own.id, own.last_n + 1, own.last_hash, [line])
        other.records.refresh(touched)
    assert values_of(other, record) == before
    assert list(other.operations.log(own.id))[-1].line == line


def test_an_operation_that_names_an_unknown_log_is_kept_and_left_out(workspace, other):
    record = a_record(workspace)
    carry(workspace, other)
    own = workspace.operations.own()
    line = (
        b'{"b":{"/remark":[[7,1]]},"k":"put","n":%d,"r":"%s","s":{"/remark":"?"},"t":"2026-11-21T08:00:00+08:00"}'
        % (
            own.last_n + 1,
            record.encode(),
        )
    )
    with other.database.transaction():
        other.records.refresh(other.foreign_logs.receive(own.id, own.last_n + 1, own.last_hash, [line]))
    assert "/remark" not in values_of(other, record)
    assert list(other.operations.log(own.id))[-1].line == line


def test_a_fork_moves_what_is_unsent_into_a_new_log_with_nothing_lost(workspace, other):
    record = a_record(workspace, remark="一", kind="一")
    carry(workspace, other)
    save_record(other, record, {"/remark": "对方"})
    carry(other, workspace)
    old = workspace.operations.own()
    acknowledge(workspace, old.last_n)
    save_record(workspace, record, {"/remark": "我方", "/kind": "我方"})
    save_record(workspace, record, {"/kind": "再改"})
    second = a_record(workspace, name="第二条")
    delete_record(workspace, second)
    before = {one: workspace.records.merged(one) for one in (record, second)}
    with workspace.database.transaction():
        touched = workspace.own_log.fork(workspace.person)
        workspace.records.refresh(touched)
    assert touched == {record, second}
    new = workspace.operations.own()
    assert new.id != old.id
    for one in (record, second):
        merged = workspace.records.merged(one)
        assert merged.values == before[one].values
        assert merged.conflicts == before[one].conflicts == ()
        assert (merged.life, merged.state, merged.parallel) == (
            before[one].life,
            before[one].state,
            before[one].parallel,
        )
    assert [line.n for line in unsent(workspace)] == list(range(1, new.last_n + 1))
    assert [line.n for line in workspace.operations.log(old.id)] == list(range(1, old.last_n + 1))
    carry(workspace, other)
    assert values_of(other, record) == values_of(workspace, record)
    assert other.records.merged(record).conflicts == ()


def test_going_on_after_a_fork_supersedes_the_old_log(workspace):
    record = a_record(workspace, remark="一")
    acknowledge(workspace, workspace.operations.own().last_n)
    with workspace.database.transaction():
        workspace.own_log.fork(workspace.person)
    save_record(workspace, record, {"/remark": "二"})
    merged = workspace.records.merged(record)
    assert merged.values["/remark"] == "二"
    assert merged.conflicts == ()
    assert not merged.parallel


def test_a_deletion_moved_by_a_fork_still_knows_what_it_deleted(workspace):
    record = a_record(workspace, remark="一")
    acknowledge(workspace, workspace.operations.own().last_n)
    delete_record(workspace, record)
    with workspace.database.transaction():
        workspace.own_log.fork(workspace.person)
    merged = workspace.records.merged(record)
    assert merged.life == "deleted"
    assert merged.conflicts == ()


def test_ten_thousand_rows_at_once_are_cut_without_reading_the_record_again_and_again(workspace, monkeypatch):
    log = workspace.operations
    read, asked = log.log_of, []
    monkeypatch.setattr(log, "log_of", lambda record: asked.append(record) or read(record))
    fields = {f"/hh[{n:05}]/{name}": n for n in range(10_000) for name in ("a", "b", "c", "d", "e", "f")}
    with workspace.database.transaction():
        refs = workspace.own_log.put("put", "r1", workspace.forms.versions("small")[0].digest, fields=fields)
    assert len(refs) > 4 and len(asked) == 1
    assert {path for op in log.of_record("r1") for path in op.fields} == set(fields)


def test_an_operation_too_long_for_its_line_is_cut_and_loses_nothing(workspace, other):
    record = create_record(workspace, "small")
    long = {"/name": "n" * 90_000, "/remark": "r" * 90_000, "/kind": "k" * 90_000, "/village": "v" * 90_000}
    assert finalise_record(workspace, record, long).done
    ops = [decode_line(line.line) for line in unsent(workspace) if line.record]
    assert len(ops) > 1 and all(len(line.line) <= OPERATION_LIMIT for line in unsent(workspace))
    assert [op.c for op in ops if STATE in op.s] == [{"/double": 6}]
    carry(workspace, other)
    assert values_of(other, record).items() >= long.items()


def test_a_name_no_line_could_carry_stops_no_save(workspace):
    name_person(workspace, "甲\x00 \ud800")
    a_record(workspace)
    assert workspace.operations.author(OpRef(workspace.operations.own().id, 2)).name == "甲\ufffd \ufffd"
