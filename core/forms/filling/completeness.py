"""How complete a record is: what its form asks for in any case, what of that is there, and where it is not.

Counted are the questions that are required now: asked, and demanded by what is answered so far. One counts as
done once it has an answer that breaks no rule. Questions that may stay empty are not counted; an answer to
one that breaks a rule is still named, because it stands in the way of finalising.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from core.forms.answers import names_in
from core.forms.filling.session import FormSession, NodeView
from core.forms.model.items import Question
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
        """How many questions must be answered."""
        return sum(section.required for section in self.sections)

    @property
    def done(self) -> int:
        """How many of the required ones are answered."""
        return sum(section.done for section in self.sections)

    @property
    def missing(self) -> int:
        """How many of the required ones are not answered."""
        return sum(len(section.missing) for section in self.sections)

    @property
    def wrong(self) -> int:
        """How many answers stand in the way of finalising."""
        return sum(len(section.wrong) for section in self.sections)

    @property
    def warnings(self) -> int:
        """How many answers are doubtful and may stay."""
        return sum(section.warnings for section in self.sections)

    @property
    def complete(self) -> bool:
        """Whether nothing stands in the way of finalising."""
        return not (self.missing or self.wrong)


def completeness(session: FormSession) -> Completeness:
    """How complete the record is now."""
    return Judgement(session).completeness()


class Judgement:
    """All that is wrong or missing in a record, and how complete it is; follows it question by question."""

    def __init__(self, session: FormSession) -> None:
        self._session = session
        self._found: dict[str, Problem] = {}
        self._places: dict[str, tuple[tuple[int, int], ...]] = {}
        self._required: dict[str, str] = {}
        """The section of each question that must be answered now."""
        self._sorted = True
        self.follow(None, reordered=True)

    @property
    def problems(self) -> Mapping[str, Problem]:
        """Everything that is wrong now by its path, in the order of the form."""
        if not self._sorted:
            ordered = sorted(self._places, key=self._places.__getitem__)
            self._found = {path: self._found[path] for path in ordered}
            self._sorted = True
        return self._found | {
            one.path: one for one in self._session.given_up() if one.path not in self._found
        }

    def found(self, path: str) -> Problem | None:
        """What is wrong at that path, None for nothing."""
        given_up = (one for one in self._session.given_up() if one.path == path)
        return self._found.get(path) or next(given_up, None)

    def follow(self, touched: Iterable[str] | None, *, reordered: bool) -> None:
        """Judge these paths anew, None: all. `reordered`: rows have come, gone or moved."""
        if touched is None:
            self._found, self._places, self._required = {}, {}, {}
            touched = self._session.questions_asked()
        elif reordered:
            kept = [path for path in self._found if self._session.has(path)]
            self._places = {path: self._session.place_of(path) for path in kept}
            self._found = {path: self._found[path] for path in kept}
            self._sorted = False
        for path in touched:
            self._judge(path)

    def completeness(self) -> Completeness:
        """How complete the record is."""
        tallies = {self._section_at(view): _Tally() for view in self._session.children()}
        for section in self._required.values():
            tallies[section].required += 1
        for path, problem in self.problems.items():
            counted = self._session.section_of(path)
            if counted is not None:
                tallies[counted].note(path, problem, required=path in self._required)
        sections = (tally.section(path) for path, tally in tallies.items())
        return Completeness(tuple(sections), tuple(_evidence(self._session)))

    def _judge(self, path: str) -> None:
        session = self._session
        required, problem = session.judge(path) if session.has(path) else (False, None)
        section = session.section_of(path) if required else None
        if section is not None:
            self._required[path] = section
        else:
            self._required.pop(path, None)
        if problem is None:
            self._found.pop(path, None)
            self._places.pop(path, None)
            return
        if path not in self._found:
            self._places[path] = session.place_of(path)
            self._sorted = False
        self._found[path] = problem

    def _section_at(self, view: NodeView) -> str:
        return view.path if view.kind != "question" else ""


class _Tally:
    """Counts one section."""

    def __init__(self) -> None:
        self.required = self._failed = self._warnings = 0
        self._missing: list[str] = []
        self._wrong: list[str] = []

    def note(self, path: str, problem: Problem, *, required: bool) -> None:
        if problem.severity == "warning":
            self._warnings += 1
            return
        self._failed += required
        (self._missing if problem.code == "required" else self._wrong).append(path)

    def section(self, path: str) -> Section:
        done = self.required - self._failed
        return Section(path, self.required, done, tuple(self._missing), tuple(self._wrong), self._warnings)


def _evidence(session: FormSession) -> Iterator[EvidenceKind]:
    """The kinds that questions of the form list (`cj:checklist`)."""
    for question in session.form.with_checklist:
        present = set(_kinds_there(session, question))
        for name in question.checklist:
            yield EvidenceKind(question.path, name, name in present)


def _kinds_there(session: FormSession, question: Question) -> Iterator[str]:
    """The kinds that rows name which hold a photo or a file as well."""
    holder = question.path.rpartition("/")[0]
    files = [
        one.step
        for one in session.form.questions()
        if one.kind in EVIDENCE and one.path.rpartition("/")[0] == holder
    ]
    for row in session.rows(holder) if holder else [""]:
        path = f"{row}/{question.step}"
        if session.relevant(path) and any(session.value(f"{row}/{step}") is not None for step in files):
            yield from names_in(session.value(path))
