from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from app.ui.models.record_list_model import PAGE_ROWS, PAGES_KEPT, RECORD_ROLE
from app.usecases.bin import tidy_bin
from app.usecases.records import RecordFilter, delete_record, list_records, page_records, save_record
from app.workspace import open_workspace
from tests.big_workspace import make_big_workspace
from tests.builders import a_record

RECORDS = 1_500


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("list") / "ws"
    make_big_workspace(folder, records=RECORDS, photos=0)
    return folder


@pytest.fixture
def big(place):
    with open_workspace(place) as workspace:
        yield workspace


@pytest.fixture
def page(open_window, big):
    window = open_window(big)
    yield window.page
    window.close()


def cell(page, row, column=0):
    return page.table.model().index(row, column).data()


def shown(page, settle):
    """The ids of all rows in sight, once they have come."""
    table = page.table
    for _ in range(200):
        settle(page.window())
        table.grab()
        rows = table.model().rowCount()
        first, last = table.rowAt(0), table.rowAt(table.viewport().height() - 1)
        places = range(max(first, 0), (rows - 1 if last < 0 else last) + 1)
        seen = [table.model().index(row, 0).data(RECORD_ROLE) for row in places]
        if None not in seen:
            return seen
        table.thread().msleep(5)
    raise TimeoutError("rows in sight do not come")


def ids(workspace, **wanted):
    return [row.record_id for row in list_records(workspace, RecordFilter(**wanted))]


def test_a_long_list_is_counted_whole_and_read_where_one_looks(page, big, settle):
    expected = ids(big)
    assert page.table.model().rowCount() == len(expected) > 1_400
    assert f"{len(expected)}" in page.count.text()
    assert shown(page, settle) == expected[: len(shown(page, settle))]
    for where in (1.0, 0.5, 0.21):
        bar = page.table.verticalScrollBar()
        bar.setValue(round(bar.maximum() * where))
        seen = shown(page, settle)
        first = page.table.rowAt(0)
        assert None not in seen
        assert seen == expected[first : first + len(seen)]
    assert len(page.table.records._pages) <= PAGES_KEPT


def test_a_heading_sorts_the_whole_list_and_a_third_click_ends_it(page, big, settle):
    header = page.table.horizontalHeader()
    header.sectionClicked.emit(0)
    settle(page.window())
    shown(page, settle)
    rising = [cell(page, row) for row in range(20)]
    header.sectionClicked.emit(0)
    settle(page.window())
    shown(page, settle)
    falling = [cell(page, row) for row in range(20)]
    assert rising != falling
    assert header.sortIndicatorSection() == 0
    assert header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder
    header.sectionClicked.emit(0)
    settle(page.window())
    assert shown(page, settle) == ids(big)[: len(shown(page, settle))]
    assert header.sortIndicatorSection() == -1


def test_what_is_chosen_and_where_one_is_survive_a_refresh(page, big, settle):
    bar = page.table.verticalScrollBar()
    bar.setValue(900)
    seen = shown(page, settle)
    row = page.table.rowAt(0) + 3
    page.table.selectRow(row)
    page.reload()
    settle(page.window())
    assert (page.table.chosen, page.table.currentIndex().row()) == (seen[3], row)
    assert bar.value() == 900
    a_record(big, form_id="point", name="示例新来的")  # on top: everything moves down by one
    page.reload()
    settle(page.window())
    shown(page, settle)
    assert (page.table.chosen, page.table.currentIndex().row()) == (seen[3], row + 1)
    assert bar.value() == 900
    assert cell(page, row + 1) is not None


def test_what_is_chosen_and_no_longer_in_the_list_is_chosen_no_more(page, big, settle):
    shown(page, settle)
    page.table.selectRow(1)
    delete_record(big, page.table.chosen)
    page.reload()
    settle(page.window())
    assert page.table.chosen == ""
    assert not page.table.selectionModel().hasSelection()


def test_the_newest_search_wins_and_begins_at_its_first_row(page, big, settle, qtbot):
    bar = page.table.verticalScrollBar()
    bar.setValue(bar.maximum())
    shown(page, settle)
    for text in ("点", "点位", "点位3"):
        page.filters.search.setText(text)
        page.reload()
    settle(page.window())
    qtbot.waitUntil(lambda: not page.filters._delay.isActive())
    settle(page.window())
    wanted = ids(big, text="点位3")
    assert 0 < len(wanted) < 200
    assert page.table.model().rowCount() == len(wanted)
    assert bar.value() == 0
    assert shown(page, settle)[0] == wanted[0]


def test_pages_of_an_older_question_are_not_shown(page, big, settle):
    shown(page, settle)
    page.reload()
    settle(page.window())
    older = page._asked
    page.filters.state_box.setCurrentIndex(page.filters.state_box.findData("deleted"))
    page.reload()
    settle(page.window())
    before = cell(page, 0)
    page._add_pages(older, {0: list_records(big)[:PAGE_ROWS]})
    assert cell(page, 0) == before


def test_rows_that_are_not_here_are_copied_too(page, big, settle):
    shown(page, settle)
    page.table.selectAll()
    page._copy()
    settle(page.window())
    lines = QApplication.clipboard().text().split("\n")
    assert len(lines) == page.table.model().rowCount()
    assert lines[0].split("\t")[0] == cell(page, 0)


def test_the_list_stays_right_while_records_change_under_it(page, big, settle):
    """Deleted, changed and new ones between the reading of two pages: once at rest, the list is that of SQL."""
    for number in range(6):
        bar = page.table.verticalScrollBar()
        bar.setValue(bar.maximum() * number // 6)
        page.table.grab()
        rows = ids(big)
        delete_record(big, rows[number * 200])
        save_record(big, rows[-1], {"/remark": f"改 {number}"})
        a_record(big, form_id="point", name=f"示例新{number}")
        page.reload()
    settle(page.window())
    for where in (0, 0.5, 1):
        bar.setValue(round(bar.maximum() * where))
        seen = shown(page, settle)
        first = page.table.rowAt(0)
        assert seen == ids(big)[first : first + len(seen)]


def test_widths_are_kept_for_each_form(open_window, big, settle):
    window = open_window(big)
    table = window.page.table
    table.setColumnWidth(0, 321)
    table._remember_widths()
    window.page.filters.form_box.setCurrentIndex(window.page.filters.form_box.findData("point"))
    window.page.reload()
    settle(window)
    assert table.columnWidth(0) != 321
    assert "编号" in [column.heading for column in table.records.columns]
    window.page.filters.form_box.setCurrentIndex(0)
    window.page.reload()
    settle(window)
    assert table.columnWidth(0) == 321
    window.close()


# The bin


def test_the_bin_says_how_long_and_clears_after_one_question(window, workspace, a_village, settle):
    record = a_village(village_name="余村")
    delete_record(workspace, record)
    tidy_bin(workspace)
    page = window.page
    page.filters.state_box.setCurrentIndex(page.filters.state_box.findData("deleted"))
    page.reload()
    settle(window)
    assert "还剩 30 天" in [cell(page, 0, column) for column in range(page.table.model().columnCount())]
    page.table.selectRow(0)
    page.clear_chosen()
    settle(window)
    (box,) = [one for one in page.findChildren(QMessageBox) if one.isVisible()]
    assert "1 条" in box.text()
    assert box.defaultButton() is box.button(QMessageBox.StandardButton.Cancel)
    clear = next(one for one in box.buttons() if "清除" in one.text())
    clear.click()
    settle(window)
    assert page.table.model().rowCount() == 0
    assert list_records(workspace, RecordFilter(deleted=None)) == []
    assert "1 条" in page.banner.message


def test_the_list_keeps_to_a_place_that_is_searched_for(window, workspace, a_village, settle):
    def steps(village):
        codes = {"province": 2, "prefecture": 4, "county": 6, "township": 9, "village": 12}
        return {name: village[:digits].ljust(12, "0") for name, digits in codes.items()}

    here = a_village(village_name="余村", **steps("330523103202"))
    a_village(village_name="他村", **steps("330523104200"))
    page = window.open_place("records")
    settle(window)
    page.filters.place_filter.setFocus()
    page.filters.place_filter.setText("330523103202")
    page.filters.place_filter.ask()
    settle(window)
    assert page.filters.place_filter.popup.isVisible()
    QTest.keyClick(page.filters.place_filter, Qt.Key.Key_Return)
    settle(window)
    assert [row.record_id for row in page_records(workspace, page._asked.wanted)] == [here]
    assert (
        page.count.text() == "1 条"
        and page.filters.place_button.isVisible()
        and not page.filters.place_filter.isVisible()
    )
    page.filters.place_button.click()
    settle(window)
    assert page.count.text() == "2 条"


def test_columns_are_chosen_and_ordered_for_each_form(window, workspace, a_village, settle):
    a_village(village_name="余村")
    page = window.open_place("records")
    settle(window)
    table = page.table
    assert [column.key for column in table.shown_columns()][:3] == ["@title", "@form", "@summary"]
    table.show_column("@summary", False)
    table.horizontalHeader().moveSection(table.horizontalHeader().visualIndex(4), 1)
    shown = [column.key for column in table.shown_columns()]
    assert shown == ["@title", "@state", "@form", "@photos", "@sync", "@updated"]
    page.filters.form_box.setCurrentIndex(page.filters.form_box.findData("village_profile"))
    page.filters.form_box.activated.emit(page.filters.form_box.currentIndex())
    settle(window)
    assert table.shown_columns()[0].key == "@title" and table.shown_columns()[-1].key == "@updated"
    page.filters.form_box.setCurrentIndex(0)
    page.filters.form_box.activated.emit(0)
    settle(window)
    assert [column.key for column in table.shown_columns()] == shown
    lines = table.records.lines(page_records(workspace), table.shown_columns())
    assert len(lines.split("\t")) == len(shown)
    table.reset_columns()
    assert [column.key for column in table.shown_columns()] == [
        column.key for column in table.records.columns
    ]


def test_delete_bins_all_chosen_records_and_one_click_brings_them_back(window, workspace, a_village, settle):
    for name in "甲乙丙":
        a_village(village_name=name)
    page = window.open_place("records")
    settle(window)
    page.table.setFocus()
    page.table.selectRow(0)
    QTest.keyClick(page.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    settle(window)
    assert page.count.text() == "1 条" and "2" in page.banner.message
    page.banner.actions_offered[0].click()
    settle(window)
    assert page.count.text() == "3 条"
