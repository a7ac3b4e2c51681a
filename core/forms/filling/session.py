"""One person filling in one form: each answer set leaves relevance, calculations and lists settled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from core.clock import Clock
from core.forms.answers import WrongTypeError, accept, names_in
from core.forms.budget import LOOK_STEPS
from core.forms.filling.edits import Edit
from core.forms.filling.settling import effective
from core.forms.filling.wording import WordedAnswers
from core.forms.instance import Node
from core.forms.model.form import Form
from core.forms.model.items import Group, Item, Question, Repeat
from core.forms.model.markup import is_marked, plain_words
from core.forms.model.texts import Text
from core.forms.paths import DELETED, LIFE, POSITION, position_between, template_path
from core.forms.secondary import SecondarySource
from core.geometry import encloses_an_area
from core.ids import new_uuid7
from core.problems import Problem, Severity
from core.values import Value, safe_text, same_value


@dataclass(frozen=True)
class NodeView:
    """One thing to show: a group, a repeat, a row of one, or a question; `node` is its place in the form."""

    kind: Literal["group", "repeat", "row", "question"]
    path: str
    node: Item


class FormSession(WordedAnswers):
    """A form with the answers of one record. `answers` None means a new record: its defaults fire once."""

    def __init__(
        self,
        form: Form,
        record_id: str,
        clock: Clock,
        answers: Mapping[str, Value] | None = None,
        source: SecondarySource | None = None,
    ) -> None:
        self._together = 0
        super().__init__(form, record_id, clock, answers or {}, source)
        self._opened: dict[str, Value] = dict(answers or {})
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

    def surplus_rows(self, repeat_path: str) -> int:
        """How many rows are kept beyond the number that the form gives now; they do not count."""
        return sum(row.surplus for row in self._row_nodes(repeat_path))

    def value(self, path: str) -> Value:
        """The answer in force: entered or calculated; None for a choice that is no longer offered."""
        node = self._node(path)
        return effective(node)

    def answered(self, question: Question) -> list[str]:
        """The paths at which a question has a relevant answer in force: several in a repeat."""
        found = self.root.find(question.full_path[1:])
        return [node.path for node in found if node.relevant and effective(node) is not None]

    def relevant(self, path: str) -> bool:
        """Whether it is asked at all. A repeat's path asks for the place of its rows."""
        node = self._nodes.get(path)
        if node is not None:
            return node.relevant
        parent, _ = self._repeat_at(path)
        return parent.relevant

    def required(self, path: str) -> bool:
        """Whether the question at that path must be answered as things stand."""
        self.budget.allow(LOOK_STEPS)
        node = self._node(path)
        question = node.spec
        return isinstance(question, Question) and self._holds(question.required, node)

    def readonly(self, path: str) -> bool:
        """Whether a person cannot change it: the form says so here or around it, or it is calculated."""
        self.budget.allow(LOOK_STEPS)
        node = self._node(path)
        if isinstance(node.spec, Question) and (node.spec.calculate is not None or not node.spec.asked):
            return True
        return any(self._holds(around.spec.readonly, around) for around in node.lineage)

    # Findings

    def problems(self) -> list[Problem]:
        """Everything that is wrong now, in the order of the form. Irrelevant questions have no problems.

        Last come the rules that were given up because they compute too much.
        """
        self._begin()
        found = [self._problem_at(node) for node in self._in_order(self.root)]
        return [problem for problem in found if problem is not None] + self.given_up()

    def given_up(self) -> list[Problem]:
        """The rules that are not run any more in this session, each at the question where it was stopped."""
        return list(self._given_up.values())

    def has(self, path: str) -> bool:
        """Whether a group, row or question stands at that path now."""
        return path in self._nodes

    def questions_asked(self) -> list[str]:
        """The paths of all questions that a person answers, relevant or not, in the order of the form."""
        nodes = self._in_order(self.root)
        return [node.path for node in nodes if isinstance(node.spec, Question) and node.spec.asked]

    def place_of(self, path: str) -> tuple[tuple[int, int], ...]:
        """Sorts paths in the order of the form and its rows."""
        places = self.form.document_places
        return tuple((places[node.spec.full_path], node.place) for node in self._node(path).lineage[1:])

    def section_of(self, path: str) -> str | None:
        """The group or repeat of the form's first level that a question is counted in, "" for none of them.

        None for a question that nobody is asked now.
        """
        node = self._nodes.get(path)
        if node is None or not node.relevant or not isinstance(node.spec, Question) or not node.spec.asked:
            return None
        around = [one.spec for one in node.lineage[1:-1]]
        if any(isinstance(item, Group) and not item.visible for item in around):
            return None
        return (
            str(around[0].path if isinstance(around[0], Repeat) else node.lineage[1].path) if around else ""
        )

    def judge(self, path: str) -> tuple[bool, Problem | None]:
        """Whether a question must be answered, and what is wrong with it, None for nothing.

        For judging many in a row: all of them share the steps that `take_edit` allows.
        """
        node = self._node(path)
        required = isinstance(node.spec, Question) and self._holds(node.spec.required, node)
        return required, self._problem_at(node)

    def problem(self, path: str) -> Problem | None:
        """What is wrong with the answer at that path, None for nothing."""
        self.budget.allow(LOOK_STEPS)
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
        self._begin()
        self._type_problems.pop(path, None)
        try:
            accepted = accept(question.datatype, value)
        except WrongTypeError:
            self._type_problems[path] = Problem(path, "type", {"entered": value, "kind": question.kind})
            accepted = None
        self._edits.touch(path)
        self._store(node, accepted)
        self._end()

    def add_row(self, repeat_path: str) -> str:
        """A new row after the others; its path. Its defaults fire.

        Raises ValueError where the form alone says how many rows there are.
        """
        parent, repeat = self._repeat_at(repeat_path)
        if not repeat.own_rows:
            raise ValueError(f"{repeat_path} has the rows that its form gives it")
        self._begin()
        node = self._make_row(parent, repeat, new_uuid7(self._clock))
        self._fire("odk-new-repeat", node)
        self._end()
        return node.path

    def remove_row(self, row: str) -> None:
        """The row is marked deleted; its answers are kept. Raises KeyError if there is no such row."""
        node = self._nodes[row]
        if node.parent is None or not isinstance(node.spec, Repeat):
            raise KeyError(row)
        self._begin()
        self._keep(f"{row}/{LIFE}", DELETED)
        self._take_rows(node.parent, node.spec, {node.row_id})
        self._rows_changed(node.spec, node.parent)
        self._end()

    def move_row(self, row: str, before: str | None) -> None:
        """Put a row before another one of its repeat, None: behind the last. Raises KeyError: no such row."""
        node = self._nodes[row]
        if node.parent is None or not isinstance(node.spec, Repeat):
            raise KeyError(row)
        self._begin()
        others = [one for one in node.parent.children[node.name] if one is not node]
        at = len(others) if before is None else [one.path for one in others].index(before)
        positions = [self._position(one.path) for one in others]
        if positions != sorted(set(positions) - {""}):  # of two laptops, or none: then all get a new one
            positions = self._number_rows(others)
        around = ["", *positions][at], [*positions, ""][at]
        self._keep(f"{row}/{POSITION}", position_between(around[0] or None, around[1] or None))
        self._sort_rows(node.parent, node.spec)
        self._rows_changed(node.spec, node.parent)
        self._end()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is changed meanwhile is settled once, at the end: for rows that come or go by the hundred."""
        self._together += 1
        try:
            yield
        finally:
            self._together -= 1
            self._begin()
            self._end()

    def put_back(self, values: Mapping[str, Value]) -> FormSession:
        """The record with these values stored as they are, rows that come or go by them included.

        It is this session; another one where more than the answers say how this one stands.
        """
        if not self._told_by_answers:
            return self.with_answers(values)
        self._begin()
        self._restore(values)
        self._end()
        return self

    def with_answers(self, values: Mapping[str, Value]) -> FormSession:
        """Another session of the same record, with these values as `put_back` stores them."""
        again = FormSession(self.form, self.record_id, self._clock, {**self._stored, **values}, self._source)
        again._opened = self._opened
        for path in values:
            again._edits.note(path, self._stored)
        return again

    # What is kept

    def answers(self) -> dict[str, Value]:
        """All that is stored, by path: irrelevant answers, removed rows and unknown paths too."""
        return dict(self._stored)

    def stored(self, path: str) -> Value:
        """What is stored there, in force or not."""
        return self._stored.get(path)

    def take_edit(self) -> Edit:
        """What has become of the session since this was last asked; at first, everything is touched."""
        self._watch()
        self._begin()  # for whoever judges all that was touched
        return self._edits.take(self._stored)

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

    def links(self) -> frozenset[tuple[str, str]]:
        """By which answers in force the record is found: (template path, safe text), one for each choice."""
        return frozenset(
            (question.path, safe_text(target))
            for question in self.form.linkable
            for node in self.root.find(question.full_path[1:])
            if node.relevant
            for target in names_in(effective(node))
        )

    def mentions(self) -> frozenset[str]:
        """The records that stored answers name; a change of one can bring an answer into force."""
        return frozenset(
            safe_text(name)
            for question in self.form.linkable
            if question.refers
            for node in self.root.find(question.full_path[1:])
            for name in names_in(node.value)
        )

    # Inside

    def _end(self) -> None:
        if not self._together:
            self._settle()

    def _number_rows(self, rows: list[Node]) -> list[str]:
        """New positions for these rows in the order they have."""
        positions: list[str] = []
        for row in rows:
            positions.append(position_between(positions[-1] if positions else None, None))
            self._keep(f"{row.path}/{POSITION}", positions[-1])
        return positions

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

    def _problem_at(self, node: Node) -> Problem | None:
        question = node.spec
        if not isinstance(question, Question) or not node.relevant or not question.asked:
            return None
        if node.path in self._type_problems:
            return self._type_problems[node.path]
        if effective(node) is None:
            if self._holds(question.required, node):
                return Problem(node.path, "required", self._messages(question.required_text, node))
            return None
        if question.constraint is not None and not self._holds(question.constraint, node, otherwise=True):
            severity: Severity = "warning" if question.attributes.get("severity") == "warning" else "error"
            return Problem(node.path, "constraint", self._messages(question.constraint_text, node), severity)
        if question.datatype == "geoshape" and not _is_area(effective(node)):
            return Problem(node.path, "crossing_lines", {}, "warning")
        return self._links.problem(node, effective(node))

    def _messages(self, text: Text, node: Node) -> dict[str, object]:
        """{"message": {language: sentence}} of the form's own words; empty when it has none.

        "marked" has the sentences with their markup where any has some.
        """
        marked = {language: self._parts_text(text, node, language) for language in text.languages}
        messages = {language: plain_words(sentence) for language, sentence in marked.items()}
        more = {"marked": marked} if any(map(is_marked, marked.values())) else {}
        return {"message": messages, **more} if messages else {}


def _is_area(value: Value) -> bool:
    return isinstance(value, dict) and encloses_an_area(value.get("g") or {})
