"""The wheel scrolls the page, it changes no field that it passes."""

import pytest
from PySide6.QtCore import QDate, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolButton

from app import i18n
from app.ui.application import dress
from app.ui.tokens import LIGHT
from app.ui.widgets.day_calendar import DayCalendar
from app.ui.widgets.still_fields import ChoiceBox, DayField


def a_list():
    box = ChoiceBox()
    box.addItems(["一", "二", "三"])
    return box, box.currentIndex


def a_day():
    field = DayField(dress(LIGHT))
    field.setDate(QDate(2026, 11, 21))
    return field, field.date


@pytest.mark.parametrize("make", [a_list, a_day])
def test_the_wheel_over_a_field_changes_nothing_and_goes_on_to_the_page(qtbot, make):
    field, value = make()
    qtbot.addWidget(field)
    before, down = value(), QPoint(0, -120)
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), down, down, Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(field, event)
    assert value() == before and not event.isAccepted()


@pytest.mark.parametrize(("speaks", "month"), [("zh", "十一月"), ("en", "November")])
def test_the_calendar_speaks_the_language_of_the_window(qtbot, speaks, month):
    i18n.set_language(speaks)
    calendar = DayCalendar(dress(LIGHT))
    qtbot.addWidget(calendar)
    calendar.setSelectedDate(QDate(2026, 11, 21))
    assert calendar.findChild(QToolButton, "qt_calendar_monthbutton").text() == month


def test_days_of_the_neighbouring_months_are_faint(qtbot):
    calendar = DayCalendar(dress(LIGHT))
    qtbot.addWidget(calendar)
    calendar.setSelectedDate(QDate(2026, 11, 21))

    def darkest(day):
        drawn = QImage(40, 40, QImage.Format.Format_RGB32)
        drawn.fill(Qt.GlobalColor.white)
        with QPainter(drawn) as painter:
            calendar.paintCell(painter, drawn.rect(), day)
        return min(drawn.pixelColor(x, y).lightness() for x in range(40) for y in range(40))

    assert darkest(QDate(2026, 11, 4)) < 100 < darkest(QDate(2026, 10, 28))
