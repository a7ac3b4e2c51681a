"""What names a form version."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def form_digest(xml: bytes, media: Mapping[str, bytes]) -> str:
    """`sha256:` over the XForm's bytes and the sorted digests of its media (the form's identity in SVP/1)."""
    whole = hashlib.sha256(xml)
    for digest in sorted(hashlib.sha256(data).hexdigest() for data in media.values()):
        whole.update(f"sha256:{digest}".encode())
    return f"sha256:{whole.hexdigest()}"
