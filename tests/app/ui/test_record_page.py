"""The record page as a person uses it: index, undo, places, photos in order, what the last record lends."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from shapely import to_wkb
from shapely.geometry import box as shape

from app.storage.county_borders import make_pack
from app.ui.forms.field_box import FieldBox
from app.ui.forms.place_dialog import PlaceDialog
from app.ui.widgets.photo_grid import ROW_MIME
from app.ui.widgets.photo_window import PhotoWindow
from app.usecases.copying import previous_answers
from app.usecases.divisions import install_county_polygons
from app.usecases.photos import photo_bytes, photo_positions
from app.usecases.records import create_record, open_session
from tests.app.usecases.test_photos import ANJI, a_photo_file


@pytest.fixture
def editor(window, workspace, settle):
    record = create_record(workspace, "village_profile")
    window.open_record(record, beside=[record])
    settle(window)
    return window.page


def drop_on(grid, row, at):
    mime = QMimeData()
    mime.setData(ROW_MIME, row.encode())
    event = QDropEvent(
        QPointF(at), Qt.DropAction.MoveAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    grid.dropEvent(event)


def test_undo_is_the_fields_own_while_one_types_and_the_records_elsewhere(editor, window, workspace, settle):
    line = editor.form_view.box("/households").editor.line
    line.setFocus()
    QTest.keyClicks(line, "326")
    QTest.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert line.text() == "" and not editor.binding.undoing.can_undo
    QTest.keyClicks(line, "41")
    QTest.keyClick(line, Qt.Key.Key_Tab)
    assert editor.top.undo_button.isEnabled() and not editor.top.redo_button.isEnabled()
    editor.top.buttons["preview"].setFocus()
    QTest.keyClick(editor.top.buttons["preview"], Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert line.text() == "" and window.focusWidget() is line
    editor.redo()
    settle(window)
    assert line.text() == "41"
    assert open_session(workspace, editor.record_id).value("/households") == 41


@pytest.mark.parametrize("at", ["first", "last"])
def test_a_message_moves_nothing_of_the_form(editor, window, settle, at):
    boxes = [box for box in editor.form_view.findChildren(FieldBox) if box.editor is not None]
    box = boxes[0 if at == "first" else -1]
    editor.place.go_to(box.path)
    bar = editor.place.area.verticalScrollBar()
    bar.setValue(0 if at == "first" else bar.maximum())

    def place():
        settle(window)
        return box.mapTo(window, QPoint(0, 0)).y(), editor.completeness.mapTo(window, QPoint(0, 0)).y()

    before = place()
    editor.banner.show_message("bad", "示例")
    assert place() == before and editor.banner.isVisible()
    editor.banner.hide()
    assert place() == before


def test_the_index_leads_to_every_section_in_sight(editor, window, settle):
    titles = [made.text() for made in editor.place.index.buttons]
    cards = list(editor.form_view.sections().values())
    assert [title.split()[0] for title in titles] == [card.title.text() for card in cards] and len(titles) > 5
    assert editor.place.index.buttons[0].isChecked()
    editor.place.index.buttons[4].click()
    settle(window)
    section = cards[4]
    assert abs(editor.place.area.verticalScrollBar().value() - section.y()) < 60
    assert section.isAncestorOf(window.focusWidget())
    assert [made.isChecked() for made in editor.place.index.buttons].index(True) == 4


def test_another_record_begins_with_its_first_section_marked(editor, window, a_village, settle):
    bar = editor.place.area.verticalScrollBar()
    bar.setValue(bar.maximum())
    assert editor.place.index.buttons[-1].isChecked()
    other = a_village(village_name="示例另一村")
    window.open_record(other, beside=[other])
    settle(window)
    assert bar.value() == 0
    assert editor.place.index.buttons[0].isChecked()


def test_a_saved_record_says_that_what_was_changed_since_is_not_saved(window, a_village, settle):
    record = a_village(village_name="示例村")
    window.open_record(record, beside=[record])
    settle(window)
    badge = window.page.top.sync_badge
    assert badge.text() == "待上传"
    window.page.binding.commit("/households", 41)
    settle(window)
    assert badge.text() == "未保存"
    window.page.save()
    settle(window)
    assert badge.text() == "待上传"


def test_a_position_is_pasted_whole_and_taken_from_a_photo(editor, window, workspace, settle):
    box = editor.form_view.box("/coord")
    box.editor.longitude.setFocus()
    QTest.keyClicks(box.editor.longitude, "30.6,119.4")
    QTest.keyClick(box.editor.longitude, Qt.Key.Key_Tab)
    assert (box.editor.latitude.text(), box.editor.longitude.text()) == ("30.6", "119.4")
    editor.photos.attach("/photos", [a_photo_file()])
    settle(window)
    (found,) = photo_positions(workspace, editor.binding.session.answers())
    assert found[1:] == pytest.approx(ANJI, abs=1e-5)
    editor.form_view.box("/coord").editor.photos_button.click()
    settle(window)
    menu = editor.form_view.box("/coord").editor.findChildren(type(editor.top.menu))[0]
    menu.actions()[0].trigger()
    value = editor.binding.session.value("/coord")
    assert value["src"] == "exif" and value["g"]["coordinates"] == pytest.approx([ANJI[1], ANJI[0]], abs=1e-5)
    menu.close()


def test_what_a_photo_does_not_tell_is_said_once_it_is_attached(editor, window, settle):
    files = [a_photo_file(taken="", position=(0.0, 0.0), colour=colour) for colour in ("red", "blue")]
    editor.photos.attach("/photos", files)
    settle(window)
    assert "已添加 2 张照片" in editor.banner.message
    assert "2 张的拍摄信息不全：相机没有定位成功。" in editor.banner.message


def test_photos_are_put_in_order_by_dragging_and_by_keys(editor, window, workspace, settle):
    editor.photos.attach("/photos", [a_photo_file(colour=colour) for colour in ("red", "green", "blue")])
    settle(window)
    panel, session = editor.side.panels[0], lambda: editor.binding.session.rows("/photos")
    red, green, blue = session()
    drop_on(panel.grid, blue, panel.grid.visualRect(panel.model.index(0)).topLeft())
    assert session() == [blue, red, green]
    assert panel.grid.currentIndex().row() == 0
    QTest.keyClick(panel.grid, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert session() == [red, blue, green]
    editor.save()
    settle(window)
    assert open_session(workspace, editor.record_id).rows("/photos") == [red, blue, green]
    editor.undo()
    assert session() == [blue, red, green]


def test_empty_questions_are_answered_as_in_the_previous_record(editor, window, workspace, a_village, settle):
    a_village(village_name="前村", households=88, contact_phone="13900000000", remark="示例")
    editor.binding.commit("/households", 5)
    settle(window)
    lent = previous_answers(workspace, editor.record_id)
    form = editor.binding.session.form
    assert lent.answers["/households"] == 88
    assert all(form.question(path).personal == "none" for path in lent.answers)
    editor.copy_previous()
    settle(window)
    assert editor.binding.session.value("/village_name") == "前村"
    assert editor.binding.session.value("/households") == 5
    editor.undo()
    assert editor.binding.session.value("/village_name") is None


def test_a_photo_is_turned_on_screen_and_stays_as_it_is(editor, window, workspace, settle):
    photo = a_photo_file()
    editor.photos.attach("/photos", [photo])
    settle(window)
    panel = editor.side.panels[0]
    panel.grid.opened.emit(panel.model.items[0])
    settle(window)
    shown = window.findChild(PhotoWindow)
    lying = shown.label.pixmap().size()
    QTest.keyClick(shown, Qt.Key.Key_R)
    standing = shown.label.pixmap().size()
    assert lying.width() > lying.height() and standing.width() < standing.height()
    assert photo_bytes(workspace, panel.model.items[0].digest) == photo
    shown.close()


def test_a_position_is_chosen_on_a_picture_of_county_borders(
    editor, window, workspace, settle, tmp_path, qtbot
):
    box = editor.form_view.box("/coord")
    box.editor.map_button.click()
    assert "县界" in editor.banner.message
    install_county_polygons(workspace, a_pack(tmp_path))
    box.editor.take_position(30.6, 119.65)
    box.editor.map_button.click()
    dialog = window.findChild(PlaceDialog)
    qtbot.waitUntil(dialog.map.isVisible)
    qtbot.waitUntil(lambda: [one.name for one in dialog.map._outlines] == ["安吉县", "长兴县"], timeout=5000)
    wanted = dialog.map.point_at(30.55, 119.7)
    QTest.mouseClick(dialog.map, Qt.MouseButton.LeftButton, pos=wanted.toPoint())
    assert dialog.map.place_at(dialog.map.point_at(30.7, 119.9)) == pytest.approx((30.7, 119.9))
    before = dialog.map.place_at(wanted)
    dialog.map.zoom(0.5, wanted)
    assert dialog.map.place_at(wanted) == pytest.approx(before)
    dialog.buttons.accepted.emit()
    latitude, longitude = box.editor.position
    assert (latitude, longitude) == pytest.approx((30.55, 119.7), abs=0.005)
    assert editor.binding.session.value("/coord")["g"]["coordinates"] == [longitude, latitude]
    settle(window)


def a_pack(folder):
    """Two squares side by side, drawn by hand where 安吉县 and 长兴县 are."""
    file = folder / "示例.pack"
    squares = {"330523": shape(119.5, 30.4, 119.8, 30.8), "330522": shape(119.8, 30.4, 120.1, 30.8)}
    file.write_bytes(make_pack({code: to_wkb(square) for code, square in squares.items()}))
    return file
