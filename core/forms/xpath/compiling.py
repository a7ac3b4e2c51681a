"""The ODK dialect of XPath: its tokens are turned into functions over our own nodes.

elementpath's evaluator scans siblings at each step and types values as XPath 2 does; ours takes child steps
from a name index and converts values as JavaRosa does. Only the steps JavaRosa knows exist: child, parent,
self, attribute, with predicates. Absolute paths are bound to the rows of their context, as JavaRosa does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from core.forms.atoms import ARITHMETIC, COMPARISONS, Result, to_boolean, to_number
from core.forms.xpath.expressions import (
    Compiled,
    Evaluate,
    Expression,
    ExpressionError,
    Reference,
    Scope,
    Step,
)
from core.forms.xpath.function_table import FUNCTIONS
from core.forms.xpath.grammar import token_tree
from core.forms.xpath.indexed_repeat import indexed_path
from core.forms.xpath.java_patterns import PatternError, compiled, pattern_doubts
from core.forms.xpath.path_shortcuts import membership, told_once
from core.forms.xpath.path_steps import (
    PathStep,
    Predicate,
    absolute_path,
    nodes_of,
    operand,
    relative_path,
    walk,
)
from core.forms.xpath.tokens import (
    conjuncts,
    flatten,
    head_token,
    independent,
    is_one_path,
    is_path,
    may_look_at_positions,
    own_column,
    rows_behind,
    starts_at_root,
    step_name,
)

MOST_NESTED = 150
"""Operators and functions inside each other, a chain of `+` among them; Python gives up at some 300."""
_OPERATORS = frozenset({"or", "and", *COMPARISONS, *ARITHMETIC})
_NUMBERS = frozenset(
    {"(integer)", "(decimal)", "+", "-", "*", "div", "mod", "position", "count", "number", "int"}
)
_TRUTHS = frozenset(
    {"=", "!=", "<", "<=", ">", ">=", "and", "or", "not", "true", "false", "boolean", "boolean-from-string"}
    | {"selected", "regex", "contains", "starts-with", "ends-with"}
    | {"checklist", "weighted-checklist", "geofence"}
)
"""Whose result is a truth; `_NUMBERS` are those whose result is a number."""
_TRUTH_OF_FIRST = frozenset({"boolean", "if", "not"})
_OVER_ROWS = frozenset({"sum", "count", "max", "min", "count-non-empty"})
_NOT_IN_ENKETO = frozenset({"base64-decode", "enclosed-area", "geofence", "is-selected"})
"""Functions that Enketo's evaluator (openrosa-xpath-evaluator 3.1.0) does not have."""


def compile_expression(source: str, namespaces: Mapping[str, str] | None = None) -> Expression:
    """The expression ready to run. Raises ExpressionError saying what is wrong and where in the text."""
    expression = Expression(source, namespaces or {})
    _ = expression.compiled
    return expression


def compile_source(source: str, namespaces: Mapping[str, str]) -> Compiled:
    """What the text says, with functions of a Scope to evaluate it.

    Raises ExpressionError saying what is wrong and where in the text.
    """
    token = token_tree(source, namespaces)
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
        is_path=is_path(token),
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
        if symbol in _OPERATORS and len(token):
            return self._operator(token, base)
        if symbol == "|":
            return self._union(token, base)
        if token.label == "function" and symbol in FUNCTIONS and symbol not in ("instance", "current"):
            return self._function(token, base)
        return self._path(token, base)

    def _operator(self, token: Any, base: Reference | None) -> Evaluate:
        symbol = token.symbol
        left = operand(self.compile(token[0], base))
        if len(token) == 1:
            if symbol == "+":
                raise ExpressionError("a plus sign needs something before it")
            return lambda scope: -to_number(left(scope))
        right = operand(self.compile(token[1], base))
        if symbol in ("or", "and") and (is_path(token[0]) or is_path(token[1])):
            self.doubts.add("path_as_truth")
        if symbol == "or":
            return lambda scope: to_boolean(left(scope)) or to_boolean(right(scope))
        if symbol == "and":
            return lambda scope: to_boolean(left(scope)) and to_boolean(right(scope))
        if symbol in ARITHMETIC:
            calculate = ARITHMETIC[symbol]
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
        self._doubt(name, token)
        if name == "indexed-repeat":
            return self._indexed_repeat(token, base)
        if name == "pulldata" and token[0].symbol == "(string)":
            self.lists.add(str(token[0].value).removesuffix(".csv"))
        spec = FUNCTIONS[name]
        call = spec.call
        arguments = tuple(self.compile(argument, base) for argument in token)
        if spec.lazy:
            return lambda scope: call(scope, *arguments)
        if name in _OVER_ROWS and base is not None and not self._conditions and is_one_path(token):
            return told_once(call, arguments[0], self.references[-1])
        if len(arguments) == 1:
            only = arguments[0]
            return lambda scope: call(scope, only(scope))
        return lambda scope: call(scope, *[argument(scope) for argument in arguments])

    def _doubt(self, name: str, arguments: Any) -> None:
        """Notes what other programs take otherwise. Raises ExpressionError for a pattern that is none."""
        if name == "regex" and arguments[1].symbol == "(string)":
            pattern = str(arguments[1].value)
            _check_pattern(pattern)
            self.doubts |= pattern_doubts(pattern)
        if name == "selected" and arguments[1].symbol in ("(integer)", "(decimal)"):
            self.doubts.add("selected_number")
        if name in _TRUTH_OF_FIRST and len(arguments) and is_path(arguments[0]):
            self.doubts.add("path_as_truth")
        if name in _NOT_IN_ENKETO:
            self.doubts.add("function_elsewhere")

    def _indexed_repeat(self, token: Any, base: Reference | None) -> Evaluate:
        if len(token) % 2 == 0:
            raise ExpressionError("indexed-repeat needs a place for each repeat")
        target = self._plain_path(token[0])
        repeats = [
            (self._plain_path(repeat), self.compile(index, base))
            for repeat, index in zip(token[1::2], token[2::2], strict=True)
        ]
        last = replace(target.steps[-1], behind=rows_behind(token[2]) if len(repeats) == 1 else None)
        self.references.append(replace(target, steps=(*target.steps[:-1], last), free=True))
        self.references.extend(replace(path, free=True) for path, _ in repeats)
        return indexed_path(target, repeats)

    def _plain_path(self, token: Any) -> Reference:
        """A path without conditions. Raises ExpressionError for anything else."""
        head, steps = flatten(token)
        if head == "instance" or any(predicates for _, predicates in steps):
            raise ExpressionError("indexed-repeat needs paths without conditions")
        return Reference(tuple(Step(step_name(step)) for step, _ in steps), absolute=head == "/")

    def _path(self, token: Any, base: Reference | None) -> Evaluate:
        head, steps = flatten(token)
        if head == "instance":
            return self._secondary_path(head_token(token), steps)
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
            name = step_name(step)
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
            evaluate, lookup, only_lookup=only, positional=may_look_at_positions(token), place=place
        )

    def _lookup(self, token: Any, *, in_form: bool) -> tuple[str, Evaluate] | None:
        """(column, value) if some `column = value` must hold and the value does not depend on the item.

        In the form itself a path from the root is bound to the row that is looked at, and so depends on it.
        """
        if any(part.symbol in ("position", "last") for part in token.iter()):
            return None
        for condition in conjuncts(token):
            if condition.symbol != "=":
                continue
            for column, value in ((condition[0], condition[1]), (condition[1], condition[0])):
                name = own_column(column)
                if name and independent(value) and not (in_form and starts_at_root(value)):
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

        self.offers = membership(instance_id, path)
        return secondary


def _check_pattern(pattern: str) -> None:
    try:
        compiled(pattern)
    except PatternError as e:
        raise ExpressionError(f"regex: {e}") from e


def _place_asked(token: Any) -> Callable[[Scope], int] | None:
    """The place that `[position() = n]` asks for, where n is the same for every candidate; from 0."""
    if token.symbol != "=" or token[0].symbol != "position" or len(token[0]):
        return None
    if not independent(token[1]) or starts_at_root(token[1]):
        return None
    wanted = _Compiler().compile(token[1], None)

    def place(scope: Scope) -> int:
        number = to_number(wanted(scope))
        return int(number) - 1 if math.isfinite(number) and number == int(number) else -1

    return place
