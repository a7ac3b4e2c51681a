"""The database made anew from archive, roll and photos."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.media.photo import digest_of
from core.errors import KnownError
from core.protocol.messages import SyncHeader
from server.config import ServerConfig
from server.durable_files import write_durably
from server.rebuilding import rebuild
from server.roll import read_roll
from server.sync_service import SyncService
from server.tables import DEVICE
from tests.builders import a_record, a_workspace, values_of
from tests.server.logs import a_device
from tests.servers import a_picture, a_service, endpoint_of, join_in_process, sync_in_process


@pytest.fixture
def config(tmp_path):
    return ServerConfig(tmp_path / "data")


def push(device, *part):
    device.endpoint.sync(SyncHeader(replica=device.replica), *device.batch(*part))


def newcomer_reads(server):
    device = a_device(server)
    _, runs = device.endpoint.sync(SyncHeader(replica=device.replica), None, "")
    return sorted(line for run in runs for line in run.lines)


def lose_database(config):
    for file in config.data.glob("server.db*"):
        file.unlink()


def test_a_lost_database_comes_back_from_archive_roll_and_photos(config, clock):
    picture = a_picture()
    with a_service(config.data, clock) as server:
        project = server.identity.project
        devices = [a_device(server) for _ in range(3)]
        for turn in range(4):
            for device in devices:
                device.write(a=f"第{turn}轮")
                push(device, turn + 1)
                clock.advance(seconds=1)
        devices[0].endpoint.append_blob(digest_of(picture), len(picture), 0, [picture])
        before = newcomer_reads(server)
    lose_database(config)
    made = rebuild(config, clock)
    assert (made.batches, made.photos, made.damaged, made.refused, made.set_aside) == (12, 1, (), (), None)
    with a_service(config.data, clock) as server:
        assert server.identity.project == project
        assert newcomer_reads(server) == before
        for device in devices:
            endpoint = SyncService(server, server.device(device.endpoint._device.id))
            device.endpoint = endpoint
            assert endpoint.receipt(device.replica, 4).receipt.at
            device.write(a="之后")
            push(device, 5)
        assert devices[0].endpoint.photos.state(digest_of(picture)).state == "full"


def test_batches_received_in_the_same_moment_find_their_order(config, clock):
    with a_service(config.data, clock) as server:
        device = a_device(server)
        for n in range(1, 9):
            device.write(a=str(n))
            push(device, n)  # the clock stands: all have one time of receipt
        before = newcomer_reads(server)
    lose_database(config)
    assert not rebuild(config, clock).refused
    with a_service(config.data, clock) as server:
        assert newcomer_reads(server) == before


def test_two_that_join_at_the_same_moment_both_stand_in_the_roll(config, clock, monkeypatch):
    with a_service(config.data, clock) as server:

        def second_joins_first(file, content, **named):
            monkeypatch.undo()
            a_device(server)
            write_durably(file, content, **named)

        monkeypatch.setattr("server.roll.write_durably", second_joins_first)
        a_device(server)
        assert len(read_roll(config.roll_file).devices) == 2


def test_a_device_shut_out_stays_shut_out(config, clock):
    with a_service(config.data, clock) as server:
        device = a_device(server)
        device.write(a="一")
        push(device)
        auth = server.auth
        auth.revoke(device.endpoint._device.id)
    lose_database(config)
    assert rebuild(config, clock).batches == 1
    with a_service(config.data, clock) as server, server.database.read() as connection:
        assert connection.scalars(select(DEVICE.c.revoked_at)).one() is not None


def test_a_damaged_batch_and_photo_are_named_and_the_rest_comes_back(config, clock):
    with a_service(config.data, clock) as server:
        first, second = a_device(server), a_device(server)
        for device in (first, second):
            device.write(a="一")
            push(device)
        first.endpoint.append_blob(digest_of(a_picture()), len(a_picture()), 0, [a_picture()])
        name = server.archive.keep(*first.batch(), first.endpoint._device, clock.now(), 0)[1]
    bad = config.archive / name
    bad.write_bytes(bad.read_bytes()[:-4])
    (photo,) = config.blobs.glob("*/[0-9a-f][0-9a-f]/*")
    photo.write_bytes(photo.read_bytes()[:-4])
    made = rebuild(config, clock)
    assert (made.batches, made.photos) == (1, 0)
    assert set(made.damaged) == {str(bad), f"sha256:{photo.name}"}
    assert made.set_aside is not None and (made.set_aside / "server.db").exists()


def test_without_a_roll_nothing_is_touched(config, clock):
    with a_service(config.data, clock):
        pass
    config.roll_file.write_text("{")
    with pytest.raises(KnownError) as refused:
        rebuild(config, clock)
    assert refused.value.code == "server_nothing_to_rebuild"
    assert config.database_file.exists()


def test_designers_go_on_with_a_rebuilt_server_and_nothing_is_lost(config, clock, tmp_path):
    with a_workspace(tmp_path / "a", clock=clock) as a, a_workspace(tmp_path / "b", clock=clock) as b:
        with a_service(config.data, clock) as server:
            join_in_process(server, a), join_in_process(server, b)
            first = a_record(a, name="甲村")
            sync_in_process(endpoint_of(server, a), a)
        lose_database(config)
        rebuild(config, clock)
        second = a_record(b, name="乙村")
        with a_service(config.data, clock) as server:
            for workspace in (a, b, a):
                sync_in_process(endpoint_of(server, workspace), workspace)
        for record in (first, second):
            assert values_of(a, record) == values_of(b, record) != {}
