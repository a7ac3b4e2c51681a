"""The text of a QR code in a picture: a screenshot, or a photo of a screen or of paper."""

from __future__ import annotations

import io
from typing import Final

import zxingcpp
from PIL import Image

from app.media.photo import print_copy

_ONLY_QR: Final = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_SIDES_PX: Final = (2400, 1200)
"""A code on a photo of 200 megapixels is found on a copy; a blurred one often only on a small copy."""


def read_qr(picture: bytes) -> list[str]:
    """The texts of all QR codes that are found, most legible first; empty: none.

    Raises KnownError "not_a_photo", "photo_truncated", "photo_too_many_pixels" and those of the format.
    """
    for side_px in _SIDES_PX:
        with Image.open(io.BytesIO(print_copy(picture, side_px))) as copy:
            found = zxingcpp.read_barcodes(copy.convert("L"), formats=_ONLY_QR)
        if found:
            return [one.text for one in found]
    return []
