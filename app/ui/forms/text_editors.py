"""Editors one types text into: a line, several lines, digits, what is hidden, an address."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QRegularExpression, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QRegularExpressionValidator
from PySide6.QtWidgets import QHBoxLayout, QLayout, QLineEdit, QPlainTextEdit, QToolButton, QVBoxLayout

from app.i18n import tr
from app.ui.forms.editor import Editor
from app.ui.look import Look
from app.ui.widgets.card import button, named_label, set_kind
from app.ui.widgets.composition import CompositionGuard
from app.ui.widgets.marked_label import open_address
from core.forms.answers import answer_text
from core.values import Value, text_of, text_value

_LONGEST = 2**31 - 1  # Qt's own 32,767 would cut without a word; what is too long is told when it is saved


class LineEditor(Editor):
    """One line of text, with the unit behind it if there is one."""

    def __init__(self, unit: str = "") -> None:
        super().__init__()
        self.line = QLineEdit()
        self.line.setMaxLength(_LONGEST)
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


class DigitsEditor(LineEditor):
    """Text of digits and what stands between them."""

    _DIGITS = QRegularExpression(r"[0-9０-９.,+\- ]*")

    def __init__(self, unit: str = "") -> None:
        super().__init__(unit)
        self.line.setValidator(QRegularExpressionValidator(self._DIGITS, self.line))
        self.line.setInputMethodHints(Qt.InputMethodHint.ImhPreferNumbers)


class HiddenEditor(LineEditor):
    """Text that nobody beside the person should read: dots, until one asks for the words."""

    def __init__(self, unit: str = "") -> None:
        super().__init__(unit)
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.words_button = QToolButton()
        self.words_button.setObjectName("step")
        self.words_button.setCheckable(True)
        self.words_button.setText(tr("widgets.show_hidden"))
        self.words_button.toggled.connect(self._show_words)
        self._row.addWidget(self.words_button)

    def _show_words(self, on: bool) -> None:
        self.line.setEchoMode(QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password)


class AddressEditor(LineEditor):
    """An address of the web, with a button that opens it."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.open_button = button(look, tr("widgets.open_address"), "maximize-2", "flat")
        self.open_button.clicked.connect(lambda: open_address(self.line.text().strip()))
        self.line.textChanged.connect(self._follow)
        self._row.addWidget(self.open_button)
        self._follow("")

    def _follow(self, text: str) -> None:
        self.open_button.setEnabled(text.strip().lower().startswith(("http://", "https://", "mailto:")))


class LongTextEditor(Editor):
    """Several lines. Under it stands how much of the allowed length is used, if the form limits it."""

    wide = True
    _MINIMUM_LINES = 3
    _MAXIMUM_LINES = 14

    def __init__(self, lines: int = _MINIMUM_LINES) -> None:
        super().__init__()
        self._least_lines = min(max(lines, 1), self._MAXIMUM_LINES)
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self._guard = CompositionGuard(self.text)
        self.text.installEventFilter(self)
        self.text.textChanged.connect(self._typed)
        self._counter = named_label("counter")
        self._counter.hide()
        self._quiet = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(3)
        self._column.addWidget(self.text)
        self._column.addWidget(self._counter, 0, Qt.AlignmentFlag.AlignRight)
        self.setFocusProxy(self.text)
        self._grow()

    def value(self) -> Value:
        text = self.text.toPlainText()
        return text_value(text) if text.strip() else None

    def show_value(self, value: Value) -> None:
        shown = text_of(value) or ""
        if shown != self.text.toPlainText():
            self.show_text(shown)
        self._grow()

    def show_text(self, text: str) -> None:
        """Put this text here without telling anybody that it changed."""
        self._quiet = True
        self.text.setPlainText(text)
        self._quiet = False

    def add_row(self, row: QLayout) -> None:
        """Let this stand under the text."""
        self._column.addLayout(row)

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
        lines = min(max(lines, self._least_lines), self._MAXIMUM_LINES)
        self.text.setFixedHeight(lines * metrics.lineSpacing() + 20)
