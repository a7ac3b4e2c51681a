"""Batches that come at the same moment share one commit, and none of them harms another."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from core.protocol.messages import SyncHeader
from core.protocol.wire_errors import WireError
from server.ingest import Arrival
from server.queries import holdings
from tests.server.logs import a_device
from tests.servers import a_service


@pytest.fixture
def server(tmp_path, clock):
    with a_service(tmp_path / "data", clock) as opened:
        yield opened


def an_arrival(device, first=1, last=None) -> Arrival:
    batch, _ = device.batch(first, last)
    of = device.endpoint._device
    return Arrival(
        of, batch, batch.header.last, f"2026/11/{batch.header.last}", device.endpoint._server.clock.now()
    )


def taken_together(server, arrivals):
    """Holds the log until all wait for it; returns each one's outcome and how many commits there were."""
    commits, transaction = [], server.database.transaction

    def counted():
        commits.append(1)
        return transaction()

    object.__setattr__(server.database, "transaction", counted)
    outcomes = {}

    def take(at, arrival):
        try:
            outcomes[at] = server.ingest.take(arrival)
        except Exception as error:  # noqa: BLE001  told apart below
            outcomes[at] = error

    threads = [threading.Thread(target=take, args=pair) for pair in enumerate(arrivals)]
    with server.ingest._writing:
        [thread.start() for thread in threads]
        while len(server.ingest._waiting) < len(arrivals):
            pass
    [thread.join() for thread in threads]
    return [outcomes[at] for at in range(len(arrivals))], len(commits)


def acked(device):
    return device.endpoint.sync(SyncHeader(replica=device.replica), None, "")[0].ack.acked


def devices_with_a_line(server, count):
    devices = [a_device(server) for _ in range(count)]
    for number, device in enumerate(devices):
        device.write(a=str(number))
    return devices


def test_batches_that_wait_together_share_one_commit(server):
    devices = devices_with_a_line(server, 6)
    outcomes, commits = taken_together(server, [an_arrival(device) for device in devices])
    assert (outcomes, commits) == ([1] * 6, 1)
    assert [acked(device) for device in devices] == [{device.replica: 1} for device in devices]


def test_one_that_follows_no_log_is_refused_and_the_others_are_taken(server):
    devices = devices_with_a_line(server, 4)
    devices[2].write(a="二")
    arrivals = [an_arrival(device, 2 if device is devices[2] else 1) for device in devices]
    outcomes, commits = taken_together(server, arrivals)
    assert commits == 1
    assert outcomes[2].code.name == "replica-gap"
    assert [outcomes[at] for at in (0, 1, 3)] == [1, 1, 1]
    assert acked(devices[2]) == {} and acked(devices[3]) == {devices[3].replica: 1}


def test_one_that_breaks_the_commit_fails_alone(server, monkeypatch):
    devices = devices_with_a_line(server, 4)
    arrivals = [an_arrival(device) for device in devices]
    add = holdings.add_batch

    def broken(connection, row):
        if row["device"] == arrivals[1].device.id:
            raise ZeroDivisionError
        add(connection, row)

    monkeypatch.setattr(holdings, "add_batch", broken)
    outcomes, _ = taken_together(server, arrivals)
    assert isinstance(outcomes[1], ZeroDivisionError)
    assert [outcomes[at] for at in (0, 2, 3)] == [1, 1, 1]
    assert acked(devices[1]) == {} and acked(devices[0]) == {devices[0].replica: 1}


def test_one_log_pushed_from_many_threads_at_once_stays_one_log(server):
    (device,) = devices_with_a_line(server, 1)
    for word in "一二三四五六七":
        device.write(a=word)
    arrivals = [an_arrival(device, 1, last) for last in range(1, 9)]
    outcomes, _ = taken_together(server, [*arrivals, *(replace(one) for one in arrivals)])
    assert not any(isinstance(one, WireError) for one in outcomes)
    assert sum(outcomes) == 8 and acked(device) == {device.replica: 8}
