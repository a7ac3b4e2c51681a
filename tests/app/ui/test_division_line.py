from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.paths import resources_folder
from app.ui.forms.division_line import TYPING_MS, DivisionLine
from app.ui.widgets.search_popup import FOUND
from app.usecases.forms import install_form
from app.usecases.records import create_record, list_records, open_session, save_record

CASCADE = ("province", "prefecture", "county", "township", "village")
YU_CUN = ("330000000000", "330500000000", "330523000000", "330523108000", "330523108204")


@pytest.fixture
def editor(window, workspace, settle):
    install_form(workspace, resources_folder() / "forms" / "local_division" / "form.xml")
    record = create_record(workspace, "village_profile")
    window.open_record(record, beside=[record])
    settle(window)
    return window.page


@pytest.fixture
def line(editor):
    (found,) = editor.form_view.findChildren(DivisionLine)
    found.line.setFocus()
    return found


@pytest.fixture
def find(line, window, settle):
    """Types, waits for the finds, and gives their names."""

    def type_(text):
        line.line.clear()
        if text.isascii():
            QTest.keyClicks(line.line, text)
        else:
            event = QInputMethodEvent()
            event.setCommitString(text)
            QApplication.sendEvent(line.line, event)
        QTest.qWait(TYPING_MS + 60)
        settle(window)
        return [line.popup.item(row).text() for row in range(line.popup.count())]

    return type_


def press(widget, key):
    QTest.keyClick(widget, key)


def chosen(editor):
    return tuple(editor.binding.session.value(f"/{name}") for name in CASCADE)


def test_what_is_typed_and_enter_answer_the_whole_cascade(editor, line, find):
    for typed in ("安吉余村", "长兴县", "anjiyucun", "cxx", "330523108204"):
        find(typed)
        assert line.popup.isVisible()
        press(line.line, Qt.Key.Key_Return)
        assert (chosen(editor) == YU_CUN) == ("x" not in typed and "长" not in typed), typed
    assert editor.binding.session.value("/village_name") == "余村村委会"
    assert line.line.text() == ""
    assert not line.popup.isVisible()


def test_choosing_is_one_change_of_the_draft(editor, line, find):
    drafts = []
    editor.binding.draft.connect(drafts.append)
    find("安吉余村")
    press(line.line, Qt.Key.Key_Return)
    assert len(drafts) == 1
    assert {f"/{name}" for name in CASCADE} <= set(drafts[0])


def test_down_and_enter_take_another_find(editor, line, find):
    find("余村")
    press(line.line, Qt.Key.Key_Down)
    second = line.popup.item(1).data(FOUND)
    press(line.line, Qt.Key.Key_Return)
    assert editor.binding.session.value("/village") == second.key


def test_enter_before_the_finds_are_there_takes_the_first_that_comes(editor, line, window, settle):
    QTest.keyClicks(line.line, "anjiyucun")
    press(line.line, Qt.Key.Key_Return)
    settle(window)
    assert chosen(editor) == YU_CUN


def test_escape_closes_the_finds_and_leaves_the_answers(editor, line, find):
    find("余村")
    press(line.line, Qt.Key.Key_Escape)
    assert not line.popup.isVisible()
    assert chosen(editor) == (None,) * 5


def test_a_county_takes_back_what_lay_below_another_one(editor, line, find):
    find("安吉余村")
    press(line.line, Qt.Key.Key_Return)
    find("长兴县")
    press(line.line, Qt.Key.Key_Return)
    assert chosen(editor) == (*YU_CUN[:2], "330522000000", None, None)


def test_a_code_of_several_levels_answers_each_of_its_questions(editor, line, find):
    for typed, codes in {
        "东莞市": ("440000000000", "441900000000", "441900000000", None, None),
        "金门县": ("350000000000", "350500000000", *["350527000000"] * 3),
        "那大镇": ("460000000000", "460400000000", "460400000000", "460400100000", None),
    }.items():
        find(typed)
        press(line.line, Qt.Key.Key_Return)
        assert chosen(editor) == codes


def test_nothing_is_asked_while_an_input_method_composes(line, window, settle):
    asked = []
    line._binding.divisions_asked.connect(lambda *what: asked.append(what))
    QApplication.sendEvent(line.line, QInputMethodEvent("anji", []))
    QTest.qWait(TYPING_MS + 60)
    press(line.line, Qt.Key.Key_Return)
    settle(window)
    assert asked == []
    assert not line.popup.isVisible()


def test_the_places_used_last_stand_ready_in_the_empty_line(editor, line, workspace, window, settle):
    record = create_record(workspace, "village_profile")
    save_record(workspace, record, {f"/{name}": code for name, code in zip(CASCADE, YU_CUN, strict=True)})
    press(line.line, Qt.Key.Key_Down)
    settle(window)
    assert line.popup.item(0).data(FOUND).key == YU_CUN[-1]
    press(line.line, Qt.Key.Key_Return)
    assert chosen(editor) == YU_CUN


def test_when_nothing_is_found_that_is_said_and_enter_does_nothing(editor, line, find):
    assert find("鑫鑫鑫") == ["没有找到“鑫鑫鑫”，添加本地区划…"]
    press(line.line, Qt.Key.Key_Return)
    assert not line.adder.isVisible()
    assert chosen(editor) == (None,) * 5


def test_a_place_that_no_table_has_is_added_and_chosen(editor, line, find, window, settle, workspace):
    find("杭垓镇")
    press(line.line, Qt.Key.Key_Return)
    assert find("示例新村") == ["没有找到“示例新村”，添加本地区划…"]
    press(line.line, Qt.Key.Key_Down)
    press(line.line, Qt.Key.Key_Return)
    settle(window)
    adder = line.adder
    assert adder.isVisible()
    assert adder.above.text() == "浙江省湖州市安吉县杭垓镇"
    assert (adder.name.text(), adder.code.text()) == ("示例新村", "330523104900")
    press(adder.name, Qt.Key.Key_Return)
    settle(window)
    assert not adder.isVisible()
    assert chosen(editor)[3:] == ("330523104000", "330523104900")
    assert editor.binding.session.value("/village_name") == "示例新村"
    assert workspace.divisions.describe("330523104900").local
    assert editor.form_view.box("/village").editor.box.currentText() == "示例新村（本地）"
    assert [row.title for row in list_records(workspace) if row.form_id == "local_division"] == ["示例新村"]
    assert open_session(workspace, editor.record_id).value("/village") == "330523104900"


def test_what_can_not_be_added_is_said_and_stays_on_screen(editor, line, find, window, settle):
    find("杭垓镇")
    press(line.line, Qt.Key.Key_Return)
    line.adder.begin("示例新村")
    settle(window)
    line.adder.code.setText("330523105900")
    line.adder.save.click()
    settle(window)
    assert "330523105900" in line.adder.problem.text()
    assert (line.adder.isVisible(), line.adder.name.text()) == (True, "示例新村")
    press(line.adder.name, Qt.Key.Key_Escape)
    assert not line.adder.isVisible()


def test_without_a_place_above_one_is_told_to_choose_it_first(line, window, settle):
    line.adder.begin("示例新村")
    settle(window)
    assert "先" in line.adder.above.text()
    assert not line.adder.save.isEnabled()
