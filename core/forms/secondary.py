"""Secondary instances: the lists beside a form (choices, CSV media, divisions), answered through an index."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from core.forms.instance import Node
from core.values import Value

_QUOTED = re.compile('"[^"]*"')
_ANSWERS_KEPT = 512  # a cascade asks for the same few lists again and again


class RowSource(Protocol):
    """Lists too large to load (665,271 divisions): every question to them is an equality on one column.

    Rows are mappings of column to text; the columns a form can rely on are `name` (the value that is stored),
    `label` (what is shown) and whatever the list adds, such as `parent`.
    """

    def items_where(self, instance_id: str, column: str, value: str) -> Sequence[Mapping[str, str]]:
        """The rows of that list whose column equals the value, in the order to show them."""
        ...

    def item(self, instance_id: str, name: str) -> Mapping[str, str] | None:
        """The one row with that name, or None."""
        ...


class SecondarySource(RowSource, Protocol):
    """All that a form asks about the world around its record.

    The list of a form has its records as rows: `name` is the record id, `label` its title, the others the
    answers by name. `items_where` gives living ones; `item` also a deleted one, whose `@life` says so.
    """

    def stand_in(self, instance_id: str, name: str, language: str) -> str:
        """What to show for a name that has no row or no label; "" for the name itself."""
        ...

    def other_with(self, form_id: str, path: str, text: str, record_id: str) -> str | None:
        """The title of another living record of the form with this answer at a unique question, or None."""
        ...

    def last_saved(self, form_id: str, besides: str) -> Mapping[str, Value] | None:
        """The answers of the record of the form that was saved here last, that record aside; None: none."""
        ...

    def property(self, name: str) -> str:
        """What is known of the person and the machine: `username`, `deviceid`; "" for anything else."""
        ...

    def county_at(self, longitude: float, latitude: float) -> str | None:
        """The code of the county around a WGS-84 point, None where that is not known here."""
        ...


class ListRoot(Node):
    """The `root` element of a secondary instance that is held whole. Equality on a column uses an index."""

    __slots__ = ("_indexes",)

    def __init__(self, name: str) -> None:
        super().__init__(name, None)
        self._indexes: dict[tuple[str, str], dict[str, list[Node]]] = {}

    def children_where(self, name: str, column: str, value: str) -> list[Node]:
        """The children of that name whose child `column` has exactly this text."""
        index = self._indexes.get((name, column))
        if index is None:
            index = {}
            for item in self.children.get(name, ()):
                for cell in item.children.get(column, ())[:1]:
                    index.setdefault(cell.text, []).append(item)
            self._indexes[name, column] = index
        return index.get(value, [])


class ExternalRoot(Node):
    """The `root` element of a list that lives outside: items appear only as answers to an equality."""

    __slots__ = ("_answers", "_instance_id", "_source")
    answers_equality_only = True

    def __init__(self, instance_id: str, source: SecondarySource | None) -> None:
        super().__init__("root", None)
        self._instance_id = instance_id
        self._source = source
        self._answers: dict[tuple[str, str], list[Node]] = {}

    def children_where(self, name: str, column: str, value: str) -> list[Node]:
        """The rows whose column equals the value; nothing when no source is at hand."""
        if self._source is None or name != "item":
            return []
        found = self._answers.get((column, value))
        if found is None:
            found = [ListItem(self, row) for row in self._rows(self._source, column, value)]
            if len(self._answers) >= _ANSWERS_KEPT:
                self._answers.clear()
            self._answers[column, value] = found
        return found

    def forget(self) -> None:
        """The next question is asked outside again."""
        self._answers.clear()

    def _rows(self, source: SecondarySource, column: str, value: str) -> Sequence[Mapping[str, str]]:
        if column == "name":
            row = source.item(self._instance_id, value)
            return [] if row is None else [row]
        return source.items_where(self._instance_id, column, value)


class ListItem(Node):
    """A row of a table; a list of 100,000 rows has nodes only for the cells that are asked for."""

    __slots__ = ()

    def __init__(self, root: Node, row: Mapping[str, str]) -> None:
        super().__init__("item", root)
        self.children = _Cells(self, row)


class _Cells(dict[str, list[Node]]):
    """The cells of a row, each made when it is asked for: to count rows is not to read them."""

    def __init__(self, item: Node, row: Mapping[str, str]) -> None:
        super().__init__()
        self._item = item
        self._row = row

    def get(self, column: str, default: Any = None) -> Any:
        if column not in self:
            text = self._row.get(column)
            if text is None:
                return default
            self[column] = [_cell_node(self._item, column, text)]
        return self[column]

    def values(self) -> Any:
        for column in self._row:
            self.get(column)
        return super().values()


def csv_list(data: bytes) -> ListRoot:
    """A CSV file with a heading row as a list of items. Raises ValueError if it is no UTF-8 text or no table.

    Its cells are parted by the first of comma, semicolon and tab that stands in the heading.
    """
    text = data.decode("utf-8-sig")
    heading = _QUOTED.sub("", text).partition("\n")[0]
    delimiter = next((sign for sign in ",;\t" if sign in heading), ",")
    root = ListRoot("root")
    try:
        for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter):
            root.append(ListItem(root, {column: cell or "" for column, cell in row.items() if column}))
    except csv.Error as e:  # a cell of more than 131,072 characters
        raise ValueError(str(e)) from e
    return root


def geojson_list(data: bytes) -> ListRoot:
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
    for feature in features:
        own = {"id": feature["id"]} if "id" in feature else {}
        cells = {
            "geometry": _geometry_text(feature.get("geometry")),
            **(feature.get("properties") or {}),
            **own,
        }
        root.append(
            ListItem(root, {name: _json_text(cell) for name, cell in cells.items() if cell is not None})
        )
    return root


def _json_text(cell: object) -> str:
    """Numbers as they are written, truths in small letters."""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _geometry_text(geometry: Any) -> str:
    """`lat lon 0 0`, several parted by "; "; "" for a kind that forms do not know."""
    kind, coordinates = str((geometry or {}).get("type")), (geometry or {}).get("coordinates") or []
    lines = {"Point": [coordinates], "LineString": coordinates, "Polygon": coordinates[:1] and coordinates[0]}
    try:
        points = [(float(lat), float(lon), f"{lat} {lon} 0 0") for lon, lat, *_ in lines.get(kind, [])]
        return "; ".join(text for _, _, text in points)
    except (TypeError, ValueError) as e:
        raise ValueError("no position") from e


def _cell_node(item: Node, column: str, text: str) -> Node:
    cell = Node(column, item)
    cell.text = text
    return cell
