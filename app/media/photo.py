"""Photos: what a file is, and upright copies of it without its EXIF. Originals are never changed.

JPEG, PNG, HEIC and WebP are opened, whatever a file's name says, and nothing larger than the server takes.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from PIL import Image

from app.media.heic import is_heic, open_heic
from app.media.picture import Picture
from app.media.raster import open_raster
from core.errors import KnownError
from core.protocol.versions import PHOTO_BYTES_LIMIT as BYTES_LIMIT

PREVIEW_SIDE: Final = 1280
"""Long side of the copy that is sent before the original, in pixels."""
PREVIEW_MIME: Final = "image/jpeg"
_PREVIEW_QUALITY: Final = 70
_THUMBNAIL_QUALITY: Final = 80
_PRINT_QUALITY: Final = 85
_CHECK_SIDE: Final = 256  # JPEG is decoded at an eighth: every byte is read, few pixels are made
_VIDEO_BRANDS: Final = frozenset(
    {b"qt  ", b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"M4V ", b"3gp4", b"3gp5"}
)
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


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
    """The facts of a sound photo.

    Raises KnownError: "photo_empty", "photo_too_large" (bytes), "photo_too_many_pixels", "not_a_photo",
    "photo_is_video", "photo_truncated" (the picture is cut off or damaged), "heic_unreadable".
    """
    picture = _opened(data)
    picture.pixels(_CHECK_SIDE, Image.Resampling.NEAREST)
    return _facts(data, picture)


def read_with_preview(data: bytes) -> tuple[PhotoFacts, bytes]:
    """The facts and the preview, decoded once. Raises as `read_photo`."""
    picture = _opened(data)
    return _facts(data, picture), _preview(picture)


def digest_of(data: bytes) -> str:
    """`sha256:` and the hex digits: the name of these bytes everywhere."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def thumbnail(data: bytes, side_px: int) -> bytes:
    """A small upright JPEG whose long side is at most `side_px`. Raises as `read_photo`."""
    return _copy(_opened(data), side_px, _THUMBNAIL_QUALITY, Image.Resampling.BILINEAR)


def preview(data: bytes) -> bytes:
    """The upright JPEG of 1280 px that travels before the original, without EXIF. Raises as `read_photo`."""
    return _preview(_opened(data))


def print_copy(data: bytes, max_px: int) -> bytes:
    """An upright JPEG without EXIF for paper, its long side at most `max_px`. Raises as `read_photo`."""
    return _copy(_opened(data), max_px, _PRINT_QUALITY, Image.Resampling.LANCZOS)


def _opened(data: bytes) -> Picture:
    if not data:
        raise KnownError("photo_empty")
    if len(data) > BYTES_LIMIT:
        raise KnownError("photo_too_large", megabytes=_mega(len(data)), limit_mb=BYTES_LIMIT // 1_000_000)
    if is_heic(data):
        return open_heic(data)
    if data[4:8] == b"ftyp" and data[8:12] in _VIDEO_BRANDS:
        raise KnownError("photo_is_video")
    return open_raster(data)


def _facts(data: bytes, picture: Picture) -> PhotoFacts:
    facts, (width, height) = picture.facts, picture.size_px
    if facts.orientation >= 5:
        width, height = height, width
    return PhotoFacts(
        digest=digest_of(data),
        size_bytes=len(data),
        mime=picture.mime,
        width=width,
        height=height,
        orientation=facts.orientation,
        taken_at=facts.taken_at,
        position_wgs84=facts.position_wgs84,
        camera=facts.camera,
        oddities=facts.oddities,
    )


def _preview(picture: Picture) -> bytes:
    return _copy(picture, PREVIEW_SIDE, _PREVIEW_QUALITY, Image.Resampling.BOX)


def _copy(picture: Picture, side_px: int, quality: int, filter_: Image.Resampling) -> bytes:
    pixels = picture.pixels(side_px, filter_)
    turn = _TURNS.get(picture.facts.orientation)
    upright = _opaque(pixels if turn is None else pixels.transpose(turn))
    upright.info.clear()  # Pillow would carry comment and XMP over
    copy = io.BytesIO()
    upright.save(copy, "JPEG", quality=quality, optimize=True)
    return copy.getvalue()


def _opaque(image: Image.Image) -> Image.Image:
    """The picture in RGB, what was transparent on white."""
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        ground = Image.new("RGB", image.size, "white")
        ground.paste(layer, mask=layer.getchannel("A"))
        return ground
    return image.convert("RGB")


def _mega(count: int) -> int:
    return -(-count // 1_000_000)
