"""The month from which a day is chosen, in the words and colours of the window."""

from __future__ import annotations

from PySide6.QtCore import QDate, QLocale, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QTextCharFormat
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
        self._faint = QColor(look.tokens.line_strong)
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

    def paintCell(self, painter: QPainter, rect: QRect, date: QDate) -> None:
        shown = (date.year(), date.month()) == (self.yearShown(), self.monthShown())
        if shown or date == self.selectedDate():
            super().paintCell(painter, rect, date)
        else:  # Qt dims the neighbouring months by a palette, which a style sheet overrules
            painter.setPen(self._faint)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, str(date.day()))
