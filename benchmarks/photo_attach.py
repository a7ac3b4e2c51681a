"""How long a photo takes to survive a power cut, and to come onto paper, against decoding it once."""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image

from app.bootstrap import install_bundled_forms
from app.media.photo import thumbnail
from app.usecases.photos import attach_photos
from app.usecases.records import create_record
from app.usecases.reports import record_pdf
from app.workspace import open_workspace
from benchmarks.result import Result, against_floor

PHOTO = Path(__file__).resolve().parents[1] / "tests" / "pictures" / "odd" / "iphone6plus_beijing.jpg"
PHOTOS = 24
FORM, REPEAT = "village_profile", "/photos"
THUMBNAIL_SIDE = 256


def run() -> Iterator[Result]:
    """Milliseconds a photo: attached (checked, previewed, sealed, kept), printed from there, made small."""
    original = PHOTO.read_bytes()
    # Bytes behind the end of a JPEG change its digest and nothing that is seen.
    photos = [original + bytes([number]) for number in range(PHOTOS)]
    floor = _ms_each(lambda: [_decode(photo) for photo in photos])
    with (
        tempfile.TemporaryDirectory(prefix="cunjiang-bench-") as folder,
        open_workspace(Path(folder) / "workspace") as workspace,
    ):
        install_bundled_forms(workspace)
        record_id = create_record(workspace, FORM)
        attached = _ms_each(lambda: attach_photos(workspace, record_id, REPEAT, photos))
        printed = _ms_each(lambda: record_pdf(workspace, record_id))
    shown = _ms_each(lambda: [thumbnail(photo, THUMBNAIL_SIDE) for photo in photos])
    yield against_floor("photo_attach", attached, floor, "ms", aim=4.0)
    yield against_floor("photo_print", printed, floor, "ms", aim=4.0)
    yield against_floor("photo_thumbnail", shown, floor, "ms", aim=0.8)


def _ms_each(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000 / PHOTOS


def _decode(photo: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(photo)) as image:
        image.load()
        return image.size
