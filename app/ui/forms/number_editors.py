"""Editors of whole and decimal numbers."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton

from app.i18n import tr
from app.ui.forms.text_editors import LineEditor
from app.ui.forms.typed_values import decimal_in, integer_in
from core.forms.answers import answer_text
from core.forms.filling.shown_answers import with_thousands
from core.values import Value


class IntegerEditor(LineEditor):
    """A whole number; full-width digits and thousands commas are understood."""

    def __init__(self, unit: str = "", *, thousands: bool = False) -> None:
        super().__init__(unit)
        self._thousands = thousands

    def parse(self, text: str) -> Value:
        return integer_in(text)

    def unparse(self, value: Value) -> str:
        return with_thousands(answer_text(value)) if self._thousands else answer_text(value)


class DecimalEditor(IntegerEditor):
    """A decimal number with the digits as typed."""

    def parse(self, text: str) -> Value:
        return decimal_in(text)


class CounterEditor(IntegerEditor):
    """A whole number with a button for one less and one for one more; the arrow keys do the same."""

    def __init__(self, unit: str = "") -> None:
        super().__init__(unit)
        self.less, self.more = QToolButton(), QToolButton()
        for made, sign, words, step in (
            (self.less, "−", "widgets.one_less", -1),
            (self.more, "+", "widgets.one_more", 1),
        ):
            made.setObjectName("step")
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the arrow keys do it
            made.setText(sign)
            made.setToolTip(tr(words))
            made.setAccessibleName(tr(words))
            made.clicked.connect(lambda _=False, step=step: self._count(step))
        self._row.insertWidget(0, self.less)
        self._row.insertWidget(2, self.more)
        self.line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.line.installEventFilter(self)

    def set_readonly(self, readonly: bool) -> None:
        super().set_readonly(readonly)
        self.less.setEnabled(not readonly)
        self.more.setEnabled(not readonly)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
            if step is not None and not self.line.isReadOnly():
                self._count(step)
                return True
        return super().eventFilter(watched, event)

    def _count(self, step: int) -> None:
        present = self.value()
        if present is None or isinstance(present, int):
            self.line.setText(str((present or 0) + step))
            self.settled.emit()
