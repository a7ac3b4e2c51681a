"""The ODK dialect of XPath: elementpath parses, we turn its tokens into functions over our own nodes.

elementpath's evaluator scans siblings at each step and types values as XPath 2 does; ours takes child steps
from a name index and converts values as JavaRosa does. Only the steps JavaRosa knows exist: child, parent,
self, attribute, with predicates. Absolute paths are bound to the rows of their context, as JavaRosa does.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, ClassVar

from elementpath.exceptions import ElementPathError
from elementpath.tdop import Parser as TdopParser
from elementpath.xpath1 import XPath1Parser

from core.forms.atoms import COMPARISONS, Result, to_boolean, to_number
from core.forms.expressions import Compiled, Evaluate, Expression, ExpressionError, Reference, Scope, Step
from core.forms.function_table import FUNCTIONS
from core.forms.java_patterns import PatternError, compiled, pattern_doubts
from core.forms.path_steps import (
    PathStep,
    Predicate,
    absolute_path,
    has_item,
    nodes_of,
    relative_path,
    single,
    walk,
)


class OdkParser(XPath1Parser):
    """XPath 1.0 with the functions of the dialect and with paths that start at a function."""

    PATH_STEP_LABELS: ClassVar[tuple[str, ...]] = ("axis", "kind test", "function")
    PATH_STEP_SYMBOLS: ClassVar[set[str]] = XPath1Parser.PATH_STEP_SYMBOLS | {"("}

    def parse(self, source: str) -> Any:
        """The token tree. Unlike the base class, nothing is evaluated while parsing."""
        return TdopParser.parse(self, source)


def _build_parser() -> None:
    for name, spec in FUNCTIONS.items():
        nargs: Any = spec.least if spec.least == spec.most else (spec.least, spec.most)
        token = OdkParser.symbol_table.get(name)
        if token is None or token.label != "function":
            OdkParser.function(name, nargs=nargs)
        else:
            OdkParser.symbol_table[name] = type(token.__name__, (token,), {"nargs": nargs})
    for symbol in ("=", "!=", "<", "<=", ">", ">="):
        # XPath 1.0 lets comparisons chain, and an order bind closer than an equality; version 2 does neither.
        token = OdkParser.symbol_table[symbol]
        power = 30 if symbol in ("=", "!=") else 32
        changed = {"lbp": power, "rbp": power, "led": _chained}
        OdkParser.symbol_table[symbol] = type(token.__name__, (token,), changed)
    OdkParser.build()


def _chained(token: Any, left: Any) -> Any:
    token[:] = left, token.parser.expression(rbp=token.rbp)
    return token


_build_parser()


# The prefix jr: stands in front of two function names only; names with a colon are no function names for the
# parser, so it is taken off outside string literals.
_JR_FUNCTION = re.compile(r"""('[^']*'|"[^"]*")|\bjr:(?=(?:choice-name|itext)\s*\()""")
MOST_NESTED = 150
"""Operators and functions inside each other, a chain of `+` among them; Python gives up at some 300."""
_NUMBERS = frozenset(
    {"(integer)", "(decimal)", "+", "-", "*", "div", "mod", "position", "count", "number", "int"}
)
_TRUTHS = frozenset(
    {"=", "!=", "<", "<=", ">", ">=", "and", "or", "not", "true", "false", "boolean", "boolean-from-string"}
    | {
        "selected",
        "regex",
        "contains",
        "starts-with",
        "ends-with",
        "checklist",
        "weighted-checklist",
        "geofence",
    }
)
_TRUTH_OF_FIRST = frozenset({"boolean", "if", "not"})
_NOT_IN_ENKETO = frozenset({"base64-decode", "enclosed-area", "geofence", "is-selected"})
"""Functions that Enketo's evaluator (openrosa-xpath-evaluator 3.1.0) does not have."""
_AXES = {"child": "", "self": ".", "parent": ".."}


def compile_expression(source: str, namespaces: Mapping[str, str] | None = None) -> Expression:
    """The expression ready to run. Raises ExpressionError saying what is wrong and where in the text."""
    expression = Expression(source, namespaces or {})
    _ = expression.compiled
    return expression


def compile_source(source: str, namespaces: Mapping[str, str]) -> Compiled:
    """What the text says. Raises ExpressionError."""
    plain = _JR_FUNCTION.sub(lambda match: match.group(1) or "", source)
    try:
        token = OdkParser(namespaces=dict(namespaces), strict=False).parse(plain)
    except (ElementPathError, RecursionError, ValueError) as e:  # ValueError: more than 4,300 digits
        raise ExpressionError(str(e)) from e
    compiler = _Compiler()
    evaluate = compiler.compile(token, Reference((), absolute=False))
    return Compiled(
        references=tuple(dict.fromkeys(compiler.references)),
        functions=frozenset(compiler.functions),
        lists=frozenset(compiler.lists),
        whole_lists=frozenset(compiler.whole_lists),
        fires_once=token.symbol == "once",
        evaluate=evaluate,
        doubts=frozenset(compiler.doubts),
        is_truth=token.symbol in _TRUTHS,
        is_path=_is_path(token),
        offers=compiler.offers if token.symbol in ("/", "[") else None,
    )


class _Compiler:
    """Turns one token tree into nested functions, noting every reference to the main instance."""

    def __init__(self) -> None:
        self.references: list[Reference] = []
        self.functions: set[str] = set()
        self.lists: set[str] = set()
        self.whole_lists: set[str] = set()
        self.offers: Callable[[Scope, str, str], bool] | None = None  # of the path compiled last
        self.doubts: set[str] = set()
        self._depth = 0
        self._conditions = 0  # how many conditions on rows the compiler stands in

    def compile(self, token: Any, base: Reference | None) -> Evaluate:
        """`base` is what a relative path starts from; None inside a predicate on a secondary instance."""
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise ExpressionError("nested too deeply")
        try:
            return self._compile(token, base)
        finally:
            self._depth -= 1

    def _compile(self, token: Any, base: Reference | None) -> Evaluate:
        symbol = token.symbol
        if symbol == "(string)":
            text = str(token.value)
            return lambda _: text
        if symbol in ("(integer)", "(decimal)"):
            number = float(token.value)
            return lambda _: number
        if symbol == "(" and len(token) == 1:
            return self.compile(token[0], base)
        if symbol in ("or", "and", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod") and len(
            token
        ):
            return self._operator(token, base)
        if symbol == "|":
            return self._union(token, base)
        if token.label == "function" and symbol in FUNCTIONS and symbol not in ("instance", "current"):
            return self._function(token, base)
        return self._path(token, base)

    def _operator(self, token: Any, base: Reference | None) -> Evaluate:
        symbol = token.symbol
        left = single(self.compile(token[0], base))
        if len(token) == 1:
            if symbol == "+":
                raise ExpressionError("a plus sign needs something before it")
            return lambda scope: -to_number(left(scope))
        right = single(self.compile(token[1], base))
        if symbol in ("or", "and") and (_is_path(token[0]) or _is_path(token[1])):
            self.doubts.add("path_as_truth")
        if symbol == "or":
            return lambda scope: to_boolean(left(scope)) or to_boolean(right(scope))
        if symbol == "and":
            return lambda scope: to_boolean(left(scope)) and to_boolean(right(scope))
        if symbol in _ARITHMETIC:
            calculate = _ARITHMETIC[symbol]
            return lambda scope: calculate(to_number(left(scope)), to_number(right(scope)))
        holds = COMPARISONS[symbol]
        return lambda scope: holds(left(scope), right(scope))

    def _union(self, token: Any, base: Reference | None) -> Evaluate:
        self.doubts.add("union")
        left, right = self.compile(token[0], base), self.compile(token[1], base)

        def union(scope: Scope) -> Result:
            both = [*nodes_of(left(scope)), *nodes_of(right(scope))]
            return sorted(dict.fromkeys(both), key=lambda node: node.sequence)

        return union

    def _function(self, token: Any, base: Reference | None) -> Evaluate:
        name = token.symbol
        self.functions.add(name)
        if name == "regex" and token[1].symbol == "(string)":
            pattern = str(token[1].value)
            _check_pattern(pattern)
            self.doubts |= pattern_doubts(pattern)
        if name == "selected" and token[1].symbol in ("(integer)", "(decimal)"):
            self.doubts.add("selected_number")
        if name in _TRUTH_OF_FIRST and len(token) and _is_path(token[0]):
            self.doubts.add("path_as_truth")
        if name in _NOT_IN_ENKETO:
            self.doubts.add("function_elsewhere")
        if name == "indexed-repeat":
            return self._indexed_repeat(token, base)
        if name == "pulldata" and token[0].symbol == "(string)":
            self.lists.add(str(token[0].value).removesuffix(".csv"))
        spec = FUNCTIONS[name]
        call = spec.call
        arguments = tuple(self.compile(argument, base) for argument in token)
        if spec.lazy:
            return lambda scope: call(scope, *arguments)
        if name in _OVER_ROWS and base is not None and not self._conditions and _is_one_path(token):
            return _told_once(call, arguments[0], self.references[-1])
        if len(arguments) == 1:
            only = arguments[0]
            return lambda scope: call(scope, only(scope))
        return lambda scope: call(scope, *[argument(scope) for argument in arguments])

    def _indexed_repeat(self, token: Any, base: Reference | None) -> Evaluate:
        """`indexed-repeat(path, repeat, n, …)` is the path with `[position() = n]` at each repeat."""
        if len(token) % 2 == 0:
            raise ExpressionError("indexed-repeat needs a place for each repeat")
        target = self._plain_path(token[0])
        repeats = [
            (self._plain_path(repeat), _at_position(self.compile(index, base)))
            for repeat, index in zip(token[1::2], token[2::2], strict=True)
        ]
        paths = [target, *(repeat for repeat, _ in repeats)]
        last = replace(target.steps[-1], behind=_rows_behind(token[2]) if len(repeats) == 1 else None)
        self.references.append(replace(target, steps=(*target.steps[:-1], last), free=True))
        self.references.extend(replace(path, free=True) for path in paths[1:])
        if all(path.absolute for path in paths):
            return absolute_path(_indexed(target, repeats, ()))

        @lru_cache(maxsize=64)
        def standing_at(context: tuple[str, ...]) -> Evaluate:
            return absolute_path(_indexed(target, repeats, context))

        def indexed(scope: Scope) -> Result:
            try:
                return standing_at(tuple(node.name for node in scope.current.lineage))(scope)
            except ExpressionError:
                return []

        return indexed

    def _plain_path(self, token: Any) -> Reference:
        """A path without conditions. Raises ExpressionError for anything else."""
        head, steps = _flatten(token)
        if head == "instance" or any(predicates for _, predicates in steps):
            raise ExpressionError("indexed-repeat needs paths without conditions")
        return Reference(tuple(Step(_step_name(step)) for step, _ in steps), absolute=head == "/")

    def _path(self, token: Any, base: Reference | None) -> Evaluate:
        head, steps = _flatten(token)
        if head == "instance":
            return self._secondary_path(_head_token(token), steps)
        start: Reference | None
        if head == "/":
            start = Reference((), absolute=True)
        elif head == "current":
            start = Reference((), absolute=False)
        elif head == "":
            start = base
        else:
            raise ExpressionError(f"a path cannot start at {head}()")
        path, reference = self._steps(steps, start)
        if reference is not None:
            self.references.append(reference if self._conditions == 0 else reference.freed())
        if head == "/":
            return absolute_path(path)
        return relative_path(path, from_current=head == "current")

    def _steps(
        self, steps: list[tuple[Any, list[Any]]], start: Reference | None
    ) -> tuple[tuple[PathStep, ...], Reference | None]:
        path: list[PathStep] = []
        reference = start
        for step, predicate_tokens in steps:
            name = _step_name(step)
            if reference is not None:
                added = Step(name, bool(predicate_tokens))
                reference = Reference((*reference.steps, added), reference.absolute)
            path.append(
                PathStep(name, tuple(self._predicate(predicate, reference) for predicate in predicate_tokens))
            )
        return tuple(path), reference

    def _predicate(self, token: Any, base: Reference | None) -> Predicate:
        if token.symbol in _NUMBERS:
            self.doubts.add("number_in_brackets")
        self._conditions += base is not None
        evaluate = self.compile(token, base)
        self._conditions -= base is not None
        lookup = self._lookup(token, in_form=base is not None)
        only = lookup is not None and token.symbol == "="
        place = _place_asked(token)
        return Predicate(
            evaluate, lookup, only_lookup=only, positional=_may_look_at_positions(token), place=place
        )

    def _lookup(self, token: Any, *, in_form: bool) -> tuple[str, Evaluate] | None:
        """(column, value) if some `column = value` must hold and the value does not depend on the item.

        In the form itself a path from the root is bound to the row that is looked at, and so depends on it.
        """
        if any(part.symbol in ("position", "last") for part in token.iter()):
            return None
        for condition in _conjuncts(token):
            if condition.symbol != "=":
                continue
            for column, value in ((condition[0], condition[1]), (condition[1], condition[0])):
                name = _own_column(column)
                if name and _independent(value) and not (in_form and _starts_at_root(value)):
                    return name, _Compiler().compile(value, None)
        return None

    def _secondary_path(self, head: Any, steps: list[tuple[Any, list[Any]]]) -> Evaluate:
        if head[0].symbol != "(string)":
            raise ExpressionError("instance() needs the name of the list as text")
        self.functions.add("instance")
        instance_id = str(head[0].value)
        path, _ = self._steps(steps, None)
        self.lists.add(instance_id)
        if not any(predicate.lookup for step in path for predicate in step.predicates[:1]):
            self.whole_lists.add(instance_id)

        def secondary(scope: Scope) -> Result:
            root = scope.world.secondary(instance_id)
            if root is None:
                return []
            if not path:
                return [root]
            return walk([root], path[1:], scope)  # JavaRosa does not look at the root's name either

        self.offers = _membership(instance_id, path)
        return secondary


def _indexed(
    target: Reference, repeats: list[tuple[Reference, Predicate]], context: tuple[str, ...]
) -> tuple[PathStep, ...]:
    """The steps of the target with each repeat's condition on its place. Raises ExpressionError."""
    names = [step.name for step in target.from_context(context)]
    places: dict[int, Predicate] = {}
    for repeat, at_position in repeats:
        around = [step.name for step in repeat.from_context(context)]
        if around != names[: len(around)] or len(around) >= len(names):
            raise ExpressionError("indexed-repeat needs repeats around its path")
        places[len(around) - 1] = at_position
    return tuple(PathStep(name, (places[at],) if at in places else ()) for at, name in enumerate(names))


def _membership(instance_id: str, path: tuple[PathStep, ...]) -> Callable[[Scope, str, str], bool] | None:
    """For `root/item[conditions]`: whether an item has a text in a column; None where places count."""
    if len(path) != 2 or path[0].predicates or any(one.positional for one in path[1].predicates):
        return None

    def offers(scope: Scope, column: str, value: str) -> bool:
        root = scope.world.secondary(instance_id)
        return root is not None and has_item(root, path[1], column, value, scope)

    return offers


def _divide(a: float, b: float) -> float:
    if b == 0:
        return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1, b)
    return a / b


def _modulo(a: float, b: float) -> float:
    return math.nan if b == 0 or math.isnan(a) or math.isnan(b) or math.isinf(a) else math.fmod(a, b)


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "div": _divide,
    "mod": _modulo,
}


def _check_pattern(pattern: str) -> None:
    try:
        compiled(pattern)
    except PatternError as e:
        raise ExpressionError(f"regex: {e}") from e


def _at_position(index: Evaluate) -> Predicate:
    # The index of indexed-repeat is asked from where the expression stands, not from the candidate row. One
    # below 1 means the first row.
    def place(scope: Scope) -> int:
        wanted = to_number(index(Scope(scope.current, scope.world)))
        return int(wanted) - 1 if wanted >= 1 and math.isfinite(wanted) else 0

    return Predicate(lambda scope: scope.position == place(scope) + 1, None, place=place)


def _place_asked(token: Any) -> Callable[[Scope], int] | None:
    """The place that `[position() = n]` asks for, where n is the same for every candidate; from 0."""
    if token.symbol != "=" or token[0].symbol != "position" or len(token[0]):
        return None
    if not _independent(token[1]) or _starts_at_root(token[1]):
        return None
    wanted = _Compiler().compile(token[1], None)

    def place(scope: Scope) -> int:
        number = to_number(wanted(scope))
        return int(number) - 1 if math.isfinite(number) and number == int(number) else -1

    return place


def _rows_behind(index: Any) -> tuple[int, int] | None:
    """(rows, climbs) for `position(..) - rows`; None for any other index."""
    if index.symbol != "-" or len(index) != 2 or index[1].symbol != "(integer)" or index[1].value < 1:
        return None
    if index[0].symbol != "position" or len(index[0]) != 1:
        return None
    head, steps = _flatten(index[0][0])
    climbs = head == "" and all(step.symbol == ".." and not conditions for step, conditions in steps)
    return (int(index[1].value), len(steps)) if climbs else None


_OVER_ROWS = frozenset({"sum", "count", "max", "min", "count-non-empty"})


def _is_path(token: Any) -> bool:
    """Whether it is a path and nothing else: answers, not what is made of them."""
    if token.symbol == "(" and len(token) == 1:
        return _is_path(token[0])
    return token.symbol in ("(name)", ":", "/", "//", "[", ".", "..")


def _is_one_path(call: Any) -> bool:
    """Whether all that a function is given is a path of the form itself."""
    if len(call) != 1:
        return False
    return call[0].symbol == "(name)" or (call[0].symbol == "/" and _flatten(call[0])[0] != "instance")


def _told_once(call: Callable[..., Result], argument: Evaluate, path: Reference) -> Evaluate:
    """A total over a plain path from above: told once for all rows, until something there changes."""
    names = [step.name for step in path.steps]
    climbs = 0 if path.absolute else sum(name == ".." for name in names)
    down = tuple(names[climbs:])
    plain = not any(step.free or step.name in ("*", ".") for step in path.steps) and ".." not in down

    def told(scope: Scope) -> Result:
        lineage = scope.node.lineage
        shared = len(lineage) - climbs
        if path.absolute:
            shared = 1
            while shared < min(len(lineage), len(down)) and lineage[shared].name == down[shared]:
                shared += 1
        if (
            not plain
            or lineage[0] is not scope.world.root
            or not 0 < shared < len(lineage)
            or not lineage[0].spec
        ):
            return call(scope, argument(scope))
        start = lineage[shared - 1]
        asked = (*start.spec.full_path, *(down[shared:] if path.absolute else down))
        return scope.world.remembered.recall((told, start), asked, lambda: call(scope, argument(scope)))

    return told


def _own_column(token: Any) -> str:
    """`column` or `./column` of the item that is looked at, "" for anything else."""
    if token.symbol == "(name)":
        return str(token.value)
    plain = token.symbol == "/" and len(token) == 2 and token[0].symbol == "." and token[1].symbol == "(name)"
    return str(token[1].value) if plain else ""


def _starts_at_root(token: Any) -> bool:
    return any(part.symbol == "/" and _flatten(part)[0] == "/" for part in token.iter())


def _head_token(token: Any) -> Any:
    while token.symbol in ("/", "["):
        token = token[0]
    return token


def _flatten(token: Any) -> tuple[str, list[tuple[Any, list[Any]]]]:
    """The head of a path ("/", "instance", "current", "" for a relative one), its steps with predicates."""
    predicates: list[Any] = []
    steps: list[tuple[Any, list[Any]]] = []
    while token.symbol == "[":
        predicates.insert(0, token[1])
        token = token[0]
    if token.symbol == "/":
        if len(token) == 0:
            return "/", []
        if len(token) == 1:
            head = "/"
            head_or_relative, last = _flatten(token[0])
        else:
            head, steps = _flatten(token[0])
            head_or_relative, last = _flatten(token[1])
        if head_or_relative:
            raise ExpressionError("a path can only start at a function, not go through one")
        steps = [*steps, *last]
    elif token.label == "function" and token.symbol in ("instance", "current"):
        head = token.symbol
    else:
        head, steps = "", [(token, [])]
    if predicates:
        if not steps:
            raise ExpressionError("a predicate needs a step")
        step, before = steps[-1]
        steps = [*steps[:-1], (step, [*before, *predicates])]
    return head, steps


def _may_look_at_positions(token: Any) -> bool:
    """Unless it is a comparison or a conjunction of such that does not ask for a place."""
    conditions = ("=", "!=", "<", "<=", ">", ">=", "and", "or", "selected", "not")
    return token.symbol not in conditions or any(part.symbol in ("position", "last") for part in token.iter())


def _step_name(token: Any) -> str:
    symbol = token.symbol
    if symbol in (".", "..", "*"):
        return str(symbol)
    if symbol == "(name)":
        return str(token.value)
    if symbol == ":":
        return f"{token[0].value}:{token[1].value}"
    if symbol in ("@", "attribute"):
        return "@" + _step_name(token[0])
    if symbol in _AXES and len(token) == 1:
        return _step_name(token[0]) if symbol == "child" else _AXES[symbol]
    raise ExpressionError(f"{token.source} is not a step that forms can use")


def _conjuncts(token: Any) -> Iterator[Any]:
    if token.symbol == "and":
        yield from _conjuncts(token[0])
        yield from _conjuncts(token[1])
    elif token.symbol == "(" and len(token) == 1:
        yield from _conjuncts(token[0])
    else:
        yield token


def _independent(token: Any) -> bool:
    """Whether an expression means the same for every candidate item: no relative path in it."""
    symbol = token.symbol
    if symbol in ("(string)", "(integer)", "(decimal)", "(float)"):
        return True
    if symbol in ("/", "["):
        return _flatten(token)[0] != ""
    if token.label == "function" or symbol in ("+", "-", "*", "div", "mod", "("):
        return symbol in ("current", "instance") or (
            len(token) > 0 and all(_independent(part) for part in token)
        )
    return False
