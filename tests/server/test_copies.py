"""Backups of a server and data folders made out of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from app.media.photo import digest_of
from core.errors import KnownError
from core.protocol.messages import SyncHeader
from core.protocol.wire_errors import WireError
from server.config import ServerConfig
from server.copies import KEPT_DATABASES, back_up, restore
from server.database import is_sound
from tests.server.logs import a_device
from tests.servers import ROOT, a_picture, a_service


@pytest.fixture
def config(tmp_path):
    return ServerConfig(tmp_path / "data")


@pytest.fixture
def backup(tmp_path):
    return tmp_path / "backup"


def push(device):
    return device.endpoint.sync(SyncHeader(replica=device.replica), *device.batch())


def send(device, picture):
    device.endpoint.append_blob(digest_of(picture), len(picture), 0, [picture])


def lines_for_a_newcomer(server):
    device = a_device(server)
    _, runs = device.endpoint.sync(SyncHeader(replica=device.replica), None, "")
    return [line for run in runs for line in run.lines]


def test_a_server_put_back_holds_what_the_backup_held_and_its_clients_notice(config, backup, clock, tmp_path):
    picture = a_picture()
    with a_service(config.data, clock) as server:
        device = a_device(server)
        device.write(a="一")
        cursor = push(device)[0].page.cursor
        send(device, picture)
        epoch = server.identity.epoch()
        assert not back_up(config, backup, clock).damaged
    other = ServerConfig(tmp_path / "other")
    restore(other, backup, clock)
    with a_service(other.data, clock) as server:
        assert server.identity.epoch() != epoch
        assert lines_for_a_newcomer(server) == device.lines
        endpoint = type(device.endpoint)(server, server.device(device.endpoint._device.id))
        assert endpoint.photos.state(digest_of(picture)).state == "full"
        with pytest.raises(WireError) as told:
            endpoint.sync(SyncHeader(replica=device.replica, have=cursor), None, "")
        assert told.value.code.name == "epoch-gone"


def test_a_second_backup_copies_only_what_is_new(config, backup, clock):
    with a_service(config.data, clock) as server:
        device = a_device(server)
        for n in range(3):
            send(device, a_picture(n))
        first = back_up(config, backup, clock)
        clock.advance(hours=1)
        send(device, a_picture(9))
        second = back_up(config, backup, clock)
    assert second.files < first.files
    assert len(list(backup.glob("blobs/*/[0-9a-f][0-9a-f]/*"))) == 4


def test_the_last_seven_databases_stay(config, backup, clock):
    with a_service(config.data, clock):
        for _ in range(KEPT_DATABASES + 2):
            clock.advance(hours=1)
            back_up(config, backup, clock)
    kept = sorted(backup.glob("databases/*.db"))
    assert len(kept) == KEPT_DATABASES
    assert all(is_sound(file) for file in kept)


def test_a_damaged_photo_is_named_and_not_copied(config, backup, clock):
    with a_service(config.data, clock) as server:
        send(a_device(server), a_picture())
        (file,) = config.blobs.glob("*/[0-9a-f][0-9a-f]/*")
        file.write_bytes(b"x" + file.read_bytes()[1:])
        assert back_up(config, backup, clock).damaged == (file.name,)
    assert not list(backup.glob("blobs/*/[0-9a-f][0-9a-f]/*"))


def test_a_damaged_database_is_never_the_newest_backup(config, backup, clock):
    with a_service(config.data, clock) as server:
        device = a_device(server)
        for n in range(200):
            device.write(a=f"第{n}")
        push(device)
        back_up(config, backup, clock)
    before = (backup / "server.db").read_bytes()
    with config.database_file.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(os.urandom(4096 * 4))
    clock.advance(hours=1)
    with pytest.raises(KnownError) as refused:
        back_up(config, backup, clock)
    assert refused.value.code == "server_copy_damaged"
    assert (backup / "server.db").read_bytes() == before


def test_folders_with_other_things_are_left_alone(config, backup, clock):
    with a_service(config.data, clock):
        backup.mkdir()
        (backup / "thesis.docx").write_bytes(b"mine")
        for work in (lambda: back_up(config, backup, clock), lambda: restore(config, backup, clock)):
            with pytest.raises(KnownError) as refused:
                work()
            assert refused.value.code == "server_folder_foreign"
    assert [entry.name for entry in backup.iterdir()] == ["thesis.docx"]


def test_a_server_is_not_put_back_over_another(config, backup, clock):
    with a_service(config.data, clock):
        back_up(config, backup, clock)
    with pytest.raises(KnownError) as refused:
        restore(config, backup, clock)
    assert refused.value.code == "server_target_exists"


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_kill_in_the_middle_leaves_nothing_half_and_can_be_repeated(
    command, config, backup, clock, tmp_path
):
    with a_service(config.data, clock) as server:
        device = a_device(server)
        for n in range(40):
            send(device, a_picture(n, side_px=96))
        push_lines = [device.write(a="一")]
        push(device)
        if command == "restore":
            back_up(config, backup, clock)
    other = ServerConfig(tmp_path / "other")
    words = (
        ["backup", "--data", str(config.data), "--to", str(backup)]
        if command == "backup"
        else ["restore", "--data", str(other.data), "--from", str(backup)]
    )
    for wait_s in (0.45, 0.6, 0.75):
        child = subprocess.Popen(
            [sys.executable, "-m", "server", *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        time.sleep(wait_s)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        if other.data.exists():
            break
    if command == "backup":
        clock.advance(hours=1)
        back_up(config, backup, clock)
    if not other.data.exists():
        restore(other, backup, clock)
    with a_service(other.data, clock) as server:
        assert lines_for_a_newcomer(server) == push_lines
        assert sum(1 for _ in server.blobs.whole()) == 40
