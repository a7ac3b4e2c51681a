"""The wheel scrolls the page, it changes no field that it passes."""

import pytest
from PySide6.QtCore import QDate, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.ui.widgets.still_fields import ChoiceBox, DayField


def a_list():
    box = ChoiceBox()
    box.addItems(["一", "二", "三"])
    return box, box.currentIndex


def a_day():
    field = DayField()
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
