"""Questions about the tokens of an expression: what kind of thing a part of it is, what a path says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from core.forms.xpath.expressions import ExpressionError

_AXES = {"child": "", "self": ".", "parent": ".."}


def rows_behind(index: Any) -> tuple[int, int] | None:
    """(rows, climbs) for `position(..) - rows`; None for any other index."""
    if index.symbol != "-" or len(index) != 2 or index[1].symbol != "(integer)" or index[1].value < 1:
        return None
    if index[0].symbol != "position" or len(index[0]) != 1:
        return None
    head, steps = flatten(index[0][0])
    climbs = head == "" and all(step.symbol == ".." and not conditions for step, conditions in steps)
    return (int(index[1].value), len(steps)) if climbs else None


def is_path(token: Any) -> bool:
    """Whether it is a path and nothing else: answers, not what is made of them."""
    if token.symbol == "(" and len(token) == 1:
        return is_path(token[0])
    return token.symbol in ("(name)", ":", "/", "//", "[", ".", "..")


def is_one_path(call: Any) -> bool:
    """Whether all that a function is given is a path of the form itself."""
    if len(call) != 1:
        return False
    return call[0].symbol == "(name)" or (call[0].symbol == "/" and flatten(call[0])[0] != "instance")


def own_column(token: Any) -> str:
    """`column` or `./column` of the item that is looked at, "" for anything else."""
    if token.symbol == "(name)":
        return str(token.value)
    plain = token.symbol == "/" and len(token) == 2 and token[0].symbol == "." and token[1].symbol == "(name)"
    return str(token[1].value) if plain else ""


def starts_at_root(token: Any) -> bool:
    """Whether a path in it begins with `/`."""
    return any(part.symbol == "/" and flatten(part)[0] == "/" for part in token.iter())


def head_token(token: Any) -> Any:
    """What a path starts from: the call of `instance()`, say."""
    while token.symbol in ("/", "["):
        token = token[0]
    return token


def flatten(token: Any) -> tuple[str, list[tuple[Any, list[Any]]]]:
    """The head of a path ("/", "instance", "current", "" for a relative one), its steps with predicates.

    Raises ExpressionError for a path that forms cannot use.
    """
    predicates: list[Any] = []
    while token.symbol == "[":
        predicates.insert(0, token[1])
        token = token[0]
    if token.symbol == "/" and len(token) == 0:
        return "/", []
    head, steps = _unconditional(token)
    if predicates:
        if not steps:
            raise ExpressionError("a predicate needs a step")
        step, before = steps[-1]
        steps = [*steps[:-1], (step, [*before, *predicates])]
    return head, steps


def _unconditional(token: Any) -> tuple[str, list[tuple[Any, list[Any]]]]:
    """The same for a path that does not end with a predicate."""
    if token.symbol == "/":
        head, steps = flatten(token[0]) if len(token) == 2 else ("/", [])
        inner, last = flatten(token[-1])
        if inner:
            raise ExpressionError("a path can only start at a function, not go through one")
        return head, [*steps, *last]
    if token.label == "function" and token.symbol in ("instance", "current"):
        return token.symbol, []
    return "", [(token, [])]


def may_look_at_positions(token: Any) -> bool:
    """Unless it is a comparison or a conjunction of such that does not ask for a place."""
    conditions = ("=", "!=", "<", "<=", ">", ">=", "and", "or", "selected", "not")
    return token.symbol not in conditions or any(part.symbol in ("position", "last") for part in token.iter())


def step_name(token: Any) -> str:
    """A name, `..`, `.`, `*` or `@name`. Raises ExpressionError for an axis that forms do not have."""
    symbol = token.symbol
    if symbol in (".", "..", "*"):
        return str(symbol)
    if symbol == "(name)":
        return str(token.value)
    if symbol == ":":
        return f"{token[0].value}:{token[1].value}"
    if symbol in ("@", "attribute"):
        return "@" + step_name(token[0])
    if symbol in _AXES and len(token) == 1:
        return step_name(token[0]) if symbol == "child" else _AXES[symbol]
    raise ExpressionError(f"{token.source} is not a step that forms can use")


def conjuncts(token: Any) -> Iterator[Any]:
    """The conditions that must hold all together."""
    if token.symbol == "and":
        yield from conjuncts(token[0])
        yield from conjuncts(token[1])
    elif token.symbol == "(" and len(token) == 1:
        yield from conjuncts(token[0])
    else:
        yield token


def independent(token: Any) -> bool:
    """Whether an expression means the same for every candidate item: no relative path in it."""
    symbol = token.symbol
    if symbol in ("(string)", "(integer)", "(decimal)", "(float)"):
        return True
    if symbol in ("/", "["):
        return flatten(token)[0] != ""
    if token.label == "function" or symbol in ("+", "-", "*", "div", "mod", "("):
        return symbol in ("current", "instance") or (
            len(token) > 0 and all(independent(part) for part in token)
        )
    return False
