"""A wrong server, nobody there, a login page in between, tickets that are no good: each its own sentence."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from PIL import Image

from app.errors import sentence
from app.i18n import LANGUAGES, has_words, set_language
from app.sync.membership import read_grant, read_membership, write_membership
from app.usecases.enrolling import enrol, read_ticket, tell_ticket
from app.usecases.sync import sync_now, sync_state
from core.errors import KnownError
from core.protocol.roles import Grant
from core.protocol.ticket import decode_ticket, ticket_line
from server.app import open_server
from server.config import FORMAT_LINE, ServerConfig
from server.tickets import draw_ticket
from tests.builders import a_record, a_workspace
from tests.servers import a_picture, a_server


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


@contextmanager
def answering(shared_server, handler) -> Iterator[int]:
    """Something else behind the right certificate; its port."""
    keys = shared_server.data / "keys"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys / "server.pem", keys / "server.key")
    page = http.server.HTTPServer(("127.0.0.1", 0), handler)
    page.socket = context.wrap_socket(page.socket, server_side=True)
    thread = threading.Thread(target=page.serve_forever, args=(0.05,))
    thread.start()
    yield page.server_port
    page.shutdown()
    thread.join(10)
    page.server_close()


def moved(workspace, port: int) -> None:
    """The server has another port now."""
    membership = read_membership(workspace.kv)
    with workspace.database.transaction():
        write_membership(
            workspace.kv, msgspec.structs.replace(membership, urls=[f"https://127.0.0.1:{port}"])
        )


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

    with answering(shared_server, Between) as port:
        assert code(enrol, a, shared_server.ticket(port=port), "甲") == told
    assert sync_state(a).project_name is None


def test_a_name_that_nobody_knows_a_missing_network_and_silence_are_told_apart(a, shared_server, monkeypatch):
    ticket = changed(shared_server.ticket(), urls=["https://no-such-village.invalid:1"])
    unknown, offline = socket.gaierror(socket.EAI_NONAME, ""), socket.gaierror(socket.EAI_AGAIN, "")
    for cause, told in (
        (unknown, "name_not_found"),
        (offline, "no_network"),
        (OSError(101, ""), "no_network"),
    ):

        def broken(*_, cause=cause, **__):
            raise cause

        monkeypatch.setattr(socket, "getaddrinfo", broken)
        assert code(enrol, a, ticket, "甲") == told
    monkeypatch.undo()
    monkeypatch.setattr("app.http_client._CONNECT_S", 0.3)
    monkeypatch.setattr("app.sync.http_endpoint._ANSWER_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        assert code(enrol, a, shared_server.ticket(port=mute.getsockname()[1]), "甲") == "server_silent"


def test_the_next_address_of_a_server_is_tried_when_the_first_is_not_found(a, shared_server):
    there = f"https://127.0.0.1:{shared_server.port}"
    enrol(a, changed(shared_server.ticket(), urls=["https://no-such-village.invalid:1", there]), "甲")
    assert sync_state(a).urls[0] in {there, "https://no-such-village.invalid:1"}


@pytest.mark.parametrize(("spoken", "told"), [(0, "program_too_old"), (2, "server_too_old")])
def test_versions_that_do_not_meet_say_who_has_to_be_updated(a, shared_server, monkeypatch, spoken, told):
    shared_server.join(a)
    monkeypatch.setattr("app.sync.http_endpoint.PROTOCOL_VERSION", spoken)
    monkeypatch.setattr("app.sync.http_endpoint._refuse_strangers", lambda _: None)
    record = a_record(a)
    assert code(sync_now, a) == told
    assert sync_state(a).records[record] == "unsent"


def test_a_server_of_versions_to_come_is_no_login_page(a, shared_server):
    class Newer(LoginPage):
        def do_POST(self):
            self.send_response(404)
            self.send_header("SVP", "2")
            self.end_headers()

    with answering(shared_server, Newer) as port:
        assert code(enrol, a, shared_server.ticket(port=port), "甲") == "program_too_old"


def test_a_full_server_is_told_and_everything_stays_here(a, shared_server):
    shared_server.join(a)
    record = a_record(a)

    class Full(LoginPage):
        def do_POST(self):
            self.send_response(507)
            self.send_header("SVP", "1")
            self.end_headers()
            self.wfile.write(b'{"type":"urn:svp:problem:server-full","status":507,"retry":"later"}')

        do_GET = do_POST  # noqa: N815

    with answering(shared_server, Full) as port:
        moved(a, port)
        assert code(sync_now, a) == "server_full"
    moved(a, shared_server.port)
    assert sync_state(a).records[record] == "unsent"
    sync_now(a)
    assert sync_state(a).records[record] == "confirmed"


def test_a_line_is_trusted_only_by_the_sha256_of_the_authority(a, shared_server, other_server, login_page):
    """Who intercepts TLS can show any certificate; the one thing asked before the server is known is checked."""
    line = ticket_line(decode_ticket(shared_server.ticket()))
    for port, told in ((other_server.port, "wrong_server"), (login_page, "captive_portal")):
        ticket = msgspec.structs.replace(decode_ticket(line.encode()), urls=[f"https://127.0.0.1:{port}"])
        assert code(enrol, a, ticket, "甲") == told
    enrol(a, f"请加入：\n{line[:80]}\n{line[80:]}".encode(), "甲")
    assert sync_state(a).joined


def test_a_picture_of_the_qr_code_is_a_ticket_and_one_without_is_told(a, shared_server, tmp_path):
    picture = tmp_path / "码.png"
    draw_ticket(decode_ticket(shared_server.ticket()), picture)
    with Image.open(picture) as code_:
        photo = Image.new("L", (1600, 1200), 90)
        photo.paste(
            code_.convert("L").rotate(8, expand=True, fillcolor=90, resample=Image.Resampling.BICUBIC),
            (500, 300),
        )
    photo.save(tmp_path / "照片.jpg", quality=60)
    empty = tmp_path / "山.jpg"
    empty.write_bytes(a_picture())
    assert code(enrol, a, empty, "甲") == "ticket_not_seen"
    assert tell_ticket(a, read_ticket(picture)).project == "村匠"
    enrol(a, tmp_path / "照片.jpg", "甲")
    assert sync_state(a).joined


def test_a_ticket_says_where_it_leads_before_anybody_joins(a, shared_server):
    words = tell_ticket(a, read_ticket(shared_server.ticket(grant=Grant("reviewer", "330523"))))
    assert (words.role, words.division) == ("reviewer", "浙江省湖州市安吉县")
    assert words.servers == (f"127.0.0.1:{shared_server.port}",)
    assert not sync_state(a).joined


def test_the_role_is_kept_from_the_ticket_and_follows_the_server(a, shared_server):
    enrol(a, shared_server.ticket(grant=Grant("surveyor", "330523")), "甲")
    assert read_grant(a.kv) == Grant("surveyor", "330523")
    with open_server(ServerConfig(shared_server.data)) as server:
        assert server.auth.set_grant(a.person.device, Grant("reviewer"))
    sync_now(a)
    assert read_grant(a.kv) == Grant("reviewer")


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
    for file in (b"", b"\xff\xfe\x00", b"{}", b"[" * 100_000, tmp_path / "nowhere"):
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


@pytest.mark.parametrize("year", [1991, 2091])
def test_no_clock_stops_sync(a, tmp_path, year):
    """OpenSSL asks the system's clock, which no test can turn: so the whole authority is of another time."""
    an_authority_of(year, tmp_path / "server" / "keys")
    with a_server(tmp_path / "server") as server:
        ticket = server.ticket()
        with time_machine.travel(f"{4090 - year}-01-01T00:00:00Z"):
            enrol(a, ticket, "甲")
            record = a_record(a)
            sync_now(a)
        assert sync_state(a).records[record] == "confirmed"


def an_authority_of(year: int, keys: Path) -> None:
    """A private CA that is good for that year only."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "示例 CA")])
    begins = datetime(year, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), begins, begins + timedelta(365)
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    keys.mkdir(parents=True)
    (keys.parent / "format").write_text(FORMAT_LINE)
    (keys / "ca.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (keys / "ca.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
