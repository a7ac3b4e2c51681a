"""The answers as a tree: one node per group, repeat row and question, found by name, never by scanning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.forms.atoms import Atom, atom_text
from core.values import Value


class Node:
    """One element of an instance.

    `children` is the name index that child steps of paths use. `lineage` leads from the root to this node, so
    that an absolute path can be bound to the rows its context stands in. A node of a secondary instance has
    only `text`; a node of the main instance has `spec` (its place in the form), `value` (what is stored) and
    `typed` (what expressions see, "" when empty). `place` counts the nodes of its name before it.
    """

    __slots__ = (
        "children",
        "lineage",
        "name",
        "offered",
        "parent",
        "path",
        "place",
        "relevant",
        "relevant_itself",
        "row_id",
        "sequence",
        "spec",
        "states",
        "surplus",
        "text",
        "typed",
        "value",
    )

    answers_equality_only = False

    def __init__(self, name: str, parent: Node | None, *, spec: Any = None, path: str = "") -> None:
        self.name = name
        self.parent = parent
        self.spec = spec
        self.path = path
        self.lineage: tuple[Node, ...] = (*(parent.lineage if parent else ()), self)
        self.children: dict[str, list[Node]] = {}
        self.text = ""
        self.value: Value = None
        self.typed: Atom | None = None
        self.offered: Value = None
        self.row_id = ""
        self.place = 0
        self.sequence = 0
        self.relevant = True
        self.relevant_itself = True
        self.surplus = False
        self.states: dict[str, bool] = {}

    def append(self, child: Node) -> None:
        """Add a child after those of its name."""
        named = self.children.setdefault(child.name, [])
        child.place = len(named)
        named.append(child)

    def children_where(self, name: str, column: str, value: str) -> list[Node]:
        """The children of that name whose child `column` has exactly this text (main instance: a scan)."""
        return [
            child
            for child in self.children.get(name, ())
            if any(cell.string() == value for cell in child.children.get(column, ()))
        ]

    def descendants(self) -> Iterator[Node]:
        """This node and everything beneath it, in document order; attributes are no nodes of the form."""
        yield self
        for name, named in self.children.items():
            if name[0] != "@":
                for child in named:
                    yield from child.descendants()

    def find(self, names: tuple[str, ...]) -> list[Node]:
        """All nodes reached by these child steps."""
        nodes = [self]
        for name in names:
            if len(nodes) == 1:
                nodes = nodes[0].children.get(name, [])
            else:
                nodes = [child for node in nodes for child in node.children.get(name, ())]
        return nodes.copy()  # rows may come while one looks at them

    def atom(self) -> Atom:
        """What an expression sees here: a typed value, "" when there is none."""
        if not self.relevant:
            return ""
        return self.text if self.typed is None else self.typed

    def string(self) -> str:
        """The text of this node as XPath sees it."""
        return atom_text(self.atom())


def cell_text(item: Node, column: str) -> str:
    """The text of a row of a list in that column, "" for none."""
    cells = item.children.get(column)
    return cells[0].string() if cells else ""
