"""Long forms and many rows on screen: made as one sees them, and every question is found all the same."""

from __future__ import annotations

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea

from app.ui.application import dress
from app.ui.forms.binding import FormBinding
from app.ui.forms.field_box import FieldBox
from app.ui.forms.form_view import FormView
from app.ui.forms.pages import CARDS_SHOWN
from app.ui.forms.repeat_box import RepeatBox
from app.ui.tokens import LIGHT
from benchmarks.long_forms import rows_form, wide_form
from core.forms.filling.session import FormSession
from core.forms.xform.reading import parse_xform
from tests.conftest import FakeClock


@pytest.fixture
def shown(qapp, qtbot):
    def show(xml):
        binding = FormBinding(FormSession(parse_xform(xml), "0-record", FakeClock()))
        area = QScrollArea()
        qtbot.addWidget(area)
        view = FormView(dress(LIGHT), binding, area)
        area.setWidgetResizable(True)
        area.setWidget(view)
        area.resize(900, 700)
        area.show()
        return view, binding, area

    return show


def made(view):
    return {box.path for box in view.findChildren(FieldBox)}


def test_a_long_form_is_made_as_one_comes_to_see_it(shown, qtbot):
    view, _, area = shown(wide_form(400, 9))
    assert "/q1" in made(view) and "/q390" not in made(view)
    bar = area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 1000)
    bar.setValue(bar.maximum())
    qtbot.waitUntil(lambda: "/q399" in made(view))
    assert "/q200" not in made(view)


def test_a_question_not_made_yet_is_made_when_one_is_led_to_it(shown):
    view, binding, _ = shown(wide_form(400, 9))
    assert "/q205" not in made(view)
    binding.commit("/q205", 7)
    view.go_to("/q205")
    assert view.box("/q205").editor.line.text() == "7"
    assert "/q390" not in made(view)


def test_tab_leads_on_to_questions_that_nobody_has_seen(shown, qtbot):
    view, _, _ = shown(wide_form(400, 9))
    view.go_to("/q205")
    qtbot.waitUntil(lambda: "/q217" in made(view))


def test_what_is_made_later_shows_what_was_answered_and_follows(shown):
    view, binding, _ = shown(wide_form(400, 399))
    binding.commit("/q0", 3)
    box = view.box("/q301")
    assert box._shown.text() == str(3 * 301)
    binding.commit("/q0", 4)
    assert box._shown.text() == str(4 * 301)


def test_of_what_follows_an_answer_only_that_is_shown_anew(shown, monkeypatch):
    _, binding, _ = shown(wide_form(200, 9))
    refreshed = []
    monkeypatch.setattr(FieldBox, "refresh", lambda box: refreshed.append(box.path))
    binding.commit("/q150", 1)
    assert refreshed == ["/q150"]
    refreshed.clear()
    binding.commit("/q0", 5)
    assert set(refreshed) == {"/q0", "/q1", "/q2", "/q4", "/q5", "/q7", "/q8"} | {"/q3", "/q6", "/q9"} & set(
        refreshed
    )


def test_many_rows_are_a_table_from_the_beginning_and_cards_turn_pages(shown):
    view, binding, _ = shown(rows_form(2 * CARDS_SHOWN + 7))
    box = view.findChild(RepeatBox)
    assert box.table is not None and not box.rows
    box.show_table(on=False)
    rows = binding.session.rows("/hh")
    assert list(box.rows) == rows[:CARDS_SHOWN] and not box.pages.before.isEnabled()
    box.pages.after.click()
    assert list(box.rows) == rows[CARDS_SHOWN : 2 * CARDS_SHOWN]
    assert box.pages.told.text() == "第 51–100 行，共 107 行"
    box.add()
    assert list(box.rows) == binding.session.rows("/hh")[2 * CARDS_SHOWN :]
    assert view.box(f"{rows[0]}/age") is not None and rows[0] in box.rows


def test_the_last_page_goes_with_its_last_row(shown):
    view, binding, _ = shown(rows_form(CARDS_SHOWN + 1))
    box = view.findChild(RepeatBox)
    box.show_table(on=False)
    last = binding.session.rows("/hh")[-1]
    view.go_to(f"{last}/age")
    assert list(box.rows) == [last]
    binding.remove_row("/hh", last)
    assert len(box.rows) == CARDS_SHOWN and box.pages.isHidden()


def test_rows_pasted_and_taken_away_together_are_settled_once_and_are_one_step(shown):
    _, binding, _ = shown(rows_form(3))
    binding.answer_rows("/hh", [{"age": 10}] * 40)
    assert binding.session.value("/total") == 0 + 1 + 2 + 400
    binding.remove_rows("/hh", binding.session.rows("/hh")[3:])
    assert binding.session.value("/total") == 3
    binding.undo()
    assert binding.session.value("/total") == 403
    binding.undo()
    assert binding.session.value("/total") == 3


def test_a_key_in_a_long_form_settles_nothing_until_typing_pauses(shown):
    view, binding, _ = shown(wide_form(200, 9))
    line = view.box("/q0").editor.line
    QTest.keyClicks(line, "12")
    assert binding.session.value("/q0") is None
    binding.flush_wanted.emit()
    assert binding.session.value("/q0") == 12
