"""The lists beside a form as they come: in the XForm itself, or as files of CSV, XML or GeoJSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from core.forms.instance import Node
from core.forms.secondary import ListItem, ListRoot
from core.forms.xform_errors import form_broken
from core.forms.xform_names import local_name

_QUOTED: Final = re.compile('"[^"]*"')
_DEEPEST: Final = 60
"""Levels of nesting; a table has three."""


def list_in_file(name: str, data: bytes) -> ListRoot:
    """The list in a file that came with a form. Raises KnownError "form_broken" (xml, unsupported)."""
    try:
        if name.endswith(".csv"):
            return _csv_list(data)
        if name.endswith(".geojson"):
            return _geojson_list(data)
        if name.endswith(".xml"):
            return list_in_xml(fromstring(data, forbid_dtd=True))
    except (DefusedXmlException, ParseError, ValueError, LookupError) as e:
        raise form_broken(name, "xml", str(e)) from e
    raise form_broken(name, "unsupported", name)


def list_in_xml(element: Element) -> ListRoot:
    """The rows that stand in an element. Raises KnownError "form_broken" for one nested too deeply."""
    root = ListRoot(local_name(element.tag))
    _fill(root, element)
    return root


def _fill(node: Node, element: Element) -> None:
    if len(node.lineage) > _DEEPEST:
        raise form_broken(f"instance {node.lineage[0].name}", "unsupported", "nested too deeply")
    for child in element:
        made = Node(local_name(child.tag), node)
        made.text = (child.text or "").strip()
        node.append(made)
        _fill(made, child)


def _csv_list(data: bytes) -> ListRoot:
    root = ListRoot("root")
    for row in rows_in_csv(data):
        root.append(ListItem(root, row))
    return root


def rows_in_csv(data: bytes) -> Iterator[dict[str, str]]:
    """The rows of a CSV file by its heading. Raises ValueError if it is no UTF-8 text or no table.

    Its cells are parted by the first of comma, semicolon and tab that stands in the heading.
    """
    text = data.decode("utf-8-sig")
    heading = _QUOTED.sub("", text).partition("\n")[0]
    delimiter = next((sign for sign in ",;\t" if sign in heading), ",")
    try:
        for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield {column: cell or "" for column, cell in row.items() if column}
    except csv.Error as e:  # a cell of more than 131,072 characters
        raise ValueError(str(e)) from e


def _geojson_list(data: bytes) -> ListRoot:
    """The features of a GeoJSON file as items: their properties, `id`, and `geometry` as ODK writes it.

    Raises ValueError for what is no collection of features.
    """
    try:
        collection = json.loads(data, parse_int=str, parse_float=str)
    except RecursionError as e:
        raise ValueError("nested too deeply") from e
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise ValueError("no collection of features")
    root = ListRoot("root")
    try:
        for feature in features:
            cells = {name: _json_text(cell) for name, cell in _cells_of(feature).items() if cell is not None}
            root.append(ListItem(root, cells))
    except (TypeError, ValueError, AttributeError, LookupError) as e:  # whatever somebody's file holds
        raise ValueError("no features with positions") from e
    return root


def _cells_of(feature: dict[str, Any]) -> dict[str, Any]:
    own = {"id": feature["id"]} if "id" in feature else {}
    return {
        "geometry": _geometry_text(feature.get("geometry")),
        **(feature.get("properties") or {}),
        **own,
    }


def _json_text(cell: object) -> str:
    """Numbers as they are written, truths in small letters."""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _geometry_text(geometry: Any) -> str:
    """`lat lon 0 0`, several parted by "; "; "" for a kind that forms do not know."""
    kind, coordinates = str((geometry or {}).get("type")), (geometry or {}).get("coordinates") or []
    lines = {"Point": [coordinates], "LineString": coordinates, "Polygon": coordinates[:1] and coordinates[0]}
    points = [(float(lat), float(lon), f"{lat} {lon} 0 0") for lon, lat, *_ in lines.get(kind, [])]
    return "; ".join(text for _, _, text in points)
