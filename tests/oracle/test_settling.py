"""In every small form, whatever is edited in whatever order: a little recomputing gives what recomputing all gives."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import KnownError
from core.forms.filling.session import FormSession
from core.forms.instance import Node
from core.forms.model.form import Form
from core.forms.model.items import Question, Repeat
from core.forms.xform.reading import parse_xform
from tests.oracle.replay import RECORD, StandingClock
from tools.oracle.corpus import scripts

ENTERED = {
    "int": ["0", "1", "3", "6"],
    "decimal": ["0.5", "2", "12.50"],
    "date": ["2026-03-05", "2000-06-15"],
    "select_one": ["red", "blue", "yes", "31", "3101", "乙"],
    "select_multiple": ["red", "red blue", "amber blue"],
    "string": ["x", "y", "甲", "1"],
}


@cache
def forms() -> dict[str, Form]:
    """The forms of the corpus that are not refused, by name."""
    read: dict[str, Form] = {}
    for script in scripts():
        try:
            read[script.name] = parse_xform(script.xml, script.media)
        except KnownError:
            continue
    return read


def edit(session: FormSession, kind: str, which: int, choice: int) -> None:
    """One edit of a person, somewhere; nothing where there is nothing of the kind."""
    nodes = list(session.root.descendants())
    rows = [node for node in nodes if isinstance(node.spec, Repeat) and node.spec.own_rows]
    if kind == "add":
        places = [
            (node, child)
            for node in nodes
            if not isinstance(node.spec, Question)
            for child in node.spec.children
            if isinstance(child, Repeat) and child.own_rows
        ]
        if places:
            node, child = places[which % len(places)]
            session.add_row(session._repeat_path(node, child))
    elif kind == "remove" and rows:
        session.remove_row(rows[which % len(rows)].path)
    elif kind == "set":
        asked = [node for node in nodes if _is_asked(node)]
        if asked:
            node = asked[which % len(asked)]
            texts = ["", *ENTERED.get(node.spec.datatype, ["x"])]
            session.set(node.path, texts[choice % len(texts)])


def _is_asked(node: Node) -> bool:
    return isinstance(node.spec, Question) and node.spec.asked and node.spec.calculate is None


def seen(session: FormSession) -> dict[str, object]:
    """All that a person or another rule can see."""
    return {
        node.path: (node.relevant, node.typed, session.value(node.path) if node.path else None)
        for node in session.root.descendants()
    }


EDITS = st.lists(
    st.tuples(st.sampled_from(["set", "set", "set", "add", "remove"]), st.integers(0, 40), st.integers(0, 6)),
    max_size=12,
)


@pytest.mark.parametrize("name", forms())
@settings(max_examples=5, deadline=None)
@given(steps=EDITS)
def test_recomputing_a_little_equals_recomputing_everything(name, steps):
    session = FormSession(forms()[name], RECORD, StandingClock())
    for step in steps:
        edit(session, *step)
    settled = seen(session)
    session.settle_all()
    assert seen(session) == settled


@pytest.mark.parametrize("name", forms())
@settings(max_examples=3, deadline=None)
@given(steps=EDITS)
def test_a_record_opened_again_is_the_record_that_was_left(name, steps):
    session = FormSession(forms()[name], RECORD, StandingClock())
    for step in steps:
        edit(session, *step)
    again = FormSession(forms()[name], RECORD, StandingClock(), session.answers())
    assert seen(again) == seen(session)
