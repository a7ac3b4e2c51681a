from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel

from app.i18n import language, set_language
from app.ui.places import PAGES
from app.usecases.conflicts import list_conflicts
from app.usecases.records import list_records, open_session, save_record
from core.forms.filling.session import FormSession
from tests.builders import a_record, a_workspace, carry
from tests.servers import a_server

PICTURES = Path(__file__).parents[2] / "pictures"


def titles(page):
    rows = range(page.table.model().rowCount())
    return [page.table.model().index(row, 0).data() for row in rows]


# The list


def test_an_empty_list_says_what_to_do(window):
    words = [label.text() for label in window.page.findChildren(QLabel) if label.isVisible()]
    assert "还没有记录" in words
    assert any("新建记录" in text for text in words)


def test_the_list_follows_changes_and_search_narrows_it(window, a_village, settle, qtbot):
    a_village(village_name="余村")
    changes = a_village(village_name="高岭村")
    del changes
    window.page.reload()
    settle(window)
    assert titles(window.page) == ["高岭村", "余村"]
    window.page.filters.search.setText("高岭")
    qtbot.waitUntil(lambda: titles(window.page) == ["高岭村"], timeout=3000)
    window.page.filters.search.setText("没有的")
    qtbot.waitUntil(lambda: titles(window.page) == [], timeout=3000)


def test_one_form_shows_its_own_columns(window, a_village, settle):
    a_village(village_name="余村", households=326)
    page = window.page
    page.filters.form_box.setCurrentIndex(page.filters.form_box.findData("village_profile"))
    page.reload()
    settle(window)
    assert "总户数" in [column.heading for column in page.table.records.columns]
    assert "村名" not in [column.heading for column in page.table.records.columns]


def test_a_deleted_record_is_one_click_away(window, workspace, a_village, settle):
    record = a_village(village_name="余村")
    window.page.reload()
    settle(window)
    window.page.table.selectRow(0)
    window.page.delete()
    settle(window)
    assert list_records(workspace) == []
    window.page.banner.actions_offered[0].click()
    settle(window)
    assert [row.record_id for row in list_records(workspace)] == [record]


def test_enter_on_a_row_opens_the_record(window, a_village, settle):
    a_village(village_name="余村")
    window.page.reload()
    settle(window)
    window.page.table.selectRow(0)
    window.page.table.setFocus()
    QTest.keyClick(window.page.table, Qt.Key.Key_Return)
    settle(window)
    assert window.page.title.text() == "余村"


# Conflicts


@pytest.fixture
def disputed(open_window, workspace, tmp_path, clock, settle):
    """A window on a workspace in which 甲 and 乙 disagree about the remark of a record."""
    with (
        a_workspace(tmp_path / "mine", name="甲", clock=clock) as mine,
        a_workspace(tmp_path / "theirs", name="乙", clock=clock) as theirs,
    ):
        record = a_record(mine, remark="一")
        carry(mine, theirs)
        save_record(mine, record, {"/remark": "甲写的"})
        save_record(theirs, record, {"/remark": "乙写的"})
        carry(theirs, mine)
        window = open_window(mine)
        window.open_conflict(record)
        settle(window)
        yield window, mine, record
        window.close()
        settle(window)


def test_a_record_with_a_conflict_says_so_and_leads_to_where_it_is_decided(disputed, settle):
    window, _, record = disputed
    window.open_record(record)
    settle(window)
    strip = window.page.conflict
    assert strip.isVisible() and "同一处" in strip.message
    strip.actions_offered[0].click()
    settle(window)
    assert window.page.fields and window.page is not strip.parent()


def test_both_values_stand_side_by_side_and_a_click_decides(disputed, settle):
    window, workspace, record = disputed
    page = window.page
    (card,) = page.fields
    headings = [option.radio.text() for option in card.options]
    assert sorted(headings) == ["乙的", "我的"]
    assert not page.resolve_button.isEnabled()
    theirs = card.options[headings.index("乙的")]
    QTest.mouseClick(theirs, Qt.MouseButton.LeftButton, pos=theirs.rect().bottomRight() / 2)
    assert card.choice() == "乙写的"
    QTest.mouseClick(page.resolve_button, Qt.MouseButton.LeftButton)
    settle(window)
    assert list_conflicts(workspace) == []
    assert open_session(workspace, record).value("/remark") == "乙写的"
    assert "已解决" in page.banner.message


# Preview


def test_the_preview_shows_the_pages_and_saves_them(window, a_village, settle, tmp_path):
    record = a_village(village_name="余村", households=326)
    window.open_preview(record)
    settle(window)
    page = window.page
    assert page.view.page_count >= 1
    picture = page.view.grab().toImage()
    shades = {picture.pixelColor(x, 200).lightness() for x in range(0, picture.width(), 3)}
    assert len(shades) > 5, "an empty sheet"
    page.write_pdf(tmp_path / "余村.pdf")
    settle(window)
    assert (tmp_path / "余村.pdf").read_bytes().startswith(b"%PDF-")
    assert "余村.pdf" in page.banner.message


# Sync


def test_without_a_server_the_sync_page_says_how_to_join(window, settle, tmp_path):
    page = window.open_place("sync")
    settle(window)
    assert page.join_card.isVisible()
    assert not page.sync_button.isEnabled()
    broken = tmp_path / "ticket"
    broken.write_bytes(b"no ticket")
    page.join_card.read(broken)
    settle(window)
    assert "不是完好的入网凭证" in page.banner.message
    assert page.join_card.file_button.isVisible()


def test_joining_and_syncing_by_click_ends_in_a_verified_receipt(window, a_village, settle, tmp_path):
    a_village(village_name="余村")
    with a_server(tmp_path / "server") as server:
        ticket = tmp_path / "ticket"
        ticket.write_bytes(server.ticket())
        page = window.open_place("sync")
        settle(window)
        page.join_card.read(ticket)
        settle(window)
        page.join_card.agree_button.click()
        assert "姓名" in page.banner.message
        page.join_card.name.setText("示例人员")
        page.join_card.agree_button.click()
        settle(window)
        assert "已加入服务器" in page.banner.message
        page.sync_button.click()
        settle(window)
    assert "同步完成" in page.banner.message
    assert page.table.item(0, 1).text() == "回执已核实"
    assert "1 条记录" in page.receipt_text.text()
    assert "没有待上传的内容" in window.status.text()


# Settings


def test_the_language_is_switched_while_the_program_runs(window, settle):
    page = window.open_place("settings")
    page.language_buttons["en"].click()
    QApplication.processEvents()
    settle(window)
    try:
        assert language() == "en"
        assert window.page.title.text() == "Settings"
        assert next(action.text() for action in window.menuBar().actions()) == "&File"
    finally:
        set_language("zh")


def test_the_theme_is_switched_and_remembered(window, settle):
    light = window.palette().window().color().lightness()
    window.open_place("settings").theme_buttons["dark"].click()
    QApplication.processEvents()
    settle(window)
    assert QApplication.palette().window().color().lightness() < light / 3
    assert window.desk.preferences.theme == "dark"


def test_the_name_is_kept_and_the_key_is_spoken_of(window, workspace, settle):
    page = window.open_place("settings")
    page.name.setText("  示例  人员 ")
    page.leave()
    settle(window)
    assert workspace.person.name == "示例 人员"
    assert any("密钥就放在同一文件夹里" in label.text() for label in page.findChildren(QLabel))


# The window


def test_file_is_the_first_menu_and_help_the_last(window):
    assert [action.text() for action in window.menuBar().actions()] == [
        "文件(&F)",
        "记录(&R)",
        "查看(&V)",
        "帮助(&H)",
    ]
    assert window.actions_by_name["save"].shortcut().toString() == "Ctrl+S"


def test_the_status_line_says_what_waits(window, a_village, settle):
    a_village(village_name="余村")
    window.status.renew()
    settle(window)
    assert window.status.text() == "仅在本机  ·  本地 1 条  ·  待上传 1 条记录 / 0 个照片和附件"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_words_are_cut_off_in_the_smallest_window(open_window, workspace, a_village, settle, lang):
    record = a_village(village_name="余村")
    window = open_window(workspace)
    window.desk.preferences.set_language(lang)
    try:
        window.rebuild()
        window.resize(window.minimumSize())
        for key in PAGES:
            page = window.open_place(key)
            if key in {"record", "preview"}:
                page.open(record)
            settle(window)
            cut = [
                (key, type(one).__name__, one.text())
                for one in page.findChildren(QAbstractButton)
                if one.isVisible() and one.text() and one.width() < one.minimumSizeHint().width()
            ]
            assert cut == []
    finally:
        set_language("zh")


def test_a_record_of_another_form_is_shown_whole(open_window, workspace, tmp_path, clock, settle):
    with a_workspace(tmp_path / "small", clock=clock) as small:
        record = a_record(small, remark="一")
        window = open_window(small)
        window.open_record(record)
        settle(window)
        session: FormSession = window.page.binding.session
        shown = {
            box.path for box in window.page.form_view.findChildren(type(window.page.form_view.box("/name")))
        }
        asked = {
            q.path
            for q in session.form.questions()
            if q.asked and not q.path.startswith(("/hh", "/photos", "/meta"))
        }
        assert {path for path in asked if path.count("/") == 1 and path != "/instanceID"} <= shown
        window.close()
        settle(window)


def test_the_history_of_the_open_record_names_what_changed(window, a_village, settle):
    record = a_village(village_name="余村")
    window.open_record(record)
    settle(window)
    window.actions_by_name["history"].trigger()
    settle(window)
    table = window.page.table
    told = {table.item(row, 2).text() for row in range(table.rowCount())}
    assert "村名" in told
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_Tab)
    assert window.focusWidget() is not table  # Tab leads out, it does not walk through every cell
    window.page.back_wanted.emit()
    assert window.page.record_id == record


def test_the_list_fits_the_window_after_it_was_built_behind_another_page(window, a_village, settle, qtbot):
    a_village(village_name="甲村")
    window.open_place("settings")
    window.rebuild()
    settle(window)
    page = window.open_place("records")
    settle(window)
    header = page.table.horizontalHeader()
    qtbot.waitUntil(lambda: abs(header.length() - page.table.viewport().width()) < 40)
    assert not header.isSectionHidden(2)


def test_signs_that_no_font_has_are_named_beside_the_paper(window, workspace, a_village, settle):
    window.open_preview(a_village(village_name="甲\U0001fae8村"))
    settle(window)
    assert "\U0001fae8" in window.page.banner.message
    window.page.open(a_village(village_name="甲村"))
    settle(window)
    assert "\U0001fae8" not in window.page.banner.message


def test_down_in_the_search_goes_to_the_first_find_and_enter_opens_it(window, a_village, settle):
    record = a_village(village_name="甲村")
    page = window.open_place("records")
    settle(window)
    page.find_records()
    QTest.keyClick(page.filters.search, Qt.Key.Key_Down)
    assert page.table.hasFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    settle(window)
    assert window.page.record_id == record
