"""The server process is killed (SIGKILL) while many devices push."""

from __future__ import annotations

import random
import time

from tests.server.pushers import missing_in, pushers
from tests.servers import ServerProcess

KILLS = 2


def test_no_acknowledged_batch_is_lost_when_the_server_is_killed_under_load(tmp_path):
    server = ServerProcess(tmp_path / "server")
    devices = pushers(server, 6)
    choose = random.Random(5)
    [device.start() for device in devices]
    try:
        for _ in range(KILLS):
            before = sum(device.promised for device in devices)
            while sum(device.promised for device in devices) < before + 12:
                assert all(device.is_alive() for device in devices)
                time.sleep(0.01)
            time.sleep(choose.uniform(0, 0.2))
            server.kill()
            server.launch()
            server.wait_ready()
    finally:
        [device.end() for device in devices]
        server.kill()
    assert sum(device.promised for device in devices) > 12 * KILLS
    assert missing_in(server.data, devices) == []
