"""What an expression is once compiled: what it reads, where it stands, and the table of its functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from core.forms.atoms import Atom, Result, to_boolean, to_number, to_string, unpack
from core.forms.budget import Budget
from core.forms.instance import Node
from core.forms.remembered import Remembered


class ExpressionError(ValueError):
    """An expression cannot be read. The text says what is wrong with it, for the author of the form."""


class World(Protocol):
    """What an expression may ask beside the nodes."""

    root: Node
    remembered: Remembered
    budget: Budget

    def now(self) -> datetime:
        """The moment on the device, with its time zone."""

    def secondary(self, instance_id: str) -> Node | None:
        """The root of that list, None if there is none."""

    def choice_label(self, node: Node, question_path: str, value: str) -> str:
        """The label of a value among the choices of the question at that path; "" if unknown."""

    def random(self) -> float:
        """A number from 0 to below 1 that nobody can foresee."""

    def form_version(self) -> str:
        """The version as the form's author wrote it, "" for none."""

    def itext(self, text_id: str) -> str:
        """That text of the form in the language that is shown, "" if there is none."""


class Scope:
    """Where an expression stands: its node, the node `current()` means, its place among siblings."""

    __slots__ = ("current", "node", "position", "size", "world")

    def __init__(
        self, node: Node, world: World, current: Node | None = None, position: int = 1, size: int = 1
    ) -> None:
        self.node = node
        self.world = world
        self.current = node if current is None else current
        self.position = position
        self.size = size


Evaluate = Callable[[Scope], Result]


@dataclass(frozen=True)
class Step:
    """One step of a reference; `free` means that it is not bound to the row of the context.

    `behind` = (rows, climbs): it leads to the row that stands so many rows before the one which is reached by
    so many climbs from the context, or to the first.
    """

    name: str
    free: bool = False
    behind: tuple[int, int] | None = None


@dataclass(frozen=True)
class Reference:
    """A path of the main instance that an expression reads."""

    steps: tuple[Step, ...]
    absolute: bool
    free: bool = False  # it may lead into any row, whatever row the expression stands in

    def freed(self) -> Reference:
        """An absolute path in a condition on rows: it is bound to each candidate's row, so to any."""
        return replace(self, free=True) if self.absolute else self

    @property
    def first_name(self) -> str:
        """The name that an absolute path begins with: that of the form; "" for any other path."""
        name = self.steps[0].name if self.absolute and self.steps else ""
        return "" if name.startswith((".", "@", "*")) else name

    def from_context(self, context: tuple[str, ...]) -> tuple[Step, ...]:
        """The absolute steps for an expression at `context`, whose first name is that of the form.

        An absolute path leads into the form whatever its own first name is, as in JavaRosa.
        Raises ExpressionError for a path that climbs above the root.
        """
        steps: list[Step] = [] if self.absolute else [Step(name) for name in context]
        for step in self.steps:
            if step.name == "..":
                if not steps:
                    raise ExpressionError("a path climbs above the root")
                steps.pop()
            elif step.name != ".":
                steps.append(step)
        if self.first_name and steps and context:
            steps[0] = replace(steps[0], name=context[0])
        return tuple(replace(step, free=True) for step in steps) if self.free else tuple(steps)


@dataclass(frozen=True)
class Compiled:
    """What the text of an expression says: what it reads, and how to evaluate it."""

    references: tuple[Reference, ...]
    functions: frozenset[str]
    lists: frozenset[str]  # secondary instances it reads
    whole_lists: frozenset[str]  # those of them it reads without an equality
    fires_once: bool
    evaluate: Evaluate
    doubts: frozenset[str] = frozenset()  # what other programs take otherwise, or stop at (codes of findings)
    is_truth: bool = False
    is_path: bool = False  # answers, and nothing made of them
    offers: Callable[[Scope, str, str], bool] | None = None
    """Whether the list's index knows an item of it with this text in this column; None: look through all."""


@dataclass(frozen=True)
class Expression:
    """An expression of a form, compiled when it is first asked for more than its source.

    A form has a hundred of them, and a list of records needs none. What cannot be read raises ExpressionError
    then; `xpath.compile_expression` asks at once.
    """

    source: str
    namespaces: Mapping[str, str] = field(compare=False, repr=False, default_factory=dict)

    @cached_property
    def compiled(self) -> Compiled:
        """What the text says. Raises ExpressionError at the first asking."""
        from core.forms.xpath.compiling import compile_source  # noqa: PLC0415  # the parser takes 90 ms to load

        return compile_source(self.source, self.namespaces)

    @cached_property
    def evaluate(self) -> Evaluate:
        return self.compiled.evaluate

    @property
    def references(self) -> tuple[Reference, ...]:
        return self.compiled.references

    @property
    def functions(self) -> frozenset[str]:
        return self.compiled.functions

    @property
    def lists(self) -> frozenset[str]:
        return self.compiled.lists

    @property
    def whole_lists(self) -> frozenset[str]:
        return self.compiled.whole_lists

    @property
    def fires_once(self) -> bool:
        return self.compiled.fires_once

    def atom(self, node: Node, world: World) -> Atom:
        """Its value at a node: of several nodes that of the first, "" for none."""
        return unpack(self.evaluate(Scope(node, world)))

    def text(self, node: Node, world: World) -> str:
        """Its value at a node as `string()` has it."""
        return to_string(self.evaluate(Scope(node, world)))

    def truth(self, node: Node, world: World) -> bool:
        """Its value at a node as `boolean()` has it, by the rules of JavaRosa."""
        return to_boolean(self.evaluate(Scope(node, world)))

    def number(self, node: Node, world: World) -> float:
        """Its value at a node as `number()` has it; NaN for what is no number."""
        return to_number(self.evaluate(Scope(node, world)))


@dataclass(frozen=True)
class Function:
    """One function of the dialect. A lazy one gets its arguments unevaluated."""

    name: str
    call: Callable[..., Result]
    least: int
    most: int | None
    lazy: bool = False


FUNCTIONS: dict[str, Function] = {}


def function(name: str, least: int, most: int | None = -1, *, lazy: bool = False) -> Callable[[Any], Any]:
    """Register a function `call(scope, *arguments)` under its name, taking `least` to `most` arguments."""

    def register(call: Callable[..., Result]) -> Callable[..., Result]:
        FUNCTIONS[name] = Function(name, call, least, least if most == -1 else most, lazy)
        return call

    return register
