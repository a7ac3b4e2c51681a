"""The functions for positions on the earth (ODK XForms specification, behaviour of JavaRosa).

The earth is a ball of the equator's radius, as Collect takes it; its results are a form's, not a surveyor's.
"""

from __future__ import annotations

import math
from itertools import pairwise

from core.forms.atoms import Result, atoms_of, to_string
from core.forms.xpath.expressions import Scope, function

_RADIUS_M = 6_378_100.0
_DEGREE_M = 2 * math.pi * _RADIUS_M / 360

Place = tuple[float, float]  # latitude and longitude in degrees


def _places(text: str) -> list[Place] | None:
    """The positions of a `lat lon altitude accuracy; …` text; None when it is none."""
    places: list[Place] = []
    for part in text.strip().removesuffix(";").split(";") if text.strip() else []:
        numbers = part.split()
        try:
            places.append((float(numbers[0]), float(numbers[1])))
        except (IndexError, ValueError):
            return None
    return places


@function("area", 1)
@function("enclosed-area", 1)
def area(scope: Scope, shape: Result) -> Result:
    """Square metres inside of a line that is taken as closed; NaN for what is no line."""
    places = _places(";".join(map(to_string, atoms_of([shape]))))
    if places is None:
        return math.nan
    if len(places) < 3:
        return 0.0
    latitude, longitude = places[0]
    flat = [
        ((lon - longitude) * _DEGREE_M * math.cos(math.radians(lat)), (lat - latitude) * _DEGREE_M)
        for lat, lon in places[1:]
    ]
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(flat)) / 2)


@function("distance", 1, None)
def distance(scope: Scope, *arguments: Result) -> Result:
    """Metres along all the positions of the arguments; NaN for what is no position."""
    places = _places(";".join(text for text in map(to_string, atoms_of(arguments)) if text))
    return math.nan if places is None else math.fsum(_metres(one, other) for one, other in pairwise(places))


def _metres(one: Place, other: Place) -> float:
    (lat1, lat2), turn = (map(math.radians, (one[0], other[0])), math.radians(one[1] - other[1]))
    cosine = math.sin(lat1) * math.sin(lat2) + math.cos(lat1) * math.cos(lat2) * math.cos(turn)
    return math.acos(max(-1.0, min(1.0, cosine))) * _RADIUS_M


@function("geofence", 2)
def geofence(scope: Scope, point: Result, shape: Result) -> Result:
    """Whether the position lies inside of the closed line."""
    at, border = _places(to_string(point)), _places(to_string(shape))
    if not at or not border:
        return False
    latitude, longitude = at[0]
    inside = False
    for (lat1, lon1), (lat2, lon2) in pairwise(border):
        if (lat1 > latitude) != (lat2 > latitude):
            crossing = (lon1 - lon2) * (latitude - lat2) / (lat1 - lat2) + lon2
            inside ^= longitude < crossing
    return inside
