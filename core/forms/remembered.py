"""What many rows ask alike is answered once: totals over all rows, and the rows whose column has a value."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from core.forms.answer_paths import FullPath
from core.forms.atoms import Atom, atom_text, equal, to_number
from core.forms.instance import Node

T = TypeVar("T")
_PART = 1e-6  # equal numbers lie in one such part of the numbers, or in two that touch


class Remembered:
    """Answers that hold until a node at their path, or around it, is another one or has another value."""

    def __init__(self) -> None:
        self._versions: dict[FullPath, int] = defaultdict(int)
        self._kept: dict[Hashable, tuple[int, Any]] = {}

    def changed(self, path: FullPath) -> None:
        """A node at that path came, went, moved, or has another value or relevance."""
        self._versions[path] += 1

    def recall(self, key: Hashable, path: FullPath, make: Callable[[], T]) -> T:
        """What was made for the key last, if it still holds; else it is made anew."""
        version = sum(self._versions.get(path[:length], 0) for length in range(1, len(path) + 1))
        kept = self._kept.get(key)
        if kept is None or kept[0] != version:
            kept = self._kept[key] = (version, make())
        return kept[1]


class Column:
    """The rows of a repeat by the value of one question; not `usable` where answers are truths or several."""

    def __init__(self, rows: list[Node], name: str) -> None:
        self.usable = True
        self._told: dict[tuple[type, Atom], list[Node]] = {}
        self._texts: dict[str, list[Node]] = defaultdict(list)
        self._numbers: dict[float, list[tuple[Atom, Node]]] = defaultdict(list)
        for row in rows:
            cells = row.children.get(name, [])
            atom = cells[0].atom() if cells else ""
            self.usable &= len(cells) < 2 and not isinstance(atom, bool)
            if not isinstance(atom, float):
                self._texts[atom_text(atom)].append(row)
            number = to_number(atom)
            if math.isfinite(number):
                self._numbers[number // _PART].append((atom, row))

    def rows_with(self, wanted: Atom) -> list[Node]:
        """The rows whose answer equals it, in their order."""
        key = (type(wanted), wanted)
        if key not in self._told:
            self._told[key] = self._rows_with(wanted)
        return self._told[key]

    def _rows_with(self, wanted: Atom) -> list[Node]:
        if isinstance(wanted, float):
            return self._near(wanted, wanted)
        texts = self._texts.get(atom_text(wanted), [])
        numbers = [row for row in self._near(to_number(wanted), wanted) if row not in texts]
        return sorted([*texts, *numbers], key=lambda row: row.place)

    def _near(self, number: float, wanted: Atom) -> list[Node]:
        if not math.isfinite(number):
            return []
        part = number // _PART  # infinite for the largest numbers, which then are all in one
        found = [row for at in {part - 1, part, part + 1} for row in self._numbers.get(at, ())]
        return sorted((row for atom, row in found if equal(atom, wanted)), key=lambda row: row.place)
