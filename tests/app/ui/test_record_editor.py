from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QInputMethodEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.ui import answer_keeper
from app.ui.forms.choice_buttons import RadioEditor
from app.ui.forms.choice_editors import ComboEditor
from app.ui.forms.field_box import FieldBox
from app.ui.forms.repeat_box import RepeatBox
from app.ui.forms.text_editors import LongTextEditor
from app.ui.widgets.photo_window import PhotoWindow
from app.usecases.records import create_record, list_records, open_session, record_row
from core.errors import KnownError
from tests.app.usecases.test_applications import APPLICATION

PICTURES = Path(__file__).parents[2] / "pictures"


@pytest.fixture
def editor(window, workspace, settle):
    """The editor on a new village profile."""
    record = create_record(workspace, "village_profile")
    window.open_record(record, beside=[record])
    settle(window)
    return window.page


@pytest.fixture
def application(window, workspace, settle):
    """The editor on a new application of 附件2."""
    record = create_record(workspace, "cluster_application")
    window.open_record(record, beside=[record])
    settle(window)
    return window.page


def box(editor, path):
    return editor.form_view.box(path)


def type_into(editor, path, text):
    line = box(editor, path).editor.line
    line.setFocus()
    line.selectAll()
    if text.isascii():
        QTest.keyClicks(line, text)
    else:  # as an input method hands it over
        QApplication.sendEvent(line, _composed(text))


def _composed(text):
    event = QInputMethodEvent()
    event.setCommitString(text)
    return event


def drafts(workspace, record):
    return {path: answer.value for path, answer in workspace.drafts.answers(record).items()}


def test_an_answer_is_in_the_draft_once_its_question_is_left(editor, window, workspace, settle):
    type_into(editor, "/households", "326")
    QTest.keyClick(box(editor, "/households").editor.line, Qt.Key.Key_Tab)
    settle(window)
    assert drafts(workspace, editor.record_id)["/households"] == 326
    assert window.focusWidget() is box(editor, "/registered_pop").editor.line


def test_what_is_being_typed_is_in_the_draft_without_leaving(editor, window, workspace, settle, qtbot):
    editor.binding._typing.setInterval(40)
    type_into(editor, "/village_name", "yucun")
    qtbot.waitUntil(lambda: drafts(workspace, editor.record_id).get("/village_name") == "yucun", timeout=3000)
    assert box(editor, "/village_name").editor.line.text() == "yucun"


def test_saving_makes_one_operation_and_saving_again_none(editor, window, workspace, settle):
    type_into(editor, "/households", "326")
    editor.save()
    settle(window)
    ops = len(workspace.operations.of_record(editor.record_id))
    assert drafts(workspace, editor.record_id) == {}
    assert open_session(workspace, editor.record_id).value("/households") == 326
    editor.save()
    settle(window)
    assert len(workspace.operations.of_record(editor.record_id)) == ops
    assert "都已保存" in editor.banner.message


def test_a_new_record_that_nobody_touched_leaves_nothing(editor, window, workspace, settle):
    window.open_place("records")
    settle(window)
    assert list_records(workspace) == []


def test_what_a_full_disk_refused_is_saved_once_there_is_room(editor, window, workspace, settle, monkeypatch):
    def refuse(*_):
        raise KnownError("disk_full")

    with monkeypatch.context() as full:
        full.setattr(answer_keeper, "keep_draft", refuse)
        full.setattr(answer_keeper, "save_record", refuse)
        type_into(editor, "/households", "326")
        window.open_place("records")
        settle(window)
        assert "磁盘空间已满" in window.page.banner.message
    window.open_record(editor.record_id)
    settle(window)
    assert box(editor, "/households").editor.line.text() == "326"
    editor.save()
    settle(window)
    assert open_session(workspace, editor.record_id).value("/households") == 326


def test_leaving_the_record_saves_it(editor, window, workspace, settle):
    type_into(editor, "/village_name", "Shili")
    window.open_place("records")
    settle(window)
    (row,) = list_records(workspace)
    assert (row.title, row.unsaved) == ("Shili", False)


def test_a_broken_rule_shows_the_message_of_the_form(editor, window, settle):
    type_into(editor, "/households", "0")
    QTest.keyClick(box(editor, "/households").editor.line, Qt.Key.Key_Tab)
    settle(window)
    assert box(editor, "/households").problem_text == "总户数应在 1 到 100000 之间。"
    assert box(editor, "/households").editor.line.property("kind") == "bad"


def test_what_is_no_number_stays_on_screen_and_is_no_answer(editor, window, workspace, settle):
    type_into(editor, "/households", "about 30")
    QTest.keyClick(box(editor, "/households").editor.line, Qt.Key.Key_Tab)
    settle(window)
    assert box(editor, "/households").editor.line.text() == "about 30"
    assert "about 30" in box(editor, "/households").problem_text
    type_into(editor, "/households", "３０")
    QTest.keyClick(box(editor, "/households").editor.line, Qt.Key.Key_Tab)
    assert editor.binding.session.value("/households") == 30
    assert box(editor, "/households").problem_text == ""


def test_the_counter_counts_as_the_form_does(application, window, settle):
    profile = box(application, "/industry_profile").editor
    assert isinstance(profile, LongTextEditor)
    profile.text.setPlainText("陶 瓷\n　产业")
    assert profile.counter == "4 / 300 字"
    profile.text.setPlainText("瓷" * 301)
    profile.settled.emit()
    settle(window)
    assert profile.counter == "301 / 300 字"
    assert box(application, "/industry_profile").problem_text.startswith("简介不能超过 300 字")


def test_finalising_shows_what_is_missing_and_goes_there(editor, window, settle):
    assert box(editor, "/province").problem_text == ""
    editor.finalise()
    settle(window)
    assert box(editor, "/province").problem_text == "这一项必须填写。"
    assert "补充或修改" in editor.banner.message
    assert box(editor, "/province").isAncestorOf(window.focusWidget())


def test_what_cannot_be_read_keeps_a_complete_record_a_draft(application, window, workspace, settle):
    for path, value in APPLICATION.items():
        application.binding.commit(path, value)
    year = "/application_year"
    type_into(application, year, "去年")
    QTest.keyClick(box(application, year).editor.line, Qt.Key.Key_Tab)
    application.finalise()
    settle(window)
    assert record_row(workspace, application.record_id).state == "draft"
    assert "还有 1 处" in application.banner.message
    assert box(application, year).editor.line.text() == "去年"


def test_a_cascade_offers_only_what_lies_below(editor, window, settle):
    province = box(editor, "/province").editor
    assert isinstance(province, ComboEditor)
    at = province.box.findText("浙江省")
    province.box.setCurrentIndex(at)
    province.box.activated.emit(at)
    settle(window)
    prefectures = box(editor, "/prefecture").editor.box
    names = [prefectures.itemText(row) for row in range(prefectures.count())]
    assert "湖州市" in names
    assert "南昌市" not in names


def test_a_question_appears_when_it_becomes_relevant(editor, window, settle):
    other = box(editor, "/main_industries_other")
    assert not other.isVisible()
    box(editor, "/main_industries").editor.buttons["other"].click()
    settle(window)
    assert other.isVisible()


def test_digits_choose_and_a_second_click_takes_back(editor, window, workspace, settle):
    level = box(editor, "/village_level").editor
    assert isinstance(level, RadioEditor)
    level.setFocus()
    QTest.keyClick(next(iter(level.buttons.values())), Qt.Key.Key_2)
    settle(window)
    second = list(level.buttons)[1]
    assert editor.binding.session.value("/village_level") == second
    level.buttons[second].click()
    assert editor.binding.session.value("/village_level") is None


def test_rows_of_a_repeat_come_and_go(editor, window, settle):
    (repeat,) = editor.form_view.findChildren(RepeatBox)
    repeat.add_button.click()
    settle(window)
    (row,) = editor.binding.session.rows("/ich_items")
    line = box(editor, f"{row}/ich_name").editor.line
    QTest.keyClicks(line, "xi")
    line.editingFinished.emit()
    assert editor.binding.session.value(f"{row}/ich_name") == "xi"
    editor.binding.remove_row("/ich_items", row)
    assert repeat.rows == {}


def test_tab_goes_through_the_questions_in_the_order_of_the_form(editor, window):
    wanted = [one.path for one in editor.form_view.findChildren(FieldBox) if one.isVisible() and one.editor]
    editor.form_view.focus_first()
    met = []
    for _ in range(300):
        widget = window.focusWidget()
        path = next((one for one in wanted if box(editor, one).isAncestorOf(widget)), None)
        if path and path not in met:
            met.append(path)
        window.focusNextChild()
    assert met == wanted


def test_photos_dropped_on_the_panel_are_attached(editor, window, workspace, settle):
    panel = editor.side.panels[0]
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(PICTURES / name)) for name in ("pagoda.jpg", "SOURCES.toml")])
    place, copy = QPoint(4, 4), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(place, copy, mime, left, none)
    QApplication.sendEvent(panel, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(panel, QDropEvent(QPointF(place), copy, mime, left, none))
    settle(window)
    settle(window)
    assert len(editor.side.panels[0].model.items) == 1
    assert "已添加 1 张照片" in editor.banner.message
    assert "SOURCES.toml" in editor.banner.message
    assert editor.side.panels[0].model.index(0).data(Qt.ItemDataRole.DecorationRole).width() > 0
    window.open_place("records")
    settle(window)
    assert record_row(workspace, editor.record_id).photos == 1


def test_a_photo_opens_large(editor, window, settle):
    editor.photos.attach("/photos", [PICTURES / "garden.jpg"])
    settle(window)
    grid = editor.side.panels[0].grid
    grid.doubleClicked.emit(editor.side.panels[0].model.index(0))
    settle(window)
    (shown,) = editor.findChildren(PhotoWindow)
    assert shown.width() > 400
    shown.close()


def test_the_questions_of_a_chosen_photo_stand_under_the_grid(editor, window, settle):
    editor.photos.attach("/photos", [PICTURES / "garden.jpg"])
    settle(window)
    editor.side.panels[0].choose(0)
    (item,) = editor.side.panels[0].model.items
    caption = next(
        one for one in editor.side.panels[0].findChildren(FieldBox) if one.path.endswith("/caption")
    )
    QTest.keyClicks(caption.editor.line, "gate")
    caption.editor.line.editingFinished.emit()
    assert editor.binding.session.value(f"{item.row_path}/caption") == "gate"
    assert "gate" in editor.side.panels[0].model.items[0].caption


def test_next_saves_this_record_and_shows_the_other(window, workspace, a_village, settle):
    one, two = a_village(village_name="甲村"), a_village(village_name="乙村")
    window.open_record(one, beside=[one, two])
    settle(window)
    type_into(window.page, "/households", "7")
    window.page.next()
    settle(window)
    assert window.page.title.text() == "乙村"
    assert not window.page.top.buttons["next"].isEnabled()
    assert open_session(workspace, one).value("/households") == 7


def test_no_shortcut_fires_while_an_input_method_composes(editor):
    line = box(editor, "/village_name").editor.line
    line.setFocus()
    QApplication.sendEvent(line, QInputMethodEvent("yu cun", []))
    override = QKeyEvent(
        QKeyEvent.Type.ShortcutOverride, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier, "s"
    )
    override.ignore()
    QApplication.sendEvent(line, override)
    assert override.isAccepted()


def test_another_persons_change_is_shown_and_typing_is_kept(editor, window, workspace, settle):
    type_into(editor, "/village_name", "Here")
    QTest.keyClick(box(editor, "/village_name").editor.line, Qt.Key.Key_Tab)
    type_into(editor, "/households", "12")
    from app.changes import Changes

    window.changes.publish(Changes(records=frozenset({editor.record_id})))
    settle(window)
    assert box(editor, "/households").editor.line.text() == "12"
    assert box(editor, "/village_name").editor.line.text() == "Here"


def paste_into(widget, mime):
    QApplication.clipboard().setMimeData(mime)
    QTest.keyClick(widget, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def test_files_in_the_clipboard_are_pasted_into_the_grid(editor, window, settle):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(PICTURES / name)) for name in ("garden.jpg", "pagoda.jpg")])
    paste_into(editor.side.panels[0].add_button, mime)
    settle(window)
    assert len(editor.side.panels[0].model.items) == 2


def test_a_picture_is_pasted_from_anywhere_where_no_text_can_be(editor, window, settle):
    mime = QMimeData()
    mime.setData("image/jpeg", (PICTURES / "garden.jpg").read_bytes())
    paste_into(next(iter(box(editor, "/village_level").editor.buttons.values())), mime)
    settle(window)
    assert len(editor.side.panels[0].model.items) == 1


def test_text_pasted_into_a_line_stays_text(editor, window, settle):
    mime = QMimeData()
    mime.setText("Shili")
    line = box(editor, "/village_name").editor.line
    line.setFocus()
    paste_into(line, mime)
    settle(window)
    assert line.text() == "Shili"
    assert editor.side.panels[0].model.items == []


def test_a_far_place_of_a_photo_is_taken_with_one_click(editor, window, settle, tmp_path):
    shot = tmp_path / "far.jpg"
    tagged = Image.Exif()
    tagged.get_ifd(0x8825).update({1: "N", 2: (30.0, 0.0, 0.0), 3: "E", 4: (119.0, 0.0, 0.0)})
    Image.new("RGB", (320, 240), "green").save(shot, "JPEG", exif=tagged)
    editor.binding.commit("/coord", "31 119 0 0")
    editor.photos.attach("/photos", [shot])
    settle(window)
    (item,) = editor.side.panels[0].model.items
    assert "公里" in editor.banner.message
    value_before = editor.binding.session.value(f"{item.row_path}/photo_coord")
    (accept,) = [one for one in editor.banner.actions_offered if "位置" in one.text()]
    accept.click()
    assert value_before is None
    assert editor.binding.session.value(f"{item.row_path}/photo_coord")["src"] == "exif"


def test_a_required_question_that_was_only_passed_is_not_red(application, window, settle):
    profile = box(application, "/industry_profile")
    profile.editor.text.setFocus()
    QTest.keyClick(profile.editor.text, Qt.Key.Key_Tab)
    settle(window)
    assert profile.problem_text == ""
    assert "/industry_profile" in [one.path for one in application.binding.problems]


def test_a_required_answer_that_was_taken_out_is_red_once_its_question_is_left(editor, window, settle):
    name = box(editor, "/village_name")
    type_into(editor, "/village_name", "x")
    QTest.keyClick(name.editor.line, Qt.Key.Key_Tab)
    name.editor.line.setFocus()
    name.editor.line.selectAll()
    QTest.keyClick(name.editor.line, Qt.Key.Key_Delete)
    QTest.keyClick(name.editor.line, Qt.Key.Key_Tab)
    settle(window)
    assert name.problem_text == "这一项必须填写。"


def test_a_window_with_answers_on_no_disk_closes_only_at_the_second_try(editor, window, settle, monkeypatch):
    def refuse(*_):
        raise KnownError("disk_full")

    monkeypatch.setattr(answer_keeper, "keep_draft", refuse)
    monkeypatch.setattr(answer_keeper, "save_record", refuse)
    type_into(editor, "/households", "326")
    QTest.keyClick(box(editor, "/households").editor.line, Qt.Key.Key_Tab)
    settle(window)
    assert not window.close()
    assert "还在这个窗口里" in window.page.banner.message
    settle(window)
    assert window.close()
    settle(window)
