"""Our engine answering what JavaRosa was asked, in the same words.

Where only the writing differs the answers are the same: decimals keep the digits that were entered, several
choices are kept sorted, times are compared as moments, geometry by its numbers. What JavaRosa refuses at run
time (Collect then shows an error) is nothing here: no text, no number, not true.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

from defusedxml.ElementTree import fromstring

from core.errors import KnownError
from core.forms.answers import answer_text
from core.forms.atoms import Atom, atom_text, unpack
from core.forms.filling.session import FormSession
from core.forms.filling.settling import effective
from core.forms.instance import Node
from core.forms.model.items import Question, Repeat
from core.forms.model.quoting import unquoted
from core.forms.paths import template_path
from core.forms.submission.reading import read_submission
from core.forms.submission.writing import write_submission
from core.forms.xform.reading import parse_xform
from core.forms.xform.texts import language_code
from core.forms.xform_names import NAMESPACES
from core.forms.xpath.compiling import compile_expression
from core.forms.xpath.expressions import ExpressionError, Scope
from tools.oracle.corpus import Script

RECORD = "0193e8a0-0000-7000-8000-000000000001"
ZONE = timezone(timedelta(hours=8))
_TRUTHS = {"true": True, "1": True, "false": False, "0": False}
_UNTOLD = ("/cj_id", "/meta/instanceID", "/meta/deprecatedID")


class StandingClock:
    """21 November 2026, 16:00 in China, for ever."""

    def now(self) -> datetime:
        return datetime(2026, 11, 21, 16, 0, tzinfo=ZONE)

    def monotonic_ms(self) -> int:
        return 0


class Replay:
    """One script played in our engine."""

    def __init__(self, script: Script) -> None:
        self.form = parse_xform(script.xml, script.media)
        self.session = FormSession(self.form, RECORD, StandingClock())
        self._shown_in = self.form.languages[0] if self.form.languages else ""

    def obey(self, command: str, *fields: str) -> list[str]:
        """The answer to one step."""
        try:
            return getattr(self, f"_{command}")(*fields)
        except (KnownError, KeyError, ValueError, IndexError) as e:
            return ["error", type(e).__name__]

    def state(self) -> dict[str, str]:
        """Path and text of every relevant question, rows numbered from 1."""
        return dict(_leaves(self.session.root, f"/{self.form.root.name}"))

    def evaluated(self, context: str, source: str) -> tuple[str, str]:
        """Kind and text of an expression at a node."""
        try:
            expression = compile_expression(source, NAMESPACES)
            atom = unpack(expression.evaluate(Scope(self._at(context), self.session)))
        except ExpressionError as e:
            return "error", str(e)
        return kind_of(atom), atom_text(atom)

    # Steps

    def _set(self, path: str, text: str = "") -> list[str]:
        node = self._at(path)
        self.session.set(node.path, text)
        problem = self.session.problem(node.path)
        return [problem.code if problem is not None else "ok"]

    def _add(self, path: str) -> list[str]:
        around, _, name = path.rpartition("/")
        parent = self._at(around)
        repeat = next(child for child in parent.spec.children if child.name == name)
        self.session.add_row(self.session._repeat_path(parent, repeat))
        return ["ok"]

    def _remove(self, path: str) -> list[str]:
        self.session.remove_row(self._at(path).path)
        return ["ok"]

    def _choices(self, path: str) -> list[str]:
        offered = self.session.choices(self._at(path).path, self._shown_in)
        return [f"{choice.value}={unquoted(choice.marked) or choice.label}" for choice in offered]

    def _label(self, path: str) -> list[str]:
        return [unquoted(self.session.marked(self._at(path).path, self._shown_in, "label"))]

    def _hint(self, path: str) -> list[str]:
        return [unquoted(self.session.marked(self._at(path).path, self._shown_in, "hint"))]

    def _language(self, name: str) -> list[str]:
        self._shown_in = language_code(name)
        return ["ok"]

    def _finish(self) -> list[str]:
        self.session.finish()
        return ["ok"]

    def _validate(self) -> list[str]:
        return first_problem(self.session)

    def _xml(self) -> list[str]:
        return [self._written().decode()]

    def _reopen(self) -> list[str]:
        answers = read_submission(self.form, self._written()).answers
        self.session = FormSession(self.form, RECORD, StandingClock(), answers)
        return ["ok"]

    def _written(self) -> bytes:
        return write_submission(self.session, f"uuid:{RECORD}").xml

    # Places

    def _at(self, path: str) -> Node:
        node = self.session.root
        for step in path.split("/")[2:]:
            name, _, place = step.partition("[")
            rows = node.children[name]
            node = rows[int(place.rstrip("]")) - 1 if place else 0]
        return node

    def datatype(self, path: str) -> str:
        """The type of the question at a path of a state, "" for none."""
        item = self.form.at(tuple(template_path(path)[1:].split("/")))
        return item.datatype if isinstance(item, Question) else ""


def _leaves(node: Node, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node.spec, Question):
        if not path.endswith(_UNTOLD):
            yield path, answer_text(effective(node))
        return
    for child in node.spec.children:
        for place, one in enumerate(node.children[child.name], 1):
            if one.relevant:
                name = child.name.removeprefix("orx:")
                row = f"[{place}]" if isinstance(child, Repeat) else ""
                yield from _leaves(one, f"{path}/{name}{row}")


def first_problem(session: FormSession) -> list[str]:
    """The first limit that is not kept and the path of its question, or "ok"."""
    for problem in session.problems():
        if problem.code in ("required", "constraint"):
            return [_shown_path(session._node(problem.path)), problem.code]
    return ["ok"]


def _shown_path(node: Node) -> str:
    steps = []
    for one in node.lineage:
        row = isinstance(one.spec, Repeat) and one.parent is not None
        place = f"[{one.parent.children[one.name].index(one) + 1}]" if row else ""
        steps.append(one.name + place)
    return "/" + "/".join(steps)


def kind_of(atom: Atom) -> str:
    if isinstance(atom, bool):
        return "truth"
    if isinstance(atom, float):
        return "number"
    return "date" if isinstance(atom, date) else "text"


def same(kind: str, one: str, other: str) -> bool:
    """Whether two texts of one kind or datatype say the same."""
    if one == other:
        return True
    with suppress(ValueError, KeyError):
        if kind in ("number", "decimal", "int"):
            return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-12)
        if kind in ("date", "dateTime"):
            return _moment(one) == _moment(other)
        if kind == "boolean":
            return _TRUTHS[one] == _TRUTHS[other]
        if kind == "time":
            return _moment(f"2026-01-01T{one}") == _moment(f"2026-01-01T{other}")
        if kind.startswith("geo"):
            return _numbers(one) == _numbers(other)
    return kind == "select_multiple" and sorted(one.split()) == sorted(other.split())


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=ZONE)


def _numbers(text: str) -> list[list[float]]:
    return [[float(number) for number in point.split()] for point in text.strip().strip(";").split(";")]


def is_nothing(kind: str, text: str) -> bool:
    """What stands for an error of JavaRosa: a refusal, no text, no number, not true."""
    return kind == "error" or text in ("", "NaN", "false")


def same_document(one: list[str], other: list[str]) -> bool:
    """Whether two submissions have the same elements with the same texts, ids of records and rows aside."""
    return [_elements(text) for text in one] == [_elements(text) for text in other]


def _elements(xml: str) -> list[tuple[str, str]]:
    told = (element for element in fromstring(xml).iter())
    return [
        (element.tag, (element.text or "").strip())
        for element in told
        if not f"/{element.tag.rpartition('}')[2]}".endswith(
            ("/cj_id", "/instanceID", "/deprecatedID", "/meta")
        )
    ]
