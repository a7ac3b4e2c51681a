"""In every small form, whatever is edited: what a session says was touched is all that looks otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from core.forms.filling.completeness import Judgement
from core.forms.filling.session import FormSession
from core.forms.model.items import Question
from tests.oracle.replay import RECORD, StandingClock
from tests.oracle.test_settling import EDITS, edit, forms


def looks(session: FormSession) -> dict[str, object]:
    """All that a screen shows of each question."""
    return {
        node.path: (
            session.relevant(node.path),
            session.required(node.path),
            session.readonly(node.path),
            session.label(node.path, ""),
            session.hint(node.path, ""),
            session.value(node.path),
            session.problem(node.path),
            session.choices(node.path, "") if node.spec.is_selection else (),
        )
        for node in session.root.descendants()
        if isinstance(node.spec, Question)
    }


@pytest.mark.parametrize("name", forms())
@settings(max_examples=2, deadline=None)
@given(steps=EDITS)
def test_nothing_looks_otherwise_that_was_not_told(name, steps):
    session = FormSession(forms()[name], RECORD, StandingClock())
    session.take_edit()
    followed, before = Judgement(session), looks(session)
    for step in steps:
        stored = session.answers()
        edit(session, *step)
        told, after = session.take_edit(), looks(session)
        assert told.touched is not None
        changed = {path for path in after if path in before and after[path] != before[path]}
        assert changed | (after.keys() - before.keys()) <= told.touched
        written = {path for path, value in session.answers().items() if stored.get(path, ...) != value}
        assert written <= told.after.keys()
        assert told.before == {path: stored[path] for path in told.after if path in stored}
        followed.follow(told.touched, reordered=told.reordered)
        before = after
    anew = Judgement(session)
    assert list(followed.problems.items()) == list(anew.problems.items())
    assert followed.completeness() == anew.completeness()
