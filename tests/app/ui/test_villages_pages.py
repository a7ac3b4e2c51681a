from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.paths import resources_folder
from app.usecases.forms import install_form
from app.usecases.records import save_record
from app.usecases.villages import Village, begin_profile, find_villages

YUCUN, HENGSHAN = "330523108204", "330523001002"


@pytest.fixture
def villages(window, workspace, settle):
    """The page with two villages."""
    install_form(workspace, resources_folder() / "forms" / "building" / "form.xml")
    for code in (YUCUN, HENGSHAN):
        save_record(workspace, begin_profile(workspace, code), {"/households": 300})
    page = window.open_place("villages")
    settle(window)
    return page


def names(page):
    return [page.model.index(row, 0).data() for row in range(page.model.rowCount())]


def test_a_village_is_found_by_initials_and_opened_by_the_keyboard(window, villages, settle, qtbot):
    window.menus.actions["find"].trigger()
    QTest.keyClicks(villages.search, "ycc")
    qtbot.waitUntil(lambda: names(villages) == ["余村村委会"], timeout=3000)
    QTest.keyClick(villages.search, Qt.Key.Key_Down)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    settle(window)
    assert (window.page.title.text(), window.page.code) == ("余村村委会", YUCUN)
    window.menus.actions["back"].trigger()
    settle(window)
    assert window.page is villages


def test_columns_sort_and_what_is_chosen_stays_chosen(window, villages, settle):
    villages.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    first = names(villages)
    villages.table.selectRow(1)
    villages.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    assert names(villages) == first[::-1]
    villages.table.selectRow(1)
    villages.reload()
    settle(window)
    assert villages.table.currentIndex().row() == 1


def test_a_record_begun_here_belongs_to_the_village_and_going_back_leads_here(window, villages, settle):
    window.open_village(YUCUN)
    settle(window)
    page = window.page
    building = next(form for form in page._detail.forms if form.form.form_id == "building")
    page._begin_clicked(building)
    settle(window)
    session = window.page.binding.session
    assert session.form.form_id == "building"
    assert session.value("/village_ref") == page._detail.profiles[0].record_id
    window.menus.actions["back"].trigger()
    settle(window)
    assert window.page is page


def test_all_records_of_the_village_are_a_list_kept_to_it(window, villages, settle):
    window.open_village(YUCUN)
    settle(window)
    window.page._list(None)
    settle(window)
    assert window.page.table.model().rowCount() == 1
    assert window.page.filters.place_button.isVisible()
    window.page.filters.place_button.click()
    settle(window)
    assert window.page.table.model().rowCount() == 2


def test_an_empty_page_says_what_to_do_and_a_village_without_name_is_there(window, settle):
    page = window.open_place("villages")
    settle(window)
    assert page._layers.currentIndex() == 1
    page.new_button.click()
    settle(window)
    assert window.page.binding.session.form.form_id == "village_profile"


def test_ten_thousand_villages_are_searched_while_typing(villages, qtbot):
    many = [
        Village(
            f"{330523000000 + number}",
            f"示例村{number}",
            "浙江省",
            "",
            1,
            1,
            0,
            0,
            "2026",
            f"示例村{number}\nslc{number}",
        )
        for number in range(10_000)
    ]
    villages._show(many)
    assert villages.model.rowCount() == 10_000
    assert len(find_villages(many, "slc77")) == 111
