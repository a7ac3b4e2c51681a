"""Photos: what a file is, and upright copies of it without its EXIF. Originals are never changed.

Only JPEG and PNG are opened, whatever a file's name says, and nothing larger than the server takes.
"""

from __future__ import annotations

import hashlib
import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from PIL import Image

from app.media.exif import read_exif
from core.errors import KnownError

BYTES_LIMIT: Final = 32_000_000
SIDE_LIMIT: Final = 12_000
PIXEL_LIMIT: Final = 50_000_000
PREVIEW_SIDE: Final = 1280
"""Long side of the copy that is sent before the original, in pixels."""
PREVIEW_MIME: Final = "image/jpeg"
_PREVIEW_QUALITY: Final = 70
_THUMBNAIL_QUALITY: Final = 80
_PRINT_QUALITY: Final = 85
_CHECK_SIDE: Final = 256  # JPEG is decoded at an eighth: every byte is read, few pixels are made
_MIME: Final = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png"}
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_warnings_turn = threading.Lock()

Image.MAX_IMAGE_PIXELS = PIXEL_LIMIT


@dataclass(frozen=True)
class PhotoFacts:
    """What a photo's file says. `width` and `height` are of the upright picture; the rest as in ExifFacts."""

    digest: str
    size_bytes: int
    mime: str
    width: int
    height: int
    orientation: int
    taken_at: datetime | None
    position_wgs84: tuple[float, float] | None
    camera: str | None
    oddities: tuple[str, ...]


def read_photo(data: bytes) -> PhotoFacts:
    """The facts of a sound JPEG or PNG.

    Raises KnownError: "photo_empty", "photo_too_large" (bytes), "photo_too_many_pixels", "not_a_photo",
    "photo_truncated" (the picture is cut off or damaged).
    """
    facts = _facts(data)
    _decoded(data, _CHECK_SIDE, Image.Resampling.NEAREST)
    return facts


def read_with_preview(data: bytes) -> tuple[PhotoFacts, bytes]:
    """The facts and the preview with one decoding less than asking for each. Raises as `read_photo`."""
    return _facts(data), preview(data)


def _facts(data: bytes) -> PhotoFacts:
    if not data:
        raise KnownError("photo_empty")
    if len(data) > BYTES_LIMIT:
        raise KnownError("photo_too_large", megabytes=_mega(len(data)), limit_mb=_mega(BYTES_LIMIT))
    with _opened(data) as (image, warned):
        facts = read_exif(image)
        width, height, mime = *image.size, _MIME[image.format or ""]
    if facts.orientation >= 5:
        width, height = height, width
    return PhotoFacts(
        digest=digest_of(data),
        size_bytes=len(data),
        mime=mime,
        width=width,
        height=height,
        orientation=facts.orientation,
        taken_at=facts.taken_at,
        position_wgs84=facts.position_wgs84,
        camera=facts.camera,
        oddities=facts.oddities + (("header_damaged",) if warned else ()),
    )


def digest_of(data: bytes) -> str:
    """`sha256:` and the hex digits: the name of these bytes everywhere."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def thumbnail(data: bytes, side_px: int) -> bytes:
    """A small upright JPEG whose long side is at most `side_px`. Raises as `read_photo`."""
    return _copy(data, side_px, _THUMBNAIL_QUALITY, Image.Resampling.BILINEAR)


def preview(data: bytes) -> bytes:
    """The upright JPEG of 1280 px that travels before the original, without EXIF. Raises as `read_photo`."""
    return _copy(data, PREVIEW_SIDE, _PREVIEW_QUALITY, Image.Resampling.BILINEAR)


def print_copy(data: bytes, max_px: int) -> bytes:
    """An upright JPEG without EXIF for paper, its long side at most `max_px`. Raises as `read_photo`."""
    return _copy(data, max_px, _PRINT_QUALITY, Image.Resampling.LANCZOS)


def _copy(data: bytes, side_px: int, quality: int, filter_: Image.Resampling) -> bytes:
    with _opened(data) as (image, _):
        orientation = read_exif(image).orientation
    pixels = _decoded(data, side_px, filter_)
    turn = _TURNS.get(orientation)
    upright = _opaque(pixels if turn is None else pixels.transpose(turn))
    upright.info.clear()  # Pillow would carry comment and XMP over
    copy = io.BytesIO()
    upright.save(copy, "JPEG", quality=quality, optimize=True)
    return copy.getvalue()


def _decoded(data: bytes, side_px: int, filter_: Image.Resampling) -> Image.Image:
    """The pixels, not yet turned, shrunk to fit a square of `side_px`; a JPEG is decoded smaller at once."""
    with _opened(data) as (image, _):
        pass
    try:
        image.thumbnail((side_px, side_px), filter_, reducing_gap=1.0)
        image.load()  # a small picture would stay unread until now
    except Exception as e:  # Pillow raises a dozen kinds for broken pixels
        raise KnownError("photo_truncated") from e
    return image


def _opaque(image: Image.Image) -> Image.Image:
    """The picture in RGB, what was transparent on white."""
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return image.convert("RGB")


@contextmanager
def _opened(data: bytes) -> Iterator[tuple[Image.Image, list[warnings.WarningMessage]]]:
    """The image with its header read and its size allowed, and what Pillow warned of; no pixels are decoded.

    Warning filters belong to the whole process, hence one at a time; only headers are read meanwhile.
    """
    with _warnings_turn, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as probe:
                if probe.format == "PNG":
                    probe.verify()
            image = Image.open(io.BytesIO(data), formats=("JPEG", "PNG"))
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as e:
            raise _too_many_pixels() from e
        except Exception as e:  # Pillow raises a dozen kinds for broken headers
            raise KnownError("photo_truncated" if _begins_like_a_photo(data) else "not_a_photo") from e
        if max(image.size) > SIDE_LIMIT or image.width * image.height > PIXEL_LIMIT:
            raise _too_many_pixels()
        yield image, warned


def _begins_like_a_photo(data: bytes) -> bool:
    return data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


def _too_many_pixels() -> KnownError:
    return KnownError("photo_too_many_pixels", limit_mp=PIXEL_LIMIT // 1_000_000, side_px=SIDE_LIMIT)


def _mega(count: int) -> int:
    return -(-count // 1_000_000)
