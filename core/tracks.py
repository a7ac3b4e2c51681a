"""Lines and areas as people have them: points one below the other, ODK's text, GPX, KML, GeoJSON or WKT."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from core.coordinates import position_in

MOST_POINTS: Final = 5000
"""More would make a record too heavy to be sent; a field's border walked with GPS has some hundred."""
_NUMBERS: Final = re.compile(r"[-+]?\d{1,3}(?:\.\d+)?(?:[\s,]+[-+]?\d{1,6}(?:\.\d+)?){1,3}\Z")
_WKT: Final = re.compile(r"\s*(?:LINESTRING|POLYGON|MULTIPOINT)\s*Z?\s*\(+([^()]*)\)", re.IGNORECASE)
_SHAPES: Final = ("LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon")

Point = tuple[float, ...]
"""Longitude and latitude in degrees (WGS 84), then the height in metres where it is known, as in GeoJSON."""


def points_in(text: str) -> list[Point] | None:
    """The points of the first line or area that is written there; None for none, and for too many points."""
    start = text.lstrip("\ufeff \t\r\n")
    try:
        if start.startswith("<"):
            found = list(_of_xml(fromstring(start, forbid_dtd=True)))
        elif start.startswith("{"):
            found = list(_of_geojson(json.loads(start)))
        elif wkt := _WKT.match(start):
            found = [_degrees(part.split()) for part in wkt[1].split(",")]
        else:
            found = [_written(line) for line in re.split(r"[;；\n]", start) if line.strip()]
    except (
        ValueError,
        TypeError,
        LookupError,
        OverflowError,
        ParseError,
        DefusedXmlException,
        RecursionError,
    ):
        return None
    return found if 1 < len(found) <= MOST_POINTS and all(map(_is_on_earth, found)) else None


def _written(line: str) -> Point:
    """A point as ODK or a person writes it: the latitude first, then perhaps height and accuracy."""
    numbers = (
        [float(number) for number in re.split(r"[\s,]+", line.strip(" ,\t\r"))] if _is_numbers(line) else []
    )
    if len(numbers) > 2 and abs(numbers[0]) <= 90:
        return (numbers[1], numbers[0], numbers[2]) if numbers[2] else (numbers[1], numbers[0])
    position = position_in(line)
    if position is None:
        raise ValueError(line)
    return position[1], position[0]


def _is_numbers(line: str) -> bool:
    return _NUMBERS.match(line.strip(" ,\t\r")) is not None


def _of_xml(root: Element) -> Iterator[Point]:
    """The points of a track or route of GPX, else the first coordinates of a line or area of KML."""
    places = [one for one in root.iter() if _local(one) in ("trkpt", "rtept")]
    for one in places:
        height = next(((child.text or "") for child in one if _local(child) == "ele"), "")
        yield _degrees([one.get("lon", ""), one.get("lat", ""), *([height] if height else [])])
    if not places:
        texts = (one.text or "" for one in root.iter() if _local(one) == "coordinates")
        for part in next((text for text in texts if len(text.split()) > 1), "").split():
            yield _degrees(part.split(","))


def _of_geojson(thing: Any) -> Iterator[Point]:  # whatever somebody's file holds
    features = thing["features"] if thing["type"] == "FeatureCollection" else [thing]
    shapes = [one["geometry"] if one["type"] == "Feature" else one for one in features]
    shape, *_ = (one for one in shapes if one is not None and one["type"] in _SHAPES)
    points = shape["coordinates"]
    while isinstance(points, list) and isinstance(points[0][0], list):
        points = points[0]
    yield from (tuple(map(float, point[:3])) for point in points)


def _degrees(texts: list[str]) -> Point:
    longitude, latitude, *height = map(float, texts[:3])
    return (longitude, latitude, *height) if any(height) else (longitude, latitude)


def _is_on_earth(point: Point) -> bool:
    return abs(point[0]) <= 180 and abs(point[1]) <= 90 and all(abs(height) < 100_000 for height in point[2:])


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
