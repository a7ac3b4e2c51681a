"""How complete a record is: what its form asks for in any case, what of that is there, and where it is not.

Counted are the questions that are required now: asked, and demanded by what is answered so far. One counts as
done once it has an answer that breaks no rule. Questions that may stay empty are not counted; an answer to
one that breaks a rule is still named, because it stands in the way of finalising.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from core.forms.answers import names_in
from core.forms.model import Question
from core.forms.paths import template_path
from core.forms.session import FormSession
from core.problems import Problem

State = Literal["wrong", "open", "done", "optional"]
EVIDENCE: Final = frozenset({"image", "audio", "video", "file"})


@dataclass(frozen=True)
class Section:
    """One part of a form by the path of its group or repeat; "" for the questions outside of groups.

    `required` counts the questions that must be answered, `done` those of them with a sound answer; `missing`
    and `wrong` are paths in the order of the form, `wrong` also those of answers nobody had to give.
    """

    path: str
    required: int
    done: int
    missing: tuple[str, ...]
    wrong: tuple[str, ...]
    warnings: int

    @property
    def state(self) -> State:
        """Wrong answers come before missing ones; "optional" if nothing is required."""
        if self.wrong:
            return "wrong"
        if self.missing:
            return "open"
        return "done" if self.required else "optional"

    @property
    def first(self) -> str:
        """The question to go to: the first wrong one, else the first missing one; "" for none."""
        return next(iter((*self.wrong, *self.missing)), "")


@dataclass(frozen=True)
class EvidenceKind:
    """A kind of evidence that a form hopes for.

    `path` is the template path of the question that tells kinds, `name` the kind as it is stored there.
    """

    path: str
    name: str
    present: bool


@dataclass(frozen=True)
class Completeness:
    """A whole record. `evidence` are the kinds its form lists, in their order; none of them is required."""

    sections: tuple[Section, ...]
    evidence: tuple[EvidenceKind, ...]

    @property
    def required(self) -> int:
        return sum(section.required for section in self.sections)

    @property
    def done(self) -> int:
        return sum(section.done for section in self.sections)

    @property
    def missing(self) -> int:
        return sum(len(section.missing) for section in self.sections)

    @property
    def wrong(self) -> int:
        return sum(len(section.wrong) for section in self.sections)

    @property
    def warnings(self) -> int:
        return sum(section.warnings for section in self.sections)

    @property
    def complete(self) -> bool:
        """Whether nothing stands in the way of finalising."""
        return not (self.missing or self.wrong)


def completeness(session: FormSession, problems: Iterable[Problem]) -> Completeness:
    """How complete the record is; `problems` are those of the session as it is now."""
    found = {problem.path: problem for problem in problems}
    tallies: dict[str, _Tally] = {}
    for view in session.children():
        path = view.path if view.kind != "question" else ""
        tally = tallies.setdefault(path, _Tally())
        for question in _questions(session, view.path):
            tally.count(session, question, found.get(question))
    sections = (tally.section(path) for path, tally in tallies.items())
    return Completeness(tuple(sections), tuple(_evidence(session)))


class _Tally:
    """Counts one section."""

    def __init__(self) -> None:
        self._required = self._done = self._warnings = 0
        self._missing: list[str] = []
        self._wrong: list[str] = []

    def count(self, session: FormSession, path: str, problem: Problem | None) -> None:
        sound = problem is None or problem.severity == "warning"
        if session.required(path):
            self._required += 1
            self._done += sound
        if problem is None:
            return
        if sound:
            self._warnings += 1
        else:
            (self._missing if problem.code == "required" else self._wrong).append(path)

    def section(self, path: str) -> Section:
        return Section(
            path, self._required, self._done, tuple(self._missing), tuple(self._wrong), self._warnings
        )


def _questions(session: FormSession, path: str) -> Iterator[str]:
    """The questions a person is asked now at a path and beneath it."""
    item = session.form.item(template_path(path))
    if isinstance(item, Question):
        if item.asked and session.relevant(path):
            yield path
        return
    if session.relevant(path):
        for view in session.children(path):
            yield from _questions(session, view.path)


def _evidence(session: FormSession) -> Iterator[EvidenceKind]:
    """The kinds that questions of the form list (`cj:checklist`)."""
    for question in session.form.questions():
        present = set(_kinds_there(session, question)) if question.checklist else set()
        for name in question.checklist:
            yield EvidenceKind(question.path, name, name in present)


def _kinds_there(session: FormSession, question: Question) -> Iterator[str]:
    """The kinds that rows name which hold a photo or a file as well."""
    holder = question.path.rpartition("/")[0]
    files = [
        one.name
        for one in session.form.questions()
        if one.kind in EVIDENCE and one.path.rpartition("/")[0] == holder
    ]
    for row in session.rows(holder) if holder else [""]:
        path = f"{row}/{question.name}"
        if session.relevant(path) and any(session.value(f"{row}/{name}") is not None for name in files):
            yield from names_in(session.value(path))
