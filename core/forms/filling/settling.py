"""Rules settled over the answers: relevance, calculations, filtered lists, counts, defaults, triggers."""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

from core.clock import Clock
from core.forms.answers import answer_text, from_calculation, names_in, to_atom
from core.forms.atoms import Atom
from core.forms.budget import MOST_CHAINED, MOST_NODES, MOST_ROWS
from core.forms.filling.answer_tree import ROW_ID_QUESTION, row_depth
from core.forms.filling.asking import AskingTree
from core.forms.filling.graph import Dependent, Rule, RuleGraph, look_graph, rule_graph
from core.forms.instance import Node, cell_text
from core.forms.model.form import Form, SetValue
from core.forms.model.items import Question, Repeat
from core.forms.paths import LIFE, POSITION, position_between, row_path
from core.forms.secondary import ListRoot, SecondarySource
from core.forms.xpath.expressions import Expression, Scope
from core.ids import row_uuid
from core.values import Value, same_value

_STEPS_AN_ACTION = 200
_STEPS_FOR_MAKING = 60  # a node
_WAITS_A_STEP = 8
_INSTANCE_ID = ("uid", "")  # in the meta block a submission writes it

FirstAnswers = Mapping[tuple[str, ...], str]  # full path -> text


class SettledAnswers(AskingTree):
    """The answers with every rule settled."""

    def __init__(
        self,
        form: Form,
        record_id: str,
        clock: Clock,
        answers: Mapping[str, Value],
        source: SecondarySource | None,
    ) -> None:
        super().__init__(form, record_id, clock, answers, source)
        self._graph = rule_graph(form)
        self._looks: RuleGraph | None = None
        if form.last_saved:
            self._lists.update(dict.fromkeys(form.last_saved, self._last_saved()))
        self._queue: list[tuple[int, int]] = []  # a heap
        self._waiting: dict[tuple[int, int], tuple[Rule, Node]] = {}  # by the order of both
        # Of each rule where all its nodes wait, so that 10,000 changes do not let 10,000 nodes wait each.
        self._woken: defaultdict[Rule, set[tuple[Dependent, Node]]] = defaultdict(set)
        self._looked: set[tuple[Dependent, Node]] = set()
        self._running: tuple[int, int] | None = None
        self._rows_to_begin: list[Node] = []
        self._chained = 0
        self.root = self._build(form.root, None, "")
        self._begin()

    def _last_saved(self) -> Node:
        """What `instance('__last-saved')` leads into: the answers of the record of the form saved last."""
        answers = self._source.last_saved(self.form.form_id, self.record_id) if self._source else None
        if answers is None:
            return ListRoot("root")
        last = SettledAnswers(self.form, self.record_id, self._clock, answers, None)
        last._settle()
        return last.root

    # Rows and defaults that the engine makes

    def _start_record(self) -> None:
        self._first_rows(self.root, opening=True)
        self._fill_defaults(self.root)
        self._fire("odk-instance-first-load", self.root)
        self._fire("odk-instance-load", self.root)

    def finish(self) -> dict[str, Value]:
        """The answers that finishing gives by itself: the time of the end, and what the form sets then."""
        before = dict(self._stored)
        for node in self.root.descendants():
            if isinstance(node.spec, Question) and node.spec.preload == ("timestamp", "end"):
                self._store(node, from_calculation(node.spec.datatype, self.now().isoformat()))
        self._fire("xforms-revalidate", self.root)
        self._settle()
        return {
            path: value
            for path, value in self._stored.items()
            if path not in before or not same_value(before[path], value)
        }

    def _first_rows(self, node: Node, *, opening: bool) -> None:
        """The rows a new record (`opening`) or a new row starts with, except where a count makes them."""
        for child in node.spec.children if not isinstance(node.spec, Question) else ():
            if isinstance(child, Repeat):
                wanted = child.first_rows if opening else child.template_rows
                for at in range(0 if child.count is not None or not self._has_room() else wanted):
                    self._make_engine_row(node, child, child.first_answers[at] if opening else None)
            else:
                self._first_rows(node.children[child.name][0], opening=opening)

    def _has_room(self) -> bool:
        """Whether one row more can be made."""
        return len(self._nodes) < MOST_NODES and self.budget.left > 0

    def _make_engine_row(self, parent: Node, repeat: Repeat, first: FirstAnswers | None = None) -> Node:
        repeat_path = self._repeat_path(parent, repeat)
        ordinal = len(parent.children[repeat.name]) + 1
        while True:
            row_id = row_uuid(self.record_id, repeat_path, ordinal)
            path = row_path(repeat_path, row_id)
            if path not in self._nodes and f"{path}/{LIFE}" not in self._stored:
                return self._make_row(parent, repeat, row_id, first)
            ordinal += 1

    def _make_row(self, parent: Node, repeat: Repeat, row_id: str, first: FirstAnswers | None = None) -> Node:
        """A row with its defaults; `first` are those of a row that a new record begins with."""
        rows = parent.children[repeat.name]
        last = answer_text(self._stored.get(f"{rows[-1].path}/{POSITION}")) if rows else ""
        node = self._build_row(parent, repeat, row_id)
        if node is None:
            raise KeyError(row_id)
        self._edits.made.add(node.path)
        self._keep(f"{node.path}/{POSITION}", position_between(last or None, None))
        self._first_rows(node, opening=first is not None)
        self._fill_defaults(node, first or MappingProxyType({}))
        self._rows_changed(repeat, parent)
        return node

    def _fill_defaults(self, node: Node, first: FirstAnswers = MappingProxyType({})) -> None:
        """Defaults and preloads are kept as answers from the moment they fire; rows inside have theirs."""
        own = node.lineage[row_depth(node)]
        for inner in node.descendants():
            question = inner.spec
            if isinstance(question, Question) and question.calculate is None and inner.value is None:
                if inner.lineage[row_depth(inner)] is not own:
                    continue
                default = first.get(question.full_path, question.default)
                value = from_calculation(question.datatype, self._preloaded(question) or default)
                if value is not None and not (self._in_meta(inner) and question.preload == _INSTANCE_ID):
                    self._put(inner, value)

    def _preloaded(self, question: Question) -> str:
        now = self._clock.now()
        kind, of = question.preload or ("", "")
        if kind == "uid":
            return f"uuid:{self.record_id}"
        if kind == "property":
            return self._source.property(of.removeprefix("uri:")) if self._source else ""
        if question.preload in (("timestamp", "start"), ("date", "today")):
            return now.date().isoformat() if question.datatype == "date" else now.isoformat()
        return ""

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
        for action in self.form.set_on_change.get(node.spec.full_path, ()):
            shared = _shared_depth(node, action.target)
            for target in node.lineage[shared - 1].find(action.target[shared:]):
                self._run_action(action, target)

    def _run_action(self, action: SetValue, target: Node) -> None:
        self._run_rules()
        question = target.spec
        if not isinstance(question, Question) or question.calculate is not None:
            return
        if self._chained >= MOST_CHAINED:
            self._asked[id(action.value)] = target
            self._give_up(id(action.value))
        if id(action.value) in self._given_up:
            return
        self._chained += 1
        self.budget.left -= _STEPS_AN_ACTION
        try:
            atom = self._atom_of(action.value, target)
            self._store(target, self._answer_of(question, atom))
        finally:
            self._chained -= 1

    # Settling

    def _watch(self) -> None:
        """From now on what is looked at is noted, with all that its words, limits and lists depend on."""
        self._looked.clear()
        self._looks = self._looks or look_graph(self.form)

    def _node_made(self, node: Node) -> None:
        self._edits.touch(node.path)
        self.remembered.changed(node.spec.full_path)
        self.budget.left -= _STEPS_FOR_MAKING
        for rule in self._graph.rules_at.get(node.spec.full_path, ()):
            self._wait(rule, node)

    def settle_all(self) -> None:
        """Run every rule everywhere again. Nothing changes by it; tests and benchmarks compare with it."""
        for node in self.root.descendants():
            for rule in self._graph.rules_at.get(node.spec.full_path, ()):
                self._wait(rule, node)
        self._settle()

    def _settle(self) -> None:
        """Run every waiting rule, writers before readers, until nothing waits."""
        self._run_rules()
        while self._rows_to_begin:
            row = self._rows_to_begin.pop(0)
            if self._nodes.get(row.path) is row:
                self._fire("odk-new-repeat", row)
                self._run_rules()

    def _run_rules(self) -> None:
        while self._queue:
            first = heapq.heappop(self._queue)
            rule, node = self._waiting.pop(first)
            self._woken.pop(rule, None)
            if self._nodes.get(node.path) is node:
                self._running = first
                self._run(rule, node)
                self._running = None

    def _still_to_ask(self, node: Node) -> Iterator[tuple[Expression, Node]]:
        yield from ((rule.expression, waiting) for rule, waiting in self._waiting.values())
        if self._chained:
            yield from ((action.value, node) for action in self.form.set_values)

    def _store(self, node: Node, value: Value) -> None:
        """Keep an answer, let its rules wait, and fire what hangs on its change."""
        if same_value(node.value, value) and (value is not None or node.path not in self._stored):
            return
        if value is None and self._stored.get(node.path) is None and node.path not in self._type_problems:
            return
        self._put(node, value)
        self._fire_changed(node)

    def _put(self, node: Node, value: Value) -> None:
        """Keep an answer that nobody changed: a default sets off no trigger."""
        self._keep(node.path, value)
        self._assign(node, value)
        self._check_offer(node)

    def _check_offer(self, node: Node) -> None:
        """Let the filter of its choices look at a changed answer."""
        for rule in self._graph.rules_at.get(node.spec.full_path, ()):
            if rule.aspect == "choices":
                self._wait(rule, node)

    def _assign(self, node: Node, value: Value, calculated: Atom | None = None) -> None:
        node.value = value
        typed = to_atom(node.spec.datatype, effective(node))
        if calculated is not None and value is not None and _stays(calculated, node.spec.datatype):
            typed = calculated
        if typed != node.typed or type(typed) is not type(node.typed):
            node.typed = typed
            self._touch(node)

    def _wait(self, rule: Rule, node: Node) -> None:
        key = (rule.order, node.sequence)
        if key not in self._waiting and key != self._running:  # a calculation may read its own last value
            self._waiting[key] = rule, node
            heapq.heappush(self._queue, key)

    def _touch(self, node: Node) -> None:
        place = node.spec.full_path
        self.remembered.changed(place)
        self._wake(self._graph.on_value.get(place, ()), node)
        self._edits.touch(node.path)
        if self._looks is not None:
            self._look(self._looks.on_value.get(place, ()), node)

    def _rows_changed(self, repeat: Repeat, parent: Node) -> None:
        self.remembered.changed(repeat.full_path)
        self._wake(self._graph.on_rows.get(repeat.full_path, ()), parent)
        self._edits.reordered = True
        if self._looks is not None:
            self._look(self._looks.on_rows.get(repeat.full_path, ()), parent)

    def _look(self, dependents: tuple[Dependent, ...], node: Node) -> None:
        for dependent in dependents:
            seen = dependent, node.lineage[dependent.depth - 1]
            if not dependent.behind and seen in self._looked:
                continue
            self._looked.add(seen)
            for affected in dependent.affected(node):
                for inner in affected.descendants():  # whether a group is readonly holds for all in it
                    self._edits.touch(inner.path)

    def _wake(self, dependents: tuple[Dependent, ...], node: Node) -> None:
        for dependent in dependents:
            woken, waked = self._woken[dependent.rule], (dependent, node.lineage[dependent.depth - 1])
            if dependent.behind or waked not in woken:
                woken.add(waked)
                all_affected = dependent.affected(node)
                self.budget.left -= len(all_affected) // _WAITS_A_STEP
                for affected in all_affected:
                    self._wait(dependent.rule, affected)

    def _run(self, rule: Rule, node: Node) -> None:
        if rule.aspect == "relevant":
            node.relevant_itself = self._holds(rule.expression, node, otherwise=True)
            self._refresh_relevance(node)
        elif rule.aspect == "calculate":
            self._calculate(rule.expression, node)
        elif rule.aspect == "choices":
            self._bounded(rule.expression, node, lambda node, _: self._offer(node), otherwise=None)
        elif isinstance(rule.item, Repeat):
            self._count_rows(rule.item, rule.expression, node)

    def _holds(self, expression: Expression | None, node: Node, *, otherwise: bool = False) -> bool:
        if expression is None:
            return False
        return self._bounded(expression, node, expression.truth, otherwise)

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
        atom = self._atom_of(expression, node)
        value = self._answer_of(question, atom)
        if not expression.fires_once:
            self._assign(node, value, atom)
        else:
            if not same_value(node.value, value):
                self._keep(node.path, value)
            self._assign(node, value)
        self._check_offer(node)

    def _answer_of(self, question: Question, atom: Atom) -> Value:
        zone = self.now().tzinfo if isinstance(atom, date) else None
        return from_calculation(question.datatype, atom, zone)

    def _offer(self, node: Node) -> None:
        """What the filter offers decides whether a selection counts; only what is chosen is asked for."""
        value, itemset = node.value, node.spec.itemset
        chosen = names_in(value)
        offers, scope = itemset.nodeset.compiled.offers, Scope(node, self)
        doubtful = {
            name
            for name in chosen
            if not (offers is not None and offers(scope, itemset.value_column, name))
            and not self._links.is_unknown(itemset, name)
        }
        if doubtful:
            # A name may stand twice in a list (a city that is its own county); the index tells one of them.
            doubtful -= {cell_text(item, itemset.value_column) for item in self._items(itemset, node)}
            chosen = [name for name in chosen if name not in doubtful]
        node.offered = chosen
        self._assign(node, value)

    def _count_rows(self, repeat: Repeat, expression: Expression, parent: Node) -> None:
        """Rows up to the count; those beyond it are kept but left out, like irrelevant answers."""
        # The count stands at the repeat itself: a node there that is no row lets its paths climb rightly.
        place = Node(repeat.name, parent, spec=repeat, path=self._repeat_path(parent, repeat))
        number = self._bounded(expression, place, expression.number, math.nan)
        if id(expression) in self._given_up:
            return
        wanted = int(min(number, MOST_ROWS + 1)) if number > 0 else 0  # NaN counts as none
        rows = parent.children[repeat.name]
        while len(rows) < min(wanted, MOST_ROWS) and self._has_room():
            self._rows_to_begin.append(self._make_engine_row(parent, repeat))
        if len(rows) < wanted:
            self._asked[id(expression)] = place
            self._give_up(id(expression))
        surplus_changed = False
        for at, row in enumerate(rows):
            if row.surplus != (at >= wanted):
                row.surplus = at >= wanted
                surplus_changed = True
                self._refresh_relevance(row)
        if surplus_changed:
            self._rows_changed(repeat, parent)


def _stays(calculated: Atom, datatype: str) -> bool:
    """Whether other expressions see what was calculated and not the text it is written as."""
    if isinstance(calculated, bool):
        return True
    return datatype == "string" and isinstance(calculated, float | date)


def effective(node: Node) -> Value:
    """The answer that counts: of a selection, only what its filter still offers."""
    value, offered = node.value, node.offered
    if value is None or not isinstance(offered, list):
        return value
    if isinstance(value, list):
        kept = [name for name in value if name in offered]
        return kept or None
    return value if value in offered else None


def _shared_depth(node: Node, target: tuple[str, ...]) -> int:
    depth = 0
    for one, name in zip(node.lineage, target, strict=False):
        if one.name != name:
            break
        depth += 1
    return depth
