"""The dependency graph of a form: which rules a changed answer touches, and in which order they settle.

It is built once for a form, over its template. A rule is a relevance, a calculation, a filtered list or a
repeat count. A dependency knows how far its path is bound to the rows of the rule's own place: a
change in one row then touches only the rules of that row.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeVar
from weakref import WeakKeyDictionary

from core.errors import KnownError
from core.forms.choices import Itemset
from core.forms.expressions import Expression, ExpressionError, Step
from core.forms.instance import Node
from core.forms.items import Item, Question, Repeat
from core.forms.links import check_links
from core.forms.model import Form, SetValue
from core.forms.texts import Output, Text

FullPath = tuple[str, ...]
_OWN_NODES = re.compile(r"\s*(?:randomize\(\s*)?(?P<path>[/.][^\[\](),]*)")
"""The path of choices that are nodes of the form itself, without its conditions."""
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


_CONDITIONS = frozenset({"relevant", "readonly", "required", "constraint"})
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
        for aspect, expression in _logic(item):
            if aspect in ("required", "constraint", "readonly", "choices"):
                yield item, expression
        for text in (*_texts(item), *_choice_texts(form, item)):
            for part in _parts(text):
                if isinstance(part, Output):
                    yield item, part.expression


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


def logic_errors(form: Form) -> list[KnownError]:
    """What is wrong in the rules: lists and targets that are not there, else the first circle of them."""
    checks: list[Callable[[], object]] = []
    for place, expression, context in expressions_of(form):
        checks.append(partial(_targets, form, place, expression, context))
        checks.append(partial(_check_lists, form, place, expression))
    checks += [partial(_check_rows, form, question) for question in form.questions()]
    checks += [partial(_check_action, form, action) for action in form.set_values]
    found = list(_caught([*checks, partial(check_links, form)]))
    return found or list(_caught([partial(rule_graph, form)]))


def _caught(checks: Iterable[Callable[[], object]]) -> Iterator[KnownError]:
    for check in checks:
        try:
            check()
        except KnownError as e:
            yield e


def _check_action(form: Form, action: SetValue) -> None:
    if form.at(action.target) is None:
        target = "/" + "/".join(action.target)
        raise _broken(f"setvalue {target}", "unknown_reference", target)


def expressions_of(form: Form) -> Iterator[tuple[str, Expression, FullPath]]:
    """Every expression with a name for its place and the path it stands at."""
    for item in form.items():
        for name, expression in _logic(item):
            yield f"/{'/'.join(item.full_path)} {name}", expression, item.full_path
        for text in _texts(item):
            for part in _parts(text):
                if isinstance(part, Output):
                    yield f"/{'/'.join(item.full_path)} label", part.expression, item.full_path
    for action in form.set_values:
        yield f"setvalue /{'/'.join(action.target)}", action.value, action.target


def paths_as_truths(form: Form) -> Iterator[tuple[str, str]]:
    """Conditions that are another answer: place and source. Enketo asks only whether it is there."""
    for place, expression, _ in expressions_of(form):
        if expression.compiled.is_path and place.rpartition(" ")[2] in _CONDITIONS:
            yield place, expression.source


def truths_in_text(form: Form) -> Iterator[tuple[str, str]]:
    """Calculations of true or false that others read: place and source. Only JavaRosa keeps them truths."""
    read: set[FullPath] = set()
    for place, expression, context in expressions_of(form):
        read.update(
            tuple(step.name for step in steps) for steps in _targets(form, place, expression, context)
        )
    for question in form.questions():
        calculate = question.calculate
        written = question.datatype != "boolean" and question.full_path in read
        if calculate is not None and written and calculate.compiled.is_truth:
            yield f"/{'/'.join(question.full_path)} calculate", calculate.source


def _logic(item: Item) -> Iterator[tuple[str, Expression]]:
    named: list[tuple[str, Expression | None]] = [("relevant", item.relevant), ("readonly", item.readonly)]
    if isinstance(item, Repeat):
        named.append(("jr:count", item.count))
    if isinstance(item, Question):
        named += [
            ("required", item.required),
            ("constraint", item.constraint),
            ("calculate", item.calculate),
            ("choices", item.itemset.nodeset if item.itemset else None),
        ]
    return ((name, expression) for name, expression in named if expression is not None)


def _texts(item: Item) -> Iterator[Text]:
    yield item.text
    yield item.hint_text
    if isinstance(item, Question):
        yield item.constraint_text
        yield item.required_text


def _parts(text: Text) -> Iterator[str | Output]:
    """The parts of a text in all languages and forms."""
    for one in (text, *text.forms.values()):
        for parts in one.languages.values():
            yield from parts


def _check_lists(form: Form, place: str, expression: Expression) -> None:
    for instance_id in sorted(expression.lists):
        if instance_id not in form.lists and instance_id not in form.external_lists:
            raise _broken(place, "unknown_list", instance_id)
    for instance_id in sorted(expression.whole_lists & form.external_lists):
        # Such a list is never loaded whole; it answers only to `column = value`. Records are searched for.
        if place in _searched(form):
            continue
        raise _broken(place, "whole_list", instance_id)


def _searched(form: Form) -> set[str]:
    """The places of the choices that are records."""
    return {f"/{'/'.join(question.full_path)} choices" for question in form.questions() if question.refers}


def _targets(form: Form, place: str, expression: Expression, context: FullPath) -> list[tuple[Step, ...]]:
    """What the expression reads, as absolute steps that lead to items of the form."""
    targets: list[tuple[Step, ...]] = []
    for reference in expression.references:
        try:
            steps = reference.from_context(context)
        except ExpressionError as e:
            raise _broken(place, "expression", f"{expression.source}: {e}") from e
        targets.extend(_expand(form, _without_attribute(steps)))
    return targets


def _without_attribute(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    return steps[:-1] if steps and steps[-1].name.startswith("@") else steps


def references_to_nothing(form: Form) -> Iterator[tuple[str, str]]:
    """Paths that no node of the form has: place and path. JavaRosa and we read them as empty."""
    for place, expression, context in expressions_of(form):
        for reference in expression.references:
            steps = _without_attribute(reference.from_context(context))
            if steps and not _expand(form, steps):
                yield place, "/" + "/".join(step.name for step in steps)


def paths_of_other_forms(form: Form) -> Iterator[tuple[str, str]]:
    """Paths that begin with another name than that of the form: place and path. They lead into it."""
    for place, expression, _ in expressions_of(form):
        for reference in expression.references:
            if reference.first_name not in ("", form.root.name):
                yield place, "/" + "/".join(step.name for step in reference.steps)


def _check_rows(form: Form, question: Question) -> None:
    """Choices that are nodes of the form itself need such nodes, as in JavaRosa."""
    rows = _OWN_NODES.match(question.itemset.nodeset.source) if question.itemset else None
    for reference in Expression(rows.group("path")).references if rows else ():
        steps = reference.from_context(question.full_path)
        if not _expand(form, steps):
            place = f"/{'/'.join(question.full_path)} choices"
            raise _broken(place, "unknown_reference", "/" + "/".join(step.name for step in steps))


def _expand(form: Form, steps: tuple[Step, ...]) -> list[tuple[Step, ...]]:
    """The steps with each `*` replaced by the names it stands for; [] when nothing is there."""
    if any(step.name == "*" for step in steps):
        places = [item.full_path for item in form.items() if len(item.full_path) == len(steps)]
        return [
            tuple(Step(name, step.free) for name, step in zip(path, steps, strict=True))
            for path in places
            if all(step.name in ("*", name) for name, step in zip(path, steps, strict=True))
        ]
    return [steps] if form.at(tuple(step.name for step in steps)) is not None else []


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
        _targets(form, f"/{'/'.join(item.full_path)} {aspect}", expression, item.full_path)
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
            raise _broken("/" + "/".join(found[at][1].full_path), "cycle", found[at][2].source)
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
        raise _broken("/" + stuck[0], "cycle", ", ".join(stuck[:5]))
    return rank


def _broken(place: str, reason: str, detail: str) -> KnownError:
    return KnownError("form_broken", place=place, reason=reason, detail=detail)
