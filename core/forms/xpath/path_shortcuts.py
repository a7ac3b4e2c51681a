"""Paths that need no walk each time: totals told once for all rows, items that a list's index knows."""

from __future__ import annotations

from collections.abc import Callable

from core.forms.atoms import Result
from core.forms.xpath.expressions import Evaluate, Reference, Scope
from core.forms.xpath.path_steps import PathStep, has_item


def told_once(call: Callable[..., Result], argument: Evaluate, path: Reference) -> Evaluate:
    """A total over a plain path from above: told once for all rows, until something there changes.

    `call` is the function of one argument that makes it.
    """
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


def membership(instance_id: str, path: tuple[PathStep, ...]) -> Callable[[Scope, str, str], bool] | None:
    """For `root/item[conditions]`: whether an item has a text in a column; None where places count."""
    if len(path) != 2 or path[0].predicates or any(one.positional for one in path[1].predicates):
        return None

    def offers(scope: Scope, column: str, value: str) -> bool:
        root = scope.world.secondary(instance_id)
        return root is not None and has_item(root, path[1], column, value, scope)

    return offers
