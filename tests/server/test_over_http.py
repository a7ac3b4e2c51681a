"""What strangers may send: the server answers with a problem, keeps its data and goes on."""

from __future__ import annotations

import socket
import ssl

import httpx2
import pytest

from core.protocol.codec import compress
from core.protocol.versions import BLOB_LIMIT
from tests.servers import a_server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with a_server(tmp_path_factory.mktemp("hostile") / "server") as running:
        yield running


@pytest.fixture(scope="module")
def context(server):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(cafile=str(server.data / "keys" / "ca.pem"))
    return made


@pytest.fixture(scope="module")
def http(server, context):
    url = f"https://127.0.0.1:{server.port}/svp/1/"
    with httpx2.Client(base_url=url, verify=context, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def token(server):
    import base64
    import secrets

    from nacl.signing import SigningKey

    from core.protocol.messages import TokenRequest
    from server.app import open_server
    from server.auth import TOKEN_DOMAIN
    from server.config import ServerConfig
    from tests.server.logs import an_enrolment

    key = SigningKey(secrets.token_bytes(32))
    with open_server(ServerConfig(server.data)) as opened:
        auth = opened.auth
        device = auth.enrol(an_enrolment(auth.make_ticket_code(opened.identity.project)[0], key))
        nonce = auth.nonce(device.id)
        signature = base64.b64encode(key.sign(TOKEN_DOMAIN + nonce.encode()).signature).decode()
        return auth.token(TokenRequest(device=device.id, nonce=nonce, signature=signature)).token


def problem(reply) -> str:
    assert reply.headers["svp"] == "1"
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["status"] == reply.status_code
    return reply.json()["type"].removeprefix("urn:svp:problem:")


DIGEST = "sha256:" + "a" * 64
GUARDED = [
    ("POST", "sync"),
    ("POST", "blobs/have"),
    ("HEAD", f"blobs/{DIGEST}"),
    ("PATCH", f"blobs/{DIGEST}"),
    ("GET", f"blobs/{DIGEST}"),
    ("PUT", f"forms/{DIGEST}"),
    ("GET", f"forms/{DIGEST}"),
    ("GET", "receipts?replica=a&through=1"),
]


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer x", "Basic x", "Bearer ü"])
def test_without_a_token_nothing_is_told(http, method, path, authorization):
    headers = {} if authorization is None else {"Authorization": authorization.encode()}
    reply = http.request(method, path, headers=headers, content=b"x" if method != "GET" else None)
    assert reply.status_code == 401
    assert method == "HEAD" or problem(reply) == "token-expired"


@pytest.mark.parametrize(
    "path", ["", "nowhere", "../../etc/passwd", "blobs/%2e%2e%2f%2e%2e%2fserver.db", "sync"]
)
def test_paths_that_are_none_are_malformed(http, token, path):
    reply = http.get(path, headers={"Authorization": f"Bearer {token}"})
    assert reply.status_code in {400, 404} and problem(reply) in {"malformed", "unknown-blob"}


GARBAGE = [
    b"",
    b"\x00" * 100,
    b"{}",
    compress(b""),
    compress(b"{}\n"),
    compress(b'{"replica":"' + b"a" * 32 + b'"}\nnonsense\n'),
    compress(b'{"replica":7}\n'),
    compress(b'{"replica":"' + b"a" * 32 + b'"}\n' + b"\n" * 1000),
    compress(b"\xff\xfe\n\xff"),
    compress(b"[" * 100_000 + b"\n"),
    compress(b'{"replica":"' + b"a" * 32 + b'"}')[:-3],
]


@pytest.mark.parametrize("body", GARBAGE)
def test_garbage_in_place_of_a_batch_is_malformed(http, token, body):
    reply = http.post(
        "sync", content=body, headers={"Authorization": f"Bearer {token}", "Signature": "ed25519=x"}
    )
    assert problem(reply) in {"malformed", "bad-signature", "too-large"}


def test_bodies_over_the_limits_are_refused(http, token):
    headers = {"Authorization": f"Bearer {token}"}
    assert problem(http.post("sync", content=b"x" * 1_100_000, headers=headers)) == "too-large"
    bomb = compress(b"\0" * 60_000_000)
    assert len(bomb) < 10_000
    assert problem(http.post("sync", content=bomb, headers=headers)) == "too-large"
    assert problem(http.post("enrol", content=b"x" * 100_000)) == "too-large"
    long = {**headers, "Upload-Offset": "0", "Upload-Length": str(BLOB_LIMIT + 1)}
    assert problem(http.patch(f"blobs/{DIGEST}", content=b"x", headers=long)) == "too-large"
    many = b'{"digests":[' + b",".join(b'"%s"' % DIGEST.encode() for _ in range(501)) + b"]}"
    assert problem(http.post("blobs/have", content=many, headers=headers)) == "malformed"


@pytest.mark.parametrize("offset", ["", "-1", "1.5", "٣", "9" * 30, "0x1", "1 2"])
def test_offsets_that_are_no_numbers_are_malformed(http, token, offset):
    headers = [("Authorization", f"Bearer {token}"), ("Upload-Length", "10")]
    reply = http.patch(
        f"blobs/{DIGEST}", content=b"x", headers=[*headers, ("Upload-Offset", offset.encode())]
    )
    assert problem(reply) in {"malformed", "mismatching-upload-offset"}


def test_an_upload_says_where_it_is_and_goes_on_from_there(http, token):
    import hashlib

    from tests.servers import a_picture

    content = a_picture(5)
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    headers = {"Authorization": f"Bearer {token}", "Upload-Length": str(len(content))}
    first = http.patch(f"blobs/{digest}", content=content[:500], headers={**headers, "Upload-Offset": "0"})
    assert first.status_code == 204 and first.headers["upload-offset"] == "500"
    asked = http.head(f"blobs/{digest}", headers=headers)
    assert (asked.headers["upload-offset"], asked.headers["upload-complete"]) == ("500", "?0")
    wrong = http.patch(f"blobs/{digest}", content=content[400:], headers={**headers, "Upload-Offset": "400"})
    assert problem(wrong) == "mismatching-upload-offset" and wrong.headers["upload-offset"] == "500"
    last = http.patch(f"blobs/{digest}", content=content[500:], headers={**headers, "Upload-Offset": "500"})
    assert last.status_code == 201 and last.headers["upload-complete"] == "?1"
    assert http.get(f"blobs/{digest}", headers=headers).content == content
    part = http.get(f"blobs/{digest}", headers={**headers, "Range": "bytes=900-"})
    assert part.status_code == 206 and part.content == content[900:]
    limits = http.options(f"blobs/{digest}", headers=headers)
    assert f"max-size={BLOB_LIMIT}" in limits.headers["upload-limit"]


def test_a_connection_that_hangs_does_not_keep_its_photo_from_the_next_one(server, http, token, context):
    import hashlib

    from tests.servers import a_picture

    content = a_picture(6)
    digest = "sha256:" + hashlib.sha256(content).hexdigest()
    request = (
        f"PATCH /svp/1/blobs/{digest} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Upload-Offset: 0\r\nUpload-Length: {len(content)}\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    with (
        socket.create_connection(("127.0.0.1", server.port)) as raw,
        context.wrap_socket(raw, server_hostname="127.0.0.1") as hanging,
    ):
        hanging.sendall(request.encode() + content[:700])
        headers = {"Authorization": f"Bearer {token}", "Upload-Length": str(len(content))}
        offset = "0"
        for _ in range(50):  # until the server has taken what the hanging one sent
            offset = http.head(f"blobs/{digest}", headers=headers).headers["upload-offset"]
            if offset == "700":
                break
        assert offset in {"0", "700"}
        rest = content[int(offset) :]
        done = http.patch(f"blobs/{digest}", content=rest, headers={**headers, "Upload-Offset": offset})
        assert done.status_code == 201


def test_a_version_of_any_length_gets_a_reply_of_ours(http):
    reply = http.get("hello", headers={"SVP": "9" * 5000})
    assert reply.headers["svp"] == "1" and reply.status_code == 200


def test_nobody_names_another_address_than_the_one_that_asks(http):
    assert http.get("metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 200


def test_after_all_this_the_server_still_answers(http):
    assert http.get("healthz").json() == {"ok": True}
    assert http.get("hello").json()["svp"] == [1]


def test_figures_are_told_here_and_hold_no_names(http, token):
    text = http.get("metrics").text
    for name in ("operations_total", "devices", "photos", "photo_bytes", "uploads", "disk_free_bytes"):
        assert f"cunjiang_{name} " in text
    assert "cunjiang_devices 1.0" in text
    assert "示例" not in text
