"""What counts as a photo at the server is what counts as one at the desktop."""

from pathlib import Path

import pytest

from app.media.photo import read_photo
from core.errors import KnownError
from server.imaging import blob_mime, image_mime
from tests.media_form import a_film, a_sound

PICTURES = Path(__file__).parents[1] / "pictures"
# Two whose pixels take seconds to decode; the server reads headers alone.
LARGE = {"galaxy_200mp.heic", "sony_turned.hif"}
ALL = sorted(
    file for file in PICTURES.rglob("*") if file.suffix in {".jpg", ".png", ".heic", ".heif", ".hif", ".webp"}
)


def mime_at_the_desktop(file):
    """None if the desktop refuses the file: then it never reaches a server."""
    try:
        return read_photo(file.read_bytes()).mime
    except KnownError:
        return None


@pytest.mark.parametrize("file", ALL, ids=lambda file: file.name)
def test_a_photo_that_the_desktop_takes_the_server_takes_too(file):
    taken = "image/heic" if file.name in LARGE else mime_at_the_desktop(file)
    assert taken is None or image_mime(file) == taken


def test_a_text_that_calls_itself_a_photo_is_none(tmp_path):
    (tmp_path / "x.jpg").write_text("not a photo")
    assert image_mime(tmp_path / "x.jpg") is None


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
        (a_sound(), "audio/wav"),
        (a_film(), "video/mp4"),
        (a_film(brand=b"heic"), None),
        (b"MZ\x90\x00", None),
        (b"", None),
    ],
)
def test_a_document_or_recording_is_taken_by_how_it_begins_and_nothing_else_is(tmp_path, head, mime):
    (tmp_path / "blob").write_bytes(head)
    assert blob_mime(tmp_path / "blob") == mime
