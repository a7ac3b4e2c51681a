"""Editors whose choices are buttons that all stand in sight: one of few, any number, and lines of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.ui.forms.choice_layout import FLOW, Arrangement, EqualColumns, in_columns
from app.ui.forms.choice_media import ChoiceMedia, ChoicePicture
from app.ui.forms.editor import Editor
from app.ui.tokens import FIELD_HEIGHT, Tokens
from app.ui.widgets.card import clear_layout, set_kind
from app.ui.widgets.flow import FlowLayout
from app.ui.widgets.marked_label import MarkedLabel
from core.forms.model.choices import Choice
from core.forms.model.quoting import literal
from core.values import Value, choices_value

INDICATOR_PX = 23  # of a button with its air
BEHIND_PX = 5  # words, for the frame around what has the keyboard
FRAME_PX = 5  # the radius of that frame
SEARCH_FROM = 12
LONG = 20
"""Characters of a label that may not fit one line of a narrow form."""


if TYPE_CHECKING:
    _Button = QAbstractButton
else:
    _Button = object  # what is mixed in is no class of Qt: no class may have two of them


class _Worded(_Button):
    """A button whose words may be marked and may break into lines; without words it is its mark alone."""

    _one_line_px = 0
    """The width of words that may break, where they need not; 0 for others."""

    def give_words(self, tokens: Tokens, choice: Choice, media: ChoiceMedia | None, *, wrap: bool) -> None:
        """Words with markup, that break, or beside files stand in a label of their own."""
        if not wrap and not choice.marked and not choice.media:
            self.setText(choice.label)
            return
        self.setAccessibleName(choice.label)
        label = MarkedLabel(tokens, "choice", choice.marked or literal(choice.label), wrap=False)
        label.ensurePolished()
        if wrap:
            self._one_line_px = INDICATOR_PX + label.sizeHint().width() + BEHIND_PX
            label.setWordWrap(True)
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)  # a button's own holds it to one line
        column = QVBoxLayout(self)
        column.setContentsMargins(INDICATOR_PX, 2, BEHIND_PX, 2)
        if media is not None and choice.media.image:
            picture = ChoicePicture()
            picture.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            column.addWidget(picture)
            media.show_at(picture, choice)
        label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        if choice.media:
            label.setMinimumHeight(FIELD_HEIGHT)  # as tall as the buttons beside the words of its neighbours
        column.addLayout(_in_a_row(label, choice, media))

    def hitButton(self, place: QPoint) -> bool:
        return self.rect().contains(place)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus() and not self.text():  # no words of its own to underline
            with QPainter(self) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setPen(self.palette().color(QPalette.ColorRole.Accent))
                frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
                painter.drawRoundedRect(frame, FRAME_PX, FRAME_PX)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        if layout is None:
            return super().sizeHint()
        hint: QSize = layout.sizeHint()
        width = max(self._one_line_px, hint.width())
        return QSize(width, self.heightForWidth(width)) if self._one_line_px else hint

    def minimumSizeHint(self) -> QSize:
        return QSize(2 * INDICATOR_PX, 0) if self._one_line_px else super().minimumSizeHint()

    def hasHeightForWidth(self) -> bool:
        return self.layout() is not None

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        if layout is None:
            return -1
        tall = layout.heightForWidth(width) if layout.hasHeightForWidth() else layout.sizeHint().height()
        return max(26, tall)


def _in_a_row(words: QWidget, choice: Choice, media: ChoiceMedia | None) -> QHBoxLayout:
    """The words of a choice and what plays or enlarges its files."""
    row = QHBoxLayout()
    made = media.buttons(choice) if media is not None else []
    row.addWidget(words, 0 if made else 1)
    for one in made:
        row.addWidget(one)
    if made:
        row.addStretch(1)
    return row


class _Radio(_Worded, QRadioButton):
    """One of several."""


class _Check(_Worded, QCheckBox):
    """On or off."""


class ButtonsEditor(Editor):
    """Buttons as their author arranges them; the digits 1 to 9 choose the first nine."""

    def __init__(self, tokens: Tokens, arrangement: Arrangement = FLOW) -> None:
        super().__init__()
        self.buttons: dict[str, QAbstractButton] = {}
        self.heads: dict[str, MarkedLabel] = {}
        self.media: ChoiceMedia | None = None
        """Who brings the files of choices, if anybody."""
        self._choices: tuple[Choice, ...] = ()
        self._tokens = tokens
        self._arrangement = arrangement
        self._place = QWidget()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._lay_out()
        for one in (self, self._place):
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            one.setSizePolicy(policy)

    @property
    def in_line(self) -> bool:
        """Whether it stands beside its label, as a line of a grid or its head."""
        return self._arrangement.kind in ("header", "bare")

    def make(self) -> _Radio | _Check:
        """One button of this editor's kind."""
        raise NotImplementedError

    def checked(self) -> list[str]:
        """The values whose buttons are on."""
        return [value for value, button in self.buttons.items() if button.isChecked()]

    def set_choices(self, choices: Sequence[Choice]) -> None:
        if tuple(choices) == self._choices:
            return
        on = set(self.checked())
        self._choices = tuple(choices)
        self.buttons, self.heads = {}, {}
        self._take_away()
        for choice in choices:
            self._add(choice, checked=choice.value in on)
        if self._arrangement.in_line:
            for layout in (self._flow, self._head):
                assert isinstance(layout, EqualColumns)
                layout.set_columns(len(choices))
        if self.buttons and self._arrangement.kind != "header":
            self.setFocusProxy(next(iter(self.buttons.values())))
        self.updateGeometry()

    def set_bad(self, bad: bool) -> None:
        for button in self.buttons.values():
            set_kind(button, "bad" if bad else "")

    def _lay_out(self) -> None:
        kind, columns = self._arrangement
        self._head: EqualColumns | None = None
        self._flow: FlowLayout | EqualColumns
        if self._arrangement.in_line:
            heads = QWidget()
            self._head = in_columns(heads, 1)
            self._column.addWidget(heads)
            heads.setVisible(kind != "bare")
            self._place.setVisible(kind != "header")
            self._flow = in_columns(self._place, 1, centred=True)
        elif kind == "columns":
            self._flow = in_columns(self._place, columns)
        else:
            self._flow = FlowLayout(self._place)
        self._column.addWidget(self._place)

    def _take_away(self) -> None:
        clear_layout(self._flow)
        if self._head is not None:
            clear_layout(self._head)

    def _add(self, choice: Choice, *, checked: bool) -> None:
        button = self.make()
        button.setChecked(checked)
        button.installEventFilter(self)
        self.buttons[choice.value] = button
        if self._head is None:
            wrap = self._arrangement.kind == "columns" or len(choice.label) > LONG
            button.give_words(self._tokens, choice, self.media, wrap=wrap)
        else:
            button.setProperty("bare", True)
            button.setAccessibleName(choice.label)
            button.setToolTip(choice.label)
            head = MarkedLabel(self._tokens, "choice", choice.marked or literal(choice.label))
            head.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom)
            head.installEventFilter(self)
            self.heads[choice.value] = head
            self._head.addWidget(self._with_files(head, choice))
        self._flow.addWidget(button)

    def _with_files(self, head: MarkedLabel, choice: Choice) -> QWidget:
        """The head of a grid's column, with the files of its choice."""
        if self.media is None or not choice.media:
            return head
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        if choice.media.image:
            picture = ChoicePicture(alignment=Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(picture)
            self.media.show_at(picture, choice)
        column.addWidget(head)
        for made in self.media.buttons(choice):
            column.addWidget(made, 0, Qt.AlignmentFlag.AlignHCenter)
        return holder

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.text() in {*"123456789"} and int(event.text()) <= len(self.buttons):
                list(self.buttons.values())[int(event.text()) - 1].click()
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self.next_wanted.emit()
                return True
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
            clicked = next((value for value, head in self.heads.items() if head is watched), None)
            if clicked is not None and self._arrangement.kind == "line":
                self.buttons[clicked].click()
        return super().eventFilter(watched, event)


class RadioEditor(ButtonsEditor):
    """One of a few; clicking the chosen one again takes the answer back."""

    def __init__(self, tokens: Tokens, arrangement: Arrangement = FLOW) -> None:
        super().__init__(tokens, arrangement)
        self.wide = arrangement != FLOW
        self._group = QButtonGroup(self)
        self._was: QAbstractButton | None = None
        self._group.buttonClicked.connect(self._clicked)

    def make(self) -> _Radio:
        button = _Radio()
        self._group.addButton(button)
        return button

    def value(self) -> Value:
        on = self.checked()
        return on[0] if on else None

    def show_value(self, value: Value) -> None:
        self._group.setExclusive(False)
        for name, button in self.buttons.items():
            button.setChecked(name == value)
        self._group.setExclusive(True)
        self._was = self._group.checkedButton()

    def _clicked(self, button: QAbstractButton) -> None:
        if button is self._was:
            self._group.setExclusive(False)
            button.setChecked(False)
            self._group.setExclusive(True)
            self._was = None
        else:
            self._was = button
        self.settled.emit()  # not the button's own signal: that comes before the answer is taken back


class CheckEditor(ButtonsEditor):
    """Any number of choices. A `search` line hides those that are not looked for and not chosen."""

    wide = True

    def __init__(self, tokens: Tokens, arrangement: Arrangement = FLOW, *, search: bool = False) -> None:
        super().__init__(tokens, arrangement)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("widgets.search_choices"))
        self.search.setAccessibleName(tr("widgets.search_choices"))
        self.search.textChanged.connect(self._hide_others)
        self.search.returnPressed.connect(self._choose_found)
        self._searching = search
        self._column.insertWidget(0, self.search)
        self.search.hide()

    def make(self) -> _Check:
        button = _Check()
        button.clicked.connect(lambda _: self.settled.emit())
        return button

    def set_choices(self, choices: Sequence[Choice]) -> None:
        if tuple(choices) != self._choices:
            super().set_choices(choices)
            searching = self._searching and len(choices) >= SEARCH_FROM
            self.search.setVisible(searching)
            if searching:
                self.setFocusProxy(self.search)
                for before, after in pairwise([self.search, *self.buttons.values()]):
                    QWidget.setTabOrder(before, after)
            self._hide_others()

    def value(self) -> Value:
        on = self.checked()
        return choices_value(on) if on else None

    def show_value(self, value: Value) -> None:
        chosen = set(value) if isinstance(value, list) else set()
        for name, button in self.buttons.items():
            button.setChecked(name in chosen)

    def _choose_found(self) -> None:
        """Enter chooses the only one that was found, else goes on to the next question."""
        wanted = self.search.text().strip()
        found = [one for one in self._choices if wanted and wanted.casefold() in one.label.casefold()]
        if len(found) == 1:
            self.buttons[found[0].value].click()
            self.search.clear()
        else:
            self.next_wanted.emit()

    def _hide_others(self) -> None:
        wanted = self.search.text().strip().casefold()
        for choice in self._choices:
            button = self.buttons[choice.value]
            button.setVisible(wanted in choice.label.casefold() or button.isChecked())
        self.updateGeometry()
