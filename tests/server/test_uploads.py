"""Photos over real connections that break, hang and come back; and read in pieces."""

from __future__ import annotations

import hashlib
import socket
import ssl
import time

import httpx2
import pytest

from tests.server.logs import a_device, a_token
from tests.servers import a_picture, a_server, a_service


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with a_server(tmp_path_factory.mktemp("uploads") / "server") as running:
        yield running


@pytest.fixture(scope="module")
def device(server):
    with a_service(server.data) as opened:
        made = a_device(opened)
        return made, a_token(opened, made)


@pytest.fixture(scope="module")
def context(server):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.load_verify_locations(cafile=str(server.data / "keys" / "ca.pem"))
    return made


@pytest.fixture(scope="module")
def http(server, context, device):
    url = f"https://127.0.0.1:{server.port}/svp/1/"
    headers = {"Authorization": f"Bearer {device[1]}"}
    with httpx2.Client(base_url=url, verify=context, trust_env=False, headers=headers) as client:
        yield client


def named(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def offset_of(http, digest):
    return int(http.head(f"blobs/{digest}").headers["upload-offset"])


def whole(http, digest, content):
    """Sends the rest as a client does: when the offset was another one meanwhile, it goes on from there."""
    status = 409
    while status == 409:
        at = offset_of(http, digest)
        done = http.patch(
            f"blobs/{digest}",
            content=content[at:],
            headers={"Upload-Offset": str(at), "Upload-Length": str(len(content)), "Upload-Complete": "?1"},
        )
        status = done.status_code
    return status == 201 and http.get(f"blobs/{digest}").content == content


class RawUpload:
    """A PATCH written by hand on a connection of its own, so that it can stop anywhere."""

    def __init__(self, server, context, device, content, at):
        raw = socket.create_connection(("127.0.0.1", server.port))
        self._line = context.wrap_socket(raw, server_hostname="127.0.0.1")
        head = (
            f"PATCH /svp/1/blobs/{named(content)} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {device[1]}\r\nUpload-Offset: {at}\r\nUpload-Length: {len(content)}\r\n"
            f"Upload-Complete: ?1\r\nContent-Length: {len(content) - at}\r\n\r\n"
        )
        self._line.sendall(head.encode())

    def send(self, piece):
        self._line.sendall(piece)

    def drop(self, how):
        """`reset`: as a network that is gone; `close`: as a program that ends."""
        if how == "reset":
            self._line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self._line.close()


@pytest.mark.parametrize("how", ["reset", "close"])
def test_an_upload_dropped_at_many_byte_boundaries_goes_on_and_never_counts_too_much(
    server, context, http, device, how
):
    content = a_picture(31 if how == "reset" else 32)
    digest, steps = named(content), range(25)
    for step in steps:
        at = offset_of(http, digest)
        upload = RawUpload(server, context, device, content, at)
        upload.send(content[at : at + 1 + 17 * step % 90])
        time.sleep(0.01)  # else the reset may overtake the bytes, and nothing is tried
        upload.drop(how)
    assert 0 < offset_of(http, digest) < len(content)
    assert whole(http, digest, content)


def test_a_second_connection_takes_over_from_each_of_many_that_hang(server, context, http, device):
    content = a_picture(33)
    digest, hanging = named(content), []
    for _ in range(8):
        at = offset_of(http, digest)
        upload = RawUpload(server, context, device, content, at)
        upload.send(content[at : at + 50])
        hanging.append(upload)
    assert whole(http, digest, content)
    [upload.drop("close") for upload in hanging]


def test_other_bytes_than_the_name_says_are_dropped_and_the_right_ones_taken(http):
    content = a_picture(34)
    digest, wrong = named(content), a_picture(35)[: len(a_picture(34))].ljust(len(content), b"x")
    headers = {"Upload-Offset": "0", "Upload-Length": str(len(content))}
    refused = http.patch(f"blobs/{digest}", content=wrong, headers=headers)
    assert (refused.status_code, refused.json()["values"]) == (422, {"offset": 0})
    assert whole(http, digest, content)


def test_what_is_no_picture_is_refused_once_and_for_all(http):
    content = b"no picture at all"
    headers = {"Upload-Offset": "0", "Upload-Length": str(len(content))}
    for _ in range(2):
        refused = http.patch(f"blobs/{named(content)}", content=content, headers=headers)
        assert refused.status_code == 422 and refused.json()["type"].endswith("not-an-image")
    asked = http.post("blobs/have", json={"digests": [named(content)]}).json()["blobs"]
    assert (asked[0]["state"], asked[0]["reason"]) == ("rejected", "not-an-image")


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("bytes=0-9", (0, 10)), ("bytes=5-", (5, None)), ("bytes=7-7", (7, 8)), ("bytes=3-99999999", (3, None)),
        ("bytes=9-3", None), ("bytes=99999999-", None), ("bytes=-5", None), ("lines=1-2", None), ("", None),
    ],
)  # fmt: skip
def test_a_photo_is_read_in_any_piece(http, asked, got):
    content = a_picture(36)
    assert whole(http, named(content), content)
    reply = http.get(f"blobs/{named(content)}", headers={"Range": asked})
    assert reply.status_code == (200 if got is None else 206)
    assert reply.content == (content if got is None else content[slice(*got)])
    assert reply.headers["etag"] == f'"{named(content)}"'
    other = http.get(f"blobs/{named(content)}", headers={"Range": "bytes=5-", "If-Range": '"another"'})
    assert other.status_code == 200 and other.content == content


def test_the_preview_of_a_photo_is_found_by_the_photo(server, http, device):
    original, preview = named(b"original"), a_picture(37)
    assert http.get(f"blobs/{original}?v=preview").status_code == 404
    with a_service(server.data) as opened:
        log = a_device(opened)
        log.write(p={"b": original, "n": 8, "m": "image/jpeg", "pv": named(preview), "pn": len(preview)})
        from core.protocol.messages import SyncHeader

        log.endpoint.sync(SyncHeader(replica=log.replica), *log.batch())
    assert http.get(f"blobs/{original}?v=preview").status_code == 404
    assert whole(http, named(preview), preview)
    assert http.get(f"blobs/{original}?v=preview").content == preview
    assert http.get(f"blobs/{original}?v=other").status_code == 400
