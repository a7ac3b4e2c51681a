"""Questions that merge as one (`cj:merge`): a place and its code, a choice and its text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from core.forms.paths import template_path
from core.records.operation import OpRef
from core.values import Value

if TYPE_CHECKING:
    from core.forms.model.form import Form
    from core.records.merge import MergedRecord


def heads_at(merged: MergedRecord | None, paths: Iterable[str]) -> dict[str, tuple[OpRef, ...]]:
    """The operations whose values stand at these paths; none where nothing was ever set."""
    fields = {} if merged is None else merged.fields
    return {path: tuple(head.ref for head in fields[path].heads) if path in fields else () for path in paths}


def unit_of(form: Form, path: str) -> tuple[str, ...]:
    """The paths, in the same repeat row, that merge as one with this path, itself included."""
    units = form.merge_units()
    template = template_path(path)
    row, parent = path.rpartition("/")[0], template.rpartition("/")[0]
    name = units.get(template)
    if name is None:
        return (path,)
    return tuple(
        f"{row}/{other.rpartition('/')[2]}"
        for other, unit in units.items()
        if unit == name and other.rpartition("/")[0] == parent
    )


def with_whole_units(
    form: Form, changed: Mapping[str, Value], shown: Mapping[str, Value], merged: MergedRecord | None
) -> tuple[dict[str, Value], dict[str, tuple[OpRef, ...]]]:
    """The changed fields completed to whole units, and their bases.

    `shown` is what the author saw, `merged` the record it came from. A member never answered is set to None,
    so that another's answer to it becomes a conflict; all members share one base, the heads of them all.
    """
    fields: dict[str, Value] = {}
    bases: dict[str, tuple[OpRef, ...]] = {}
    for path in changed:
        members = unit_of(form, path)
        heads = heads_at(merged, members)
        shared = tuple(sorted({ref for refs in heads.values() for ref in refs}))
        for member in members:
            fields[member] = changed[member] if member in changed else shown.get(member)
            bases[member] = shared
    return fields, bases
