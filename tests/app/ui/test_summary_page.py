from __future__ import annotations

import pypdfium2
import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QLabel, QTableWidget

from app.usecases.summary import gather_summary
from app.workspace import open_workspace

COUNTY = "330523000000"


@pytest.fixture
def page(sampled, clock, open_window, settle, qtbot):
    with open_workspace(sampled, clock=clock) as workspace:
        window = open_window(workspace, summary_place=COUNTY)
        page = window.open_place("summary")
        settle(window)
        page.settle = lambda: settle(window)
        yield page
        window.close()
        settle(window)


def texts(page):
    return [label.text() for label in page.numbers.findChildren(QLabel) if not label.isHidden()]


def test_the_numbers_of_the_place_looked_at_last_are_shown_at_once(page):
    assert page.title.text() == "浙江省湖州市安吉县"
    assert "286 户" in texts(page)
    assert any(table.accessibleName() == "各表填报情况" for table in page.numbers.findChildren(QTableWidget))


def test_a_place_is_found_by_typing_and_taken_with_enter(page, qtbot):
    page.search.setFocus()
    qtbot.keyClicks(page.search, "tianhuangping")
    qtbot.waitUntil(lambda: page.search.popup.isVisible() and page.search.popup.count() > 0, timeout=30_000)
    qtbot.keyClick(page.search, Qt.Key.Key_Return)
    page.settle()
    assert page.place == "330523108000"
    assert "11 个" in texts(page)


def test_enter_before_anything_is_found_takes_what_is_found_for_the_text_that_stands_there(page, qtbot):
    page.search.setFocus()
    qtbot.keyClicks(page.search, "deqing")
    qtbot.waitUntil(lambda: page.search.popup.isVisible() and page.search.popup.count() > 0, timeout=30_000)
    page.search.selectAll()
    qtbot.keyClicks(page.search, "tianhuangping")
    qtbot.keyClick(page.search, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.place == "330523108000")
    page.settle()


def test_the_empty_line_offers_the_places_used_last_and_says_when_nothing_is_found(page, qtbot):
    def names():
        return [page.search.popup.item(at).text() for at in range(page.search.popup.count())]

    page.search.setFocus()
    qtbot.keyClick(page.search, Qt.Key.Key_Down)
    qtbot.waitUntil(page.search.popup.isVisible, timeout=30_000)
    assert "余村村委会" in names()
    qtbot.keyClick(page.search, Qt.Key.Key_Escape)
    qtbot.keyClicks(page.search, "qqqqqqq")
    qtbot.waitUntil(lambda: names() == ["没有找到这个地点。"], timeout=30_000)


def test_another_period_and_fewer_forms_change_the_numbers_without_reading_again(page, monkeypatch):
    monkeypatch.setattr("app.ui.pages.summary.gather_summary", None)  # would raise
    page.period.setCurrentIndex(page.period.findData("chosen_days"))
    page.first.setDate(QDate(2020, 1, 1))
    page.last.setDate(QDate(2020, 12, 31))
    page.settle()
    assert "286 户" not in texts(page)
    page.period.setCurrentIndex(page.period.findData("all_time"))
    (profile,) = [action for action in page.forms_menu.actions() if action.data() == "village_profile"]
    profile.setChecked(False)
    page.settle()
    assert "286 户" not in texts(page)
    assert "72848.33 元" in texts(page)
    assert page.forms_button.text() == "所含表格：9 种"


def test_a_missing_village_leads_to_its_page(page, qtbot):
    item = page.numbers.missing.item(0)
    with qtbot.waitSignal(page.village_wanted) as wanted:
        page.numbers.missing.itemActivated.emit(item)
    assert wanted.args[0] in {village.code for village in page.content.missing}


def test_the_paper_is_shown_saved_and_left_again(page, tmp_path):
    assert page.print_button.isHidden()
    page.preview()
    page.settle()
    assert page.layers.currentWidget() is page.paper
    assert page.paper.page_count == len(pypdfium2.PdfDocument(page.pdf))
    assert not page.print_button.isHidden()
    page.write_pdf(tmp_path / "汇总.pdf")
    page.settle()
    assert (tmp_path / "汇总.pdf").read_bytes() == page.pdf
    page.preview_button.setChecked(False)
    page.settle()
    assert page.layers.currentWidget() is page.area


def test_a_place_that_is_no_more_is_told_and_another_can_be_chosen(page):
    page.choose_place("330523999000")
    page.settle()
    assert "请选一个市、县、乡镇或村" in page.banner.message
    page.choose_place(COUNTY)
    page.settle()
    assert page.banner.message == ""
    assert "286 户" in texts(page)


def test_what_changes_elsewhere_is_read_anew(page, monkeypatch):
    read = []
    monkeypatch.setattr(
        "app.ui.pages.summary.gather_summary", lambda *given: read.append(given) or gather_summary(*given)
    )
    from app.changes import Changes

    page.desk.changes.changed.emit(Changes(records=frozenset({"x"})))
    page.settle()
    assert len(read) == 1
