"""Secondary instances: the lists beside a form (choices, CSV media, divisions), answered through an index."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Protocol

from core.forms.instance import Node

_ANSWERS_KEPT = 512  # a cascade asks for the same few lists again and again


class SecondarySource(Protocol):
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
            rows = self._rows(self._source, column, value)
            found = [_row_node(self, row) for row in rows]
            if len(self._answers) >= _ANSWERS_KEPT:
                self._answers.clear()
            self._answers[column, value] = found
        return found

    def _rows(self, source: SecondarySource, column: str, value: str) -> Sequence[Mapping[str, str]]:
        if column == "name":
            row = source.item(self._instance_id, value)
            return [] if row is None else [row]
        return source.items_where(self._instance_id, column, value)


def csv_list(data: bytes) -> ListRoot:
    """A CSV file with a heading row as a list of items. Raises ValueError if it is not UTF-8 text."""
    root = ListRoot("root")
    for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")):
        root.append(_row_node(root, {column: text or "" for column, text in row.items() if column}))
    return root


def _row_node(root: Node, row: Mapping[str, str]) -> Node:
    item = Node("item", root)
    for column, text in row.items():
        cell = Node(column, item)
        cell.text = text
        item.append(cell)
    return item
