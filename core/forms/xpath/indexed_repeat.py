"""`indexed-repeat(path, repeat, n, …)`: the path with `[position() = n]` at each repeat."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from core.forms.atoms import Result, to_number
from core.forms.xpath.expressions import Evaluate, ExpressionError, Reference, Scope
from core.forms.xpath.path_steps import PathStep, Predicate, absolute_path


def indexed_path(target: Reference, repeats: Sequence[tuple[Reference, Evaluate]]) -> Evaluate:
    """The target in the row of each repeat that its number tells; nothing where a path leads nowhere.

    Raises ExpressionError if a repeat is not around the target and all paths are absolute.
    """
    placed = [(repeat, _at_position(index)) for repeat, index in repeats]
    if target.absolute and all(repeat.absolute for repeat, _ in repeats):
        return absolute_path(_steps(target, placed, ()))

    @lru_cache(maxsize=64)
    def standing_at(context: tuple[str, ...]) -> Evaluate:
        return absolute_path(_steps(target, placed, context))

    def indexed(scope: Scope) -> Result:
        try:
            return standing_at(tuple(node.name for node in scope.current.lineage))(scope)
        except ExpressionError:
            return []

    return indexed


def _steps(
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


def _at_position(index: Evaluate) -> Predicate:
    """A number asked from where the expression stands, not from the candidate row; below 1: the first row."""

    def place(scope: Scope) -> int:
        wanted = to_number(index(Scope(scope.current, scope.world)))
        return int(wanted) - 1 if wanted >= 1 and math.isfinite(wanted) else 0

    return Predicate(lambda scope: scope.position == place(scope) + 1, None, place=place)
