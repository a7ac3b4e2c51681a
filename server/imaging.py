"""Is this file really a photo, a document, a sound or a film? Asked before a blob is accepted."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from PIL import Image, ImageOps

from core.documents import HEAD_BYTES, document_mime, recording_mime
from core.protocol.versions import PHOTO_BYTES_LIMIT, PHOTO_PIXEL_LIMITS, PHOTO_SIDE_LIMIT

PREVIEW_SIDE = 1280
_PREVIEW_QUALITY = 70
_HEIC_DECODED = 50_000_000  # pixels; libheif decodes whole, 200 million take 0.9 GB
Image.MAX_IMAGE_PIXELS = max(PHOTO_PIXEL_LIMITS.values())
# MPO is what Pillow calls a JPEG with further pictures behind it: an HDR map, the other eye of a 3D camera.
_MIME_BY_FORMAT = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


def image_mime(path: Path) -> str | None:
    """The MIME type of a JPEG, PNG, WebP or HEIC of an allowed size, or None for anything else.

    Only the structure is read, no pixels: a decompression bomb costs nothing.
    """
    if path.stat().st_size > PHOTO_BYTES_LIMIT:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd tags and broken MPO indexes are still photos
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            mime, (width, height) = _heic(path) if _is_heic(path) else _raster(path)
        except Exception:  # noqa: BLE001  # Pillow and libheif raise a dozen kinds for broken files
            return None
    if max(width, height) > PHOTO_SIDE_LIMIT or width * height > PHOTO_PIXEL_LIMITS[mime]:
        return None
    return mime


def preview_of(path: Path) -> bytes | None:
    """An upright JPEG without EXIF, at most 1280 px long, as desktops make; None: no sound photo."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with _opened(path) as image:
                image.draft("RGB", (PREVIEW_SIDE, PREVIEW_SIDE))
                upright = ImageOps.exif_transpose(image)
                upright.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.BOX)
                plain = _opaque(upright)
                plain.info.clear()
                copy = io.BytesIO()
                plain.save(copy, "JPEG", quality=_PREVIEW_QUALITY, optimize=True)
                return copy.getvalue()
        except Exception:  # noqa: BLE001  # as above: a photo that does not decode has no preview
            return None


def _opened(path: Path) -> Image.Image:
    """The picture, JPEG not yet decoded. Raises ValueError for what is too large or odd to be made small."""
    if not _is_heic(path):
        return Image.open(path, formats=("JPEG", "PNG", "WEBP"))
    from pi_heif import open_heif  # noqa: PLC0415  # as below

    file = open_heif(path)
    if file.size[0] * file.size[1] > _HEIC_DECODED or file.mode not in {"L", "RGB", "RGBA"}:
        raise ValueError("its original has to do")
    picture: Image.Image = file.to_pillow()
    return picture


def _opaque(image: Image.Image) -> Image.Image:
    """The picture in RGB, what was transparent on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(layer, mask=layer.getchannel("A"))
    return ground


def blob_mime(path: Path) -> str | None:
    """The MIME type of a photo, or of a document or recording as its first bytes tell; None for others."""
    with path.open("rb") as opened:
        head = opened.read(HEAD_BYTES)
    return image_mime(path) or document_mime(head) or recording_mime(head)


def _raster(path: Path) -> tuple[str, tuple[int, int]]:
    with Image.open(path, formats=("JPEG", "PNG", "WEBP")) as image:
        size, kind = image.size, image.format
        if kind == "PNG":
            image.verify()
    return _MIME_BY_FORMAT[kind or ""], size


def _is_heic(path: Path) -> bool:
    with path.open("rb") as opened:
        return opened.read(8)[4:] == b"ftyp"


def _heic(path: Path) -> tuple[str, tuple[int, int]]:
    from pi_heif import is_supported, open_heif  # noqa: PLC0415  # a server without such photos needs it never

    if not is_supported(path):
        raise ValueError("a video, or AVIF")
    return "image/heic", open_heif(path).size
