"""Distances on the ground between positions in WGS-84."""

from __future__ import annotations

import math
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
