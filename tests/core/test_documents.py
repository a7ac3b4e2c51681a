from __future__ import annotations

import pytest

from core.documents import document_mime, recording_mime
from tests.media_form import a_film, a_picture, a_sound


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (a_sound(), "audio/wav"),
        (a_film(), "video/mp4"),
        (a_film(brand=b"M4A "), "video/mp4"),
        (b"\x00\x00\x00\x08wide\x00\x00\x00\x10mdat", "video/mp4"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "video/x-msvideo"),
        (b"\x1a\x45\xdf\xa3\x01", "video/webm"),
        (b"OggS\x00\x02", "audio/ogg"),
        (b"fLaC\x00", "audio/flac"),
        (b"#!AMR\n", "audio/amr"),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "audio/aac"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    ],
)
def test_a_recording_is_told_by_how_it_begins(head, mime):
    assert recording_mime(head) == mime
    assert document_mime(head) is None


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"MZ\x90\x00",
        b"#!/bin/sh\n",
        a_picture(),
        a_picture(kind="JPEG"),
        a_picture(kind="WEBP"),
        a_film(brand=b"heic"),
        "示例".encode("utf-16"),
        b"\xff\xfe\x90\x00",
        b"%PDF-1.7",
    ],
)
def test_what_is_none_is_not_taken_for_one(head):
    assert recording_mime(head) is None
