"""Servers for tests: the real process over TLS on loopback, and the real service straight behind the engine."""

from __future__ import annotations

import base64
import io
import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image

from app.jobs import Progress
from app.sync import engine
from app.sync.engine import SyncResult
from app.sync.membership import Membership, device_key, make_device_key, read_membership, write_membership
from app.usecases.enrolling import enrol
from app.usecases.sync import sync_now
from app.workspace import Workspace
from core.clock import Clock
from core.protocol.messages import EnrolRequest
from core.protocol.roles import Grant
from core.protocol.ticket import encode_ticket
from server.app import open_server
from server.auth import PLAIN_GRANT
from server.config import ServerConfig
from server.sync_service import Server, SyncService
from server.tickets import make_ticket
from tests.builders import a_record, a_workspace

ROOT = Path(__file__).resolve().parents[1]


class ServerProcess:
    """`cunjiang-server run` as a child; ended by its own process id."""

    def __init__(self, data: Path, port: int = 0, options: Sequence[str] = ()) -> None:
        self.data = data
        self._options = options
        self.port = port
        self._process: subprocess.Popen[str] | None = None
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Starts it, on the port it had before."""
        self._log = (self.data.parent / f"{self.data.name}.log").open("a")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "server", "run", "--data", str(self.data), "--port", str(self.port), "--json",
             *self._options],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=self._log, text=True,
        )  # fmt: skip

    def wait_ready(self) -> None:
        """Waits until it serves."""
        assert self._process is not None and self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, (self.data.parent / f"{self.data.name}.log").read_text()
        self.port = json.loads(line)["port"]

    def kill(self) -> None:
        """As a power cut to the process: SIGKILL."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Asks it to end; returns its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        process.send_signal(how)
        code = process.wait(20)
        assert process.stdout is not None
        process.stdout.close()
        self._log.close()
        return code

    def ticket(self, *, hours: float = 72, port: int | None = None, grant: Grant = PLAIN_GRANT) -> bytes:
        """A ticket file, with the address changed to another port if given (a proxy)."""
        config = ServerConfig(self.data)
        with open_server(config) as server:
            made = make_ticket(server, config, hours=hours, grant=grant)
        if port is not None:
            made = msgspec.structs.replace(made, urls=[f"https://127.0.0.1:{port}"])
        return encode_ticket(made)

    def join(self, workspace: Workspace, name: str = "示例人员", *, port: int | None = None) -> None:
        """Enrols a workspace over the wire."""
        enrol(workspace, self.ticket(port=port), name)


@contextmanager
def a_server(data: Path) -> Iterator[ServerProcess]:
    """A running server process, stopped at the end."""
    server = ServerProcess(data)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def a_desk(server: ServerProcess, folder: Path) -> Iterator[Workspace]:
    """A coordinator's desktop that has left its form, and a record of it, at the server."""
    with a_workspace(folder) as workspace:
        server.join(workspace)
        a_record(workspace)
        sync_now(workspace)
        yield workspace


@contextmanager
def a_service(data: Path, clock: Clock | None = None) -> Iterator[Server]:
    """The opened parts of a server in this process."""
    with open_server(ServerConfig(data), clock) as server:
        yield server


def join_in_process(
    server: Server, workspace: Workspace, name: str = "示例人员", *, grant: Grant = PLAIN_GRANT
) -> SyncService:
    """Enrols a workspace without a wire; returns its endpoint."""
    auth = server.auth
    code, _ = auth.make_ticket_code(server.identity.project, grant=grant)
    with workspace.database.transaction():
        key = device_key(workspace.kv) or make_device_key(workspace.kv)
        workspace.kv.put("person_name", name)
    device = auth.enrol(
        EnrolRequest(
            code=code, device=workspace.person.device, device_key=_base64(bytes(key.verify_key)),
            user=workspace.person.user, name=name,
        )
    )  # fmt: skip
    with workspace.database.transaction():
        write_membership(
            workspace.kv,
            Membership(
                urls=["https://127.0.0.1"], ca="", device=device.id, project=server.identity.project,
                project_name=server.identity.project_name, server_key=server.identity.public_key,
            ),
        )  # fmt: skip
        workspace.own_log.join(server.identity.project)
    return SyncService(server, device)


def endpoint_of(server: Server, workspace: Workspace) -> SyncService:
    """The endpoint of a workspace that has joined."""
    device = server.device(workspace.person.device)
    assert device is not None
    return SyncService(server, device)


def sync_in_process(endpoint: Any, workspace: Workspace) -> SyncResult:
    """One whole sync without a wire."""
    membership, key = read_membership(workspace.kv), device_key(workspace.kv)
    assert membership is not None and key is not None
    return engine.sync(endpoint, workspace, membership, key, Progress(), sleep=lambda _: None)


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def a_picture(seed: int = 0, side_px: int = 64) -> bytes:
    """A JPEG of noise: about 0.6 bytes a pixel, the same for the same seed."""
    noise = random.Random(seed).randbytes(side_px * side_px * 3)
    buffer = io.BytesIO()
    Image.frombytes("RGB", (side_px, side_px), noise).save(buffer, "JPEG", quality=75)
    return buffer.getvalue()
