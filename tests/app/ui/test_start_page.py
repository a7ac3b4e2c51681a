from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from app.ui.models.record_list_model import state_of
from app.ui.widgets.first_steps import FIRST_STEP
from app.usecases.records import create_record, finalise_record, record_row, save_record
from app.usecases.returning import return_record
from core.forms.paths import template_path
from tests.builders import a_record, a_workspace


@pytest.fixture
def start(open_window, workspace):
    """A window as it opens for somebody who has set up nothing."""
    return open_window(workspace, first_page="start")


def texts(page):
    return [label.text() for label in page.findChildren(QLabel) if label.isVisible()]


def row(page, words):
    return next(row for row in page.rows if words in row.words)


def test_a_first_start_tells_each_of_the_three_where_to_begin_and_asks_for_no_server(start, settle):
    page = start.page
    steps = [step.text() for step in page.findChildren(QPushButton, FIRST_STEP) if step.isVisible()]
    assert steps == ["登记第一个村庄", "填写申报表", "加入项目"]
    assert any("不需要账号" in text for text in texts(page))
    assert page.rows == []
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)  # the first step has the keyboard
    settle(start)
    assert start.page.binding.session.form.form_id == "village_profile"


def test_every_kind_of_thing_to_do_has_its_line_and_leads_there(start, workspace, a_village, settle):
    village = a_village(village_name="余村")
    application = create_record(workspace, "cluster_application")
    save_record(workspace, application, {"/applying_unit": "示例协会"})
    return_record(workspace, village, "缺照片", "/households")
    page = start.open_place("start")
    settle(start)
    words = [line.words for line in page.rows]
    assert words[0] == "退回：余村"
    assert page.rows[0].detail == "缺照片"
    assert any(text.startswith("特色聚集区合作共建申报表：还有") for text in words)
    assert "2 条记录还没有定稿" in words
    assert not any("上传" in text for text in words)  # nobody has joined a server
    row(page, "2 条记录还没有定稿").click()
    settle(start)
    assert start.page.filters.state_box.currentData() == "draft"
    assert start.page.table.model().rowCount() == 2
    start.open_place("start")
    settle(start)
    row(start.page, "特色聚集区合作共建申报表：还有").click()
    settle(start)
    assert (start.page.filters.form_box.currentData(), start.page.table.model().rowCount()) == (
        "cluster_application",
        1,
    )


def test_the_page_follows_and_says_when_nothing_is_left(open_window, tmp_path, clock, settle):
    with a_workspace(tmp_path / "small", clock=clock) as small:
        record = a_record(small)
        window = open_window(small, first_page="start")
        assert "1 条记录还没有定稿" in [line.words for line in window.page.rows]
        window.changes.publish(finalise_record(small, record).changes)
        settle(window)
        assert window.page.rows[0].words == "没有要办的事"
        window.close()
        settle(window)


def test_a_record_opened_from_here_leads_back_here_by_the_keyboard(start, a_village, settle):
    a_village(village_name="余村")
    start.open_place("records")
    start.open_place("start")
    settle(start)
    QApplication.processEvents()
    assert QApplication.focusWidget() is start.page.rows[0]
    row(start.page, "余村").setFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    settle(start)
    assert start.page.title.text() == "余村"
    start.menus.actions["back"].trigger()
    settle(start)
    assert start.page is start._pages["start"]


def test_the_window_opens_at_the_place_one_chose(open_window, workspace, settle):
    window = open_window(workspace, first_page="start")
    window.open_place("villages")
    window.menus.actions["first_page"].trigger()
    assert window.menus.actions["first_page"].isChecked()
    again = open_window(workspace, first_page=window.desk.preferences.remembered("first_page"))
    assert again.page is again._pages["villages"]


# Returning


def test_a_record_is_returned_with_a_reason_and_the_banner_leads_to_the_question(window, a_village, settle):
    record = a_village(village_name="余村")
    window.open_record(record)
    settle(window)
    window.menus.actions["return_record"].trigger()
    dialog = QApplication.activeModalWidget() or next(
        one for one in QApplication.topLevelWidgets() if one.objectName() == "" and hasattr(one, "decided")
    )
    assert not dialog.return_button.isEnabled()
    dialog.reason.setPlainText("户数与台账不符")
    dialog.question.setCurrentIndex(dialog.question.findData("/households"))
    dialog.return_button.click()
    settle(window)
    strip = window.page.returning.strip
    assert window.page.banner.message == "已退回，下次同步时通知填写的人。"
    assert "户数与台账不符" in strip.message
    assert state_of(record_row(window.desk.workspace, record))[0] == "被退回"
    strip.actions_offered[0].click()
    QApplication.processEvents()
    assert template_path(window.page.place.focused_path) == "/households"
    assert strip.message  # it stays until the record is finalised anew
    window.page.returning.strip.actions_offered[1].click()
    settle(window)
    assert strip.message == ""


def test_photos_that_are_meant_are_led_to(window, workspace, a_village, settle):
    record = a_village(village_name="余村")
    return_record(workspace, record, "缺照片", "/photos")
    window.open_record(record)
    settle(window)
    window.page.returning.strip.actions_offered[0].click()
    assert QApplication.focusWidget() is window.page.side.panels[0].add_button


def test_the_list_shows_what_was_returned(window, workspace, a_village, settle):
    returned = a_village(village_name="余村")
    a_village(village_name="高岭村")
    return_record(workspace, returned, "理由")
    page = window.page
    page.filters.state_box.setCurrentIndex(page.filters.state_box.findData("returned"))
    page.reload()
    settle(window)
    assert [page.table.records.row_at(0).record_id, page.table.model().rowCount()] == [returned, 1]
