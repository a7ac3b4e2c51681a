"""What became of a session since somebody last asked: for screens and for undoing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.values import Value


@dataclass(frozen=True)
class Edit:
    """`after` are the stored answers that were written, `before` those of them that there were, as they were.

    `made` are new rows. `touched` are the paths that may look or be judged otherwise now, None for any path;
    `reordered`: rows have other places.
    """

    before: Mapping[str, Value]
    after: Mapping[str, Value]
    made: frozenset[str]
    touched: frozenset[str] | None
    reordered: bool


class Edits:
    """Collects what becomes the next `Edit`."""

    def __init__(self) -> None:
        self._before: dict[str, Value] = {}
        self._written: dict[str, None] = {}
        self.made: set[str] = set()
        self.touched: set[str] | None = None
        self.reordered = True

    def note(self, path: str, stored: Mapping[str, Value]) -> None:
        """The answer at that path is written next."""
        if path not in self._written:
            self._written[path] = None
            if path in stored:
                self._before[path] = stored[path]

    def touch(self, path: str) -> None:
        """Something about that path may be otherwise."""
        if self.touched is not None:
            self.touched.add(path)

    def take(self, stored: Mapping[str, Value]) -> Edit:
        """All that was collected; collecting begins anew."""
        after = {path: stored[path] for path in self._written}
        touched = None if self.touched is None else frozenset(self.touched)
        edit = Edit(self._before, after, frozenset(self.made), touched, self.reordered)
        self._before, self._written, self.made = {}, {}, set()
        self.touched, self.reordered = set(), False
        return edit
