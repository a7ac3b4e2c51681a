"""The borders of counties, from a pack that a person may install: no borders come with the program.

A pack is `MAGIC`, the SHA-256 of what follows in hex, a line end, and xz-packed entries: six digits of the
county, the length of its shape in bytes (8 hex digits), the shape as WKB in WGS-84.
"""

from __future__ import annotations

import hashlib
import lzma
import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.given_files import read_given
from app.storage.durable_files import write_durably
from core.errors import KnownError

if TYPE_CHECKING:
    from shapely import STRtree

MAGIC: Final = b"cunjiang county borders 1\n"
PACK_FILE: Final = "county-borders"
TOLERANCE_M: Final = 500
"""Nearer to a border than this nothing is said: borders are drawn coarsely, and positions are not exact."""
SIZE_LIMIT: Final = 64 * 1024 * 1024
UNPACKED_LIMIT: Final = 256 * 1024 * 1024
Point = tuple[float, float]
Ring = list[Point]
_METRES_A_DEGREE = 111_195  # of latitude, on a sphere of mean radius


class CountyBorders:
    """Tells the county of a position; knows nothing as long as no pack is installed in the workspace."""

    def __init__(self, file: Path, tmp: Path) -> None:
        self._file = file
        self._tmp = tmp
        self._lock = threading.Lock()
        self._read: tuple[Sequence[str], STRtree] | None = None

    def county_at(self, longitude: float, latitude: float) -> str | None:
        """The code of the county around a WGS-84 position; None near a border and where none is known.

        A pack that can not be read any more counts as none.
        """
        if not self._file.exists() or not (-180 <= longitude <= 180 and -85 <= latitude <= 85):
            return None
        try:
            codes, tree = self._borders()
        except KnownError:
            return None
        from shapely import Point as Place  # noqa: PLC0415  # 100 ms that only a position waits for

        around = TOLERANCE_M / _METRES_A_DEGREE / math.cos(math.radians(latitude))
        near = {codes[at] for at in tree.query(Place(longitude, latitude), "dwithin", around)}
        return near.pop() if len(near) == 1 else None

    @property
    def installed(self) -> bool:
        """Whether there is a pack."""
        return self._file.exists()

    def outlines(
        self, west: float, south: float, east: float, north: float, tolerance: float
    ) -> list[tuple[str, Point, list[Ring]]]:
        """Code, a point inside and outer rings of the counties that touch a box, to `tolerance` degrees.

        Points are (longitude, latitude) in WGS-84. Nothing where no readable pack is installed.
        """
        if not self.installed:
            return []
        try:
            codes, tree = self._borders()
        except KnownError:
            return []
        from shapely import box, get_parts  # noqa: PLC0415  # as above

        found: list[tuple[str, Point, list[Ring]]] = []
        for at in tree.query(box(west, south, east, north), "intersects"):
            shape = tree.geometries[at]
            inside = shape.representative_point()
            parts = get_parts(shape.simplify(tolerance))
            rings = [list(part.exterior.coords) for part in parts if part.geom_type == "Polygon"]
            found.append((codes[at], (inside.x, inside.y), [ring for ring in rings if ring]))
        return found

    def install(self, pack: Path) -> int:
        """Takes a pack over; how many counties it has. Raises KnownError "county_pack_unreadable"."""
        try:
            content = read_given(pack, SIZE_LIMIT)
        except OSError as error:
            raise KnownError("county_pack_unreadable", file=pack.name) from error
        read = _read_pack(content, pack.name)
        write_durably(self._file, [content], self._tmp)
        with self._lock:
            self._read = read
        return len(set(read[0]))

    def _borders(self) -> tuple[Sequence[str], STRtree]:
        with self._lock:
            if self._read is None:
                self._read = _read_pack(self._file.read_bytes(), self._file.name)
            return self._read


def make_pack(shapes: dict[str, bytes]) -> bytes:
    """A pack of shapes (WKB, WGS-84) by the six digits of their county."""
    entries = b"".join(
        code.encode("ascii") + f"{len(shape):08x}".encode() + shape for code, shape in sorted(shapes.items())
    )
    packed = lzma.compress(entries, preset=9)
    return MAGIC + hashlib.sha256(packed).hexdigest().encode() + b"\n" + packed


def _read_pack(content: bytes, name: str) -> tuple[Sequence[str], STRtree]:
    """Codes and a tree of their shapes. Raises KnownError "county_pack_unreadable"."""
    from shapely import STRtree, from_wkb  # noqa: PLC0415  # as above
    from shapely.errors import ShapelyError  # noqa: PLC0415

    head = len(MAGIC) + 65
    digest, packed = content[len(MAGIC) : head].strip(), content[head:]
    unreadable = KnownError("county_pack_unreadable", file=name)
    if not content.startswith(MAGIC) or hashlib.sha256(packed).hexdigest().encode() != digest:
        raise unreadable
    try:
        entries = lzma.LZMADecompressor().decompress(packed, UNPACKED_LIMIT)
        codes, shapes, at = [], [], 0
        while at < len(entries):
            size = int(entries[at + 6 : at + 14], 16)
            codes.append(f"{int(entries[at : at + 6]):06}000000")
            shapes.append(entries[at + 14 : at + 14 + size])
            at += 14 + size
        tree = STRtree(from_wkb(shapes))
    except (lzma.LZMAError, ValueError, EOFError, ShapelyError) as error:
        raise unreadable from error
    if not codes:
        raise unreadable
    return codes, tree
