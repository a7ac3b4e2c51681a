"""Rows of a repeat: taken back, moved, as a table, pasted. On a form without a window."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from app.ui.application import dress
from app.ui.forms.binding import FormBinding
from app.ui.forms.form_view import FormView
from app.ui.forms.paste_preview import PastePreview
from app.ui.forms.pasted_rows import read_table
from app.ui.forms.repeat_box import RepeatBox
from app.ui.forms.typed_values import answer_in
from app.ui.tokens import LIGHT
from core.forms.filling.session import FormSession
from core.forms.xform.reading import parse_xform
from core.values import decimal_value
from tests.builders import SMALL_FORM
from tests.conftest import FakeClock

FORM = parse_xform(SMALL_FORM)
PERSON, AGE = FORM.question("/hh/person"), FORM.question("/hh/age")


def a_binding(answers=None):
    return FormBinding(FormSession(FORM, "0-record", FakeClock(), answers or {}))


def stored(binding):
    """The answers in force, rows by their place."""
    session = binding.session
    rows = [(session.value(f"{row}/person"), session.value(f"{row}/age")) for row in session.rows("/hh")]
    return session.value("/name"), session.value("/households"), rows


@pytest.fixture
def view(qapp, qtbot):
    binding = a_binding()
    made = FormView(dress(LIGHT), binding, None)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    return made, binding, made.findChild(RepeatBox)


STEP = st.one_of(
    st.tuples(st.just("answer"), st.sampled_from(["/name", "/households"]), st.integers(0, 3)),
    st.tuples(st.just("add"), st.none(), st.none()),
    st.tuples(st.just("remove"), st.integers(0, 3), st.none()),
    st.tuples(st.just("move"), st.integers(0, 3), st.sampled_from([-1, 1])),
    st.tuples(st.just("fill"), st.integers(0, 3), st.integers(0, 3)),
)


def take(binding, kind, what, value):
    rows = binding.session.rows("/hh")
    if kind == "answer":
        binding.commit(what, f"示例{value}" if what == "/name" else value)
        binding.leave(what)
    elif kind == "add":
        binding.add_row("/hh")
    elif rows:
        row = rows[what % len(rows)]
        if kind == "remove":
            binding.remove_row("/hh", row)
        elif kind == "move":
            binding.step_row("/hh", row, value)
        else:
            binding.commit(f"{row}/age", value)
            binding.leave(f"{row}/age")


@given(steps=st.lists(STEP, max_size=12))
@settings(max_examples=40)
def test_every_step_is_taken_back_and_done_again(qapp, steps):
    binding = a_binding({"/name": "示例"})
    kept = {"/name": "示例"}
    binding.draft.connect(kept.update)
    states = [stored(binding)]
    for step in steps:
        take(binding, *step)
        if stored(binding) != states[-1]:
            states.append(stored(binding))
    seen = [stored(binding)]
    while binding.undo() is not None:
        if stored(binding) != seen[-1]:
            seen.append(stored(binding))
    assert seen == states[::-1]
    assert stored(a_binding(kept)) == states[0]  # what is on disk follows
    while binding.redo() is not None:
        pass
    assert stored(binding) == states[-1] == stored(a_binding(kept))


def test_typing_in_one_question_is_one_step_until_it_is_left(qapp):
    binding = a_binding()
    for text in ("余", "余村"):
        binding.commit("/name", text)
    binding.leave("/name")
    binding.commit("/name", "余村村")
    assert (binding.undo(), stored(binding)[0]) == ("/name", "余村")
    assert (binding.undo(), stored(binding)[0]) == ("/name", None)
    assert binding.undo() is None


def test_an_answer_that_becomes_what_it_was_is_so_on_disk_too(qapp):
    binding, kept = a_binding({"/name": "甲"}), {}
    binding.draft.connect(kept.update)
    binding.commit("/name", "乙")
    binding.commit("/name", "甲")
    assert kept == {"/name": "甲"}


def test_rows_without_places_can_be_moved(qapp):
    """As they come from phones: nothing says where they stand."""
    binding = a_binding({f"/hh[{row}]/person": row for row in "abc"})
    first, _, last = binding.session.rows("/hh")
    binding.move_row("/hh", last, first)
    assert [person for person, _ in stored(binding)[2]] == ["c", "a", "b"]
    binding.step_row("/hh", last, 1)
    assert [person for person, _ in stored(binding)[2]] == ["a", "c", "b"]
    binding.move_row("/hh", first, None)
    assert [person for person, _ in stored(binding)[2]] == ["c", "b", "a"]


def test_cards_follow_rows_that_are_moved_and_taken_back(view):
    _, binding, rows = view
    for name in "ab":
        binding.commit(f"{binding.add_row('/hh')}/person", name)
    first = binding.session.rows("/hh")[0]
    binding.step_row("/hh", first, 1)
    assert rows._column.indexOf(rows.rows[first]) == 1
    binding.undo()
    assert rows._column.indexOf(rows.rows[first]) == 0
    while binding.undo() is not None:
        pass
    assert rows.rows == {} and rows._column.count() == 0


def test_a_cell_is_edited_by_the_editor_of_its_question(view):
    _, binding, rows = view
    binding.add_row("/hh")
    rows.show_table(on=True)
    table, row = rows.table, binding.session.rows("/hh")[0]
    table.edit_row(row)
    editor = table.view.viewport().findChildren(QLineEdit)[0]
    QTest.keyClicks(editor, "shili")
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert binding.session.value(f"{row}/person") == "shili"
    assert table.view.currentIndex().column() == 1
    rows.show_table(on=False)
    assert rows.table is None and list(rows.rows) == [row]


def test_delete_empties_cells_and_rows_are_removed_as_one_step(view):
    _, binding, rows = view
    binding.answer_rows("/hh", [{"person": "甲", "age": 1}, {"person": "乙", "age": 2}])
    rows.show_table(on=True)
    rows.table.view.selectAll()
    QTest.keyClick(rows.table.view, Qt.Key.Key_Delete)
    assert stored(binding)[2] == [(None, None), (None, None)]
    rows.table.view.selectAll()
    rows.table.buttons["remove_row"].click()
    assert stored(binding)[2] == []
    binding.undo()
    assert len(stored(binding)[2]) == 2


def test_pasting_shows_what_was_not_understood_and_adds_the_rest(view):
    _, binding, rows = view
    rows.show_table(on=True)
    rows.table.paste("年龄\t户主\t备注\n41\t示例甲\t忽略\n不知道\t示例乙\t\n")
    preview = rows.table.window().findChild(PastePreview)
    assert "2" in preview.words
    preview.accept()
    assert stored(binding)[2] == [("示例甲", 41), ("示例乙", None)]
    binding.undo()
    assert stored(binding)[2] == []


def test_a_table_is_read_by_its_headings_or_by_the_order_of_the_questions():
    def read(text):
        return read_table(text, [PERSON, AGE], lambda _: [], "zh").answers()

    assert read("年龄（岁）\t户主 *\n41\t甲\n") == [{"age": 41, "person": "甲"}]
    assert read('甲\t41\n"乙\n丙"\t\n') == [{"person": "甲", "age": 41}, {"person": "乙\n丙"}]
    assert read("") == []


@given(st.text(max_size=200))
def test_nothing_that_is_pasted_breaks_reading(text):
    pasted = read_table(text, [PERSON, AGE], lambda _: [], "zh")
    assert all(len(row) == len(pasted.columns) for row in pasted.rows)


def test_text_is_understood_by_the_kind_of_its_question():
    area = FORM.question("/area")
    assert answer_in(area, [], "１，２００．５０") == (decimal_value("1200.50"), True)
    assert answer_in(AGE, [], "41岁") == (None, False)
    assert answer_in(AGE, [], "9" * 5_000) == (None, False)
    assert answer_in(AGE, [], str(2**53)) == (None, False)
    assert answer_in(AGE, [], str(1 - 2**53)) == (1 - 2**53, True)
    assert answer_in(AGE, [], "  ") == (None, True)
