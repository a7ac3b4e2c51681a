"""Clients and the server are killed (SIGKILL) at random moments of saving and syncing, thirty times."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.usecases.sync import sync_now, sync_state
from core.records.receipt import heads_digest
from tests.builders import a_workspace, values_of
from tests.servers import ROOT, ServerProcess

ROUNDS = 30
SCRIPT = Path(__file__).with_name("restless_client.py")


class Client:
    """A restless client process and the words it has acknowledged."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder = folder
        self.words: list[str] = []
        self._seed = number * 1000
        self.launch()

    def launch(self) -> None:
        self._seed += 1
        self._ready = threading.Event()
        self._errors = (self.folder.parent / f"{self.folder.name}.log").open("a")
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(self.folder), str(self._seed)],
            stdout=subprocess.PIPE, stderr=self._errors, text=True, cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self._process.stdout:
            if line.endswith("\n"):
                self._ready.set() if line == "ready\n" else self.words.append(line.strip())

    def wait_ready(self) -> None:
        assert self._ready.wait(30), (self.folder.parent / f"{self.folder.name}.log").read_text()[-3000:]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)
        self._reader.join(10)
        self._process.stdout.close()
        self._errors.close()


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_and_both_sides_converge(tmp_path):
    started = time.monotonic()
    server = ServerProcess(tmp_path / "server")
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        with a_workspace(folder) as workspace:
            server.join(workspace)
    clients = [Client(folder, number) for number, folder in enumerate(folders, 1)]
    choose = random.Random(7)
    try:
        for turn in range(ROUNDS):
            victim = [clients[0], server, clients[1]][turn % 3]
            if turn != 1:  # the server of the first turns is ready already
                victim.wait_ready()
            time.sleep(choose.uniform(0, 0.7))
            victim.kill()
            victim.launch()
    finally:
        for client in clients:
            client.kill()
    print(f"{ROUNDS} rounds in {time.monotonic() - started:.1f} s, words: {[len(c.words) for c in clients]}")
    server.wait_ready()
    try:
        _all_is_there(server, folders, clients)
    finally:
        server.stop()


def _all_is_there(server: ServerProcess, folders: list[Path], clients: list[Client]) -> None:
    with a_workspace(folders[0]) as a, a_workspace(folders[1]) as b:
        for workspace in (a, b, a, b):
            assert workspace.database.check() == []
            sync_now(workspace)
        assert set(a.records.ids()) == set(b.records.ids())
        for record in a.records.ids():
            assert heads_digest(values_of(a, record)) == heads_digest(values_of(b, record))
        for workspace in (a, b):
            log = b"\n".join(
                line.line
                for replica in workspace.operations.replicas()
                for line in workspace.operations.log(replica.id)
            )
            missing = [word for client in clients for word in client.words if f'"{word}"'.encode() not in log]
            assert missing == []
            assert sync_state(workspace).unsent_ops == 0
            assert workspace.photos.to_send() == [] == workspace.photos.to_fetch()
            for photo in workspace.photos.here():
                workspace.photo_files.read(photo.digest)
        assert sum(len(client.words) for client in clients) >= 2 * ROUNDS // 3  # at least one a life
