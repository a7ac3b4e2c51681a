"""Editors one types into: text, long text, whole and decimal numbers, date and time."""

from __future__ import annotations

from PySide6.QtCore import QDate, QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCalendarWidget,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QToolButton,
    QVBoxLayout,
    QWidgetAction,
)

from app.i18n import tr
from app.ui.forms.composition import CompositionGuard
from app.ui.forms.editor import Editor
from app.ui.forms.typed_values import date_in, decimal_in, integer_in
from app.ui.look import Look
from app.ui.widgets.card import named_label, set_kind
from core.forms.answers import answer_text
from core.values import Value, text_of, text_value


class LineEditor(Editor):
    """One line of text, with the unit behind it if there is one."""

    def __init__(self, unit: str = "") -> None:
        super().__init__()
        self.line = QLineEdit()
        self._guard = CompositionGuard(self.line)
        self.line.textEdited.connect(self.edited)
        self.line.editingFinished.connect(self._finish)
        self.line.returnPressed.connect(self.next_wanted)
        self._shown: Value = None
        self._shown_text = ""
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addWidget(self.line, 1)
        if unit:
            self._row.addWidget(named_label("unit", unit))
        self._counter = named_label("counter")
        self._counter.hide()
        self._row.addWidget(self._counter)
        self.setFocusProxy(self.line)

    def value(self) -> Value:
        text = self.line.text()
        if text == self._shown_text:
            return self._shown  # untouched: what the text does not tell (accuracy, source) stays
        return self.parse(text) if text.strip() else None

    def parse(self, text: str) -> Value:
        """The value that typed text stands for."""
        return text_value(text)

    def show_value(self, value: Value) -> None:
        shown = self.unparse(value)
        self._shown, self._shown_text = value, shown
        if shown != self.line.text():
            self.line.setText(shown)
            self.line.setCursorPosition(0)

    def unparse(self, value: Value) -> str:
        """The text in which a value is shown for typing."""
        return answer_text(value)

    def set_readonly(self, readonly: bool) -> None:
        self.line.setReadOnly(readonly)
        self.line.setFocusPolicy(Qt.FocusPolicy.ClickFocus if readonly else Qt.FocusPolicy.StrongFocus)

    def set_bad(self, bad: bool) -> None:
        set_kind(self.line, "bad" if bad else "")

    def set_counter(self, text: str, bad: bool) -> None:
        self._counter.setText(text)
        set_kind(self._counter, "bad" if bad else "")
        self._counter.setVisible(bool(text) and bool(self.line.text()))

    @property
    def counter(self) -> str:
        """The words of the counter, "" while nothing is typed."""
        return self._counter.text() if not self._counter.isHidden() else ""

    def _finish(self) -> None:
        tidy = self.unparse(self.value())
        if tidy and tidy != self.line.text():
            self.line.setText(tidy)
        self.settled.emit()


class IntegerEditor(LineEditor):
    """A whole number; full-width digits and thousands commas are understood."""

    def parse(self, text: str) -> Value:
        return integer_in(text)


class DecimalEditor(LineEditor):
    """A decimal number with the digits as typed."""

    def parse(self, text: str) -> Value:
        return decimal_in(text)


class DateEditor(LineEditor):
    """A day: typed as 2026-11-21, 20261121 or 2026年11月21日, or taken from a calendar."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.line.setPlaceholderText(tr("form.date_example"))
        self._button = QToolButton()
        self._button.setObjectName("plain")
        self._button.setIcon(look.icons.icon("calendar", look.tokens.muted))
        self._button.setToolTip(tr("form.calendar"))
        self._button.setAccessibleName(tr("form.calendar"))
        self._button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._button.clicked.connect(self._open_calendar)
        self._row.addWidget(self._button)

    def parse(self, text: str) -> Value:
        return date_in(text)

    def set_readonly(self, readonly: bool) -> None:
        super().set_readonly(readonly)
        self._button.setVisible(not readonly)

    def _open_calendar(self) -> None:
        menu = QMenu(self)
        calendar = QCalendarWidget()
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
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


class LongTextEditor(Editor):
    """Several lines. Under it stands how much of the allowed length is used, if the form limits it."""

    wide = True
    _MINIMUM_LINES = 3
    _MAXIMUM_LINES = 14

    def __init__(self) -> None:
        super().__init__()
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self._guard = CompositionGuard(self.text)
        self.text.installEventFilter(self)
        self.text.textChanged.connect(self._typed)
        self._counter = named_label("counter")
        self._counter.hide()
        self._quiet = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.text)
        column.addWidget(self._counter, 0, Qt.AlignmentFlag.AlignRight)
        self.setFocusProxy(self.text)
        self._grow()

    def value(self) -> Value:
        text = self.text.toPlainText()
        return text_value(text) if text.strip() else None

    def show_value(self, value: Value) -> None:
        shown = text_of(value) or ""
        if shown != self.text.toPlainText():
            self._quiet = True
            self.text.setPlainText(shown)
            self._quiet = False
        self._grow()

    def set_readonly(self, readonly: bool) -> None:
        self.text.setReadOnly(readonly)

    def set_bad(self, bad: bool) -> None:
        set_kind(self.text, "bad" if bad else "")

    def set_counter(self, text: str, bad: bool) -> None:
        self._counter.setText(text)
        set_kind(self._counter, "bad" if bad else "")
        self._counter.setVisible(bool(text))

    @property
    def counter(self) -> str:
        """The words of the counter."""
        return self._counter.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self.settled.emit()
        elif event.type() == QEvent.Type.Resize:
            QTimer.singleShot(0, self, self._grow)  # once the text has its new width
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.next_wanted.emit()
                return True
        return super().eventFilter(watched, event)

    def _typed(self) -> None:
        self._grow()
        if not self._quiet:
            self.edited.emit()

    def _grow(self) -> None:
        """As high as its text, within limits, so that what was written can be read at once."""
        metrics = self.text.fontMetrics()
        width = max(80, self.text.viewport().width() - 2 * int(self.text.document().documentMargin()))
        wrapped = metrics.boundingRect(
            QRect(0, 0, width, 1_000_000),
            int(Qt.TextFlag.TextWordWrap | Qt.TextFlag.TextWrapAnywhere),
            self.text.toPlainText() or " ",
        )
        lines = -(-wrapped.height() // metrics.lineSpacing())
        lines = min(max(lines, self._MINIMUM_LINES), self._MAXIMUM_LINES)
        self.text.setFixedHeight(lines * metrics.lineSpacing() + 20)
