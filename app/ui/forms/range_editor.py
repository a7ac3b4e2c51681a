"""Editors of a range: a slider that is empty until it is touched, and stars."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLabel, QSlider, QToolButton

from app.i18n import tr
from app.ui.forms.choice_editors import ComboEditor
from app.ui.forms.editor import Editor
from app.ui.look import Look
from app.ui.widgets.card import button, named_label, set_kind
from core.forms.answers import answer_text
from core.forms.model.choices import Choice
from core.forms.model.items import Question
from core.forms.model.ranges import NumberRange
from core.values import Value

_VERTICAL_PX = 180
_ACROSS_PX = 28
_HANDLE_PX = 18  # of the style sheet, with its border
MOST_IN_A_LIST = 1000  # numbers
MOST_STARS = 12
_SHORT_END = 8  # characters that stand beside the slider
_MOST_TICKS = 40  # more would be a line
_TOUCHING = frozenset({
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Space,
})  # fmt: skip


class _Slider(QSlider):
    """Draws its ticks, which a style sheet takes away; the wheel scrolls the page."""

    ticked = True

    def __init__(self, orientation: Qt.Orientation, colour: str) -> None:
        super().__init__(orientation)
        self._colour = QColor(colour)
        across = self.setMinimumHeight if orientation == Qt.Orientation.Horizontal else self.setMinimumWidth
        across(_ACROSS_PX)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.ticked:
            return
        painter = QPainter(self)
        painter.setPen(self._colour)
        for step in range(0, self.maximum() + 1, max(1, self.tickInterval())):
            share = step / self.maximum()
            if self.orientation() == Qt.Orientation.Horizontal:
                x = round(_HANDLE_PX / 2 + share * (self.width() - _HANDLE_PX))
                painter.drawLine(x, self.height() - 4, x, self.height() - 1)
            else:
                y = round(self.height() - _HANDLE_PX / 2 - share * (self.height() - _HANDLE_PX))
                painter.drawLine(self.width() - 4, y, self.width() - 1, y)


class SliderEditor(Editor):
    """A number between two ends. The first touch answers, Delete takes the answer back."""

    wide = True

    def __init__(
        self, look: Look, numbers: NumberRange, question: Question, labels: Sequence[Choice] = ()
    ) -> None:
        super().__init__()
        self._numbers, self._unit = numbers, question.unit
        self._labels = {numbers.place_of(label.value): label.label for label in labels}
        self._value: Value = None
        self._bad = False
        upright = question.has_appearance("vertical")
        way = Qt.Orientation.Vertical if upright else Qt.Orientation.Horizontal
        self.slider = _Slider(way, look.tokens.line_strong)
        self.slider.setRange(0, numbers.steps)
        self.slider.setPageStep(max(1, numbers.steps // 10))
        self.slider.ticked = not question.has_appearance("no-ticks")
        fitting = max(1, -(-numbers.steps // _MOST_TICKS))
        self.slider.setTickInterval(numbers.steps_in(question.parameters.get("tick-interval", "")) or fitting)
        self._resting = numbers.place_of(question.parameters.get("placeholder", "")) or 0
        self.slider.valueChanged.connect(lambda _: self._touch())
        self.slider.sliderPressed.connect(self._touch)
        self.slider.installEventFilter(self)
        self.shown = named_label("value")
        self.clear_button = button(look, tr("widgets.clear"), "x", "flat")
        self.clear_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Delete does it
        self.clear_button.clicked.connect(self._clear)
        first, last = (named_label("unit", self._told(place)) for place in (0, numbers.steps))
        if upright:
            self._lay_out_upright(first, last)
        elif any(len(label.text()) > _SHORT_END for label in (first, last)):
            self._lay_out_below(first, last)
        else:
            self._lay_out(first, last)
        self.setFocusProxy(self.slider)
        self.show_value(None)

    def value(self) -> Value:
        return self._value

    def show_value(self, value: Value) -> None:
        self._value = value
        with QSignalBlocker(self.slider):
            place = self._numbers.place(value)
            self.slider.setValue(self._resting if place is None else place)
        self._show()

    def set_readonly(self, readonly: bool) -> None:
        self.slider.setEnabled(not readonly)
        self.clear_button.setEnabled(not readonly)

    def set_bad(self, bad: bool) -> None:
        self._bad = bad
        self._show()

    def _lay_out(self, first: QLabel, last: QLabel) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        for widget, stretch in (
            (first, 0),
            (self.slider, 1),
            (last, 0),
            (self.shown, 0),
            (self.clear_button, 0),
        ):
            row.addWidget(widget, stretch)
        self._fix_width()

    def _lay_out_below(self, first: QLabel, last: QLabel) -> None:
        """Words at its ends stand below it, so that the slider has the width."""
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.slider, 0, 0, 1, 3)
        grid.addWidget(self.clear_button, 0, 3)
        sides = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight
        for column, (label, side) in enumerate(zip((first, self.shown, last), sides, strict=True)):
            label.setWordWrap(True)
            label.setAlignment(side | Qt.AlignmentFlag.AlignTop)
            grid.addWidget(label, 1, column)
            grid.setColumnStretch(column, 1)
        kept = self.clear_button.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.clear_button.setSizePolicy(kept)

    def _lay_out_upright(self, first: QLabel, last: QLabel) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        for at, part in enumerate((last, self.slider, first)):
            grid.addWidget(part, at, 0, Qt.AlignmentFlag.AlignHCenter)
        grid.addWidget(self.shown, 1, 1)
        grid.addWidget(self.clear_button, 1, 2)
        grid.setColumnStretch(3, 1)
        self.slider.setFixedHeight(_VERTICAL_PX)
        self._fix_width()

    def _fix_width(self) -> None:
        """So wide that nothing moves while one slides."""
        places = {0, self._numbers.steps, *(place for place in self._labels if place is not None)}
        told = [f"{self._told(place)} 0{self._unit}" for place in places]
        metrics = self.shown.fontMetrics()
        widest_px = max(metrics.horizontalAdvance(words) for words in (*told, tr("widgets.range_empty")))
        self.shown.setMinimumWidth(widest_px + 24)

    def _told(self, place: int) -> str:
        """The number at a place with its label, if it has one."""
        return " ".join(filter(None, (self._numbers.text(place), self._labels.get(place, ""))))

    def _touch(self) -> None:
        self._value = self._numbers.value(self.slider.value())
        self._show()
        self.settled.emit()

    def _clear(self) -> None:
        self.show_value(None)
        self.settled.emit()

    def _show(self) -> None:
        empty = self._value is None
        place = self._numbers.place(self._value)
        said = answer_text(self._value) if place is None else self._told(place)
        words = tr("widgets.range_empty") if empty else " ".join(filter(None, (said, self._unit)))
        self.shown.setText(words)
        self.slider.setAccessibleDescription(words)
        set_kind(self.slider, "empty" if empty else "")
        set_kind(self.shown, "bad" if self._bad else "empty" if empty else "")
        self.clear_button.setVisible(not empty)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self.next_wanted.emit()
                return True
            if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
                self._clear()
                return True
            if self._value is None and event.key() in _TOUCHING - {Qt.Key.Key_Home, Qt.Key.Key_End}:
                self._touch()  # first the place where it stands
                return True
        let_go = event.type() == QEvent.Type.KeyRelease
        if isinstance(event, QKeyEvent) and let_go and self._value is None and event.key() in _TOUCHING:
            self._touch()  # Home, where it stood already
        return super().eventFilter(watched, event)


class PickerEditor(ComboEditor):
    """A list of all numbers of the range."""

    def __init__(self, numbers: NumberRange) -> None:
        super().__init__()
        self._numbers = numbers
        places = range(numbers.steps + 1)
        self.set_choices([Choice(str(place), numbers.text(place)) for place in places])

    def value(self) -> Value:
        place = super().value()
        return self._numbers.value(int(str(place))) if str(place).isdecimal() else self._besides

    def show_value(self, value: Value) -> None:
        place = self._numbers.place(value)
        self._besides = value if place is None else None  # of an earlier form: stays until another is chosen
        super().show_value(
            answer_text(value) + " " if self._besides else None if place is None else str(place)
        )


class StarsEditor(Editor):
    """So many stars. Digits choose, arrows move, and the star that is chosen takes the answer back."""

    def __init__(self, numbers: NumberRange) -> None:
        super().__init__()
        self._numbers = numbers
        self._value: Value = None
        self.stars: list[QToolButton] = []
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for place in range(numbers.steps + 1):
            star = QToolButton()
            star.setObjectName("star")
            star.setAutoRaise(True)
            star.setFocusPolicy(Qt.FocusPolicy.ClickFocus if place else Qt.FocusPolicy.StrongFocus)
            star.setAccessibleName(numbers.text(place))
            star.setToolTip(numbers.text(place))
            star.clicked.connect(lambda _=False, place=place: self._choose(place))
            star.installEventFilter(self)
            self._group.addButton(star, place)
            self.stars.append(star)
            row.addWidget(star)
        self.shown = named_label("unit")
        row.addWidget(self.shown)
        row.addStretch(1)
        self.setFocusProxy(self.stars[0])
        self._show()

    def value(self) -> Value:
        return self._value

    def show_value(self, value: Value) -> None:
        self._value = value
        self._show()

    def set_bad(self, bad: bool) -> None:
        for star in self.stars:
            set_kind(star, "bad" if bad else "")

    def _choose(self, place: int) -> None:
        self._value = None if self._numbers.place(self._value) == place else self._numbers.value(place)
        self._show()
        self.settled.emit()

    def _show(self) -> None:
        chosen = self._numbers.place(self._value)
        for place, star in enumerate(self.stars):
            star.setText("★" if chosen is not None and place <= chosen else "☆")
        words = answer_text(self._value) or tr("widgets.range_empty")
        self.shown.setText(words)
        self.stars[0].setAccessibleDescription(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self.next_wanted.emit()
                return True
            if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
                self.show_value(None)
                self.settled.emit()
                return True
            at = next((place for place, star in enumerate(self.stars) if star is watched), 0)
            to = {Qt.Key.Key_Left: at - 1, Qt.Key.Key_Right: at + 1}.get(Qt.Key(event.key()))
            if to is not None:
                self.stars[min(max(to, 0), len(self.stars) - 1)].setFocus(Qt.FocusReason.TabFocusReason)
                return True
            digit = next((p for p in range(len(self.stars)) if self._numbers.text(p) == event.text()), None)
            if digit is not None:
                self._choose(digit)
                return True
        return super().eventFilter(watched, event)
