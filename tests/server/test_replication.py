"""Litestream beside the server: killed under load and put back from the replica; missing; misplaced."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from core.clock import SystemClock
from core.errors import KnownError
from server.config import ServerConfig
from server.copies import back_up, restore
from server.replication import Replication, litestream
from tests.server.pushers import missing_in, pushers
from tests.servers import ROOT, ServerProcess

LAG_S = 3.0


def alive(data):
    """The Litestream processes that copy this database."""
    found = subprocess.run(
        ["pgrep", "-f", f"{data}/litestream.yml"], capture_output=True, text=True, check=False
    )
    return found.stdout.split()


def test_after_a_kill_under_load_the_replica_holds_all_but_the_last_moments(tmp_path):
    litestream()
    data, replica = tmp_path / "server", tmp_path / "replica"
    server = ServerProcess(data, options=["--replicate-to", str(replica)])
    devices = pushers(server, 4)
    back_up(ServerConfig(data), tmp_path / "backup", SystemClock())
    [device.start() for device in devices]
    try:
        while sum(device.promised for device in devices) < 30:
            assert all(device.is_alive() for device in devices)
            time.sleep(0.02)
        promised = {device.device.replica: device.promised for device in devices}
        time.sleep(LAG_S)
        assert sum(device.promised for device in devices) > sum(promised.values())
        server.kill()
    finally:
        [device.end() for device in devices]
        server.kill()
    until = time.monotonic() + 20
    while alive(data):
        assert time.monotonic() < until, "Litestream outlives the server it belongs to"
        time.sleep(0.05)
    put_back = ServerConfig(tmp_path / "put back")
    restore(put_back, tmp_path / "backup", SystemClock(), str(replica))
    for device in devices:
        device.promised = promised[device.device.replica]
    assert missing_in(put_back.data, devices) == []


def test_it_is_begun_again_when_it_ends_by_itself_and_ends_with_the_server(tmp_path, monkeypatch):
    monkeypatch.setattr("server.replication._AGAIN_S", 0.0)
    config = ServerConfig(tmp_path / "data")
    config.data.mkdir()
    copying = Replication(config, str(tmp_path / "replica"))
    copying.look_after()
    first = copying._child
    first.kill(), first.wait()
    copying.look_after()
    assert copying._child.pid != first.pid and copying._child.poll() is None
    copying.end()
    assert alive(config.data) == []


def test_without_litestream_the_server_says_what_to_install_and_does_not_start(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(KnownError) as refused:
        Replication(ServerConfig(tmp_path), str(tmp_path.parent / "replica"))
    assert refused.value.code == "litestream_missing"


def test_a_replica_on_the_same_disk_folder_is_refused_in_a_sentence(tmp_path):
    inside = tmp_path / "data" / "replica"
    ended = subprocess.run(
        [sys.executable, "-m", "server", "run", "--data", str(tmp_path / "data"), "--port", "0", "--replicate-to", str(inside)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1 and "数据没有改动" in ended.stderr and "Traceback" not in ended.stderr


def test_a_replica_that_is_none_is_told_and_nothing_is_made(tmp_path):
    config = ServerConfig(tmp_path / "data")
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "format").write_text("cunjiang-server 1\n")
    with pytest.raises(KnownError) as refused:
        restore(config, tmp_path / "backup", SystemClock(), str(tmp_path / "nothing"))
    assert refused.value.code == "replica_unreadable" and not config.data.exists()
