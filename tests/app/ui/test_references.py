"""Records that refer to others, by the keyboard: found, chosen, opened, made on the way, and come back from."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from app.paths import resources_folder
from app.ui.forms import reference_editor
from app.ui.widgets.search_popup import SearchPopup
from app.usecases.forms import install_form
from app.usecases.records import create_record, delete_record, list_records, open_session, save_record
from app.usecases.references import create_linked


@pytest.fixture(autouse=True)
def _houses(workspace):
    install(workspace, "building")


def install(workspace, *forms):
    for form in forms:
        install_form(workspace, resources_folder() / "forms" / form / "form.xml")


@pytest.fixture(autouse=True)
def _fast(monkeypatch):
    monkeypatch.setattr(reference_editor, "SEARCH_AFTER_MS", 1)


@pytest.fixture
def villages(a_village):
    return {name: a_village(village_name=name) for name in ("余村", "鲁家村", "高禹村")}


@pytest.fixture
def a_house(workspace):
    def make(village, number):
        house = create_linked(workspace, "building", "/village_ref", village)
        save_record(workspace, house, {"/house_no": number, "/use_type": "dwelling"})
        return house

    return make


@pytest.fixture
def opened(window, settle):
    def show(record):
        window.open_record(record, beside=[record])
        settle(window)
        return window.page

    return show


def reference(page, path="/village_ref"):
    return page.form_view.box(path).editor


def search(qtbot, page, text, path="/village_ref"):
    """Types as an input method does, and waits for what is found."""
    editor = reference(page, path)
    editor.line.setFocus()
    editor.line.selectAll()
    event = QInputMethodEvent()
    event.setCommitString(text)
    QApplication.sendEvent(editor.line, event)
    qtbot.waitUntil(
        lambda: any(one.isVisible() for one in page.window().findChildren(SearchPopup)), timeout=4000
    )
    return reference(page, path)


def rows(editor):
    return [editor.popup.item(row).text() for row in range(editor.popup.count())]


def test_a_record_is_found_by_typing_and_taken_with_enter(
    opened, villages, a_house, workspace, window, settle, qtbot
):
    page = opened(a_house(villages["余村"], "H001"))
    editor = reference(page)
    assert editor.line.text() == "余村"
    editor = search(qtbot, page, "鲁家")
    assert rows(editor)[0] == "鲁家村"
    QTest.keyClick(editor.line, Qt.Key.Key_Return)
    settle(window)
    assert not editor.popup.isVisible()
    assert editor.line.text() == "鲁家村"
    assert workspace.drafts.answers(page.record_id)["/village_ref"].value == villages["鲁家村"]


def test_arrow_keys_walk_through_the_ones_changed_last(opened, villages, a_house, window, settle, qtbot):
    page = opened(a_house(villages["余村"], "H001"))
    editor = reference(page)
    editor.line.setFocus()
    QTest.keyClick(editor.line, Qt.Key.Key_Down)
    qtbot.waitUntil(editor.popup.isVisible, timeout=4000)
    assert rows(editor) == ["高禹村", "鲁家村", "新建一条并选用…"]  # the chosen one is not offered again
    assert editor.popup.currentRow() == -1
    QTest.keyClick(editor.line, Qt.Key.Key_Down)
    QTest.keyClick(editor.line, Qt.Key.Key_Down)
    QTest.keyClick(editor.line, Qt.Key.Key_Return)
    settle(window)
    assert page.binding.session.value("/village_ref") == villages["鲁家村"]


def test_a_click_shows_the_ones_changed_last_and_a_click_with_control_opens_the_chosen_one(
    opened, villages, a_house, window, settle, qtbot
):
    page = opened(a_house(villages["余村"], "H001"))
    QTest.mouseClick(reference(page).line, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(reference(page).popup.isVisible, timeout=4000)
    popup = reference(page).popup
    assert window.rect().contains(popup.geometry())
    QTest.mouseClick(
        popup.viewport(), Qt.MouseButton.LeftButton, pos=popup.visualItemRect(popup.item(1)).center()
    )
    settle(window)
    assert page.binding.session.value("/village_ref") == villages["鲁家村"]
    QTest.mouseClick(reference(page).line, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier)
    settle(window)
    assert page.record_id == villages["鲁家村"]


def test_escape_and_leaving_change_nothing_and_an_emptied_line_takes_the_answer_back(
    opened, villages, a_house, window, settle, qtbot
):
    page = opened(a_house(villages["余村"], "H001"))
    editor = reference(page)
    editor = search(qtbot, page, "没有这个村")
    assert rows(editor)[0] == "没有找到"
    QTest.keyClick(editor.line, Qt.Key.Key_Return)  # nothing is marked
    assert editor.line.text() == "余村"
    editor = search(qtbot, page, "高禹")
    QTest.keyClick(editor.line, Qt.Key.Key_Escape)
    QTest.keyClick(editor.line, Qt.Key.Key_Escape)
    assert (editor.popup.isVisible(), editor.line.text()) == (False, "余村")
    editor.line.setFocus()
    editor.line.selectAll()
    QTest.keyClick(editor.line, Qt.Key.Key_Backspace)
    QTest.keyClick(editor.line, Qt.Key.Key_Tab)
    settle(window)
    assert page.binding.session.value("/village_ref") is None


def test_while_an_input_method_composes_nothing_is_searched(opened, villages, a_house, qtbot):
    editor = reference(opened(a_house(villages["余村"], "H001")))
    asked = []
    editor.search_wanted.connect(asked.append)
    editor.line.setFocus()
    composing = QInputMethodEvent("yucun", [])
    QApplication.sendEvent(editor.line, composing)
    editor.search()
    qtbot.wait(30)
    assert asked == []


def test_the_record_is_opened_and_going_back_leads_to_where_one_was(
    opened, villages, a_house, window, settle, qtbot
):
    house = a_house(villages["余村"], "H001")
    page = opened(house)
    editor = reference(page)
    editor.line.setFocus()
    page.place.area.verticalScrollBar().setValue(140)
    QTest.keyClick(editor.line, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle(window)
    assert page.record_id == villages["余村"]
    page.back_wanted.emit()
    settle(window)
    assert page.record_id == house
    qtbot.waitUntil(lambda: page.place.area.verticalScrollBar().value() == 140, timeout=2000)
    assert reference(page).has_focus_inside()
    page.back_wanted.emit()
    settle(window)
    assert window.page is not page


def test_a_record_made_on_the_way_is_the_answer_once_one_comes_back(
    opened, a_house, villages, workspace, window, settle, qtbot
):
    house = a_house(villages["余村"], "H001")
    page = opened(house)
    search(qtbot, page, "新村")
    QTest.keyClick(reference(page).line, Qt.Key.Key_Up)
    QTest.keyClick(reference(page).line, Qt.Key.Key_Return)
    settle(window)
    made = page.record_id
    assert made != house
    line = page.form_view.box("/village_name").editor.line
    line.setFocus()
    QTest.keyClicks(line, "Xincun")
    page.back_wanted.emit()
    settle(window)
    settle(window)
    assert page.record_id == house
    assert reference(page).line.text() == "Xincun"
    assert workspace.drafts.answers(house)["/village_ref"].value == made


def test_a_record_begun_on_the_way_and_left_empty_is_no_answer(
    opened, a_house, villages, workspace, window, settle
):
    house = a_house(villages["余村"], "H001")
    page = opened(house)
    reference(page).new_button.click()
    settle(window)
    assert page.record_id != house
    page.back_wanted.emit()
    settle(window)
    assert open_session(workspace, house).value("/village_ref") == villages["余村"]
    assert len(list_records(workspace)) == 4


def test_a_record_made_on_the_way_and_deleted_again_is_no_answer(
    opened, a_house, villages, workspace, window, settle
):
    house = a_house(villages["余村"], "H001")
    page = opened(house)
    reference(page).new_button.click()
    settle(window)
    made = page.record_id
    line = page.form_view.box("/village_name").editor.line
    line.setFocus()
    QTest.keyClicks(line, "Xincun")
    page.save()
    settle(window)
    page.delete()
    settle(window)
    settle(window)
    assert (made != house, page.record_id) == (True, house)
    assert page.binding.session.value("/village_ref") == villages["余村"]


def test_several_records_are_chips_that_can_be_taken_out(opened, villages, workspace, window, settle, qtbot):
    install(workspace, "facelift_site", "facelift_design", "photo_point", "estimate")
    site = create_linked(workspace, "facelift_site", "/village_ref", villages["余村"])
    save_record(workspace, site, {"/site_no": "S001", "/site_name": "村口"})
    points = []
    for number in ("P01", "P02"):
        point = create_linked(workspace, "photo_point", "/site_ref", site)
        save_record(workspace, point, {"/point_no": number, "/reference": "石桥"})
        points.append(point)
    design = create_linked(workspace, "facelift_design", "/site_ref", site)
    save_record(workspace, design, {"/photo_points": [points[0]]})
    page = opened(design)
    editor = reference(page, "/photo_points")
    assert [chip.title.text() for chip in editor.chips] == ["P01 石桥"]
    editor = search(qtbot, page, "P02", "/photo_points")
    QTest.keyClick(editor.line, Qt.Key.Key_Return)
    settle(window)
    editor = reference(page, "/photo_points")
    assert {chip.title.text() for chip in editor.chips} == {"P01 石桥", "P02 石桥"}
    assert page.binding.session.value("/photo_points") == sorted(points)
    next(chip for chip in editor.chips if chip.title.text() == "P01 石桥").remove_button.click()
    settle(window)
    assert [chip.title.text() for chip in editor.chips] == ["P02 石桥"]
    editor.line.setFocus()
    QTest.keyClick(editor.line, Qt.Key.Key_Backspace)
    settle(window)
    assert (editor.chips, page.binding.session.value("/photo_points")) == ([], None)


def test_a_record_that_is_not_here_says_so_and_stays_the_answer(opened, villages, a_house, workspace):
    house = a_house(villages["余村"], "H001")
    absent = "0192a3c4-0000-7000-8000-00000000000a"
    save_record(workspace, house, {"/village_ref": absent})
    page = opened(house)
    editor = reference(page)
    assert editor.line.text() == "本机没有这条记录"
    assert editor.open_button.isHidden()
    assert (editor.value(), page.binding.session.value("/village_ref")) == (absent, absent)


def test_a_deleted_target_is_a_warning_at_the_field_and_in_the_list_of_what_to_do(
    opened, villages, a_house, workspace
):
    house = a_house(villages["余村"], "H001")
    delete_record(workspace, villages["余村"])
    page = opened(house)
    box = page.form_view.box("/village_ref")
    assert "“余村”已被删除" in box.problem_text
    assert box._problem.property("kind") == "warn"
    assert box.editor.line.property("kind") != "bad"
    first = page.side.todo.findChildren(QPushButton)[0]
    assert first.accessibleName().startswith("所在村：这里引用的“余村”已被删除")
    assert (
        page.side.todo.title.text()
        == f"待完善（{sum(p.severity == 'error' for p in page.binding.problems)}）"
    )


def test_an_answer_that_another_record_has_too_is_a_warning_in_words(opened, villages, a_house):
    for _ in range(2):
        house = a_house(villages["余村"], "H001")
    box = opened(house).form_view.box("/house_no")
    assert "已有同样的填写" in box.problem_text
    assert (box._problem.property("kind"), box.editor.line.property("kind")) == ("warn", "")


def test_what_refers_to_a_record_is_counted_listed_opened_and_begun(
    opened, villages, a_house, workspace, window, settle
):
    houses = [a_house(villages["余村"], f"H00{number}") for number in (1, 2)]
    page = opened(villages["余村"])
    related = page.side.related
    assert related.forms["building"].text().endswith("2")
    related.forms["building"].click()
    assert set(related.records) == set(houses)
    related.records[houses[0]].click()
    settle(window)
    assert page.record_id == houses[0]
    page.back_wanted.emit()
    settle(window)
    (begin,) = [one for one in page.side.related._menu.actions() if one.text() == "房屋与农户调查"]
    begin.trigger()
    settle(window)
    assert page.binding.session.form.form_id == "building"
    assert reference(page).line.text() == "余村"


def test_a_new_record_is_saved_once_another_one_refers_to_it(opened, workspace, window, settle):
    village = create_record(workspace, "village_profile")
    page = opened(village)
    (begin,) = [one for one in page.side.related._menu.actions() if one.text() == "房屋与农户调查"]
    begin.trigger()
    settle(window)
    assert page.binding.session.value("/village_ref") == village
    assert workspace.records.row(village) is not None
