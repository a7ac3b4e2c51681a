"""Tab leads through a form as it stands on the screen, whatever was made when."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.ui.application import dress
from app.ui.forms.binding import FormBinding
from app.ui.forms.field_box import FieldBox
from app.ui.forms.form_view import FormView
from app.ui.forms.long_form import AT_ONCE, LONG_FORM
from app.ui.forms.tab_order import next_stop
from app.ui.tokens import LIGHT
from core.forms.workbook.xlsform import compile_sheets
from core.forms.xform.reading import parse_xform
from tests.core.forms.making import session_of

SURVEY = [
    {"type": "text", "name": "first", "label": "一"},
    {"type": "begin_repeat", "name": "room", "label": "房间"},
    {"type": "text", "name": "name", "label": "名称"},
    {"type": "select_one beds", "name": "bed", "label": "床", "choice_filter": "of = ${first}"},
    {"type": "end_repeat"},
    {"type": "text", "name": "why", "label": "为什么", "relevant": "${first} = 'x'"},
    {"type": "text", "name": "last", "label": "二"},
]
CHOICES = [
    {"list_name": "beds", "name": f"{of}{at}", "label": f"{of}{at}", "of": of} for of in "ab" for at in (1, 2)
]
SETTINGS = [{"form_id": "order", "version": "1"}]


@pytest.fixture
def form_view(qtbot):
    session = session_of(
        parse_xform(compile_sheets({"survey": SURVEY, "choices": CHOICES, "settings": SETTINGS}).xml)
    )
    top = QWidget()
    qtbot.addWidget(top)
    view = FormView(dress(LIGHT), FormBinding(session), top)
    column = QVBoxLayout(top)
    column.addWidget(view)
    column.addWidget(QLineEdit(top))
    top.show()
    top.activateWindow()
    view.binding, view.top = view._binding, top
    return view


def asked_now():
    """The path of the question that has the keyboard; "" for none."""
    box = QApplication.focusWidget()
    while box is not None and not isinstance(box, FieldBox):
        box = box.parentWidget()
    return "" if box is None else box.path


def led_through(view):
    """The questions that Tab comes to from the first one until it leaves the form, and back in the end."""
    view.focus_first()
    passed = []
    for _ in range(60):
        name = asked_now().rpartition("/")[2]
        if name and name not in passed[-1:]:
            passed.append(name)
        view.focusNextChild()
        if not view.isAncestorOf(QApplication.focusWidget()):
            break
    return passed


def test_rows_and_choices_that_come_later_stand_in_their_place(form_view):
    assert led_through(form_view) == ["first", "name", "bed", "last"]
    form_view.binding.session.set("/first", "a")
    form_view.binding.after_change("/first")
    form_view.binding.add_row("/room")
    QApplication.processEvents()
    assert led_through(form_view) == ["first", "name", "bed", "name", "bed", "last"]


def test_shift_tab_leads_back_the_same_way(form_view):
    row = form_view.binding.add_row("/room")
    QApplication.processEvents()
    form_view.go_to("/last")
    while asked_now() != f"{row}/name":
        form_view.focusPreviousChild()
        assert asked_now() != "/first"


def test_tab_comes_to_the_question_that_what_was_typed_asks_for(qtbot):
    survey = [SURVEY[0], *SURVEY[-2:]]
    view = FormView(
        dress(LIGHT),
        FormBinding(session_of(parse_xform(compile_sheets({"survey": survey, "settings": SETTINGS}).xml))),
        None,
    )
    qtbot.addWidget(view)
    view.show()
    view.activateWindow()
    view.focus_first()
    qtbot.waitUntil(lambda: asked_now() == "/first")
    QTest.keyClicks(QApplication.focusWidget(), "x")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert asked_now() == "/why"


def test_questions_that_nobody_has_seen_are_made_when_tab_comes_to_them(qtbot):
    survey = [{"type": "begin_group", "name": "g", "label": "组"}]
    survey += [{"type": "text", "name": f"q{at}", "label": f"{at}"} for at in range(LONG_FORM)]
    survey += [{"type": "end_group"}]
    view = FormView(
        dress(LIGHT),
        FormBinding(session_of(parse_xform(compile_sheets({"survey": survey, "settings": SETTINGS}).xml))),
        None,
    )
    qtbot.addWidget(view)
    view.resize(800, 600)
    view.show()
    view.go_to(f"/q{LONG_FORM - 1}")
    view.go_to("/q0")
    for at in range(1, AT_ONCE + 5):
        view.focusNextChild()
        qtbot.waitUntil(lambda at=at: asked_now() == f"/q{at}")


def test_a_scrolled_place_with_nothing_in_it_is_passed(qtbot):
    top = QWidget()
    qtbot.addWidget(top)
    before, empty, after = QLineEdit(), QScrollArea(), QLineEdit()
    empty.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    column = QVBoxLayout(top)
    for one in (before, empty, after):
        column.addWidget(one)
    top.show()
    assert next_stop(before, onwards=True) is after and next_stop(after, onwards=False) is before
