"""Secondary instances: the lists beside a form (choices, CSV media, divisions), answered through an index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from core.forms.instance import Node
from core.values import Value

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


def _cell_node(item: Node, column: str, text: str) -> Node:
    cell = Node(column, item)
    cell.text = text
    return cell
