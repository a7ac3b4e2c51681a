"""Distances on the ground between positions in WGS-84, and whether a drawn area is one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

MEAN_EARTH_RADIUS_M: Final = 6_371_008.8
"""Mean radius of the GRS 80 ellipsoid, (2a + b) / 3."""


def distance_m(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two (latitude, longitude) in degrees, along a sphere: right to 0.6 %."""
    latitude, longitude = math.radians(one[0]), math.radians(one[1])
    other_latitude, other_longitude = math.radians(other[0]), math.radians(other[1])
    half_chord = (
        math.sin((other_latitude - latitude) / 2) ** 2
        + math.cos(latitude) * math.cos(other_latitude) * math.sin((other_longitude - longitude) / 2) ** 2
    )
    return 2 * MEAN_EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, half_chord)))


def encloses_an_area(polygon: Mapping[str, object]) -> bool:
    """Whether a GeoJSON Polygon is valid as OGC Simple Features define it: no line of it crosses another.

    What is no polygon at all (too few points) encloses nothing.
    """
    from shapely.errors import ShapelyError  # noqa: PLC0415  # 100 ms that only a drawn area waits for
    from shapely.geometry import shape  # noqa: PLC0415

    try:
        return bool(shape(polygon).is_valid)
    except (ShapelyError, ValueError, TypeError, LookupError, AttributeError):
        return False
