"""Questions of every kind are on screen, and none loses what it holds."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from app.ui.forms.photo_editor import PhotoEditor
from app.usecases.forms import install_form
from app.usecases.records import create_record, keep_draft, open_session

FORM = """
| survey |
|        | type                   | name    | label::中文 (zh) | appearance |
|        | text                   | name    | 名称             |            |
|        | image                  | front   | 正面照片         |            |
|        | begin repeat           | house   | 房屋             |            |
|        | text                   | owner   | 户主             |            |
|        | image                  | facade  | 立面照片         |            |
|        | end repeat             |         |                  |            |
|        | audio                  | sound   | 录音             |            |
|        | video                  | film    | 录像             |            |
|        | file                   | paper   | 文件             |            |
|        | barcode                | code    | 条码             |            |
|        | geotrace               | road    | 路线             |            |
|        | geoshape               | field   | 地块             |            |
|        | time                   | hour    | 时间             |            |
|        | rank wishes            | wishes  | 愿望排序         |            |
|        | note                   | danger  | 先排除危险       | cj-warning |
|        | note                   | how     | 怎么填           |            |
| choices |
|         | list_name | name  | label::中文 (zh) |
|         | wishes    | road  | 修路             |
|         | wishes    | water | 供水             |
|         | wishes    | light | 路灯             |
| settings |
|          | form_id   | version  | form_title | default_language |
|          | all_kinds | 20261121 | 各种题型   | 中文 (zh)        |
"""
TRACE = {"g": {"type": "LineString", "coordinates": [[119.68, 30.63, 12.5], [119.69, 30.64]]}, "src": "gps"}
SOUND = {"b": "sha256:" + "a" * 64, "n": 7, "m": "audio/mp4", "name": "interview.m4a"}


@pytest.fixture
def record(workspace, tmp_path):
    (tmp_path / "all_kinds.md").write_text(FORM, "utf-8")
    install_form(workspace, tmp_path / "all_kinds.md")
    record = create_record(workspace, "all_kinds")
    keep_draft(workspace, record, {"/road": TRACE, "/sound": SOUND})
    return record


@pytest.fixture
def editor(window, settle, record):
    window.open_record(record, beside=[record])
    settle(window)
    return window.page


def box(editor, path):
    return editor.form_view.box(path)


def words(widget):
    return " ".join(one.text() for one in widget.findChildren(QLabel) if not one.isHidden())


def drop_on(widget, file):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(file))])
    place, copy = QPoint(4, 4), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(place, copy, mime, left, none)
    QApplication.sendEvent(widget, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(widget, QDropEvent(QPointF(place), copy, mime, left, none))


@pytest.mark.parametrize(
    "name",
    ["front", "house", "sound", "film", "paper", "code", "road", "field", "hour", "wishes"],
)
def test_every_question_is_on_screen(editor, name):
    if name == "house":
        (row,) = editor.binding.session.rows("/house")
        assert box(editor, f"{row}/facade").isVisible()
    else:
        assert box(editor, f"/{name}").isVisible()


def test_a_note_that_warns_stands_out_and_a_note_has_its_line(editor):
    danger, how = box(editor, "/danger"), box(editor, "/how")
    assert danger.findChild(QLabel, "caution").text() == "先排除危险"
    assert how.findChild(QLabel, "caution") is None
    assert how.findChild(QLabel, "label").width() > how.width() - 10


@pytest.mark.parametrize(("name", "shown"), [("sound", "interview.m4a"), ("film", "还没有视频")])
def test_sounds_and_films_are_chosen_and_played(editor, name, shown):
    asked = box(editor, f"/{name}")
    assert shown in words(asked)
    assert asked.editor.open_button.isVisibleTo(asked) == (name == "sound")
    assert asked.editor.open_button.text() == "播放"


def test_a_file_is_dropped_named_with_its_size_opened_and_taken_out(
    editor, window, settle, tmp_path, monkeypatch
):
    opened = []
    monkeypatch.setattr(
        "app.ui.record.files.QDesktopServices.openUrl",
        lambda url: opened.append(url.toLocalFile()) or True,
    )
    (tmp_path / "方案.pdf").write_bytes(b"%PDF-1.7 example")
    drop_on(box(editor, "/paper").editor, tmp_path / "方案.pdf")
    settle(window)
    paper = box(editor, "/paper").editor
    assert paper.name.text() == "方案.pdf　1 KB"
    paper.open_button.click()
    settle(window)
    (copy,) = opened
    assert copy.endswith("方案.pdf")
    assert "副本" in editor.banner.message
    paper.remove_button.click()
    assert editor.binding.session.value("/paper") is None
    assert not paper.open_button.isVisible()


def test_a_file_of_an_unknown_kind_is_refused_in_a_sentence(editor, window, settle, tmp_path):
    (tmp_path / "a.exe").write_bytes(b"MZ")
    editor.binding.files_given.emit("/paper", [tmp_path / "a.exe"])
    settle(window)
    assert "“a.exe”不是能收的文件种类" in editor.banner.message
    assert editor.binding.session.value("/paper") is None


def test_a_trace_is_shown_as_text_and_kept_when_one_only_passes(editor, window, workspace, settle):
    text = box(editor, "/road").editor.text
    assert text.toPlainText() == "30.63 119.68 12.5\n30.64 119.69"
    text.setFocus()
    QTest.keyClick(text, Qt.Key.Key_Tab)
    editor.save()
    settle(window)
    assert open_session(workspace, editor.record_id).value("/road") == TRACE


def test_a_trace_can_be_typed(editor, window, settle):
    text = box(editor, "/field").editor.text
    text.setFocus()
    QTest.keyClicks(text, "30 119; 30 119.1; 30.1 119.1; 30 119")
    QTest.keyClick(text, Qt.Key.Key_Tab)
    settle(window)
    assert editor.binding.session.value("/field")["g"]["type"] == "Polygon"


def test_a_ranking_is_made_by_keys_and_kept(editor, window, settle):
    ranking = box(editor, "/wishes").editor
    ranking.list.setFocus()
    ranking.list.setCurrentRow(2)
    QTest.keyClick(ranking.list, "1")
    settle(window)
    assert editor.binding.session.value("/wishes") == ["light", "road", "water"]
    assert ranking.list.item(0).text() == "1. 路灯"


def test_one_photo_is_attached_shown_replaced_and_removed(editor, window, workspace, settle, pictures):
    editor.photos.attach("/front", [pictures / "garden.jpg"])
    settle(window)
    photo = box(editor, "/front").editor
    assert isinstance(photo, PhotoEditor)
    assert photo.value()["name"] == "garden.jpg"
    assert photo.tile.icon().actualSize(photo.tile.size()).width() > 60
    first = photo.value()["b"]
    editor.photos.attach("/front", [pictures / "pagoda.jpg"])
    settle(window)
    photo = box(editor, "/front").editor
    assert photo.value()["b"] != first
    photo.remove_button.click()
    settle(window)
    assert open_session(workspace, editor.record_id).value("/front") is None


def test_a_photo_dropped_on_its_question_is_attached_there(editor, window, settle, pictures):
    (row,) = editor.binding.session.rows("/house")
    photo = box(editor, f"{row}/facade").editor
    drop_on(photo, pictures / "garden.jpg")
    settle(window)
    assert editor.binding.session.value(f"{row}/facade")["name"] == "garden.jpg"


def test_a_picture_in_the_clipboard_is_pasted_into_its_question(editor, window, settle):
    picture = QImage(40, 30, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.darkGreen)
    QGuiApplication.clipboard().setImage(picture)
    photo = box(editor, "/front").editor
    photo.choose_button.setFocus()
    QTest.keyClick(photo.choose_button, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    settle(window)
    assert editor.binding.session.value("/front")["m"] == "image/png"


def test_what_is_typed_while_photos_come_is_kept(editor, window, settle, pictures):
    line = box(editor, "/name").editor.line
    editor.photos.attach("/front", [pictures / "garden.jpg"])
    line.setFocus()
    QTest.keyClicks(line, "still typing")
    settle(window)
    assert box(editor, "/name").editor.line.text() == "still typing"
    assert editor.binding.session.value("/name") == "still typing"
    assert editor.binding.session.value("/front")["name"] == "garden.jpg"


def test_a_line_is_read_from_a_file_beside_the_window_and_a_file_without_one_changes_nothing(
    editor, window, settle, tmp_path
):
    road, name = box(editor, "/road").editor, box(editor, "/name").editor
    file = tmp_path / "路.geojson"
    file.write_text('{"type": "LineString", "coordinates": [[119, 30, 12.5], [119.5, 30.5]]}', "utf-8")
    editor.shapes.read(file, road)
    assert "正在读取“路.geojson”" in words(road) and not road.file_button.isEnabled()
    assert road.text.isReadOnly() and not name.line.isReadOnly(), "the others wait for nothing"
    settle(window)
    line = editor.binding.session.value("/road")
    assert line["g"] == {"type": "LineString", "coordinates": [[119, 30, 12.5], [119.5, 30.5]]}
    assert road.text.toPlainText() == "30 119 12.5\n30.5 119.5" and "2 个点" in words(road)
    assert road.file_button.isEnabled() and not road.text.isReadOnly()
    file.write_text("什么也没有", "utf-8")
    editor.shapes.read(file, road)
    settle(window)
    assert editor.binding.session.value("/road") == line
    assert "没有读得懂的路线" in words(road) and not road.text.isReadOnly()


def test_a_track_is_dropped_on_its_question_and_other_files_are_left_to_the_window(
    editor, settle, window, tmp_path
):
    road = box(editor, "/road").editor
    track = tmp_path / "路.gpx"
    track.write_text(
        '<gpx><trk><trkpt lat="30" lon="119"/><trkpt lat="30.5" lon="119.5"/></trk></gpx>', "utf-8"
    )
    drop_on(road, track)
    settle(window)
    assert editor.binding.session.value("/road")["g"]["coordinates"] == [[119, 30], [119.5, 30.5]]
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "图.jpg"))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering = QDragEnterEvent(QPoint(4, 4), Qt.DropAction.CopyAction, mime, left, none)
    assert not road.eventFilter(road, entering)
