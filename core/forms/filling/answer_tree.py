"""The stored answers of one record as a tree: rows by identity and place, nodes by path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.clock import Clock
from core.forms.answers import WrongTypeError, accept_stored, answer_text, to_atom
from core.forms.filling.edits import Edits
from core.forms.instance import Node
from core.forms.model.form import Form
from core.forms.model.items import Group, Item, Question, Repeat
from core.forms.paths import DELETED, LIFE, POSITION, row_path, rows_on, template_path
from core.problems import Problem
from core.values import Value

ROW_ID_QUESTION = "cj_id"  # carries a row's identity to phones and back; here the path itself carries it


class AnswerTree:
    """A form's nodes filled with what is stored. It settles nothing; `_node_made` hears of each new node."""

    root: Node

    def __init__(self, form: Form, record_id: str, clock: Clock, answers: Mapping[str, Value]) -> None:
        self.form = form
        self.record_id = record_id
        self._clock = clock
        self._stored: dict[str, Value] = dict(answers)
        self._edits = Edits()
        self._row_ids = {path: set(rows) for path, rows in row_ids(self._stored).items()}
        self._nodes: dict[str, Node] = {}
        self._type_problems: dict[str, Problem] = {}
        self._sequence = 0

    def _keep(self, path: str, value: Value) -> None:
        """Every answer that is stored goes this way."""
        self._edits.note(path, self._stored)
        self._stored[path] = value

    def _node_made(self, node: Node) -> None:
        """A node stands in the tree; its value is loaded next."""

    def _build(self, item: Item, parent: Node | None, prefix: str) -> Node:
        path = f"{prefix}/{item.step}" if parent is not None else ""
        node = self._new_node(item, parent, path)
        if isinstance(item, Group):
            self._build_children(item, node, prefix)
            if parent is None:
                self._build_attributes(node)
        elif isinstance(item, Question):
            self._load(node, item)
        return node

    def _build_attributes(self, root: Node) -> None:
        """`/data/@version` and the like."""
        for name, text in self.form.root.instance_attributes.items():
            attribute = Node(f"@{name}", root)
            attribute.text = text
            root.append(attribute)

    def _new_node(self, item: Item, parent: Node | None, path: str) -> Node:
        node = Node(item.name, parent, spec=item, path=path)
        node.sequence = self._sequence
        self._sequence += 1
        node.relevant = parent is None or parent.relevant
        if parent is not None:
            parent.append(node)
        self._nodes[path] = node
        self._node_made(node)
        return node

    def _build_children(self, item: Group | Repeat, node: Node, prefix: str) -> None:
        for child in item.children:
            if isinstance(child, Repeat):
                node.children.setdefault(child.name, [])
                rows = (f"{prefix}/{child.step}", self._row_ids.get(f"{prefix}/{child.step}", ()))
                for _, row_id in sorted((self._position(row_path(rows[0], one)), one) for one in rows[1]):
                    self._build_row(node, child, row_id)
            else:
                self._build(child, node, prefix)

    def _build_row(self, parent: Node, repeat: Repeat, row_id: str) -> Node | None:
        repeat_path = self._repeat_path(parent, repeat)
        path = row_path(repeat_path, row_id)
        if self._stored.get(f"{path}/{LIFE}") == DELETED:
            return None
        node = self._new_node(repeat, parent, path)
        node.row_id = row_id
        self._row_ids.setdefault(repeat_path, set()).add(row_id)
        self._build_children(repeat, node, path)
        return node

    def _load(self, node: Node, question: Question) -> None:
        if question.name == ROW_ID_QUESTION and question.calculate is not None:
            node.value = node.typed = node.lineage[row_depth(node)].row_id
            return
        value = self._stored.get(node.path)
        if value is not None and (question.calculate is None or question.calculate.fires_once):
            try:
                node.value = accept_stored(question.datatype, value)
            except WrongTypeError:
                # An older form asked it with another type: kept as stored, shown as a problem.
                self._type_problems[node.path] = Problem(
                    node.path, "type", {"entered": answer_text(value), "kind": question.kind}
                )
        node.typed = to_atom(question.datatype, node.value)

    def _sort_rows(self, parent: Node, repeat: Repeat) -> None:
        rows = parent.children[repeat.name]
        rows.sort(key=lambda row: (self._position(row.path), row.row_id))
        number_places(rows)

    def _position(self, row: str) -> str:
        return answer_text(self._stored.get(f"{row}/{POSITION}"))

    def _repeat_at(self, repeat_path: str) -> tuple[Node, Repeat]:
        repeat = self.form.repeat(template_path(repeat_path))
        if repeat is None:
            raise KeyError(repeat_path)
        around, _, _ = repeat_path.rpartition("/")
        base = self._nodes[around]
        depth = len(base.lineage)
        return base.find(repeat.full_path[depth:-1])[0], repeat

    def _row_nodes(self, repeat_path: str) -> list[Node]:
        parent, repeat = self._repeat_at(repeat_path)
        return parent.children[repeat.name]

    def _repeat_path(self, parent: Node, repeat: Repeat) -> str:
        row = parent.lineage[row_depth(parent)]
        return f"{row.path}/{repeat.step}"

    def _node(self, path: str) -> Node:
        return self._nodes[path]

    def _item(self, path: str) -> Item:
        item = self.form.item(template_path(path))
        if item is None:
            raise KeyError(path)
        return item

    def _in_order(self, node: Node, *, rows: bool = True) -> Iterator[Node]:
        """The node and all in it as the form has them; without `rows` only what stands in none."""
        yield node
        if not isinstance(node.spec, Question):
            for child in node.spec.children:
                for inner in node.children[child.name] if rows or not isinstance(child, Repeat) else ():
                    yield from self._in_order(inner, rows=rows)

    def _in_meta(self, node: Node) -> bool:
        return len(node.lineage) > 1 and node.lineage[1].name in ("meta", "orx:meta")


def number_places(rows: list[Node]) -> None:
    """Each row knows its place again, after one has gone or moved."""
    for place, row in enumerate(rows):
        row.place = place


def row_depth(node: Node) -> int:
    """The index in the lineage of the innermost row around a node (0 when it lies in none)."""
    for depth in range(len(node.lineage) - 1, 0, -1):
        if node.lineage[depth].row_id:
            return depth
    return 0


def row_ids(answers: Mapping[str, Value]) -> dict[str, list[str]]:
    """Repeat path -> ids of the rows that any answer mentions."""
    ids: dict[str, dict[str, None]] = {}
    for path in answers:
        for repeat_path, row_id in rows_on(path):
            ids.setdefault(repeat_path, {})[row_id] = None
    return {repeat_path: sorted(rows) for repeat_path, rows in ids.items()}
