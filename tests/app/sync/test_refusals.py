"""A wrong server, nobody there, a login page in between, tickets that are no good: each its own sentence."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import threading

import pytest

from app.errors import sentence
from app.i18n import LANGUAGES, has_words, set_language
from app.usecases.sync import enrol, sync_now, sync_state
from core.errors import KnownError
from server.app import open_server
from server.config import ServerConfig
from tests.builders import a_record, a_workspace
from tests.servers import a_server


@pytest.fixture
def a(tmp_path):
    with a_workspace(tmp_path / "a") as workspace:
        yield workspace


def code(work, *args) -> str:
    with pytest.raises(KnownError) as refused:
        work(*args)
    for language in LANGUAGES:
        set_language(language)
        assert has_words(f"error.{refused.value.code}")
        assert sentence(refused.value)
    set_language("zh")
    return refused.value.code


def changed(ticket: bytes, **parts) -> bytes:
    return json.dumps(json.loads(ticket) | parts).encode()


class LoginPage(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>login</html>")

    do_POST = do_GET  # noqa: N815

    def log_message(self, *_):
        pass


@pytest.fixture
def login_page():
    page = http.server.HTTPServer(("127.0.0.1", 0), LoginPage)
    thread = threading.Thread(target=page.serve_forever, daemon=True)
    thread.start()
    yield page.server_port
    page.shutdown()
    page.server_close()
    thread.join()


def test_without_a_ticket_there_is_nothing_to_sync_with(a):
    assert code(sync_now, a) == "not_joined"


def test_nobody_there_is_said_and_nothing_is_lost(a, shared_server):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ticket = shared_server.ticket(port=port)
    assert code(enrol, a, ticket, "甲") == "server_unreachable"


def test_a_login_page_is_never_taken_for_the_server(a, shared_server, login_page):
    assert code(enrol, a, shared_server.ticket(port=login_page), "甲") == "captive_portal"


@pytest.fixture(scope="module")
def other_server(tmp_path_factory):
    with a_server(tmp_path_factory.mktemp("other") / "server") as running:
        yield running


@pytest.mark.parametrize(
    ("status", "told"), [(200, "captive_portal"), (302, "captive_portal"), (502, "server_trouble")]
)
def test_a_reply_that_does_not_say_svp_is_no_success_even_under_the_right_certificate(
    a, shared_server, status, told
):
    class Between(LoginPage):
        def do_POST(self):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b'{"device":"x"}')

    keys = shared_server.data / "keys"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys / "server.pem", keys / "server.key")
    page = http.server.HTTPServer(("127.0.0.1", 0), Between)
    page.socket = context.wrap_socket(page.socket, server_side=True)
    thread = threading.Thread(target=page.handle_request)
    thread.start()
    assert code(enrol, a, shared_server.ticket(port=page.server_port), "甲") == told
    thread.join(10)
    page.server_close()
    assert sync_state(a).project_name is None


def test_another_server_is_not_spoken_to(a, shared_server, other_server):
    assert code(enrol, a, shared_server.ticket(port=other_server.port), "甲") == "wrong_server"


def test_tickets_used_expired_or_unknown_are_told_apart(a, shared_server, tmp_path):
    used = shared_server.ticket()
    with a_workspace(tmp_path / "b") as b:
        enrol(b, used, "乙")
        enrol(b, used, "乙")  # the same device may ask again
    assert code(enrol, a, used, "甲") == "ticket_used"
    assert code(enrol, a, shared_server.ticket(hours=-1), "甲") == "ticket_expired"
    assert code(enrol, a, changed(shared_server.ticket(), code="nonsense"), "甲") == "ticket_invalid"


@pytest.mark.parametrize(
    "parts", [{"ca": "x"}, {"ca_sha256": "0" * 64}, {"urls": []}, {"urls": ["http://127.0.0.1"]}, {"code": 7}]
)
def test_a_ticket_that_was_tampered_with_is_refused(a, shared_server, parts):
    assert code(enrol, a, changed(shared_server.ticket(), **parts), "甲") == "ticket_broken"


def test_files_that_are_no_tickets_are_refused(a, shared_server, tmp_path):
    for file in (b"", b"\xff\xd8\xff", b"{}", b"[" * 100_000, tmp_path / "nowhere"):
        assert code(enrol, a, file, "甲") == "ticket_broken"
    assert code(enrol, a, changed(shared_server.ticket(), cunjiang_ticket=2), "甲") == "ticket_newer"


def test_a_second_project_is_refused(a, shared_server, other_server):
    shared_server.join(a)
    assert code(enrol, a, other_server.ticket(), "甲") == "other_project"


def test_a_revoked_device_keeps_its_work(a, shared_server):
    shared_server.join(a)
    sync_now(a)
    record = a_record(a)
    with open_server(ServerConfig(shared_server.data)) as server:
        server.auth.revoke(a.person.device)
    assert code(sync_now, a) == "device_revoked"
    assert sync_state(a).records[record] == "unsent"
    last = sync_state(a).last
    assert last is not None and last.error == "device_revoked"


def test_a_wrong_laptop_clock_does_not_stop_sync(a, shared_server):
    import time_machine

    shared_server.join(a)
    record = a_record(a)
    for moment in ("1999-01-01T00:00:00Z", "2099-01-01T00:00:00Z"):
        with time_machine.travel(moment):
            sync_now(a)
    assert sync_state(a).records[record] == "confirmed"
