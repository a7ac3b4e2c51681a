"""How long a photo takes to survive a power cut, and to come onto paper, against decoding it once."""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pi_heif
from PIL import Image

from app.bootstrap import install_bundled_forms
from app.media.photo import thumbnail
from app.usecases.photos import attach_photos
from app.usecases.records import create_record
from app.usecases.reports import record_pdf
from app.workspace import open_workspace
from benchmarks.result import Result, against_floor

ODD = Path(__file__).resolve().parents[1] / "tests" / "pictures" / "odd"
PHOTOS = 24
ROUNDS = 3
FORM, REPEAT = "village_profile", "/photos"
THUMBNAIL_SIDE = 256


def run() -> Iterator[Result]:
    """Milliseconds a photo: attached (checked, previewed, sealed, kept), printed from there, made small.

    The best of some rounds, because a floor of one thread and work on two feel other programs differently.
    """
    jpeg = (ODD / "iphone6plus_beijing.jpg").read_bytes()
    heic = (ODD / "iphone_xs.heic").read_bytes()
    # Bytes behind the end of a JPEG, and a box to be skipped in a HEIC, change the digest and nothing seen.
    photos = [jpeg + bytes([number]) for number in range(PHOTOS)]
    of_a_phone = [heic + b"\0\0\0\x09free" + bytes([number]) for number in range(PHOTOS)]
    decoded, attached, printed, shown = _best(lambda: _round(photos))
    yield against_floor("photo_attach", attached, decoded, "ms", aim=4.0)
    yield against_floor("photo_print", printed, decoded, "ms", aim=4.0)
    yield against_floor("photo_thumbnail", shown, decoded, "ms", aim=0.8)
    decoded, attached, printed, shown = _best(lambda: _round(of_a_phone))
    yield against_floor("photo_attach_heic", attached, decoded, "ms", aim=4.0)
    yield against_floor("photo_print_heic", printed, decoded, "ms", aim=4.0)
    yield against_floor("photo_thumbnail_heic", shown, decoded, "ms", aim=1.5)


def _best(once: Callable[[], tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(map(min, *(once() for _ in range(ROUNDS))))


def _round(photos: list[bytes]) -> tuple[float, float, float, float]:
    """Milliseconds a photo: decoded, attached, printed, made small."""
    decoded = _ms_each(lambda: [_decode(photo) for photo in photos])
    with (
        tempfile.TemporaryDirectory(prefix="cunjiang-bench-") as folder,
        open_workspace(Path(folder) / "workspace") as workspace,
    ):
        install_bundled_forms(workspace)
        record_id = create_record(workspace, FORM)
        attached = _ms_each(lambda: attach_photos(workspace, record_id, REPEAT, photos))
        printed = _ms_each(lambda: record_pdf(workspace, record_id))
    shown = _ms_each(lambda: [thumbnail(photo, THUMBNAIL_SIDE) for photo in photos])
    return decoded, attached, printed, shown


def _ms_each(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000 / PHOTOS


def _decode(photo: bytes) -> tuple[int, int]:
    if photo[4:8] == b"ftyp":
        image = pi_heif.open_heif(photo).to_pillow()
        return image.width, image.height
    with Image.open(io.BytesIO(photo)) as opened:
        opened.load()
        return opened.size
