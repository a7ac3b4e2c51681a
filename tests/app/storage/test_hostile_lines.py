"""What somebody else's program may have written: it is kept, and stops neither a sync nor a record."""

from __future__ import annotations

import uuid

import pytest

from app.usecases.history import record_history
from app.usecases.records import RecordFilter, list_records, open_session, record_row
from app.usecases.reports import record_pdf
from core.records.operation import Operation, encode_line, genesis_hash
from core.values import text_value
from tests.builders import a_record, a_workspace

RECORD = "0192aaaa-0000-7000-8000-000000000001"


@pytest.fixture
def workspace(tmp_path):
    with a_workspace(tmp_path / "ws") as opened:
        yield opened


def receive(workspace, line: bytes) -> str:
    replica = uuid.uuid4().hex
    with workspace.database.transaction():
        touched = workspace.foreign_logs.receive(replica, 1, genesis_hash(replica), [line])
        workspace.records.refresh(touched)
    return replica


def an_answer(workspace, path, value) -> bytes:
    form = workspace.forms.newest("small").digest
    return encode_line(Operation(k="put", n=1, t="t", r=RECORD, f=form, s={path: value}))


@pytest.mark.parametrize(
    "line",
    [
        b'{"k":"put","n":1,"r":"r1","s":{"/name":"a\\u0000b"},"t":"t"}',
        b'{"k":"put","n":1,"r":"r1","s":{"/name":123456789012345678901234567890},"t":"t"}',
        b'{"k":"put","n":1,"r":"r1","s":{"/name":' + b"[" * 600 + b"]" * 600 + b'},"t":"t"}',
        b'{"k":"put","n":1,"r":"r1","s":7,"t":"t"}',
        b'{"k":"put","n":1,"r":"r1","s":{"/name":"\\ud800"},"t":"t"}',
    ],
)
def test_a_line_that_cannot_be_read_is_kept_byte_for_byte_and_left_out(workspace, line):
    replica = receive(workspace, line)
    assert [kept.line for kept in workspace.operations.log(replica)] == [line]
    assert workspace.foreign_logs.unreadable(replica, 1, 1) == [1]
    assert list_records(workspace) == []


@pytest.mark.parametrize(
    "path", ["/name", "/households", "/area", "/photos[x]/photo", "/hh[1]/@pos", "/nope", "x"]
)
@pytest.mark.parametrize(
    "value",
    [
        {"d": "abc"}, {"x": "!!"}, {"x": "/w=="}, ["a", 1], {"b": 5}, {"g": {}}, True, 1.5, {},
        {"g": {"type": "Point", "coordinates": ["a"]}}, {"g": {"type": "Polygon", "coordinates": []}},
    ],
)  # fmt: skip
def test_an_answer_of_any_shape_leaves_its_record_open_to_people(workspace, path, value):
    receive(workspace, an_answer(workspace, path, value))
    open_session(workspace, RECORD).problems()
    assert record_row(workspace, RECORD) is not None


def test_a_title_with_nul_or_half_a_character_is_listed_and_found(workspace):
    record = a_record(workspace, name=text_value("村\x00\ud800"))
    (row,) = list_records(workspace)
    assert (row.record_id, row.title) == (record, "村\ufffd\ufffd")
    assert list_records(workspace, RecordFilter(text="\ud800")) == [row]
    session = open_session(workspace, record)
    assert session.value("/name") == text_value("村\x00\ud800")
    assert session.title("zh") == session.shown("/name", "zh") == row.title
    assert record_pdf(workspace, record).pdf and record_history(workspace, record).title == row.title


def test_a_life_nobody_knows_hides_no_record(workspace):
    receive(workspace, an_answer(workspace, "/@life", "gone"))
    assert [row.record_id for row in list_records(workspace)] == [RECORD]
