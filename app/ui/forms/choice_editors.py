"""Editors one chooses in: a searchable list, radio buttons, check boxes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QRadioButton,
    QSizePolicy,
)

from app.i18n import tr
from app.ui.forms.editor import Editor
from app.ui.widgets.card import set_kind
from app.ui.widgets.flow import FlowLayout
from core.forms.model import Choice
from core.values import Value, choices_value

SEARCH_FROM = 12
RADIOS_UP_TO = 5


class ChoiceBox(QComboBox):
    """A combo box that the mouse wheel does not change while one scrolls the page."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class ComboEditor(Editor):
    """One of many. From twelve choices on one may type a part of the name."""

    def __init__(self) -> None:
        super().__init__()
        self.box = ChoiceBox()
        self.box.setMaxVisibleItems(14)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(6)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.box.activated.connect(lambda _: self.settled.emit())
        self._choices: tuple[Choice, ...] = ()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.box)
        self.setFocusProxy(self.box)

    def value(self) -> Value:
        if self.box.isEditable() and self.box.currentText() != self.box.itemText(self.box.currentIndex()):
            typed = self.box.currentText().strip()
            return self._meant(typed) if typed else None
        return self.box.currentData()

    def _meant(self, typed: str) -> Value:
        """The choice of that name, or the only one whose name contains it; else what stood there before."""
        wanted = typed.casefold()
        exact = [choice for choice in self._choices if choice.label.casefold() == wanted]
        found = exact or [choice for choice in self._choices if wanted in choice.label.casefold()]
        return found[0].value if len(found) == 1 else self.box.currentData()

    def show_value(self, value: Value) -> None:
        with QSignalBlocker(self.box):
            index = self.box.findData(value) if isinstance(value, str) else 0
            if index < 0:  # an answer of an earlier form: shown as it is stored, never lost
                self.box.addItem(str(value), value)
                index = self.box.count() - 1
            self.box.setCurrentIndex(index)
            if self.box.isEditable():
                self.box.setEditText(self.box.itemText(index) if index else "")

    def set_choices(self, choices: Sequence[Choice]) -> None:
        if tuple(choices) == self._choices and self.box.count():
            return
        present = self.box.currentData()
        self._choices = tuple(choices)
        with QSignalBlocker(self.box):
            self.box.clear()
            self.box.addItem(tr("form.choose"), None)
            for choice in choices:
                words = tr("form.local_choice", name=choice.label) if choice.local else choice.label
                self.box.addItem(words, choice.value)
            self._make_searchable(len(choices) >= SEARCH_FROM)
        self.show_value(present if any(choice.value == present for choice in choices) else None)

    def set_bad(self, bad: bool) -> None:
        set_kind(self.box, "bad" if bad else "")

    def _make_searchable(self, searchable: bool) -> None:
        self.box.setEditable(searchable)
        if not searchable:
            return
        self.box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        line, completer = self.box.lineEdit(), self.box.completer()
        assert line is not None
        assert completer is not None
        line.setPlaceholderText(tr("form.choose_or_type"))
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.activated.connect(lambda _: self.settled.emit())
        completer.popup().setObjectName("finds")
        completer.popup().installEventFilter(self)
        line.editingFinished.connect(self._finish)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter in the list of finds takes the first one unless another is marked."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            finds = self.box.completer().popup()
            in_finds = watched is finds
            enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            if enter and in_finds and not finds.currentIndex().isValid():
                finds.setCurrentIndex(finds.model().index(0, 0))
        return super().eventFilter(watched, event)

    def _finish(self) -> None:
        self.show_value(self.value())
        self.settled.emit()


class _ButtonsEditor(Editor):
    """Buttons in a flow; the digits 1 to 9 choose the first nine."""

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[str, QAbstractButton] = {}
        self._choices: tuple[Choice, ...] = ()
        self._flow = FlowLayout(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def make(self, label: str) -> QAbstractButton:
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
        while (item := self._flow.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        self.buttons = {}
        for choice in choices:
            button = self.make(choice.label)
            button.setChecked(choice.value in on)
            button.installEventFilter(self)
            self.buttons[choice.value] = button
            self._flow.addWidget(button)
        if self.buttons:
            self.setFocusProxy(next(iter(self.buttons.values())))
        self.updateGeometry()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.text() in {*"123456789"} and int(event.text()) <= len(self.buttons):
                list(self.buttons.values())[int(event.text()) - 1].click()
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self.next_wanted.emit()
                return True
        return super().eventFilter(watched, event)


class RadioEditor(_ButtonsEditor):
    """One of a few; clicking the chosen one again takes the answer back."""

    def __init__(self) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self._was: QAbstractButton | None = None
        self._group.buttonClicked.connect(self._clicked)

    def make(self, label: str) -> QAbstractButton:
        button = QRadioButton(label)
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


class CheckEditor(_ButtonsEditor):
    """Any number of choices."""

    wide = True

    def make(self, label: str) -> QAbstractButton:
        button = QCheckBox(label)
        button.clicked.connect(lambda _: self.settled.emit())
        return button

    def value(self) -> Value:
        on = self.checked()
        return choices_value(on) if on else None

    def show_value(self, value: Value) -> None:
        chosen = set(value) if isinstance(value, list) else set()
        for name, button in self.buttons.items():
            button.setChecked(name in chosen)


class RankEditor(CheckEditor):
    """Choices in an order of preference: the first one ticked is the first; each shows its place."""

    def __init__(self) -> None:
        super().__init__()
        self._order: list[str] = []

    def make(self, label: str) -> QAbstractButton:
        button = super().make(label)
        button.setProperty("label", label)
        return button

    def value(self) -> Value:
        on = self.checked()
        self._order = [name for name in self._order if name in on]
        self._order += [name for name in on if name not in self._order]
        self._number()
        return list(self._order) or None

    def show_value(self, value: Value) -> None:
        super().show_value(value)
        self._order = [name for name in value if name in self.buttons] if isinstance(value, list) else []
        self._number()

    def _number(self) -> None:
        for name, button in self.buttons.items():
            place = f"{self._order.index(name) + 1}. " if name in self._order else ""
            button.setText(f"{place}{button.property('label')}")
        self.updateGeometry()


class AcknowledgeEditor(Editor):
    """One box to tick: OK, or yes."""

    def __init__(self, stored: Value) -> None:
        super().__init__()
        self.box = QCheckBox(tr("form.acknowledge"))
        self._stored = stored
        self.box.clicked.connect(self.settled)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.box)
        self.setFocusProxy(self.box)

    def value(self) -> Value:
        return self._stored if self.box.isChecked() else None

    def show_value(self, value: Value) -> None:
        self.box.setChecked(value is not None and value is not False)


def chooses_by_radio(choices: Sequence[Choice], appearance: str, room: int) -> bool:
    """Whether so few and short choices are better seen at once than behind a list."""
    if "minimal" in appearance.split():
        return False
    width = sum(4 + sum(2 if ord(letter) > 0x2E7F else 1 for letter in choice.label) for choice in choices)
    return 0 < len(choices) <= RADIOS_UP_TO and width <= room
