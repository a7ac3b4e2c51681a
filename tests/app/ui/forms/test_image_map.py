"""Choosing in a picture: by the real shapes, in step with the list, also zoomed, and never without the list."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.paths import resources_folder
from app.ui.forms.image_map_editor import ImageMapEditor
from app.ui.forms.make_editor import make_editor
from app.ui.icons import Icons
from app.ui.look import Look
from app.ui.tokens import LIGHT
from app.ui.vector_drawing import draw_map, picture_file
from core.errors import KnownError
from core.forms.model.vector_pictures import read_vector_picture
from core.forms.xform.reading import parse_xform
from tests.core.forms.making import session_of
from tests.map_form import YARD, map_files, map_form_xml

pytestmark = pytest.mark.usefixtures("qapp")

ALL = ["hall", "gate", "west", "east", "well", "trees", "drain", "yard", "roof"]


def a_map(svg=YARD, values=ALL):
    return draw_map(read_vector_picture(svg.encode(), str), values)


@pytest.fixture
def editor(qtbot):
    """Makes the editor of a question of the form, with its picture."""

    def made(path="/damaged", width=760, drawn=None):
        session = session_of(parse_xform(map_form_xml(), map_files()))
        question = session.form.question(path)
        look = Look(LIGHT, Icons(resources_folder() / "icons", LIGHT.text, LIGHT.muted))
        one = make_editor(look, question, session.choices(path, "zh"), 40)
        assert isinstance(one, ImageMapEditor)
        one.set_choices(session.choices(path, "zh"))
        one.show_picture("yard.svg")
        one.set_map("yard.svg", [choice.value for choice in session.choices(path, "zh")], drawn or a_map())
        qtbot.addWidget(one)
        one.resize(width, one.heightForWidth(width))
        one.show()
        QApplication.processEvents()
        return one

    return made


def click(editor, value):
    QTest.mouseClick(editor.map, Qt.MouseButton.LeftButton, pos=editor.map.center_of(value).toPoint())


def test_shapes_are_hit_where_they_are_and_nowhere_else():
    drawn = a_map()
    at = {(180, 55): "hall", (180, 97): "gate", (60, 95): "west", (300, 60): "east", (180, 150): "well",
          (300, 210): "trees", (130, 130): "yard", (122, 204): "drain",
          (250, 130): None, (335, 165): None, (150, 97): None, (20, 10): None}  # fmt: skip
    assert {place: drawn.value_at(place[0] / 360, place[1] / 240) for place in at} == at
    assert "roof" not in drawn.colours.values()


def test_a_line_is_hit_close_by_too():
    drawn = a_map(
        '<svg viewBox="0 0 100 100"><line id="a" x1="0" y1="50" x2="100" y2="50" stroke="red"/></svg>', ["a"]
    )
    assert [drawn.value_at(0.5, y) for y in (0.5, 0.507, 0.55)] == ["a", "a", None]


def test_two_hundred_shapes_beside_each_other_are_told_apart():
    cells = "".join(
        f'<rect id="v{at}" x="{at % 20 * 5}" y="{at // 20 * 5}" width="5" height="5"/>' for at in range(200)
    )
    values = [f"v{at}" for at in range(200)]
    drawn = a_map(f'<svg viewBox="0 0 100 50">{cells}</svg>', values)
    for at in range(200):
        x, y = at % 20 * 5, at // 20 * 5
        for dx, dy in ((2.5, 2.5), (0.2, 0.2), (4.8, 4.8)):
            assert drawn.value_at((x + dx) / 100, (y + dy) / 50) == f"v{at}"


def test_a_click_chooses_and_takes_back_and_the_list_says_the_same(editor):
    one, settled = editor(), []
    one.settled.connect(lambda: settled.append(one.value()))
    click(one, "well")
    click(one, "hall")
    assert settled[-1] == ["hall", "well"], "in the order of the choices"
    assert {name for name, box in one.choosing.buttons.items() if box.isChecked()} == {"hall", "well"}
    click(one, "well")
    assert settled[-1] == ["hall"]
    one.choosing.buttons["trees"].click()
    assert one.value() == ["hall", "trees"] and len(settled) == 4


def test_of_one_choice_another_takes_its_place_and_a_second_click_takes_it_back(editor):
    one = editor("/first")
    click(one, "west")
    click(one, "gate")
    assert one.value() == one.choosing.box.currentData() == "gate"
    click(one, "gate")
    assert one.value() is None


def test_a_choice_of_the_list_is_seen_in_the_picture_by_more_than_colour(editor):
    one = editor()
    before = one.map.grab().toImage()
    one.show_value(["east"])
    after = one.map.grab().toImage()
    at = one.map.center_of("east").toPoint() * one.devicePixelRatioF()
    lights = {after.pixelColor(at + QPoint(x, 0)).lightness() for x in range(-12, 12)}
    assert len({before.pixelColor(at + QPoint(x, 0)).lightness() for x in range(-12, 12)}) < len(lights), (
        "hatched"
    )
    away = one.map.center_of("west").toPoint() * one.devicePixelRatioF()
    assert before.pixelColor(away) == after.pixelColor(away)


def test_what_one_points_at_is_ringed_and_named(editor):
    one = editor()
    plain = one.map.grab().toImage()
    QTest.mouseMove(one.map, one.map.center_of("gate").toPoint())
    assert one.map.grab().toImage() != plain
    assert one.map.cursor().shape() == Qt.CursorShape.PointingHandCursor
    QTest.mouseMove(one.map, QPoint(3, 3))
    assert one.map.grab().toImage() == plain


def test_zoomed_and_moved_shapes_are_still_hit(editor):
    one = editor(width=260)
    at = one.map.center_of("gate")
    wheel = QWheelEvent(
        at, one.map.mapToGlobal(at), QPoint(), QPoint(0, 360), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.ControlModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QGuiApplication.sendEvent(one.map, wheel)
    assert one.map.zoomed > 3
    assert (one.map.center_of("gate") - at).manhattanLength() < 8, "what is under the pointer stays there"
    click(one, "gate")
    assert one.value() == ["gate"]
    start = one.map.rect().center()
    QTest.mousePress(one.map, Qt.MouseButton.LeftButton, pos=start)
    for step in (20, 40, 60):
        QTest.mouseMove(one.map, start - QPoint(step, 0))
    QTest.mouseRelease(one.map, Qt.MouseButton.LeftButton, pos=start - QPoint(60, 0))
    assert one.value() == ["gate"], "moving the picture chooses nothing"
    assert one.map.center_of("gate").x() < at.x() - 40
    one.map.zoom(0)
    assert one.map.zoomed == 1


def test_what_is_chosen_in_the_list_comes_into_sight(editor):
    one = editor()
    one.map.zoom(4, QPointF(5, 5))
    assert not one.map.rect().contains(one.map.center_of("east").toPoint())
    one.choosing.buttons["east"].click()
    assert one.map.rect().contains(one.map.center_of("east").toPoint())


@pytest.mark.qt_log_ignore("not accepted by receiving widget")
def test_read_only_nothing_can_be_pointed_at(editor):
    one = editor()
    one.show_value(["hall"])
    one.set_readonly(True)
    click(one, "well")
    assert one.value() == ["hall"]


def test_choices_without_a_shape_are_named_and_a_picture_that_fails_leaves_the_list(editor):
    one = editor()
    assert "屋顶（图上没有）" in one.told.text() and "堂屋" not in one.told.text()
    one.show_picture("other.svg")
    assert not one.frame.isVisible() and not one.told.isVisible()
    one.set_map("yard.svg", list(ALL), a_map())
    assert not one.frame.isVisible(), "a picture that is not wanted any more"
    one.set_map("other.svg", ["hall"], a_map())
    assert not one.frame.isVisible(), "the shapes of other choices"
    one.set_no_map("other.svg")
    assert "other.svg" in one.told.text()
    one.choosing.buttons["roof"].click()
    assert one.value() == ["roof"]


@pytest.mark.qt_log_ignore("Shape of type", "Duplicate unique style", "Could not resolve property")
@pytest.mark.parametrize(
    "inside",
    [
        '<rect width="1e308" height="1e308" stroke="red" stroke-width="1e300"/>',
        '<path d="M0 0L1e38 1e38L-1e38 5" stroke="red" stroke-dasharray="0.00001" stroke-width="0.1"/>',
        '<path d="M0 0 h1e9 v1e9 h-1e9z" stroke="red" stroke-dasharray="0.001 0.001"/>',
        '<text font-size="1e9" x="1" y="5">大</text>',
        '<g transform="scale(1e30)"><circle r="1e20"/></g>',
        '<circle r="nan"/><ellipse rx="-5" ry="inf"/>',
        '<path d="M 0 0 A 1e-300 1e300 45 1 1 50 50"/>',
        '<linearGradient id="a" xlink:href="#b"/><linearGradient id="c"><stop offset="1e300"/></linearGradient><rect fill="url(#a)" width="9" height="9"/>',
        '<rect transform="matrix(0 0 0 0 0 0)" width="5" height="5"/>',
    ],
)  # fmt: skip
def test_gigantic_and_senseless_numbers_are_drawn_in_bounded_time(inside):
    before = time.thread_time()
    head = '<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="1e9" height="1e9" viewBox="0 0 100 100">'
    drawn = a_map(f"{head}{inside}<g id='a'>{inside}</g></svg>", ["a"])
    assert (drawn.picture.width(), drawn.regions.width()) == (2048, 1024)
    assert time.thread_time() - before < 3


@pytest.mark.parametrize(
    "inside",
    [
        '<radialGradient id="g"><stop/></radialGradient>' + '<circle r="99" fill="url(#g)"/>' * 900,
        f'<path stroke="red" d="M0 0{"".join(f"L{at * 37 % 100} {at * 53 % 75}" for at in range(2000))}"/>',
    ],
)
def test_what_costs_much_is_drawn_smaller(inside):
    before = time.thread_time()
    drawn = a_map(f'<svg viewBox="0 0 100 50">{inside}<rect id="a" width="50" height="50"/></svg>', ["a"])
    assert time.thread_time() - before < 4
    assert 64 <= drawn.picture.width() < 2048
    assert (drawn.value_at(0.2, 0.5), drawn.value_at(0.8, 0.5)) == ("a", None)


def test_a_picture_without_size_or_of_no_size_is_bounded_or_refused():
    assert a_map('<svg><rect id="a" x="5" width="50" height="20"/></svg>', ["a"]).value_at(0.5, 0.5) == "a"
    assert (
        a_map('<svg viewBox="0 0 1000000 1"><rect id="a" width="9" height="1"/></svg>').picture.height() == 1
    )
    for nothing in ("<svg/>", '<svg viewBox="0 0 0 0"/>', '<svg viewBox="0 0 -5 5"/>'):
        with pytest.raises(KnownError, match="vector_picture_refused"):
            a_map(nothing)


def test_a_label_picture_is_drawn_on_white_as_large_as_asked():
    made = QImage.fromData(picture_file(read_vector_picture(YARD.encode(), str), 300))
    assert (made.width(), made.height()) == (300, 200) and made.pixelColor(1, 1).lightness() > 240
