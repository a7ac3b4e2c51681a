"""docs/conformance.md, row by row: what it names is there, and says what it claims."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from core.forms.xform.binds import EVENTS
from core.forms.xform.items import DATATYPES
from core.forms.xpath.function_table import FUNCTIONS
from tests.oracle.test_javarosa import known
from tools.oracle.corpus import EXPRESSION_ANSWERS, FORM_ANSWERS, answers, questions, scripts

ROOT = Path(__file__).resolve().parents[2]
STATES = {"done", "differs", "waits", "refused", "not meant"}
OF_JAVAROSA = {"choice-name", "itext"}


@cache
def page() -> str:
    return (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")


@cache
def rows() -> tuple[tuple[str, str, list[str]], ...]:
    """(item, state, what shows it) of every row above the differences of Enketo."""
    return tuple(_rows())


def _rows() -> Iterator[tuple[str, str, list[str]]]:
    for line in page().partition("## Known differences of Enketo")[0].splitlines():
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 4 and cells[1] in STATES:
            yield cells[0], cells[1], re.findall(r"`([^`]+)`", cells[3])


@cache
def cases() -> dict[str, set[str]]:
    """The forms and expressions of the corpus, and the tests there are."""
    return {
        "forms": {script.name for script in scripts()},
        "expressions": {question.source for question in questions()},
        "tests": {
            name
            for file in (ROOT / "tests").rglob("test_*.py")
            for name in re.findall(r"def (test_\w+)", file.read_text(encoding="utf-8"))
        },
    }


def test_the_score_that_is_told_is_that_of_the_corpus():
    asked = [len(answers(EXPRESSION_ANSWERS)), len(answers(FORM_ANSWERS))]
    differing = [len(known()["expressions"]), len(known()["forms"])]
    told = re.search(r"asked ([\d,]+) expressions and (\d+) forms; (\d+)\s+and (\d+) of them", page())
    assert told is not None
    assert [int(one.replace(",", "")) for one in told.groups()] == asked + differing


def test_every_case_that_is_named_is_there_and_every_row_has_one():
    there = set().union(*cases().values())
    assert len(rows()) > 150
    assert [(item, case) for item, _, shown in rows() for case in shown if case not in there] == []
    assert [item for item, state, shown in rows() if not shown and state != "not meant"] == []


def test_what_is_done_answers_as_javarosa_and_what_differs_is_listed():
    sources = {name.partition(": ")[2] for name in known()["expressions"]}
    listed = known()["forms"] | sources
    corpus = cases()["forms"] | cases()["expressions"]
    done = [(item, one) for item, state, shown in rows() if state == "done" for one in shown if one in listed]
    assert done == []
    unlisted = [item for item, state, shown in rows() if state == "differs" and not listed & set(shown)]
    assert [item for item in unlisted if not corpus.isdisjoint(_shown(item))] == []


def _shown(item: str) -> list[str]:
    return next(shown for name, _, shown in rows() if name == item)


def test_no_function_event_or_type_of_the_engine_is_missing():
    items = " ".join(item for item, _, _ in rows())
    names = {f"jr:{name}" if name in OF_JAVAROSA else name for name in FUNCTIONS}
    assert {name for name in names if f"`{name}()`" not in items} == set()
    assert {name for name in EVENTS if f"`{name}`" not in page()} == set()
    types = {name.replace("select_one", "select1").replace("_multiple", "") for name in DATATYPES.values()}
    assert {name for name in types if not re.search(rf"\b{name}\b", items)} == set()
