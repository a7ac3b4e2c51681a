"""Fields that the mouse wheel does not change: over them it scrolls the page."""

from __future__ import annotations

from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QDateEdit

from app.ui.look import Look
from app.ui.widgets.day_calendar import DayCalendar


class ChoiceBox(QComboBox):
    """One of a list."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class DayField(QDateEdit):
    """A day, typed or chosen from a calendar."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setCalendarPopup(True)
        self.setCalendarWidget(DayCalendar(look))
        self.setDisplayFormat("yyyy-MM-dd")

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
