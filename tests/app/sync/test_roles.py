"""Roles as a designer meets them: the real client against the real service."""

from __future__ import annotations

import pytest

from app.sync.membership import read_grant
from app.usecases.records import save_record
from app.usecases.sync import sync_state
from core.protocol.roles import Grant
from core.records.sending import Sending
from tests.builders import a_record, a_workspace, values_of
from tests.servers import endpoint_of, join_in_process, sync_in_process

ANJI, DEQING = "330523001001", "330521001001"


@pytest.fixture
def pair(tmp_path, service):
    """A coordinator, and a surveyor of 安吉县."""
    with a_workspace(tmp_path / "a") as a, a_workspace(tmp_path / "b") as b:
        join_in_process(service, a, grant=Grant("coordinator"))
        join_in_process(service, b, grant=Grant("surveyor", "330523"))
        yield a, b


def synced(service, *workspaces) -> None:
    for workspace in workspaces:
        sync_in_process(endpoint_of(service, workspace), workspace)


def test_a_surveyor_gets_the_records_of_the_own_divisions_and_their_whole_history(pair, service):
    a, b = pair
    inside, outside = a_record(a, remark="起初"), a_record(a, remark=DEQING)
    save_record(a, inside, {"/name": "改名"})
    synced(service, a, b)
    assert b.records.ids() == []
    save_record(a, inside, {"/remark": ANJI})
    synced(service, a, b)
    assert b.records.ids() == [inside]
    assert values_of(b, inside) == values_of(a, inside)
    assert outside not in b.records.ids()


def test_a_scope_that_grows_brings_the_rest_and_one_that_shrinks_takes_nothing(pair, service):
    a, b = pair
    records = [a_record(a, remark=place) for place in (ANJI, DEQING)]
    mine = a_record(b, remark=ANJI)
    synced(service, a, b, a)
    assert service.auth.set_grant(b.person.device, Grant("surveyor", "3305"))
    synced(service, b)
    assert set(b.records.ids()) == {*records, mine}
    assert service.auth.set_grant(b.person.device, Grant("applicant"))
    save_record(a, mine, {"/name": "改名"})
    save_record(a, records[0], {"/name": "申报户看不到"})
    synced(service, a, b)
    assert read_grant(b.kv) == Grant("applicant")
    assert set(b.records.ids()) == {*records, mine}
    assert values_of(b, mine)["/name"] == "改名"
    assert values_of(b, records[0])["/name"] == "示例记录"


def test_what_is_set_aside_stays_with_its_author_who_is_told_why_until_the_place_is_right(pair, service):
    a, b = pair
    record = a_record(b, remark=DEQING)
    synced(service, b, a)
    assert [(one.reason, one.record) for one in sync_state(b).quarantined] == [("other-division", record)]
    assert values_of(b, record)["/remark"] == DEQING
    assert a.records.ids() == []
    save_record(b, record, {"/remark": ANJI})
    synced(service, b, a)
    assert sync_state(b).quarantined == ()
    assert values_of(a, record) == values_of(b, record)


def test_what_was_sent_elsewhere_is_told_to_whoever_sees_the_record_also_later(pair, service):
    a, b = pair
    record = a_record(a)
    sending = Sending(record, "odk.example.org", f"uuid:{record}", there=True)
    with a.database.transaction():
        a.own_log.tell_sending(sending)
    synced(service, a, b)
    assert b.sendings.of_record(record) == []
    save_record(a, record, {"/remark": ANJI})
    synced(service, a, b)
    assert b.records.ids() == [record]
    assert b.sendings.of_record(record) == [sending]
