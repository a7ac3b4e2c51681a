"""One person filling in one form: each answer set leaves relevance, calculations and lists settled."""

from __future__ import annotations

import heapq
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from core.clock import Clock
from core.forms.answers import WrongTypeError, accept, answer_text, from_calculation, to_atom
from core.forms.atoms import to_string
from core.forms.expressions import Expression, Scope
from core.forms.graph import Dependent, Rule, rule_graph
from core.forms.instance import Node
from core.forms.model import Choice, Form, Group, Item, Itemset, Output, Question, Repeat, SetValue, Text
from core.forms.paths import DELETED, LIFE, POSITION, position_between, row_path, rows_on, template_path
from core.forms.secondary import ExternalRoot, SecondarySource
from core.forms.xpath import compile_expression
from core.ids import new_uuid7, row_uuid
from core.problems import Problem, Severity
from core.values import Value, same_value

ROW_ID_QUESTION = "cj_id"  # carries a row's identity to phones and back; here the path itself carries it
_ROUNDS_PER_RULE = 200  # a total over earlier rows settles row by row; anything beyond is a form that swings
_MOST_COUNTED_ROWS = 5000  # sync limit on repeat instances of a record


@dataclass(frozen=True)
class NodeView:
    """One thing to show: a group, a repeat, a row of one, or a question; `node` is its place in the form."""

    kind: Literal["group", "repeat", "row", "question"]
    path: str
    node: Item


class FormSession:
    """A form with the answers of one record. `answers` None means a new record: its defaults fire once."""

    def __init__(
        self,
        form: Form,
        record_id: str,
        clock: Clock,
        answers: Mapping[str, Value] | None = None,
        source: SecondarySource | None = None,
    ) -> None:
        self.form = form
        self.record_id = record_id
        self._clock = clock
        self._graph = rule_graph(form)
        self._lists: dict[str, Node] = dict(form.lists)
        self._lists.update((name, ExternalRoot(name, source)) for name in form.external_lists)
        self._language = form.languages[0] if form.languages else ""
        self._opened: dict[str, Value] = dict(answers or {})
        self._stored: dict[str, Value] = dict(self._opened)
        self._row_ids = _row_ids(self._stored)
        self._nodes: dict[str, Node] = {}
        self._type_problems: dict[str, Problem] = {}
        self._waiting: list[tuple[int, int, Rule, Node]] = []
        self._queued: set[tuple[int, int]] = set()
        self._running: tuple[int, int] | None = None
        self._sequence = 0
        self.root = self._build(form.root, None, "")
        if answers is None:
            self._start_record()
        self._settle()

    # What the page asks

    def children(self, path: str = "") -> list[NodeView]:
        """What stands directly inside a group or row, in order; for a repeat's path, its rows."""
        if path.endswith("]") or not (repeat := self.form.repeat(template_path(path))):
            return self._inside(self._node(path))
        return [NodeView("row", row, repeat) for row in self.rows(path)]

    def rows(self, repeat_path: str) -> list[str]:
        """The paths of a repeat's rows in order."""
        return [row.path for row in self._row_nodes(repeat_path) if not row.surplus]

    def value(self, path: str) -> Value:
        """The answer in force: what was entered or calculated; None for a choice that is no longer offered."""
        node = self._node(path)
        return _effective(node)

    def relevant(self, path: str) -> bool:
        """Whether it is asked at all. A repeat's path asks for the place of its rows."""
        node = self._nodes.get(path)
        if node is not None:
            return node.relevant
        parent, _ = self._repeat_at(path)
        return parent.relevant

    def required(self, path: str) -> bool:
        node = self._node(path)
        question = node.spec
        return isinstance(question, Question) and self._holds(question.required, node)

    def readonly(self, path: str) -> bool:
        """Whether a person cannot change it: the form says so here or around it, or it is calculated."""
        node = self._node(path)
        if isinstance(node.spec, Question) and (node.spec.calculate is not None or not node.spec.asked):
            return True
        return any(self._holds(around.spec.readonly, around) for around in node.lineage)

    def label(self, path: str, language: str) -> str:
        """The label with the answers it shows; "" if there is none."""
        return self._shown_text(self._item(path).text, path, language)

    def hint(self, path: str, language: str) -> str:
        return self._shown_text(self._item(path).hint_text, path, language)

    def choices(self, path: str, language: str) -> list[Choice]:
        """What can be chosen now, in order."""
        node = self._node(path)
        question = node.spec
        if question.itemset is not None:
            items = self._items(question.itemset, node)
            return [self._choice(question.itemset, item, language) for item in items]
        return [
            Choice(choice.value, self._parts_text(choice.label, node, language))
            for choice in question.static_choices
        ]

    def shown(self, path: str, language: str) -> str:
        """The answer as people read it: labels for choices, no unit; "" when empty."""
        return self.shown_value(path, _effective(self._node(path)), language)

    def shown_value(self, path: str, value: Value, language: str) -> str:
        """How that value would read as the answer there, whether or not it is the answer or still offered."""
        question = self._item(path)
        if isinstance(question, Question) and question.is_selection and value is not None:
            names = value if isinstance(value, list) else [answer_text(value)]
            separator = "、" if language.startswith("zh") else ", "
            return separator.join(self._label_of(question, name, language) or name for name in names)
        return answer_text(value)

    def title(self, language: str) -> str:
        """The record's own title (the form's instance name), "" when the form has none."""
        expression = self.form.instance_name
        if expression is None:
            return ""
        with_language, self._language = self._language, language
        try:
            return expression.text(self._title_node(), self)
        finally:
            self._language = with_language

    # Findings

    def problems(self) -> list[Problem]:
        """Everything that is wrong now, in the order of the form. Irrelevant questions have no problems."""
        found = (self._problem_at(node) for node in self._in_order(self.root))
        return [problem for problem in found if problem is not None]

    def problem(self, path: str) -> Problem | None:
        return self._problem_at(self._node(path))

    # Changing

    def set(self, path: str, value: Value) -> None:
        """Answer a question. What is none of its type becomes a "type" problem, and the answer is cleared.

        Raises KeyError for a path that is no question here, ValueError for one that only a rule can answer.
        """
        node = self._node(path)
        question = node.spec
        if not isinstance(question, Question) or not question.asked or question.calculate is not None:
            raise ValueError(f"{path} is not answered by a person")
        self._type_problems.pop(path, None)
        try:
            accepted = accept(question.datatype, value)
        except WrongTypeError:
            self._type_problems[path] = Problem(path, "type", {"entered": value, "kind": question.kind})
            accepted = None
        self._store(node, accepted)
        self._settle()

    def add_row(self, repeat_path: str) -> str:
        """A new row after the others; its path. Its defaults fire."""
        parent, repeat = self._repeat_at(repeat_path)
        node = self._make_row(parent, repeat, new_uuid7(self._clock))
        self._fire("odk-new-repeat", node)
        self._settle()
        return node.path

    def remove_row(self, row: str) -> None:
        """The row is marked deleted; its answers are kept. Raises KeyError if there is no such row."""
        node = self._nodes[row]
        if node.parent is None or not isinstance(node.spec, Repeat):
            raise KeyError(row)
        self._stored[f"{row}/{LIFE}"] = DELETED
        node.parent.children[node.name].remove(node)
        for gone in node.descendants():
            if self._nodes.get(gone.path) is gone:
                del self._nodes[gone.path]
        self._rows_changed(node.spec, node.parent)
        self._settle()

    def restore_row(self, row: str) -> None:
        """A removed row back in its place with its answers. Raises KeyError if it was not removed."""
        if self._stored.get(f"{row}/{LIFE}") != DELETED:
            raise KeyError(row)
        self._stored[f"{row}/{LIFE}"] = None
        self._row_ids = _row_ids(self._stored)  # rows inside it may have come since the session opened
        repeat_path, row_id = list(rows_on(row))[-1]
        parent, repeat = self._repeat_at(repeat_path)
        self._build_row(parent, repeat, row_id)
        self._sort_rows(parent, repeat)
        self._rows_changed(repeat, parent)
        self._settle()

    # What is kept

    def answers(self) -> dict[str, Value]:
        """All that is stored, by path: irrelevant answers, removed rows and unknown paths too."""
        return dict(self._stored)

    def changed_since_open(self) -> dict[str, Value]:
        """The stored answers that differ from those the session was opened with."""
        return {
            path: value
            for path, value in self._stored.items()
            if path not in self._opened or not same_value(value, self._opened[path])
        }

    def calculated(self) -> dict[str, Value]:
        """The calculations in force, by path. They are never stored as answers."""
        return {
            node.path: node.value
            for node in self._in_order(self.root)
            if isinstance(node.spec, Question)
            and node.spec.calculate is not None
            and not node.spec.calculate.fires_once
            and node.relevant
            and node.value is not None
            and not self._in_meta(node)
        }

    # What expressions ask

    def now(self) -> datetime:
        return self._clock.now()

    def secondary(self, instance_id: str) -> Node | None:
        return self._lists.get(instance_id)

    def random(self) -> float:
        return secrets.randbelow(1 << 53) / (1 << 53)

    def choice_label(self, node: Node, question_path: str, value: str) -> str:
        """The label of a value among the choices of the question at that XPath; "" if unknown."""
        references = compile_expression(question_path).references
        steps = references[0].from_context(tuple(one.name for one in node.lineage)) if references else ()
        question = self.form.at(tuple(step.name for step in steps))
        return self._label_of(question, value, self._language) if isinstance(question, Question) else ""

    # Building the tree

    def _build(self, item: Item, parent: Node | None, prefix: str) -> Node:
        path = f"{prefix}/{item.name}" if parent is not None else ""
        node = self._new_node(item, parent, path)
        if isinstance(item, Group):
            self._build_children(item, node, prefix)
        elif isinstance(item, Question):
            self._load(node, item)
        return node

    def _new_node(self, item: Item, parent: Node | None, path: str) -> Node:
        node = Node(item.name, parent, spec=item, path=path)
        node.sequence = self._sequence
        self._sequence += 1
        node.relevant = parent is None or parent.relevant
        if parent is not None:
            parent.append(node)
        self._nodes[path] = node
        for rule in self._graph.rules_at.get(item.full_path, ()):
            self._wait(rule, node)
        return node

    def _build_children(self, item: Group | Repeat, node: Node, prefix: str) -> None:
        for child in item.children:
            if isinstance(child, Repeat):
                node.children.setdefault(child.name, [])
                for row_id in self._row_ids.get(f"{prefix}/{child.name}", ()):
                    self._build_row(node, child, row_id)
                self._sort_rows(node, child)
            else:
                self._build(child, node, prefix)

    def _build_row(self, parent: Node, repeat: Repeat, row_id: str) -> Node | None:
        path = row_path(self._repeat_path(parent, repeat), row_id)
        if self._stored.get(f"{path}/{LIFE}") == DELETED:
            return None
        node = self._new_node(repeat, parent, path)
        node.row_id = row_id
        self._build_children(repeat, node, path)
        return node

    def _load(self, node: Node, question: Question) -> None:
        if question.name == ROW_ID_QUESTION and question.calculate is not None:
            node.value = node.typed = node.lineage[_row_depth(node)].row_id
            return
        value = self._stored.get(node.path)
        if value is not None and (question.calculate is None or question.calculate.fires_once):
            try:
                node.value = accept(question.datatype, value)
            except WrongTypeError:
                # An older form asked it with another type: kept as stored, shown as a problem.
                self._type_problems[node.path] = Problem(
                    node.path, "type", {"entered": answer_text(value), "kind": question.kind}
                )
        node.typed = to_atom(question.datatype, node.value)

    def _sort_rows(self, parent: Node, repeat: Repeat) -> None:
        parent.children[repeat.name].sort(
            key=lambda row: (answer_text(self._stored.get(f"{row.path}/{POSITION}")), row.row_id)
        )

    def _start_record(self) -> None:
        self._first_rows(self.root)
        self._fill_defaults(self.root)
        self._fire("odk-instance-first-load", self.root)

    def _first_rows(self, node: Node) -> None:
        """The rows a form starts with, except where a count makes them."""
        for child in node.spec.children if not isinstance(node.spec, Question) else ():
            if isinstance(child, Repeat):
                for _ in range(0 if child.count is not None else child.first_rows):
                    self._make_engine_row(node, child)
            else:
                self._first_rows(node.children[child.name][0])

    def _make_engine_row(self, parent: Node, repeat: Repeat) -> Node:
        repeat_path = self._repeat_path(parent, repeat)
        ordinal = len(parent.children[repeat.name]) + 1
        while True:
            row_id = row_uuid(self.record_id, repeat_path, ordinal)
            path = row_path(repeat_path, row_id)
            if path not in self._nodes and f"{path}/{LIFE}" not in self._stored:
                return self._make_row(parent, repeat, row_id)
            ordinal += 1

    def _make_row(self, parent: Node, repeat: Repeat, row_id: str) -> Node:
        rows = parent.children[repeat.name]
        last = answer_text(self._stored.get(f"{rows[-1].path}/{POSITION}")) if rows else ""
        node = self._build_row(parent, repeat, row_id)
        if node is None:
            raise KeyError(row_id)
        self._stored[f"{node.path}/{POSITION}"] = position_between(last or None, None)
        self._first_rows(node)
        self._fill_defaults(node)
        self._rows_changed(repeat, parent)
        return node

    def _fill_defaults(self, node: Node) -> None:
        """Defaults and preloads are kept as answers from the moment they fire."""
        for inner in node.descendants():
            question = inner.spec
            if isinstance(question, Question) and question.calculate is None and inner.value is None:
                value = from_calculation(question.datatype, self._preloaded(question) or question.default)
                if value is not None and not self._in_meta(inner):
                    self._store(inner, value)

    def _preloaded(self, question: Question) -> str:
        now = self._clock.now()
        if question.preload in (("timestamp", "start"), ("date", "today")):
            return now.date().isoformat() if question.datatype == "date" else now.isoformat()
        return ""

    def _in_meta(self, node: Node) -> bool:
        return len(node.lineage) > 1 and node.lineage[1].name in ("meta", "orx:meta")

    # Actions

    def _fire(self, event: str, within: Node) -> None:
        for action in self.form.set_values:
            if action.event == event and (
                event != "odk-new-repeat" or action.trigger == within.spec.full_path
            ):
                depth = len(within.lineage)
                for target in within.find(action.target[depth:]):
                    self._run_action(action, target)

    def _fire_changed(self, node: Node) -> None:
        for action in self.form.set_values:
            if action.event == "xforms-value-changed" and action.trigger == node.spec.full_path:
                shared = _shared_depth(node, action.target)
                for target in node.lineage[shared - 1].find(action.target[shared:]):
                    self._run_action(action, target)

    def _run_action(self, action: SetValue, target: Node) -> None:
        self._settle()
        question = target.spec
        if isinstance(question, Question) and question.calculate is None:
            self._store(target, from_calculation(question.datatype, action.value.text(target, self)))

    # Settling

    def _store(self, node: Node, value: Value) -> None:
        """Keep an answer, let its rules wait, and fire what hangs on its change."""
        if same_value(node.value, value) and (value is not None or node.path not in self._stored):
            return
        if value is None and self._stored.get(node.path) is None and node.path not in self._type_problems:
            return
        self._stored[node.path] = value
        self._assign(node, value)
        for rule in self._graph.rules_at.get(node.spec.full_path, ()):
            if rule.aspect == "choices":
                self._wait(rule, node)
        self._fire_changed(node)

    def _assign(self, node: Node, value: Value) -> None:
        node.value = value
        typed = to_atom(node.spec.datatype, _effective(node))
        if typed != node.typed or type(typed) is not type(node.typed):
            node.typed = typed
            self._touch(node)

    def _wait(self, rule: Rule, node: Node) -> None:
        key = (rule.order, node.sequence)
        if key not in self._queued and key != self._running:  # a calculation may read its own last value
            self._queued.add(key)
            heapq.heappush(self._waiting, (*key, rule, node))

    def _touch(self, node: Node) -> None:
        self._wake(self._graph.on_value.get(node.spec.full_path, ()), node)

    def _rows_changed(self, repeat: Repeat, parent: Node) -> None:
        self._wake(self._graph.on_rows.get(repeat.full_path, ()), parent)

    def _wake(self, dependents: tuple[Dependent, ...], node: Node) -> None:
        for dependent in dependents:
            for affected in node.lineage[dependent.depth - 1].find(dependent.down):
                self._wait(dependent.rule, affected)

    def _settle(self) -> None:
        """Run every waiting rule, writers before readers, until nothing waits."""
        rounds = _ROUNDS_PER_RULE * (len(self._nodes) + 10)
        while self._waiting and rounds:
            order, sequence, rule, node = heapq.heappop(self._waiting)
            self._queued.discard((order, sequence))
            if self._nodes.get(node.path) is node:
                self._running = (order, sequence)
                self._run(rule, node)
                self._running = None
            rounds -= 1
        self._waiting.clear()
        self._queued.clear()

    def settle_all(self) -> None:
        """Run every rule at every place again. Nothing changes by it; tests and benchmarks compare with it."""
        for node in self.root.descendants():
            for rule in self._graph.rules_at.get(node.spec.full_path, ()):
                self._wait(rule, node)
        self._settle()

    def _run(self, rule: Rule, node: Node) -> None:
        if rule.aspect == "relevant":
            node.relevant_itself = rule.expression.truth(node, self)
            self._refresh_relevance(node)
        elif rule.aspect == "calculate":
            self._calculate(rule.expression, node)
        elif rule.aspect == "choices":
            self._offer(node)
        elif isinstance(rule.item, Repeat):
            self._count_rows(rule.item, rule.expression, node)

    def _refresh_relevance(self, node: Node) -> None:
        around = node.parent is None or node.parent.relevant
        relevant = around and node.relevant_itself and not node.surplus
        if relevant != node.relevant:
            node.relevant = relevant
            self._touch(node)
            for named in node.children.values():
                for child in named:
                    self._refresh_relevance(child)

    def _calculate(self, expression: Expression, node: Node) -> None:
        question = node.spec
        if question.name == ROW_ID_QUESTION:
            return
        value = from_calculation(question.datatype, expression.text(node, self))
        if expression.fires_once and not same_value(node.value, value):
            self._stored[node.path] = value
        self._assign(node, value)

    def _offer(self, node: Node) -> None:
        """What the filter offers decides whether a selection counts."""
        itemset = node.spec.itemset
        offered = {_cell(item, itemset.value_column) for item in self._items(itemset, node)}
        node.offered = sorted(offered)
        self._assign(node, node.value)

    def _count_rows(self, repeat: Repeat, expression: Expression, parent: Node) -> None:
        """Rows up to the count; those beyond it are kept but left out, like irrelevant answers."""
        # The count stands at the repeat itself; a node there that is no row lets its paths climb as they should.
        place = Node(repeat.name, parent, spec=repeat)
        number = expression.number(place, self)
        wanted = int(min(number, _MOST_COUNTED_ROWS)) if number > 0 else 0  # NaN counts as none
        rows = parent.children[repeat.name]
        while len(rows) < wanted:
            self._make_engine_row(parent, repeat)
        surplus_changed = False
        for at, row in enumerate(rows):
            if row.surplus != (at >= wanted):
                row.surplus = at >= wanted
                surplus_changed = True
                self._refresh_relevance(row)
        if surplus_changed:
            self._rows_changed(repeat, parent)

    # Reading

    def _node(self, path: str) -> Node:
        return self._nodes[path]

    def _item(self, path: str) -> Item:
        item = self.form.item(template_path(path))
        if item is None:
            raise KeyError(path)
        return item

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
        row = parent.lineage[_row_depth(parent)]
        return f"{row.path}/{repeat.name}"

    def _inside(self, node: Node) -> list[NodeView]:
        views: list[NodeView] = []
        for child in node.spec.children:
            if isinstance(child, Repeat):
                views.append(NodeView("repeat", self._repeat_path(node, child), child))
            elif isinstance(child, Group):
                if child.visible:
                    views.append(NodeView("group", node.children[child.name][0].path, child))
            elif child.kind != "calculate":
                views.append(NodeView("question", node.children[child.name][0].path, child))
        return views

    def _in_order(self, node: Node) -> Iterator[Node]:
        yield node
        if not isinstance(node.spec, Question):
            for child in node.spec.children:
                for inner in node.children[child.name]:
                    yield from self._in_order(inner)

    def _holds(self, expression: Expression | None, node: Node) -> bool:
        return expression is not None and expression.truth(node, self)

    def _problem_at(self, node: Node) -> Problem | None:
        question = node.spec
        if not isinstance(question, Question) or not node.relevant or not question.asked:
            return None
        if node.path in self._type_problems:
            return self._type_problems[node.path]
        if _effective(node) is None:
            if self._holds(question.required, node):
                return Problem(node.path, "required", self._messages(question.required_text, node))
            return None
        if question.constraint is not None and not question.constraint.truth(node, self):
            severity: Severity = "warning" if question.attributes.get("severity") == "warning" else "error"
            return Problem(node.path, "constraint", self._messages(question.constraint_text, node), severity)
        return None

    def _messages(self, text: Text, node: Node) -> dict[str, object]:
        """{"message": {language: sentence}} of the form's own words; empty when it has none."""
        messages = {language: self._parts_text(text, node, language) for language in text.languages}
        return {"message": messages} if messages else {}

    def _shown_text(self, text: Text, path: str, language: str) -> str:
        node = self._nodes.get(path)
        return self._parts_text(text, node if node is not None else self._repeat_at(path)[0], language)

    def _parts_text(self, text: Text, node: Node, language: str) -> str:
        shown = [
            to_string(part.expression.evaluate(Scope(node, self))) if isinstance(part, Output) else part
            for part in text.parts(language)
        ]
        return "".join(shown).strip()

    def _items(self, itemset: Itemset, node: Node) -> list[Node]:
        found = itemset.nodeset.evaluate(Scope(node, self))
        return found if isinstance(found, list) else []

    def _choice(self, itemset: Itemset, item: Node, language: str) -> Choice:
        value, label = _cell(item, itemset.value_column), _cell(item, itemset.label_column)
        if itemset.label_is_text_id:
            text = self.form.texts.get(label)
            label = self._parts_text(text, self.root, language) if text is not None else ""
        return Choice(value, label or value)

    def _label_of(self, question: Question, value: str, language: str) -> str:
        itemset = question.itemset
        if itemset is None:
            found = next((one for one in question.static_choices if one.value == value), None)
            return self._parts_text(found.label, self.root, language) if found is not None else ""
        root = self._lists.get(itemset.instance_id)
        items = root.children_where("item", itemset.value_column, value) if root is not None else []
        return self._choice(itemset, items[0], language).label if items else ""

    def _title_node(self) -> Node:
        meta = self.root.children.get("meta") or self.root.children.get("orx:meta")
        names = (
            meta[0].children.get("instanceName") or meta[0].children.get("orx:instanceName") if meta else None
        )
        return names[0] if names else self.root


def _effective(node: Node) -> Value:
    """The answer that counts: of a selection, only what its filter still offers."""
    value, offered = node.value, node.offered
    if value is None or not isinstance(offered, list):
        return value
    if isinstance(value, list):
        kept = [name for name in value if name in offered]
        return kept or None
    return value if value in offered else None


def _cell(item: Node, column: str) -> str:
    cells = item.children.get(column)
    return cells[0].string() if cells else ""


def _row_depth(node: Node) -> int:
    """The index in the lineage of the innermost row around a node (0 when it lies in none)."""
    for depth in range(len(node.lineage) - 1, 0, -1):
        if node.lineage[depth].row_id:
            return depth
    return 0


def _shared_depth(node: Node, target: tuple[str, ...]) -> int:
    depth = 0
    for one, name in zip(node.lineage, target, strict=False):
        if one.name != name:
            break
        depth += 1
    return depth


def _row_ids(answers: Mapping[str, Value]) -> dict[str, list[str]]:
    """Repeat path -> ids of the rows that any answer mentions."""
    ids: dict[str, dict[str, None]] = {}
    for path in answers:
        for repeat_path, row_id in rows_on(path):
            ids.setdefault(repeat_path, {})[row_id] = None
    return {repeat_path: sorted(rows) for repeat_path, rows in ids.items()}
