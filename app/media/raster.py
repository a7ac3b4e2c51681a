"""JPEG, PNG and WebP through Pillow, which decodes a JPEG smaller at once."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from PIL import Image

from app.media.exif import read_exif
from app.media.picture import MOST_PIXELS, Picture, allow_size, eight_bit, too_many_pixels
from core.errors import KnownError

_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_MIME: Final = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_PROGRESSIVE_LIMIT_PX: Final = 50_000_000
"""A progressive JPEG keeps all its coefficients in memory, two bytes each, however small it is decoded."""
_PROOF_SIDE: Final = 256
_SCAN: Final = b"\xff\xda"
_END: Final = b"\xff\xd9"
_NOISE: Final = b"\x5a\xa5\x3c" * 64  # pixels, to a decoder that still waits for some
_warnings_turn = threading.Lock()


def open_raster(data: bytes) -> Picture:
    """The first picture of the file, not yet decoded.

    Raises KnownError "photo_too_many_pixels", "not_a_photo", "photo_truncated" (damaged, or cut off).
    """
    with _opened(data) as (image, warned):
        mime, progressive = _MIME[image.format or ""], "progressive" in image.info
        allow_size(mime, image.size, _PROGRESSIVE_LIMIT_PX if progressive else None)
        facts = read_exif(image.getexif, image.info.get("xmp", b""))
        oddities = facts.oddities + (("header_damaged",) if warned else ())
    ended = mime != "image/jpeg" or data.find(_END, data.rfind(_SCAN)) >= 0
    if not ended:
        if not _nothing_missing(data, side_px=None if progressive else _PROOF_SIDE):
            raise KnownError("photo_truncated")
        data, oddities = _bare(data) + _END, (*oddities, "end_missing")
    size_px, facts = image.size, replace(facts, oddities=oddities)
    return Picture(mime, size_px, facts, lambda side_px, filter_: _pixels(data, side_px, filter_))


def _pixels(data: bytes, side_px: int, filter_: Image.Resampling) -> Image.Image:
    enough = side_px * 19 // 20  # a copy 5 % smaller than asked, for a third of the time
    with _opened(data) as (image, _):
        image.draft(None, (enough, enough))
    try:
        image.load()
        small = eight_bit(image)
        small.thumbnail((side_px, side_px), filter_, reducing_gap=1.0)
    except Exception as e:  # Pillow raises a dozen kinds for broken pixels
        raise KnownError("photo_truncated") from e
    return small


def _nothing_missing(data: bytes, side_px: int | None) -> bool:
    """Whether a JPEG without an end holds all its pixels: then what is put behind them changes none.

    Progressive ones are compared in full size, because a small copy does not show the finest scan.
    """
    try:
        one, other = (_decoded(_bare(data) + padding, side_px) for padding in (_END, _NOISE + _END))
    except Exception:  # noqa: BLE001  # as above
        return False
    return one == other


def _bare(data: bytes) -> bytes:
    """Without the zeros that a card puts behind a file, and without half a mark."""
    return data.rstrip(b"\0").removesuffix(b"\xff")


def _decoded(data: bytes, side_px: int | None) -> bytes:
    with _opened(data) as (image, _):
        if side_px is not None:
            image.draft(None, (side_px, side_px))
    return image.tobytes()


@contextmanager
def _opened(data: bytes) -> Iterator[tuple[Image.Image, list[warnings.WarningMessage]]]:
    """The image with its header read, and what Pillow warned of; no pixels are decoded.

    Warning filters belong to the whole process, hence one at a time; only headers are read meanwhile.
    """
    with _warnings_turn, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(data), formats=_FORMATS)
            if image.format == "PNG":
                image.verify()
                image = Image.open(io.BytesIO(data), formats=("PNG",))
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as e:
            raise too_many_pixels(MOST_PIXELS) from e
        except Exception as e:  # Pillow raises a dozen kinds for broken headers
            raise KnownError("photo_truncated" if _begins_like_a_photo(data) else "not_a_photo") from e
        yield image, warned


def _begins_like_a_photo(data: bytes) -> bool:
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or data[8:12] == b"WEBP"
