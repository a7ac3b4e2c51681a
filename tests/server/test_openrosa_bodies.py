"""Multipart bodies: however they are cut into pieces, and whatever their names try."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.protocol.wire_errors import WireError
from server.openrosa.file_kinds import named_kind
from server.openrosa.multipart_body import SubmissionBody
from tests.server.phones import a_submission, multipart, part

XML = a_submission("uuid:1", name="示例")
FILES = [("a.jpg", b"\r\n--x\r\n" * 50), ("b.csv", b""), ("c.bin", bytes(range(256)) * 20)]


def read(body, kind, pieces, folder):
    taken = SubmissionBody(kind, folder)
    try:
        for piece in pieces(body):
            taken.write(piece)
        taken.end()
        for file in taken.files:
            file.opened.flush()
        found = [(file.name, file.path.read_bytes(), file.size) for file in taken.files]
        return taken.xml, found, taken.incomplete
    finally:
        taken.close()
        assert list(folder.iterdir()) == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("bodies")


@given(st.lists(st.integers(1, 700), min_size=1, max_size=60))
@settings(max_examples=40, deadline=None)
def test_however_a_body_is_cut_it_is_the_same(folder, sizes):
    body, kind = multipart(XML, FILES, incomplete=True)

    def pieces(whole):
        at, turn = 0, 0
        while at < len(whole):
            size = sizes[turn % len(sizes)]
            yield whole[at : at + size]
            at, turn = at + size, turn + 1

    xml, files, incomplete = read(body, kind, pieces, folder)
    assert xml == XML and incomplete
    assert files == [(name, content, len(content)) for name, content in FILES]


@given(
    st.text(st.characters(exclude_characters='"\r\n\\%', exclude_categories=["Cs"]), min_size=1, max_size=300)
)
@settings(max_examples=60, deadline=None)
def test_no_name_of_a_file_becomes_a_path(folder, name):
    boundary = "aa"
    body = b"".join(
        f"--{boundary}\r\n".encode() + one + b"\r\n"
        for one in (part("xml_submission_file", "x.xml", "text/xml", XML), part(name, name, "a/b", b"1"))
    )
    body += f"--{boundary}--".encode()
    _, files, _ = read(body, f"multipart/form-data; boundary={boundary}", lambda whole: [whole], folder)
    for found, content, _ in files:
        assert "/" not in found and "\\" not in found and content == b"1"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("name=\"a\"; filename*=UTF-8''%E7%85%A7%20%E7%89%87.jpg", "照 片.jpg"),
        ('name="a"; filename="x.jpg"; filename*=utf-8\'zh\'%E7%85%A7.jpg', "照.jpg"),
        ("name=\"a\"; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", "passwd"),
        ('name="a"; filename="=?utf-8?B?54WnLmpwZw==?="', "照.jpg"),
        ("name=a.jpg; filename=a.jpg", "a.jpg"),
        ('name="照.jpg"; filename=""', "照.jpg"),
        ('name="照.jpg"', "照.jpg"),
        ('name="照片 1.jpg"; filename="照片 1.jpg"'.encode("gb18030"), "照片 1.jpg"),
    ],
)
def test_a_file_is_called_what_its_sender_calls_it(folder, head, name):
    said = head if isinstance(head, bytes) else head.encode()
    parts = [
        b"--aa\r\nContent-Disposition: form-data; " + said + b"\r\nContent-Type: image/jpeg\r\n\r\n1\r\n"
    ]
    parts += [b"--aa\r\n", part("xml_submission_file", "x.xml", "text/xml", XML), b"\r\n--aa--"]
    _, [(found, content, _)], _ = read(
        b"".join(parts), "multipart/form-data; boundary=aa", lambda whole: [whole], folder
    )
    assert (found, content) == (name, b"1")


def test_a_name_in_no_known_writing_is_refused(folder):
    body = b'--aa\r\nContent-Disposition: form-data; name="\xff\xff"; filename="a"\r\n\r\n1\r\n--aa--'
    with pytest.raises(WireError):
        read(body, "multipart/form-data; boundary=aa", lambda whole: [whole], folder)


@pytest.mark.parametrize("more", ["Content-Transfer-Encoding: base64\r\n", ""])
def test_a_part_that_cannot_be_understood_is_refused_and_never_kept_as_another(folder, more):
    head = 'name="a"; filename="a.jpg"' if more else "name=\"a\"; filename*=nowhere''%E7.jpg"
    body = f"--aa\r\nContent-Disposition: form-data; {head}\r\n{more}\r\nAAAA\r\n--aa--".encode()
    with pytest.raises(WireError):
        read(body, "multipart/form-data; boundary=aa", lambda whole: [whole], folder)


def test_what_grows_beyond_its_bound_ends_there(folder, monkeypatch):
    monkeypatch.setattr("server.openrosa.multipart_body.BLOB_LIMIT", 1000)
    monkeypatch.setattr("server.openrosa.multipart_body.BODY_LIMIT", 5000)
    for files in ([("v.mp4", bytes(1001))], [(f"{n}.mp4", bytes(900)) for n in range(6)]):
        body, kind = multipart(XML, files)
        with pytest.raises(WireError) as large:
            read(body, kind, lambda whole: [whole[at : at + 64] for at in range(0, len(whole), 64)], folder)
        assert large.value.code.name == "too-large"


@pytest.mark.parametrize(
    ("name", "begins", "told"),
    [
        ("a.jpg", "image/jpeg", ("a.jpg", "image/jpeg")),
        ("a.JPEG", "image/jpeg", ("a.JPEG", "image/jpeg")),
        ("a.exe", "image/jpeg", ("a.exe.jpg", "image/jpeg")),
        ("a.exe", None, ("a.exe.bin", "application/octet-stream")),
        ("audit.csv", None, ("audit.csv", "text/csv")),
        ("a.csv", "application/zip", ("a.csv.zip", "application/zip")),
        ("film.mp4", "video/mp4", ("film.mp4", "video/mp4")),
        ("film.3gp", "video/mp4", ("film.3gp", "video/3gpp")),
        ("sound.amr", "audio/amr", ("sound.amr", "audio/amr")),
        ("sound.m4a", "video/mp4", ("sound.m4a", "audio/mp4")),
        ("", None, (".bin", "application/octet-stream")),
    ],
)
def test_a_name_tells_the_kind_and_never_a_program(name, begins, told):
    shown, mime = named_kind(name, begins)
    assert mime == told[1]
    assert shown == told[0] or (name == "a.csv" and shown.startswith("a.csv."))
