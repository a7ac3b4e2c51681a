"""A form version as it travels: zstd of canonical JSON {"xml": text, "media": {name: base64}}."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import msgspec

from core.forms.digest import form_digest
from core.protocol.codec import compress, decompress
from core.protocol.wire_errors import WireError
from core.values import encode_canonical

PACKAGE_LIMIT = 8 * 1024 * 1024


class _Package(msgspec.Struct):
    xml: str
    media: dict[str, str] = {}


def pack_form(xml: bytes, media: Mapping[str, bytes]) -> bytes:
    """The package of a form version."""
    encoded = {name: base64.b64encode(content).decode("ascii") for name, content in media.items()}
    return compress(encode_canonical({"xml": xml.decode("utf-8"), "media": encoded}))


def unpack_form(digest: str, package: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The XForm and its media. Raises WireError `malformed`, `too-large`, `digest-mismatch`."""
    try:
        read = msgspec.json.decode(decompress(package, limit=PACKAGE_LIMIT), type=_Package)
        xml = read.xml.encode("utf-8")
        media = {name: base64.b64decode(content, validate=True) for name, content in read.media.items()}
    except (ValueError, msgspec.MsgspecError) as broken:
        raise WireError("malformed") from broken
    if form_digest(xml, media) != digest:
        raise WireError("digest-mismatch")
    return xml, media
