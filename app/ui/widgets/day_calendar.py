"""The month from which a day is chosen, in the words and colours of the window."""

from __future__ import annotations

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QColor, QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QToolButton

from app.i18n import language
from app.ui.look import Look

_LOCALES = {"zh": QLocale(QLocale.Language.Chinese), "en": QLocale(QLocale.Language.English)}
_TURNING = {"qt_calendar_prevmonth": "chevron-left", "qt_calendar_nextmonth": "chevron-right"}
_WEEKEND = (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday)


class DayCalendar(QCalendarWidget):
    """Weeks begin on Monday (GB/T 7408.1-2023); the language is the window's, not the system's."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setLocale(_LOCALES[language()])
        self.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        self.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.setHorizontalHeaderFormat(QCalendarWidget.HorizontalHeaderFormat.ShortDayNames)
        quiet = QTextCharFormat()
        quiet.setForeground(QColor(look.tokens.muted))
        for day in _WEEKEND:
            self.setWeekdayTextFormat(day, quiet)  # Qt's own red is not legible on dark cards
        for name, icon in _TURNING.items():
            turn = self.findChild(QToolButton, name)
            if turn is not None:
                turn.setIcon(look.icons.icon(icon))
