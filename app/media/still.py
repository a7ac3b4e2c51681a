"""Pictures of forms that photos are not: the first frame of a GIF."""

from __future__ import annotations

import io
from typing import Final

from PIL import Image

from app.media.picture import too_many_pixels
from core.errors import KnownError

_MOST_PIXELS: Final = 25_000_000  # one byte a pixel decoded, four when coloured


def still(data: bytes) -> bytes:
    """The first frame of a GIF as a PNG; any other file as it is.

    Raises KnownError "photo_too_many_pixels", "photo_truncated".
    """
    if not data.startswith((b"GIF87a", b"GIF89a")):
        return data
    if int.from_bytes(data[6:8], "little") * int.from_bytes(data[8:10], "little") > _MOST_PIXELS:
        raise too_many_pixels(_MOST_PIXELS)
    frame = io.BytesIO()
    try:
        with Image.open(io.BytesIO(data), formats=("GIF",)) as picture:
            picture.convert("RGBA").save(frame, "PNG", compress_level=1)
    except Exception as e:  # Pillow raises a dozen kinds for broken pixels
        raise KnownError("photo_truncated") from e
    return frame.getvalue()
