"""Editors one chooses in that take one line: a list to choose from, and a box to tick."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QHBoxLayout,
    QSizePolicy,
)

from app.i18n import tr
from app.ui.forms.choice_buttons import SEARCH_FROM
from app.ui.forms.choice_media import LIST_ROOM, ChoiceMedia
from app.ui.forms.editor import Editor
from app.ui.widgets.card import set_kind
from app.ui.widgets.still_fields import ChoiceBox
from core.forms.model.choices import Choice
from core.values import Value

RADIOS_UP_TO = 5
MOST_PICTURED = 200  # choices of a list whose pictures are read; nobody looks through more


class ComboEditor(Editor):
    """One of many. With `search`, and from twelve choices on, one may type a part of the name."""

    def __init__(self, *, search: bool = False) -> None:
        super().__init__()
        self._search_from = 1 if search else SEARCH_FROM
        self.box = ChoiceBox()
        self.box.setMaxVisibleItems(14)
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(6)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.box.activated.connect(lambda _: self.settled.emit())
        self._choices: tuple[Choice, ...] = ()
        self.media: ChoiceMedia | None = None
        """Who brings the pictures of choices, if anybody."""
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
            self._make_searchable(len(choices) >= self._search_from)
        self._show_pictures()
        self.show_value(present if any(choice.value == present for choice in choices) else None)

    def _show_pictures(self) -> None:
        pictured = [choice for choice in self._choices if choice.media.image][:MOST_PICTURED]
        if self.media is None or not pictured:
            return
        self.box.setIconSize(LIST_ROOM)
        for choice in pictured:
            self.media.fetch(choice, LIST_ROOM, self.box, partial(self._show_picture, choice.value))

    def _show_picture(self, value: str, picture: QPixmap, words: str) -> None:
        at = self.box.findData(value)
        if at >= 0:
            self.box.setItemIcon(at, QIcon(picture))
            self.box.setItemData(at, words, Qt.ItemDataRole.ToolTipRole)

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

    def set_bad(self, bad: bool) -> None:
        set_kind(self.box, "bad" if bad else "")


def chooses_by_radio(choices: Sequence[Choice], appearance: str, room: int) -> bool:
    """Whether so few and short choices are better seen at once than behind a list."""
    if not {"minimal", "autocomplete", "search"}.isdisjoint(appearance.split()):
        return False
    width = sum(4 + sum(2 if ord(letter) > 0x2E7F else 1 for letter in choice.label) for choice in choices)
    return 0 < len(choices) <= RADIOS_UP_TO and width <= room
