"""Is this file really a photo? Asked before a blob is accepted."""

from __future__ import annotations

import warnings
from pathlib import Path

from PIL import Image

PIXEL_LIMIT = 50_000_000
SIDE_LIMIT = 12_000
# MPO is what Pillow calls a JPEG with further pictures behind it: an HDR map, the other eye of a 3D camera.
_MIME_BY_FORMAT = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png"}


def image_mime(path: Path) -> str | None:
    """The MIME type of a JPEG or PNG of an allowed size, or None for anything else.

    Only the structure is read, no pixels: a decompression bomb costs nothing.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd tags and broken MPO indexes are still photos
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=("JPEG", "PNG")) as image:
                width, height = image.size
                kind = image.format
                if kind == "PNG":
                    image.verify()
        except Exception:  # noqa: BLE001  # Pillow raises a dozen kinds for broken files
            return None
    if max(width, height) > SIDE_LIMIT or width * height > PIXEL_LIMIT:
        return None
    return _MIME_BY_FORMAT.get(kind or "")
