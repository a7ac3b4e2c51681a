"""In every small form, whatever is edited: what is taken back and done again is as if the record were built anew."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ui.forms.undoing import Undoing
from core.forms.filling.completeness import Judgement
from core.forms.filling.session import FormSession
from core.forms.model.items import Repeat
from tests.oracle.replay import RECORD, StandingClock
from tests.oracle.test_edits import looks
from tests.oracle.test_settling import edit, forms, seen

KINDS = st.sampled_from(["set", "set", "add", "remove", "move", "undo", "undo", "redo"])
STEPS = st.lists(st.tuples(KINDS, st.integers(0, 40), st.integers(0, 6)), max_size=12)


def undoing_of(session):
    counted = {one.path for one in session.form.items() if isinstance(one, Repeat) and one.count is not None}
    return Undoing(counted)


def move(session, which, to):
    """A row of some repeat to another place."""
    repeats = [node for node in session.root.descendants() if isinstance(node.spec, Repeat)]
    if repeats:
        row = repeats[which % len(repeats)]
        others = [one.path for one in row.parent.children[row.name] if one is not row]
        session.move_row(row.path, [*others, None][to % (len(others) + 1)])


def put_back(session, undoing, kind):
    """The session after a step back or forth, once it is found to be as one that is built anew."""
    step = undoing.undo() if kind == "undo" else undoing.redo()
    values = step.before if kind == "undo" else step.after
    stored, anew, before = session.answers(), session.with_answers(values), looks(session)
    followed = Judgement(session)
    again = session.put_back(values)
    told = again.take_edit()
    assert list(seen(again).items()) == list(seen(anew).items())
    assert again.answers() == anew.answers()
    if again is session:
        followed.follow(told.touched, reordered=told.reordered)
        after = looks(session)
        changed = {path for path in after if path in before and after[path] != before[path]}
        assert changed | (after.keys() ^ before.keys()) <= told.touched
        assert told.before == {path: stored[path] for path in told.after if path in stored}
        judged = Judgement(anew)
        assert list(followed.problems.items()) == list(judged.problems.items())
        assert followed.completeness() == judged.completeness()
    return again


@pytest.mark.parametrize("name", forms())
@settings(max_examples=2, deadline=None)
@given(steps=STEPS)
def test_what_is_put_back_is_as_if_built_anew(name, steps):
    session = FormSession(forms()[name], RECORD, StandingClock())
    undoing = undoing_of(session)
    session.take_edit()
    for kind, which, choice in steps:
        if kind in {"undo", "redo"}:
            if undoing.can_undo if kind == "undo" else undoing.can_redo:
                session = put_back(session, undoing, kind)
            continue
        (move(session, which, choice) if kind == "move" else edit(session, kind, which, choice))
        undoing.note("", session.take_edit())
    while undoing.can_undo:
        session = put_back(session, undoing, "undo")
