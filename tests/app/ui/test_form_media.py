"""A form with pictures, sounds and films on screen."""

from __future__ import annotations

import struct
import time
import zlib
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.media.photo import print_copy
from app.media.still import still
from app.reports.record_content import Photo, read_record
from app.ui.forms.drawing_dialog import DrawingDialog
from app.ui.forms.guidance import Guidance
from app.ui.forms.label_media import LabelMedia
from app.ui.record import form_media
from app.ui.widgets.photo_window import PhotoWindow
from app.usecases.attachments import open_copy
from app.usecases.form_media import form_picture, lay_form_file_out
from app.usecases.forms import install_form
from app.usecases.records import create_record, open_session, save_record
from core.errors import KnownError
from core.forms.xform.reading import parse_xform
from tests.app.ui.conftest import rest
from tests.map_form import embedded, map_form, map_form_xml
from tests.media_form import a_film, a_picture, a_sound, media_form


@pytest.fixture
def opened(monkeypatch):
    files = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: files.append(Path(url.toLocalFile())) or True
    )
    return files


def a_bomb() -> bytes:
    """A PNG whose head speaks of 60,000 pixels a side."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.fixture
def page(window, workspace, tmp_path, opened):
    file = media_form(tmp_path)
    (tmp_path / "media_form-media" / "earth.png").write_bytes(a_bomb())
    install_form(workspace, file)
    record = create_record(workspace, "media_form")
    save_record(workspace, record, {"/roof": "slate"})
    window.open_record(record)
    rest(window)
    yield window.page
    window.open_place("records")
    rest(window)


def picture_of(button):
    return next(label for label in button.findChildren(QLabel) if not label.pixmap().isNull())


def test_pictures_stand_beside_labels_and_choices_and_what_is_not_there_is_said(page):
    roof = page.form_view.box("/roof")
    beside = roof.findChild(LabelMedia)
    assert beside.picture.isVisible() and beside.picture.iconSize().width() == 240
    assert beside.sound_button.isVisible() and beside.film_button.isVisible()
    assert picture_of(roof.editor.buttons["tile"]).pixmap().width() == 132
    window = page.form_view.box("/window")
    assert "gone.png" in window.findChild(LabelMedia).absent.text()
    assert not window.editor.box.itemIcon(1).isNull(), "a list shows them small"


def test_a_hostile_picture_is_not_decoded_and_the_choice_can_be_made(page):
    earth = page.form_view.box("/wall").editor.buttons["earth"]
    assert "打不开" in picture_of(earth).toolTip()
    earth.click()
    assert page.binding.session.value("/wall") == ["earth"]


def test_a_click_shows_the_big_picture(page, window):
    page.form_view.box("/roof").findChild(LabelMedia).picture.click()
    rest(window)
    (large,) = page.findChildren(PhotoWindow)
    assert large.windowTitle() == "屋面是哪一种？"
    assert large.label.pixmap().width() > 240
    large.close()


def test_a_sound_is_played_from_a_read_only_copy(page, window, opened):
    roof = page.form_view.box("/roof")
    roof.findChild(LabelMedia).sound_button.click()
    rest(window)
    assert opened[0].read_bytes() == a_sound() and not opened[0].stat().st_mode & 0o222
    (play,) = [
        one
        for one in roof.editor.buttons["slate"].children()
        if one.isWidgetType() and one.objectName() == "" and hasattr(one, "click")
    ]
    play.click()
    rest(window)
    assert len(opened) == 2
    assert page.binding.session.value("/roof") == "slate", "playing chooses nothing"


def test_guidance_is_shown_to_who_asks(page):
    guidance = page.form_view.box("/roof").findChild(Guidance)
    assert not guidance.isVisible()
    guidance.button.click()
    assert guidance.isVisible()


def test_a_recording_is_dropped_named_and_played(page, window, tmp_path, opened):
    (tmp_path / "口述.wav").write_bytes(a_sound())
    talk = page.form_view.box("/talk")
    talk.editor.files_given.emit([tmp_path / "口述.wav"])
    rest(window)
    talk = page.form_view.box("/talk")
    assert talk.editor.name.text() == "口述.wav　1 KB"
    talk.editor.open_button.click()
    rest(window)
    assert opened[-1].read_bytes() == a_sound()


def test_what_one_sees_stays_where_it_is_when_a_form_with_pictures_is_shown_anew(
    page, window, tmp_path, monkeypatch
):
    read = form_media.form_picture
    monkeypatch.setattr(form_media, "form_picture", lambda *asked: time.sleep(0.1) or read(*asked))
    (tmp_path / "口述.wav").write_bytes(a_sound())
    window.resize(1024, 640)
    talk = page.form_view.box("/talk")
    rest(window)
    bar = page.place.area.verticalScrollBar()
    bar.setValue(bar.maximum())
    rest(window)
    before = talk.mapTo(page.place.area, QPoint()).y()
    talk.editor.files_given.emit([tmp_path / "口述.wav"])
    rest(window)
    again = page.form_view.box("/talk")
    assert again is not talk and again.mapTo(page.place.area, QPoint()).y() == before


def test_what_the_system_might_start_is_never_opened(workspace, page):
    form = page.binding.session.form
    for name, data in (("run.bat", a_sound()), ("x.wav", b"MZ"), ("film.mp4.exe", a_film())):
        form.media[name] = data
        with pytest.raises(KnownError) as caught:
            lay_form_file_out(workspace, form, name)
        assert caught.value.code == "form_file_unplayable"
    value = open_session(workspace, page.record_id).value("/talk")
    assert value is None
    with pytest.raises(KnownError) as caught:
        open_copy(workspace, f"sha256:{'0' * 64}", "harmless.pdf.bat")
    assert caught.value.code == "file_not_opened"


def test_a_picture_of_a_form_is_made_once(workspace, page, monkeypatch):
    form = page.binding.session.form
    first = form_picture(workspace, form, "tile.png", 132)
    monkeypatch.setattr("app.usecases.form_media.thumbnail", lambda *_: pytest.fail("again"))
    assert form_picture(workspace, form, "tile.png", 132) == first


def drawn_on(page, path):
    """Draws a line on the sheet that is open and takes it."""
    dialog = page.window().findChild(DrawingDialog)
    assert not dialog.take.isEnabled(), "there is nothing to take yet"
    QTest.mousePress(dialog.sheet, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    QTest.mouseMove(dialog.sheet, QPoint(90, 60))
    QTest.mouseRelease(dialog.sheet, Qt.MouseButton.LeftButton, pos=QPoint(90, 60))
    dialog.buttons.buttons()[0].click()
    rest(page.window())
    return page.binding.session.value(path)


def test_a_signature_is_drawn_and_a_photo_is_marked_while_the_first_stays(page, window, workspace, checkout):
    page.form_view.box("/sign").editor.draw_button.click()
    signed = drawn_on(page, "/sign")
    assert signed["m"] == "image/png" and workspace.photo_files.has(signed["b"])
    shown = page.form_view.box("/sign").editor
    assert not [label.text() for label in shown.findChildren(QLabel) if signed["b"][7:23] in label.text()]
    mark = page.form_view.box("/mark").editor
    assert not mark.draw_button.isVisible(), "there is nothing to mark yet"
    assert not page.form_view.box("/front").editor.draw_button.isVisible()
    mark.files_given.emit([checkout / "tests" / "pictures" / "garden.jpg"])
    rest(window)
    before = page.binding.session.value("/mark")
    page.form_view.box("/mark").editor.draw_button.click()
    rest(window)
    after = drawn_on(page, "/mark")
    assert after["m"] == "image/png" and after["b"] != before["b"]
    assert workspace.photo_files.has(before["b"])


def test_a_picture_to_choose_in_is_drawn_beside_the_window_and_a_hostile_one_leaves_the_list(
    window, workspace, tmp_path
):
    install_form(workspace, map_form(tmp_path))
    record = create_record(workspace, "map_form")
    window.open_record(record)
    rest(window)
    page = window.page
    editor = page.form_view.box("/damaged").editor
    QTest.mouseClick(editor.map, Qt.MouseButton.LeftButton, pos=editor.map.center_of("gate").toPoint())
    assert page.binding.session.value("/damaged") == ["gate"]
    hostile = page.form_view.box("/hostile").editor
    assert "laughs.svg" in hostile.told.text() and not hostile.frame.isVisible()
    assert not page.form_view.box("/damaged").findChild(LabelMedia).picture.isVisible(), "drawn once"
    assert page.form_view.box("/plan").findChild(LabelMedia).picture.iconSize().width() == 300
    assert page.form_view.box("/kind").findChild(LabelMedia).picture.iconSize().width() == 240, "a GIF"
    assert picture_of(page.form_view.box("/kind").editor.buttons["tile"]).pixmap().width() == 132
    window.open_place("records")
    rest(window)


def test_a_gif_is_bounded_and_a_picture_inside_of_an_svg_is_made_anew(workspace):
    wide = b"GIF89a" + struct.pack("<HH", 60_000, 60_000) + bytes(20)
    svg = f'<svg viewBox="0 0 9 9"><image xlink:href="{embedded(a_picture())}"/></svg>'
    svg = svg.replace("<svg", '<svg xmlns:xlink="http://www.w3.org/1999/xlink"', 1)
    bomb = svg.replace(embedded(a_picture()), embedded(a_bomb()))
    files = {
        "wide.gif": wide,
        "cut.gif": a_picture(kind="GIF")[:90],
        "a.svg": svg.encode(),
        "b.svg": bomb.encode(),
    }
    form = parse_xform(map_form_xml(), files)
    for name in ("wide.gif", "cut.gif"):
        with pytest.raises(KnownError, match="form_picture_unreadable"):
            form_picture(workspace, form, name, 300)
    assert b"image/jpeg" in form_picture(workspace, form, "a.svg", 300).drawn()
    assert b"image" not in form_picture(workspace, form, "b.svg", 300).drawn()


def test_paper_shows_the_first_frame_of_a_gif_and_no_svg(workspace, tmp_path):
    install_form(workspace, map_form(tmp_path))
    record = create_record(workspace, "map_form")
    form = workspace.forms.newest("map_form")
    content = read_record(open_session(workspace, record), "zh")
    shown = [one.digests[0] for one in content.entries if isinstance(one, Photo)]
    assert shown == ["form:turning.gif"] * 2
    assert print_copy(still(form.media["turning.gif"]), 100).startswith(b"\xff\xd8")
