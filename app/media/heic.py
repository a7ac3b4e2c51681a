"""HEIC and HEIF, as phones write them: decoded only, by libheif and libde265 (both LGPL) through pi-heif.

Of a burst, or of a picture with a depth map or an HDR map, the primary picture counts. The turns that the
container orders are part of its pixels; the EXIF orientation beside them says them once more for old programs
(ISO/IEC 23008-12).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PIL import Image

from app.media.exif import ExifFacts, read_exif
from app.media.picture import Picture, allow_size, eight_bit
from core.errors import KnownError

if TYPE_CHECKING:
    from pi_heif import HeifImage

MIME: Final = "image/heic"
_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)
_LARGE_PX: Final = 50_000_000  # libheif decodes whole: 200 megapixels take 0.9 GB, so one at a time
_STRIP_ROWS: Final = 16  # of the small picture
_large_turn = threading.Lock()


def is_heic(data: bytes) -> bool:
    """Whether the file says it is one."""
    return data[4:8] == b"ftyp" and data[8:12] in _BRANDS


def open_heic(data: bytes) -> Picture:
    """The primary picture, not yet decoded. Raises KnownError "heic_unreadable", "photo_too_many_pixels"."""
    with _translated():
        import pi_heif  # noqa: PLC0415  # only people with such photos pay for it

        for unused in ("THUMBNAILS", "DEPTH_IMAGES", "AUX_IMAGES"):
            setattr(pi_heif.options, unused, False)
        file = pi_heif.open_heif(data)
        image = file[file.primary_index]
    allow_size(MIME, image.size)
    return Picture(MIME, image.size, _facts(image), lambda side_px, filter_: _pixels(image, side_px, filter_))


def _facts(image: HeifImage) -> ExifFacts:
    def tables() -> Image.Exif:
        exif = Image.Exif()
        exif.load(image.info["exif"] or b"")
        return exif

    return replace(read_exif(tables, image.info.get("xmp", b"")), orientation=1)


def _pixels(image: HeifImage, side_px: int, filter_: Image.Resampling) -> Image.Image:
    large = image.size[0] * image.size[1] > _LARGE_PX
    with _large_turn if large else nullcontext(), _translated():
        image.load()
        allow_size(MIME, image.size)  # the container may have said less
        small = eight_bit(_shrunk(image, max(1, max(image.size) // side_px)))
    small.thumbnail((side_px, side_px), filter_)
    return small


def _shrunk(image: HeifImage, factor: int) -> Image.Image:
    """The decoded pixels in strips, each shrunk at once: no second copy of all of them."""
    if image.mode not in {"L", "RGB", "RGBA"}:
        whole: Image.Image = image.to_pillow()
        return whole
    (width, height), stride, held = image.size, image.stride, memoryview(image.data)
    small = Image.new(image.mode, (-(-width // factor), -(-height // factor)))
    step = factor * _STRIP_ROWS
    for top in range(0, height, step):
        rows = min(step, height - top)
        strip = bytes(held[top * stride : (top + rows) * stride])
        full = Image.frombytes(image.mode, (width, rows), strip, "raw", image.mode, stride)
        small.paste(full.reduce(factor), (0, top // factor))
    return small


@contextmanager
def _translated() -> Iterator[None]:
    """What libheif refuses, in our words."""
    try:
        yield
    except KnownError:
        raise
    except Exception as e:  # it raises half a dozen kinds for broken files and for codecs it does not have
        raise KnownError("heic_unreadable") from e
