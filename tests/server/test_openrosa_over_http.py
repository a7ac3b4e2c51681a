"""Phones over TLS with the real process: what Collect asks and sends, and what a desktop then shows."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import time
import uuid

import pytest

from app.usecases.photos import photo_thumbnail
from app.usecases.records import record_row
from app.usecases.sync import sync_now
from core.forms.submission.xml import record_of_instance
from server.app import open_server
from server.config import ServerConfig
from server.openrosa.accounts import Phones, Secrets
from server.openrosa.kept import XML_LIMIT
from tests.builders import SMALL_FORM, a_record, values_of
from tests.server.phones import a_phone, a_submission, an_account, multipart, part
from tests.servers import a_desk, a_picture, a_server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with a_server(tmp_path_factory.mktemp("phones") / "server") as running:
        yield running


@pytest.fixture(scope="module")
def desk(server, tmp_path_factory):
    with a_desk(server, tmp_path_factory.mktemp("desk") / "w") as workspace:
        yield workspace


@pytest.fixture(scope="module")
def phone(server, desk):
    made = a_phone(server, an_account(server.data))
    yield made
    made.client.close()


@pytest.fixture
def another(server, desk):
    """Makes further phones and ends their connections."""
    made = []

    def make(secrets=None, **named):
        made.append(a_phone(server, secrets or an_account(server.data, "示例二"), **named))
        return made[-1]

    yield make
    for one in made:
        one.client.close()


def test_a_form_is_found_fetched_filled_in_and_its_record_with_photos_is_on_the_desktop(desk, phone):
    listed = phone.form_list()
    small = listed["small"]
    assert (small["name"], small["version"]) == ("示例表", "2026112101")
    assert phone.fetch(small["downloadUrl"]) == SMALL_FORM
    asked = phone.ask("HEAD", "/submission?deviceID=collect%3A1")
    assert (asked.status_code, asked.headers["x-openrosa-version"]) == (204, "1.0")
    assert int(asked.headers["x-openrosa-accept-content-length"]) >= 10_000_000
    assert asked.headers["location"].endswith("/submission") and "date" in asked.headers

    instance = f"uuid:{uuid.uuid4()}"
    rows = "<photos><photo>1732147.jpg</photo></photos><photos><photo>1732148.jpg</photo></photos>"
    xml = a_submission(instance, name="陈家村", households="12", area="3.50", rows=rows)
    first, second = a_picture(1, 200), a_picture(2, 200)
    part = phone.send(xml, [("1732147.jpg", first)], incomplete=True)
    assert part.status_code == 201 and "OpenRosaResponse" in part.text and "还差 1 个" in part.text
    whole = phone.send(xml, [("1732148.jpg", second)])
    assert whole.status_code == 201 and whole.headers["content-type"].startswith("text/xml")

    sync_now(desk)
    record = record_of_instance(instance)
    values = values_of(desk, record)
    assert (values["/name"], values["/households"], values["/area"]) == ("陈家村", 12, {"d": "3.50"})
    photos = [value for path, value in sorted(values.items()) if path.endswith("/photo")]
    assert {photo["name"] for photo in photos} == {"1732147.jpg", "1732148.jpg"}
    merged = desk.records.merged(record)
    assert (merged.state, merged.conflicts) == ("final", ())
    listed_row = record_row(desk, record)
    assert (listed_row.title, listed_row.photos) == ("陈家村", 2)
    for photo in photos:
        assert photo_thumbnail(desk, photo["b"], 64, photo["pv"]).startswith(b"\xff\xd8")
    assert {desk.photo_files.read(photo["b"]) for photo in photos} == {first, second}


def test_the_token_address_is_as_good_as_a_password(another):
    phone = another(by_token=True)
    small = phone.form_list()["small"]
    assert f"/key/{phone.made.token}/forms/" in small["downloadUrl"]
    assert phone.fetch(small["downloadUrl"]) == SMALL_FORM
    assert phone.send(a_submission(name="以地址")).status_code == 201


def test_every_reply_is_openrosas_and_nobody_gets_one_without_an_account(phone, another):
    stranger = another(phone.made)
    asked = stranger.once("GET", "/formList")
    assert asked.status_code == 401 and 'qop="auth"' in asked.headers["www-authenticate"]
    assert asked.headers["x-openrosa-version"] == "1.0" and "OpenRosaResponse" in asked.text
    stranger.prefix = "/key/no-such-token"
    assert stranger.ask("GET", "/formList").status_code == 403
    assert phone.ask("GET", f"/forms/{'0' * 64}/form.xml").status_code == 404


def test_a_body_that_is_no_submission_is_told_apart(phone):
    xml = a_submission(name="x")
    kinds = [  # each also on a connection that ends with the answer
        "text/xml",
        "multipart/form-data",
        "multipart/mixed; boundary=a",
        "multipart/form-data; boundary=",
    ]
    for kind in [*kinds, "multipart/form-data; boundary=a"]:
        ends = {"Content-Type": kind, "Connection": "close"}
        assert phone.ask("POST", "/submission", content=xml, headers=ends).status_code == 400, kind
        reply = phone.ask("POST", "/submission", content=xml, headers={"Content-Type": kind})
        assert reply.status_code == 400 and "OpenRosaResponse" in reply.text, kind


def test_a_body_that_is_cut_doubled_packed_or_too_large_is_refused_and_leaves_nothing(server, phone):
    """Bodies that are too large, cut off, doubled, packed, tricky: each is refused and nothing of it stays."""
    good, kind = multipart(a_submission(name="x"), [("a.jpg", a_picture())])
    boundary = kind.rpartition("=")[2].encode()
    second = part("xml_submission_file", "b.xml", "text/xml", a_submission(name="y"))
    cut = good[: len(good) // 2]
    cases = {
        "cut off": (cut, kind, 400),
        "no XML": (multipart(None, [("a.jpg", a_picture())])[0], None, 400),
        "two XMLs": (good.replace(b"--" + boundary + b"--", b"--" + boundary + b"\r\n" + second), kind, 400),
        "packed": (gzip.compress(good), kind, 400),
        "another boundary": (good, "multipart/form-data; boundary=other", 400),
        "header without end": (b"--" + boundary + b"\r\n" + b"X: " + b"y" * 100_000, kind, 413),
        "many parts": (
            multipart(a_submission(name="x"), [(f"{n}.csv", b"a") for n in range(400)])[0],
            None,
            413,
        ),
        "large XML": (multipart(b"<data>" + b"x" * (XML_LIMIT + 1))[0], None, 413),
    }
    for name, (body, said, status) in cases.items():
        told = said or f"multipart/form-data; boundary={body[2:38].decode()}"
        reply = phone.ask("POST", "/submission", content=body, headers={"Content-Type": told})
        assert (reply.status_code, "OpenRosaResponse" in reply.text) == (status, True), name
    assert list((server.data / "blobs").glob("*/parts/*")) == []
    assert phone.send(a_submission(name="danach")).status_code == 201


@contextlib.contextmanager
def raw_post(server, token, size, more=""):
    """A TLS connection on which the head of a POST was sent: a client library would see errors away."""
    head = (
        f"POST /key/{token}/submission HTTP/1.1\r\nHost: here\r\n"
        f"Content-Type: multipart/form-data; boundary=aa\r\nContent-Length: {size}\r\n{more}\r\n"
    ).encode()
    context = ssl.create_default_context(cafile=str(server.data / "keys" / "ca.pem"))
    with (
        socket.create_connection(("127.0.0.1", server.port)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as line,
    ):
        line.sendall(head)
        yield line


def test_a_body_announced_or_grown_beyond_its_bounds_is_answered_and_ends(server, another):
    with raw_post(server, another(by_token=True).made.token, 10**12) as line:
        with contextlib.suppress(OSError):
            for _ in range(40):
                line.sendall(bytes(1024 * 1024))
        assert b"413" in line.recv(64)
    assert list((server.data / "blobs").glob("*/parts/*")) == []


def test_one_phone_sends_four_at_once_and_the_fifth_comes_again_later(server, another):
    phone = another(by_token=True)
    with contextlib.ExitStack() as open_ones:
        for _ in range(4):
            hanging = raw_post(server, phone.made.token, 10_000, more="Expect: 100-continue\r\n")
            line = open_ones.enter_context(hanging)
            assert b" 100 " in line.recv(64)  # it has its place, and sends nothing: a line that hangs
        fifth = wait_for(lambda: phone.send(a_submission(name="fünf")), status=503)
        assert fifth.headers["retry-after"] and "OpenRosaResponse" in fifth.text
        assert another(by_token=True).send(a_submission(name="andere")).status_code == 201
    assert wait_for(lambda: phone.send(a_submission(name="fünf")), status=201)


def wait_for(ask, status):
    """Asks until it is answered like this, for ten seconds or more."""
    for _ in range(200):
        reply = ask()
        if reply.status_code == status:
            return reply
        time.sleep(0.05)
    raise AssertionError(reply.status_code)


def test_the_list_answers_what_the_standard_lets_one_ask(phone, desk):
    assert set(phone.form_list("&formID=small")) == {"small"}
    assert phone.form_list("&formID=nothing") == {}
    assert phone.form_list("&verbose=true")["small"]["descriptionText"] == "示例表"
    assert "small" in phone.form_list("&listAllVersions=true")


@pytest.mark.parametrize("more", ["", "Connection: close\r\n"])
def test_who_is_refused_may_send_its_body_to_the_end_and_reads_why(server, desk, more):
    """Also who ends the connection with the answer, as nginx does unless it is told otherwise."""
    with raw_post(server, "nobodys", 24 * 1024 * 1024, more) as line:
        for _ in range(24):
            line.sendall(bytes(1024 * 1024))
        assert b"403" in line.recv(64)


def test_links_name_the_host_that_was_asked_for_and_no_header_names_another(phone):
    forged = {
        "X-Forwarded-Host": "b.example.org",
        "Forwarded": "host=b.example.org",
        "X-Forwarded-Proto": "http",
    }
    asked = {"Host": "odk.example.org", "X-Forwarded-For": "192.0.2.1", **forged}
    for method, path in (("GET", "/formList"), ("HEAD", "/submission")):
        reply = phone.ask(method, path, headers=asked)
        told = reply.text + reply.headers.get("location", "")
        assert "https://odk.example.org/" in told and "b.example.org" not in told


def test_an_old_nonce_before_a_large_body_costs_one_more_round_and_a_wrong_password_is_told(phone, another):
    files = [("a.jpg", a_picture(1, 3000))]
    late = another(phone.made)
    late.ask("GET", "/formList")
    late.nonce = "A" * 44  # as after a restart of the server
    assert late.send(a_submission(name="x"), files).status_code == 201
    wrong = another(Secrets(phone.made.login, "wrong", ""))
    wrong.ask("GET", "/formList")
    assert wrong.send(a_submission(name="x"), files).status_code == 401


def test_no_secret_name_or_answer_of_a_phone_stands_in_the_log(server, phone, another):
    secret = "示例住址戊己"
    keyed = another(by_token=True)
    keyed.form_list()
    keyed.ask("GET", "/nothing-here")
    keyed.client.request("DELETE", f"/key/{keyed.made.token}/submission")
    keyed.send(a_submission(name=secret))
    written = (server.data.parent / f"{server.data.name}.log").read_text(encoding="utf-8")
    assert "submission" in written
    for one in (keyed.made.token, keyed.made.password, phone.made.password, secret, "示例二"):
        assert one not in written and one.encode("unicode_escape").decode() not in written


def test_a_shut_out_account_is_refused_at_once_and_its_records_stay(server, another, desk):
    one = another()
    instance = f"uuid:{uuid.uuid4()}"
    assert one.send(a_submission(instance, name="bleibt")).status_code == 201
    with open_server(ServerConfig(server.data)) as opened:
        Phones(opened).revoke(one.made.login)
    assert one.send(a_submission(name="zu spät")).status_code == 403
    sync_now(desk)
    assert desk.records.merged(record_of_instance(instance)) is not None


def test_a_form_left_by_a_desktop_takes_in_what_waited_for_it(server, another, desk):
    one, instance = another(), f"uuid:{uuid.uuid4()}"
    early = one.send(a_submission(instance, version="2026112177", name="früh"))
    assert early.status_code == 202 and "OpenRosaResponse" in early.text
    with desk.database.transaction():
        desk.forms.install(SMALL_FORM.replace(b"2026112101", b"2026112177"))
    a_record(desk)
    sync_now(desk)
    sync_now(desk)
    assert values_of(desk, record_of_instance(instance))["/name"] == "früh"
