"""The workspace of 100,000 records and 300,000 photos that benchmarks share, built when it is not there yet.

It lies in the temporary folder under a name that changes with the code that makes it.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from tests.big_workspace import make_big_workspace

RECORDS, PHOTOS = 100_000, 300_000
_ROOT = Path(__file__).resolve().parents[1]
_MADE_BY = (
    "tests/big_workspace.py",
    *(f"app/storage/{name}.py" for name in ("listing", "migrations", "search_tokens")),
)


def big_workspace() -> Path:
    """Its folder. Building it takes some minutes."""
    digest = hashlib.sha256(b"".join((_ROOT / file).read_bytes() for file in _MADE_BY)).hexdigest()[:12]
    place = Path(tempfile.gettempdir()) / f"cunjiang-bench-{digest}"
    if not place.exists():
        for old in place.parent.glob("cunjiang-bench-" + "?" * 12):
            shutil.rmtree(old)
        part = place.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        make_big_workspace(part, RECORDS, PHOTOS)
        part.rename(place)
    return place
