"""Editors of days, months, years, times of day and moments: typed, a day also taken from a calendar."""

from __future__ import annotations

from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QMenu, QToolButton, QWidgetAction

from app.i18n import tr
from app.ui.forms.text_editors import LineEditor
from app.ui.forms.typed_values import date_in, moment_in, month_in, time_in, year_in
from app.ui.look import Look
from app.ui.widgets.day_calendar import DayCalendar
from core.forms.answers import answer_text
from core.forms.filling.shown_answers import shown_moment
from core.values import Value


class DateEditor(LineEditor):
    """A day: typed as 2026-11-21, 20261121 or 2026年11月21日, or taken from a calendar."""

    def __init__(self, look: Look, *, calendar: bool = True) -> None:
        super().__init__()
        self._look = look
        self.line.setPlaceholderText(tr("form.date_example"))
        self._button = QToolButton()
        self._button.setObjectName("plain")
        self._button.setIcon(look.icons.icon("calendar", look.tokens.muted))
        self._button.setToolTip(tr("form.calendar"))
        self._button.setAccessibleName(tr("form.calendar"))
        self._button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._button.clicked.connect(self._open_calendar)
        self._calendar = calendar
        self._row.addWidget(self._button)
        self._button.setVisible(calendar)

    def parse(self, text: str) -> Value:
        return date_in(text)

    def set_readonly(self, readonly: bool) -> None:
        super().set_readonly(readonly)
        self._button.setVisible(self._calendar and not readonly)

    def _open_calendar(self) -> None:
        menu = QMenu(self)
        calendar = DayCalendar(self._look)
        present = QDate.fromString(self.line.text(), Qt.DateFormat.ISODate)
        calendar.setSelectedDate(present if present.isValid() else QDate.currentDate())
        calendar.clicked.connect(self._take)
        calendar.clicked.connect(menu.close)
        action = QWidgetAction(menu)
        action.setDefaultWidget(calendar)
        menu.addAction(action)
        menu.popup(self.line.mapToGlobal(self.line.rect().bottomLeft()))

    def _take(self, day: QDate) -> None:
        self.line.setText(day.toString(Qt.DateFormat.ISODate))
        self.settled.emit()


class MonthEditor(LineEditor):
    """A month: its first day is the answer, as in ODK Collect."""

    def __init__(self) -> None:
        super().__init__()
        self.line.setPlaceholderText(tr("widgets.month_example"))

    def parse(self, text: str) -> Value:
        return month_in(text)

    def unparse(self, value: Value) -> str:
        return answer_text(value)[:7]


class YearEditor(LineEditor):
    """A year: its first day is the answer, as in ODK Collect."""

    def __init__(self) -> None:
        super().__init__()
        self.line.setPlaceholderText(tr("widgets.year_example"))

    def parse(self, text: str) -> Value:
        return year_in(text)

    def unparse(self, value: Value) -> str:
        return answer_text(value)[:4]


class TimeEditor(LineEditor):
    """A time of day, typed as 9:30, 0930 or 9点30分."""

    def __init__(self) -> None:
        super().__init__()
        self.line.setPlaceholderText(tr("widgets.time_example"))

    def parse(self, text: str) -> Value:
        return time_in(text)

    def unparse(self, value: Value) -> str:
        return shown_moment(answer_text(value))


class MomentEditor(LineEditor):
    """A day with a time of day."""

    def __init__(self) -> None:
        super().__init__()
        self.line.setPlaceholderText(tr("widgets.moment_example"))

    def parse(self, text: str) -> Value:
        return moment_in(text)

    def unparse(self, value: Value) -> str:
        return shown_moment(answer_text(value))
