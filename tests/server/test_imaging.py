"""What counts as a photo at the server is what counts as one at the desktop."""

from pathlib import Path

import pytest

from app.media.photo import read_photo
from core.errors import KnownError
from server.imaging import image_mime

PICTURES = Path(__file__).parents[1] / "pictures"
ALL = sorted(file for file in PICTURES.rglob("*") if file.suffix in {".jpg", ".png"})


@pytest.mark.parametrize("file", ALL, ids=lambda file: file.name)
def test_a_photo_that_the_desktop_takes_the_server_takes_too(file):
    try:
        facts = read_photo(file.read_bytes())
    except KnownError:
        pytest.skip("the desktop refuses it: it never reaches a server")
    assert image_mime(file) == facts.mime


def test_a_text_that_calls_itself_a_photo_is_none(tmp_path):
    (tmp_path / "x.jpg").write_text("not a photo")
    assert image_mime(tmp_path / "x.jpg") is None
