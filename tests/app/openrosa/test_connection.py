from __future__ import annotations

import socket
import threading

import pytest

from app.jobs import JobCancelledError, Progress
from app.openrosa.address import ServerAccess, read_access
from app.openrosa.connection import Connection
from app.openrosa.endpoint import Endpoint
from app.openrosa.multipart import SentFile, plan_posts
from core.errors import KnownError
from tests.openrosa_server import PAGE, OpenRosaServer, tls_context


@pytest.fixture
def server():
    with OpenRosaServer() as running:
        running.offer("a", "1", b"<h/>")
        yield running


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    return tls_context(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def ask(clock):
    """Opens an endpoint and asks it for its list of forms."""

    def asked(access: ServerAccess):
        with Connection(access, clock) as connection:
            return Endpoint(connection, "d").form_list()

    return asked


def login(server, **other):
    said = {"user": server.user, "password": server.password, **other}
    return read_access(server.address, **said)


def code_of(run, *args):
    with pytest.raises(KnownError) as refused:
        run(*args)
    return refused.value.code


def test_a_token_in_the_address_is_enough(server, ask):
    assert [form.form_id for form in ask(read_access(server.address))] == ["a"]


def test_digest_is_answered_once_and_a_nonce_that_is_over_is_renewed(server, clock):
    server.login, server.uses_of_nonce = "digest", 2
    with Connection(login(server), clock) as connection:
        endpoint = Endpoint(connection, "d")
        for _ in range(5):
            endpoint.form_list()
    assert server.challenges == 3


def test_a_body_goes_again_when_its_nonce_was_over(server, clock):
    server.login, server.uses_of_nonce = "digest", 1
    file = SentFile("f.jpg", "image/jpeg", 300_000, lambda: iter([b"f" * 100_000] * 3))
    with Connection(login(server), clock) as connection:
        endpoint = Endpoint(connection, "d")
        endpoint.prepare()
        (post,) = plan_posts(
            b"<a><meta><instanceID>uuid:1</instanceID></meta></a>", [file], endpoint.post_bytes
        )
        endpoint.submit(post)
    assert server.submissions["uuid:1"][1] == {"f.jpg": b"f" * 300_000}
    assert server.challenges == 2


def test_a_wrong_password_and_none_are_told_apart(server, ask):
    server.login = "digest"
    assert code_of(ask, login(server, password="wrong")) == "openrosa_login"
    assert code_of(ask, read_access(server.address)) == "openrosa_login_needed"


def test_a_password_never_goes_over_plain_text(server, ask):
    server.login = "basic"
    assert code_of(ask, login(server)) == "openrosa_login_unsafe"


def test_basic_goes_over_tls_to_an_authority_that_is_trusted(tls, ask):
    context, authority = tls
    with OpenRosaServer(login="basic", context=context) as server:
        trusted = login(server, authority=authority.read_text())
        assert ask(trusted) == ()
        assert code_of(ask, login(server)) == "openrosa_certificate"
        assert code_of(ask, login(server, authority="nonsense")) == "openrosa_authority"
        assert (
            code_of(ask, login(server, authority=authority.read_text(), password="wrong")) == "openrosa_login"
        )


def test_downloads_elsewhere_are_followed_without_the_password_and_only_encrypted(tls, clock):
    context, authority = tls
    with OpenRosaServer(login="basic", context=context) as server, OpenRosaServer(context=context) as other:
        server.offer("a", "1", b"<h/>", {"p.png": b"picture"})
        other.offer("a", "1", b"<h/>", {"p.png": b"picture"})
        access = login(server, authority=authority.read_text())
        with Connection(access, clock) as connection:
            endpoint = Endpoint(connection, "d")
            for elsewhere, end in (
                (other.address.replace("127.0.0.1", "localhost"), "picture"),
                ("http://localhost", ""),
            ):
                server.elsewhere = elsewhere
                (file,) = endpoint.manifest(endpoint.form_list()[0])
                if end:
                    assert endpoint.file(file) == b"picture"
                else:
                    assert code_of(endpoint.file, file) == "openrosa_bad_list"
        assert [given for given in other.credentials if given] == []
        assert any(server.credentials)


def test_a_redirect_to_another_host_is_somebody_in_between(server, ask):
    server.redirect = "https://portal.example.org/login"
    assert code_of(ask, read_access(server.address)) == "openrosa_portal"
    server.redirect = f"{server.address}/formList"
    assert code_of(ask, read_access(server.address)) == "openrosa_portal"


def test_a_server_that_names_itself_by_plain_http_is_asked_over_tls(tls, clock):
    context, authority = tls
    with OpenRosaServer(context=context) as server:
        server.offer("a", "1", b"<h/>")
        server.scheme = "http"  # as behind a proxy
        access = read_access(server.address.replace("http:", "https:"), authority=authority.read_text())
        with Connection(access, clock) as connection:
            endpoint = Endpoint(connection, "d")
            (form,) = endpoint.form_list()
            assert form.url.startswith("http:") and endpoint.xform(form) == b"<h/>"


def test_an_answer_without_the_header_is_from_somebody_in_between(server, ask, clock):
    server.header = False
    assert code_of(ask, read_access(server.address)) == "openrosa_portal"
    server.list_content = PAGE
    assert code_of(ask, read_access(server.address)) == "openrosa_portal"


def test_a_page_that_is_no_list_is_said(server, ask):
    server.list_content = PAGE
    assert code_of(ask, read_access(server.address)) == "openrosa_bad_list"


def test_an_endless_list_is_not_read_to_its_end(server, ask):
    server.list_content = b"<xforms>" + b" " * (9 * 1024 * 1024)
    assert code_of(ask, read_access(server.address)) == "openrosa_too_large"


def test_reading_stops_when_somebody_says_so(server, clock):
    server.list_content = b"<xforms>" + b" " * (4 * 1024 * 1024)
    progress = Progress()
    progress.cancel()
    access = read_access(server.address)
    with (
        Connection(access, clock, progress.raise_if_cancelled) as connection,
        pytest.raises(JobCancelledError),
    ):
        Endpoint(connection, "d").form_list()


def test_another_address_of_the_host_has_no_service(server, ask):
    assert code_of(ask, read_access(f"{server.root}/elsewhere")) == "openrosa_not_found"


def test_nobody_there_no_such_host_and_no_tls_are_told_apart(server, ask):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert code_of(ask, read_access(f"http://127.0.0.1:{port}")) == "openrosa_unreachable"
    assert code_of(ask, read_access("http://nobody.invalid")) == "openrosa_no_such_host"
    assert code_of(ask, read_access(server.address.replace("http:", "https:"))) == "openrosa_no_tls"


def test_a_line_that_breaks_in_the_middle_is_said(server, ask):
    server.cut_get = "formList"
    assert code_of(ask, read_access(server.address)) == "openrosa_link_broken"
    assert len(ask(read_access(server.address))) == 1


def test_a_file_is_held_against_its_hash_and_a_list_made_anew_counts_when_it_comes_twice(server, clock):
    server.offer(
        "a", "1", b"<h/>", {"p.png": b"picture", "trees.csv": b"name,label\n", "made.csv": b"name\n"}
    )
    server.entity_lists = {"trees.csv"}
    with Connection(read_access(server.address), clock) as connection:
        endpoint = Endpoint(connection, "d")
        (form,) = endpoint.form_list()
        files = {file.name: file for file in endpoint.manifest(form)}
        assert endpoint.file(files["p.png"]) == b"picture"
        assert endpoint.file(files["trees.csv"]) == b"name,label\n"
        server.damaged = {"p.png", "made.csv"}
        assert code_of(endpoint.file, files["p.png"]) == "openrosa_hash"
        assert endpoint.file(files["made.csv"]) == b"name?"


class Scripted:
    """Answers each connection with the next bytes, whatever is asked; `asked` are the request lines."""

    def __init__(self, *answers: bytes) -> None:
        self.asked: list[str] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, args=(answers,), daemon=True)
        self._thread.start()

    def _serve(self, answers):
        for answer in answers:
            line, _ = self._listening.accept()
            with line:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += line.recv(65536)
                self.asked.append(head.split(b"\r\n")[0].decode())
                line.sendall(answer)

    def close(self):
        self._listening.close()
        self._thread.join(5)


@pytest.fixture
def scripted():
    made = []

    def make(*answers):
        made.append(Scripted(*answers))
        return made[-1]

    yield make
    for one in made:
        one.close()


def answer(status: str, body: bytes = b"", *more: str, chunked: bool = False) -> bytes:
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    head = "\r\n".join([f"HTTP/1.1 {status}", "X-OpenRosa-Version: 1.0", "Connection: close", length, *more])
    content = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body
    return head.encode() + b"\r\n\r\n" + content


FORMS = (
    "\ufeff<?xml version='1.0' encoding='UTF-8' ?><xforms xmlns='http://openrosa.org/xforms/xformsList'><xform>"
    "<formID>家 访/甲</formID><name>示例</name><majorMinorVersion>1</majorMinorVersion><version>2</version>"
    "<downloadUrl>/someone/forms/家 访/form.xml</downloadUrl><manifestUrl>manifest?a=照</manifestUrl>"
    "</xform></xforms>"
).encode()


def test_lists_in_pieces_with_a_mark_in_front_and_addresses_as_they_are_written_are_read(scripted, clock):
    """A byte order mark, no length, no hash, spaces and Chinese in relative addresses."""
    one = scripted(
        answer("200 OK", FORMS, chunked=True), answer("200 OK", b"<h/>"), answer("200 OK", b"<manifest/>")
    )
    with Connection(read_access(f"{one.url}/someone"), clock) as connection:
        endpoint = Endpoint(connection, "d")
        (form,) = endpoint.form_list()
        assert (form.form_id, form.version, form.hash) == ("家 访/甲", "2", "")
        assert endpoint.xform(form) == b"<h/>" and endpoint.manifest(form) == ()
    assert [line.split()[1] for line in one.asked[1:]] == [
        "/someone/forms/%E5%AE%B6%20%E8%AE%BF/form.xml", "/manifest?a=%E7%85%A7",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("submission/here", "/someone/submission/here"),
        ("/other", "/other"),
        ("http://elsewhere.example.org/submission", "/someone/submission"),
    ],
)
def test_a_submission_goes_where_the_server_says_within_its_own_host(scripted, clock, location, target):
    one = scripted(answer("204 No Content", b"", f"Location: {location}"))
    with Connection(read_access(f"{one.url}/someone"), clock) as connection:
        assert connection.ask(connection.at("submission"))[0] == one.url + target


@pytest.mark.parametrize(
    "status", ["500 Internal Server Error", "502 Bad Gateway", "503 Service Unavailable"]
)
def test_a_page_about_trouble_is_no_list(scripted, ask, status):
    one = scripted(answer(status, PAGE, "Content-Type: text/html"))
    assert code_of(ask, read_access(one.url)) in {"openrosa_trouble", "openrosa_busy"}
