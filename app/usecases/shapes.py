"""Lines and areas in files that people have."""

from __future__ import annotations

from pathlib import Path

from app.given_files import read_given
from core.tracks import Point, points_in

_FILE_BYTES_LIMIT = 20 * 1024 * 1024
"""A day walked with GPS is some 5 MB of GPX."""


def read_points(file: Path) -> list[Point] | None:
    """The points of the first line or area in a file; None where it can not be read, has none or too many."""
    try:
        return points_in(read_given(file, _FILE_BYTES_LIMIT).decode("utf-8", "replace"))
    except OSError:
        return None
