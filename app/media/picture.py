"""A photo file that was opened: what it says, and its pixels, decoded once and no larger than asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from app.media.exif import ExifFacts
from core.errors import KnownError
from core.protocol.versions import PHOTO_PIXEL_LIMITS, PHOTO_SIDE_LIMIT

MOST_PIXELS = max(PHOTO_PIXEL_LIMITS.values())
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


@dataclass(frozen=True)
class Picture:
    """`size_px` is (width, height) as `pixels` comes out, before `facts.orientation` turns it."""

    mime: str
    size_px: tuple[int, int]
    facts: ExifFacts
    pixels: Callable[[int, Image.Resampling], Image.Image]
    """The whole picture in at most this many pixels a side, or up to 5 % fewer.

    Raises KnownError "photo_truncated", "heic_unreadable".
    """


def allow_size(mime: str, size_px: tuple[int, int], limit_px: int | None = None) -> None:
    """Raises KnownError "photo_too_many_pixels" beyond the limits of that kind, or beyond `limit_px`."""
    limit_px = limit_px or PHOTO_PIXEL_LIMITS[mime]
    if max(size_px) > PHOTO_SIDE_LIMIT or size_px[0] * size_px[1] > limit_px:
        raise too_many_pixels(limit_px)


def too_many_pixels(limit_px: int) -> KnownError:
    """The error that names both limits."""
    return KnownError("photo_too_many_pixels", limit_mp=limit_px // 1_000_000, side_px=PHOTO_SIDE_LIMIT)


def eight_bit(image: Image.Image) -> Image.Image:
    """Grey, RGB or RGBA, as copies are made of; 16 bits a channel are scaled, not cut off."""
    if image.mode.startswith("I"):
        return image.convert("I").point(lambda level: level * (1 / 256)).convert("L")
    if image.mode in {"1", "P", "PA", "LA"}:
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image
