"""Devices that push batch after batch at a server process, and know what they were promised."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path

import httpx2

from core.protocol.codec import compress, pack_sync_request
from core.protocol.messages import SyncHeader
from server.queries import log
from tests.server.logs import DeviceLog, a_device, a_token
from tests.servers import ServerProcess, a_service


class Pusher(threading.Thread):
    """One device on one connection. `promised` is the last operation that the server has acknowledged."""

    def __init__(self, server: ServerProcess, device: DeviceLog, token: str) -> None:
        super().__init__(daemon=True)
        self.device = device
        self.promised = 0
        self._server = server
        self._token = token
        self._over = threading.Event()

    def run(self) -> None:
        context = ssl.create_default_context(cafile=str(self._server.data / "keys" / "ca.pem"))
        headers = {"Authorization": f"Bearer {self._token}"}
        with httpx2.Client(verify=context, trust_env=False, headers=headers, timeout=10) as http:
            while not self._over.is_set():
                try:
                    self._push(http)
                except httpx2.TransportError:
                    self._over.wait(0.05)

    def end(self) -> None:
        self._over.set()
        self.join(20)

    def _push(self, http: httpx2.Client) -> None:
        first = self.promised + 1
        while len(self.device.lines) < self.promised + 3:
            self.device.write(a=f"第{len(self.device.lines)}句")
        batch, signature = self.device.batch(first)
        body = compress(pack_sync_request(SyncHeader(replica=self.device.replica), batch), quick=True)
        reply = http.post(
            f"https://127.0.0.1:{self._server.port}/svp/1/sync",
            content=body,
            headers={"Signature": signature},
        )
        if reply.status_code == 201:
            self.promised = batch.header.to
        else:
            assert reply.status_code == 503, reply.text


def pushers(server: ServerProcess, count: int) -> list[Pusher]:
    """Enrolled devices, not started yet."""
    with a_service(server.data) as opened:
        devices = [a_device(opened) for _ in range(count)]
        return [Pusher(server, device, a_token(opened, device)) for device in devices]


def missing_in(data: Path, devices: list[Pusher], *, allow: int = 0) -> list[str]:
    """The logs of which a server's data holds less than was promised (less `allow`), or something else."""
    missing = []
    with a_service(data) as server, server.database.read() as connection:
        for one in devices:
            project = one.device.endpoint._device.project
            held = log.lines_of(connection, project, one.device.replica, 2**31)
            if len(held) < one.promised - allow or held != one.device.lines[: len(held)]:
                missing.append(f"{one.device.replica}: {len(held)} of {one.promised}")
    return missing
