"""The dependency graph of a form: which rules a changed answer touches, and in which order they settle.

It is built once for a form, over its template. A rule is a relevance, a calculation, a filtered list or a
repeat count. A dependency knows how far its path is bound to the rows of the rule's own place: a
change in one row then touches only the rules of that row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar
from weakref import WeakKeyDictionary

from core.forms.filling.logic import FullPath, expressions_in, logic_of, steps_read, texts_of
from core.forms.instance import Node
from core.forms.model.choices import Itemset
from core.forms.model.form import Form
from core.forms.model.items import Item, Question, Repeat
from core.forms.model.texts import Text
from core.forms.xform_errors import form_broken
from core.forms.xpath.expressions import Expression, Step

T = TypeVar("T")
Aspect = Literal["relevant", "calculate", "choices", "count", "look"]


@dataclass(frozen=True, eq=False)
class Rule:
    """One expression to settle at every node of its item; `order` sorts writers before readers."""

    aspect: Aspect
    item: Item
    expression: Expression
    order: int


@dataclass(frozen=True, eq=False)
class Dependent:
    """A rule to settle at every node reached by `down` from the changed node's ancestor at `depth`.

    `behind`: only of the row that stands so many rows later; the first row stands for those before it.
    """

    rule: Rule
    depth: int
    down: tuple[str, ...]
    behind: int = 0

    def affected(self, node: Node) -> list[Node]:
        """The nodes where the rule may give something else, now that this one has changed."""
        above = node.lineage[self.depth - 1]
        if not self.behind or above.parent is None:
            return above.find(self.down)
        rows = above.parent.children[above.name]
        later = rows[above.place + self.behind :][:1] if above.place else rows[: self.behind + 1]
        return [found for row in later for found in row.find(self.down)]


@dataclass(frozen=True, eq=False)
class RuleGraph:
    """Rules by place, and by what they read."""

    rules_at: dict[FullPath, tuple[Rule, ...]]
    on_value: dict[FullPath, tuple[Dependent, ...]]
    on_rows: dict[FullPath, tuple[Dependent, ...]]  # rows added to or removed from a repeat
    reads_itself: bool
    """Whether a rule may go on from what it gave before; what `once` gave is an answer."""


_GRAPHS: WeakKeyDictionary[Form, RuleGraph] = WeakKeyDictionary()  # derived from the form, nothing else
_LOOKS: WeakKeyDictionary[Form, RuleGraph] = WeakKeyDictionary()  # as above


def rule_graph(form: Form) -> RuleGraph:
    """The graph of a form, built on first use. Raises KnownError "form_broken" for a cycle."""
    graph = _GRAPHS.get(form)
    if graph is None:
        graph = _GRAPHS[form] = _build(form)
    return graph


def look_graph(form: Form) -> RuleGraph:
    """What is shown of a question beside its answer, as rules that nothing settles, built on first use."""
    graph = _LOOKS.get(form)
    if graph is None:
        found: list[tuple[Aspect, Item, Expression]] = [("look", *look) for look in _looks(form)]
        graph = _LOOKS[form] = _graph(form, found, lambda found, _: [0] * len(found))
    return graph


def _looks(form: Form) -> Iterator[tuple[Item, Expression]]:
    """Whether it is required, right, to be changed; its words; its choices."""
    for item in form.items():
        for aspect, expression in logic_of(item):
            if aspect in ("required", "constraint", "readonly", "choices"):
                yield item, expression
        for text in (*texts_of(item), *_choice_texts(form, item)):
            for expression in expressions_in(text):
                yield item, expression


def _choice_texts(form: Form, item: Item) -> Iterator[Text]:
    """The labels of a question's choices that can have answers in them."""
    if not isinstance(item, Question):
        return
    yield from (choice.label for choice in item.static_choices)
    root = form.lists.get(item.itemset.instance_id) if item.itemset else None
    if item.itemset and item.itemset.label_is_text_id and root is not None:
        for row in root.children.get("item", ()):
            for cell in row.children.get(item.itemset.label_column, ()):
                yield form.texts.get(cell.text, Text())


def _rules(form: Form) -> Iterator[tuple[Aspect, Item, Expression]]:
    for item in form.items():
        if item.relevant is not None:
            yield "relevant", item, item.relevant
        if isinstance(item, Repeat) and item.count is not None:
            yield "count", item, item.count
        if isinstance(item, Question):
            if item.calculate is not None:
                yield "calculate", item, item.calculate
            if item.itemset is not None and _depends_on_answers(item.itemset):
                yield "choices", item, item.itemset.nodeset


def _depends_on_answers(itemset: Itemset) -> bool:
    return bool(itemset.nodeset.references)


def _build(form: Form) -> RuleGraph:
    return _graph(form, list(_rules(form)), _order)


def _graph(
    form: Form,
    found: list[tuple[Aspect, Item, Expression]],
    ordered: Callable[[list[tuple[Aspect, Item, Expression]], list[list[tuple[Step, ...]]]], list[int]],
) -> RuleGraph:
    reads = [
        steps_read(form, f"/{'/'.join(item.full_path)} {aspect}", expression, item.full_path)
        for aspect, item, expression in found
    ]
    order = ordered(found, reads)
    rules = [Rule(aspect, item, expression, order[at]) for at, (aspect, item, expression) in enumerate(found)]
    repeats = {item.full_path for item in form.items() if isinstance(item, Repeat)}
    rules_at: dict[FullPath, list[Rule]] = defaultdict(list)
    on_value: dict[FullPath, list[Dependent]] = defaultdict(list)
    on_rows: dict[FullPath, list[Dependent]] = defaultdict(list)
    for rule, targets in zip(rules, reads, strict=True):
        place = _place(rule)
        rules_at[place].append(rule)
        for target in targets:
            path = tuple(step.name for step in target)
            bound = _bound_depth(target, place, repeats)
            on_value[path].append(_later_row(rule, target, repeats) or _dependent(rule, place, bound))
            for length in range(2, len(path) + 1):
                repeat = path[:length]
                # A path bound to its own row does not see other rows come and go; `position(..)` does.
                if repeat in repeats and (bound < length or length == len(path)):
                    on_rows[repeat].append(_dependent(rule, place, min(bound, length - 1)))
    itself = any(
        one.rule.item.full_path == path and one.rule.aspect in ("calculate", "choices") and not one.behind
        for path, dependents in on_value.items()
        for one in dependents
        if not one.rule.expression.fires_once
    )
    return RuleGraph(_frozen(rules_at), _frozen(on_value), _frozen(on_rows), itself)


def _place(rule: Rule) -> FullPath:
    """Where the rule is settled: a count at the parent of its rows, all else at the item's own nodes."""
    return rule.item.full_path[:-1] if rule.aspect == "count" else rule.item.full_path


def _later_row(rule: Rule, target: tuple[Step, ...], repeats: set[FullPath]) -> Dependent | None:
    """A rule that reads an earlier row of its own repeat, at a fixed distance."""
    if not target or target[-1].behind is None:
        return None
    rows, climbs = target[-1].behind
    place = rule.item.full_path
    row = place[: len(place) - climbs]
    inside = tuple(step.name for step in target)
    deeper = (inside[:length] for length in range(len(row) + 1, len(inside) + 1))
    innermost = row in repeats and not any(path in repeats for path in deeper)
    if not innermost or inside[: len(row)] != row:
        return None
    return Dependent(rule, len(row), place[len(row) :], rows)


def _dependent(rule: Rule, place: FullPath, depth: int) -> Dependent:
    depth = min(depth, len(place))
    return Dependent(rule, depth, place[depth:])


def _bound_depth(target: tuple[Step, ...], place: FullPath, repeats: set[FullPath]) -> int:
    """How many steps of the target are shared with the place, down to the deepest row they share."""
    shared = 1
    while (
        shared < len(target)
        and shared < len(place)
        and target[shared].name == place[shared]
        and not target[shared].free
    ):
        shared += 1
    while shared > 1 and place[:shared] not in repeats:
        shared -= 1
    return shared


def _frozen(lists: Mapping[FullPath, list[T]]) -> dict[FullPath, tuple[T, ...]]:
    return {path: tuple(dict.fromkeys(entries)) for path, entries in lists.items()}


def _order(found: list[tuple[Aspect, Item, Expression]], reads: list[list[tuple[Step, ...]]]) -> list[int]:
    """The rank of each rule: every rule after those that write what it reads."""
    values: dict[FullPath, list[int]] = defaultdict(list)
    presence: dict[FullPath, list[int]] = defaultdict(list)
    for at, (aspect, item, _) in enumerate(found):
        (values if aspect in ("calculate", "choices") else presence)[item.full_path].append(at)
    before: list[set[int]] = []
    for at, targets in enumerate(reads):
        writers: set[int] = set()
        for target in targets:
            path = tuple(step.name for step in target)
            writers.update(values.get(path, ()))
            for length in range(1, len(path) + 1):
                writers.update(presence.get(path[:length], ()))
        if at in writers and found[at][0] in ("relevant", "count"):
            raise form_broken("/" + "/".join(found[at][1].full_path), "cycle", found[at][2].source)
        writers.discard(at)  # an earlier row's total, or the value `once` keeps
        before.append(writers)
    return _ranked(found, before)


def _ranked(found: list[tuple[Aspect, Item, Expression]], before: list[set[int]]) -> list[int]:
    waiting = [len(writers) for writers in before]
    readers: dict[int, list[int]] = defaultdict(list)
    for at, writers in enumerate(before):
        for writer in writers:
            readers[writer].append(at)
    ready = [at for at, count in enumerate(waiting) if count == 0]
    rank = [0] * len(found)
    done = 0
    while done < len(ready):
        at = ready[done]
        rank[at] = done
        done += 1
        for reader in readers[at]:
            waiting[reader] -= 1
            if waiting[reader] == 0:
                ready.append(reader)
    if done < len(found):
        stuck = sorted("/".join(found[at][1].full_path[1:]) for at, count in enumerate(waiting) if count)
        raise form_broken("/" + stuck[0], "cycle", ", ".join(stuck[:5]))
    return rank
