"""What counts as a photo at the server is what counts as one at the desktop."""

from pathlib import Path

import pytest

from app.media.photo import read_photo
from core.errors import KnownError
from server.imaging import image_mime

PICTURES = Path(__file__).parents[1] / "pictures"
ALL = sorted(file for file in PICTURES.rglob("*") if file.suffix in {".jpg", ".png"})


def mime_at_the_desktop(file):
    """None if the desktop refuses the file: then it never reaches a server."""
    try:
        return read_photo(file.read_bytes()).mime
    except KnownError:
        return None


@pytest.mark.parametrize("file", ALL, ids=lambda file: file.name)
def test_a_photo_that_the_desktop_takes_the_server_takes_too(file):
    taken = mime_at_the_desktop(file)
    assert taken is None or image_mime(file) == taken


def test_a_text_that_calls_itself_a_photo_is_none(tmp_path):
    (tmp_path / "x.jpg").write_text("not a photo")
    assert image_mime(tmp_path / "x.jpg") is None
