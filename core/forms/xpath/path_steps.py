"""Paths walked over the nodes: child steps from the name index, equalities on lists from theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.forms.atoms import Atom, Result, to_string, unpack
from core.forms.instance import Node
from core.forms.remembered import Column
from core.forms.xpath.expressions import Evaluate, Scope

_STEPS_A_CONDITION = 12  # what looking at one candidate costs


@dataclass(frozen=True)
class Predicate:
    """A condition on candidates, and how an index can answer it."""

    evaluate: Evaluate
    lookup: tuple[str, Evaluate] | None  # (column, value) when an index can answer it
    only_lookup: bool = False  # it asks nothing else
    positional: bool = True  # it may depend on the candidate's place among the others
    place: Callable[[Scope], int] | None = None  # the one place, from 0, where it holds; below 0: nowhere


@dataclass(frozen=True)
class PathStep:
    """A child by name, `..`, `.` or `*`, with its predicates."""

    name: str
    predicates: tuple[Predicate, ...] = ()


def absolute_path(path: tuple[PathStep, ...]) -> Evaluate:
    """From the root, bound to the rows of the context as far as both go the same way (JavaRosa does so).

    Its first name is not looked at: there is one root, and JavaRosa takes any name for it.
    """
    if not any(step.predicates or step.name in (".", "..", "*") for step in path):
        return NamedPath(tuple(step.name for step in path))

    def absolute(scope: Scope) -> Result:
        root = scope.world.root
        if not path or path[0].name in (".", "..") or path[0].name.startswith("@"):
            return []
        lineage = _lineage(scope, root)
        bound = 1
        while (
            bound < len(path)
            and bound < len(lineage)
            and lineage[bound].name == path[bound].name
            and not path[bound].predicates
        ):
            bound += 1
        return _relevant(walk([lineage[bound - 1]], _pinned(path[bound:], lineage[bound:]), scope))

    return absolute


def _pinned(path: tuple[PathStep, ...], lineage: tuple[Node, ...]) -> tuple[PathStep, ...]:
    """Behind a condition a path that still goes the way of its context keeps to the places of its rows."""
    if not path or not lineage or not path[0].predicates:
        return path
    shared = 0
    while shared < min(len(path), len(lineage)) and path[shared].name == lineage[shared].name:
        shared += 1
    return tuple(
        PathStep(step.name, (_standing(lineage[at].place),))
        if at < shared and not step.predicates and lineage[at].row_id
        else step
        for at, step in enumerate(path)
    )


def _standing(place: int) -> Predicate:
    return Predicate(lambda scope: scope.position == place + 1, None, place=lambda _: place)


class NamedPath:
    """An absolute path of plain names: its nodes or, without a list of them, the value of the first one."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def __call__(self, scope: Scope) -> list[Node]:
        return _relevant(self._reached(scope))

    def atom(self, scope: Scope) -> Atom:
        """What its first node says, "" for none."""
        for node in self._reached(scope):
            if node.relevant:
                return node.atom()
        return ""

    def _reached(self, scope: Scope) -> list[Node]:
        """Relevant or not."""
        names, root, lineage = self._names, scope.world.root, scope.node.lineage
        if not names or names[0].startswith("@"):
            return []
        if lineage[0] is not root:
            lineage = _lineage(scope, root)
        bound, most = 1, min(len(names), len(lineage))
        while bound < most and lineage[bound].name == names[bound]:
            bound += 1
        nodes = lineage[bound - 1].find(names[bound:])
        scope.world.budget.spend(len(nodes))
        return nodes


def operand(evaluate: Evaluate) -> Evaluate:
    """The same, where of several nodes only the first one's value counts."""
    return evaluate.atom if isinstance(evaluate, NamedPath) else evaluate


def _lineage(scope: Scope, root: Node) -> tuple[Node, ...]:
    """Whose rows a path is bound to: inside a condition those of the candidate, on a list of `current()`."""
    if scope.node.lineage[0] is root:
        return scope.node.lineage
    return scope.current.lineage if scope.current.lineage[0] is root else (root,)


def relative_path(path: tuple[PathStep, ...], *, from_current: bool) -> Evaluate:
    """From the node of the scope, or from the node `current()` means."""

    def relative(scope: Scope) -> Result:
        start = scope.current if from_current else scope.node
        return _relevant(walk([start], path, scope))

    return relative


def _relevant(nodes: list[Node]) -> list[Node]:
    return [node for node in nodes if node.relevant]


def walk(nodes: list[Node], path: tuple[PathStep, ...], scope: Scope) -> list[Node]:
    """The nodes that the steps reach from these, each once."""
    for step in path:
        if not nodes:
            return []
        if step.predicates:
            nodes = [found for node in nodes for found in _filtered(node, step, scope)]
        elif len(nodes) == 1:
            nodes = _take(nodes[0], step.name)
        else:
            nodes = list(dict.fromkeys(found for node in nodes for found in _take(node, step.name)))
        scope.world.budget.spend(len(nodes))
    return nodes


def _take(node: Node, name: str) -> list[Node]:
    if name == "..":
        return [] if node.parent is None else [node.parent]
    if name == ".":
        return [node]
    if name == "*":
        return [child for named in node.children.values() for child in named if child.name[0] != "@"]
    return node.children.get(name, [])


def _filtered(node: Node, step: PathStep, scope: Scope) -> list[Node]:
    candidates: list[Node] | None = None
    predicates = step.predicates
    first = step.predicates[0]
    if first.lookup is not None:
        column, value = first.lookup
        wanted = unpack(value(scope))
        if node.spec is not None:
            candidates = _rows_with(node, step.name, column, wanted, scope)
            predicates = predicates[1:] if candidates is not None and first.only_lookup else predicates
        # A number equals "1" and "1.0" alike, so a list held whole is scanned for it.
        elif isinstance(wanted, str) or node.answers_equality_only:
            candidates = node.children_where(step.name, column, to_string(wanted))
            if isinstance(wanted, str) and first.only_lookup:
                predicates = predicates[1:]
    elif first.place is not None:
        at = first.place(scope)
        candidates = _take(node, step.name)[at : at + 1] if at >= 0 else []
        predicates = predicates[1:]
    if candidates is None:
        candidates = _take(node, step.name)
    for predicate in predicates:
        size = len(candidates)
        scope.world.budget.spend(_STEPS_A_CONDITION * size)
        candidates = [
            candidate
            for position, candidate in enumerate(candidates, 1)
            if _holds(predicate, Scope(candidate, scope.world, scope.current, position, size))
        ]
    return candidates


def _rows_with(node: Node, name: str, column: str, wanted: Atom, scope: Scope) -> list[Node] | None:
    """The rows of a repeat whose column equals the value; None where only looking at each can tell."""
    if isinstance(wanted, bool):
        return None
    rows, path = node.children.get(name, []), (*node.spec.full_path, name, column)
    found = scope.world.remembered.recall((node, name, column), path, lambda: Column(rows, column))
    return found.rows_with(wanted) if found.usable else None


def nodes_of(result: Result) -> list[Node]:
    """The nodes of a result; none of any other value."""
    return result if isinstance(result, list) else []


def has_item(node: Node, step: PathStep, column: str, value: str, scope: Scope) -> bool:
    """Whether the step leads to an item whose `column` is `value`; its predicates look at no positions."""
    return any(
        all(_holds(predicate, Scope(item, scope.world, scope.current)) for predicate in step.predicates)
        for item in node.children_where(step.name, column, value)
    )


def _holds(predicate: Predicate, scope: Scope) -> bool:
    """Only truth counts: JavaRosa takes a number for no place (`[position() = 2]` is one)."""
    return predicate.evaluate(scope) is True
