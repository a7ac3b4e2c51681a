"""What was answered in one record, step by step, to be taken back and done again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from core.forms.filling.edits import Edit
from core.forms.paths import DELETED, LIFE, template_path
from core.records.operation import ALIVE
from core.values import Value, same_value

STEPS_KEPT = 200


@dataclass(frozen=True)
class Step:
    """One change: the stored answers that it touched, as they were and as they became."""

    path: str
    """Where the person was; "" for rows added, removed or moved."""
    before: Mapping[str, Value]
    after: Mapping[str, Value]


class Undoing:
    """The steps of one open record. What is typed into one question without leaving it is one step."""

    def __init__(self, counted: AbstractSet[str] = frozenset()) -> None:
        """`counted`: the repeats whose rows the form makes by a number."""
        self._counted = counted
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._open = ""

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    def note(self, path: str, edit: Edit) -> None:
        """The person changed something at `path`, and this is what became of it."""
        step = _step(path, edit, self._counted)
        if step is None:
            return
        if self._done and path and path == self._open and self._done[-1].path == path:
            last = self._done.pop()
            step = Step(path, {**step.before, **last.before}, {**last.after, **step.after})
        self._done = [*self._done, step][-STEPS_KEPT:]
        self._undone, self._open = [], path

    def leave(self, path: str) -> None:
        """The question was left: what comes next there is another step."""
        if path == self._open:
            self._open = ""

    def undo(self) -> Step:
        """The last step, which is taken back now."""
        self._open = ""
        self._undone.append(self._done.pop())
        return self._undone[-1]

    def redo(self) -> Step:
        """The step taken back last, which is done again now."""
        self._done.append(self._undone.pop())
        return self._done[-1]


def _step(path: str, edit: Edit, counted: AbstractSet[str]) -> Step | None:
    """What was changed; None if nothing was."""
    before, after = edit.before, edit.after
    touched = sorted(one for one in after if not same_value(before.get(one), after[one]))
    if not touched:
        return None
    fresh = {row for row in edit.made if template_path(row) not in counted}
    gone: dict[str, Value] = {f"{row}/{LIFE}": DELETED for row in fresh}
    back: dict[str, Value] = {f"{row}/{LIFE}": ALIVE for row in fresh}
    there = [
        one for one in touched if _row_of(one) not in fresh and not _is_counted_row(one, before, counted)
    ]
    return Step(path, _values(before, there) | gone, _values(after, touched) | back)


def _values(answers: Mapping[str, Value], paths: Iterable[str]) -> dict[str, Value]:
    """These answers as they can be stored again: a row that was never removed is alive."""
    return {path: answers.get(path, ALIVE if path.endswith(f"/{LIFE}") else None) for path in paths}


def _row_of(path: str) -> str:
    row = path.rpartition("/")[0]
    return row if row.endswith("]") else ""


def _is_counted_row(path: str, before: Mapping[str, Value], counted: AbstractSet[str]) -> bool:
    """Whether it came with a row that the form itself counts: such rows come and go with their number."""
    return path not in before and template_path(_row_of(path)) in counted
