"""What counts as a photo at the server is what counts as one at the desktop."""

import io
from pathlib import Path

import pytest
from PIL import Image

from app.media.photo import preview, read_photo
from core.errors import KnownError
from server.imaging import blob_mime, image_mime, preview_of
from tests.media_form import a_film, a_sound

PICTURES = Path(__file__).parents[1] / "pictures"
# Two whose pixels take seconds to decode; the server reads headers alone.
LARGE = {"galaxy_200mp.heic", "sony_turned.hif"}
# One that ends too early, which the desktop mends, and one in 10 bits of grey: the original has to do.
WITHOUT_PREVIEW = {"truncated.jpg", "grey_ten_bits.heif"}
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


@pytest.mark.parametrize("file", [one for one in ALL if one.name not in LARGE], ids=lambda file: file.name)
def test_a_preview_made_here_is_the_picture_that_the_desktop_would_have_made(file):
    made = preview_of(file)
    if made is None:
        assert mime_at_the_desktop(file) is None or file.name in WITHOUT_PREVIEW
        return
    here, there = (Image.open(io.BytesIO(one)) for one in (made, preview(file.read_bytes())))
    assert here.format == "JPEG" and not here.getexif() and max(here.size) <= 1280
    assert here.width / here.height == pytest.approx(there.width / there.height, rel=0.02)
    small = [one.convert("L").resize((16, 16)).tobytes() for one in (here, there)]
    assert max(abs(a - b) for a, b in zip(*small, strict=True)) < 24


def test_what_does_not_decode_has_no_preview(tmp_path):
    for content in (b"", b"\xff\xd8\xff\xe0 nothing", (PICTURES / ALL[0]).read_bytes()[:300]):
        (tmp_path / "x.jpg").write_bytes(content)
        assert preview_of(tmp_path / "x.jpg") is None


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
