"""kill -9 while phones send: what was answered is there once, what was not comes again."""

from __future__ import annotations

import random
import threading
import time
import uuid

import httpx2

from app.usecases.sync import sync_now
from core.clock import SystemClock
from core.forms.submission.xml import record_of_instance
from server.config import ServerConfig
from server.rebuilding import rebuild
from tests.builders import a_record, a_workspace, values_of
from tests.server.phones import a_phone, a_submission, an_account
from tests.servers import ServerProcess, a_picture, a_service

KILLS = 3
PHONES = 2


class Sender(threading.Thread):
    """A phone that sends record after record, each in two parts, again and again until it is answered."""

    def __init__(self, server, made, seed):
        super().__init__()
        self._server, self._made = server, made
        self._chance = random.Random(seed)
        self.stop = threading.Event()
        self.sent: dict[str, str] = {}

    def run(self):
        while not self.stop.wait(0.05):
            instance, name = f"uuid:{uuid.UUID(int=self._chance.getrandbits(128))}", f"记录{len(self.sent)}"
            rows = "<photos><photo>a.jpg</photo></photos><photos><photo>b.jpg</photo></photos>"
            xml = a_submission(instance, name=name, rows=rows)
            photos = [a_picture(self._chance.randrange(10**6), 64) for _ in range(2)]
            if self._through(xml, ("a.jpg", photos[0]), True) and self._through(
                xml, ("b.jpg", photos[1]), False
            ):
                self.sent[instance] = name

    def _through(self, xml, file, incomplete):
        """Sends until it is answered; False when it is told to stop before."""
        while True:
            phone = a_phone(self._server, self._made)
            try:
                if phone.send(xml, [file], incomplete=incomplete).status_code == 201:
                    return True
            except httpx2.TransportError:
                time.sleep(0.02)
            finally:
                phone.client.close()
            if self.stop.is_set():
                return False


def lines_of(config):
    with a_service(config.data) as server, server.database.read() as connection:
        return connection.exec_driver_sql("SELECT replica, n, hash FROM op ORDER BY replica, n").all()


def test_a_server_killed_while_phones_send_keeps_each_record_once_and_whole(tmp_path):
    chance, server = random.Random(20261121), ServerProcess(tmp_path / "server")
    try:
        with a_workspace(tmp_path / "desk") as desk:
            server.join(desk)
            a_record(desk)
            sync_now(desk)
            senders = [Sender(server, an_account(server.data), seed) for seed in range(PHONES)]
            for sender in senders:
                sender.start()
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.05, 0.6))
                server.kill()
                server.launch()
                server.wait_ready()
            time.sleep(0.3)
            for sender in senders:
                sender.stop.set()
            for sender in senders:
                sender.join(30)
            sync_now(desk)
            sent = {instance: name for sender in senders for instance, name in sender.sent.items()}
            assert len(sent) >= PHONES
            for instance, name in sent.items():
                record = record_of_instance(instance)
                merged, values = desk.records.merged(record), values_of(desk, record)
                assert merged.conflicts == () and merged.state == "final" and values["/name"] == name
                photos = [value for path, value in values.items() if path.endswith("/photo")]
                assert sorted(photo["name"] for photo in photos) == ["a.jpg", "b.jpg"]
                assert all(desk.photo_files.has(photo["b"]) for photo in photos)
    finally:
        server.stop()
    config = ServerConfig(tmp_path / "server")
    before = lines_of(config)
    made = rebuild(config, SystemClock())
    assert made.refused == made.damaged == () and lines_of(config) == before
