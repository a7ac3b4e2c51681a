"""The editor of a ranking: choices in a list that are dragged, or moved by keys and buttons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout

from app.i18n import tr
from app.ui.forms.editor import Editor
from app.ui.look import Look
from app.ui.widgets.card import button, named_label, set_kind
from core.forms.model.choices import Choice
from core.values import Value

_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class RankEditor(Editor):
    """Nothing is ranked until the person moves something or takes the order as it stands; then all are."""

    wide = True

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._choices: tuple[Choice, ...] = ()
        self._ranked = 0
        self.list = QListWidget()
        self.list.setObjectName("ranking")
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleDescription(tr("widgets.rank_keys"))
        self.list.model().rowsMoved.connect(lambda *_: self._moved())
        self.list.installEventFilter(self)
        self._state = named_label("hint", wrap=True)
        self.up_button = button(look, tr("widgets.rank_up"), "arrow-up", "flat")
        self.up_button.clicked.connect(lambda: self._step(-1))
        self.down_button = button(look, tr("widgets.rank_down"), "arrow-down", "flat")
        self.down_button.clicked.connect(lambda: self._step(1))
        self.keep_button = button(look, tr("widgets.rank_keep"), "check", "flat")
        self.keep_button.clicked.connect(self._moved)
        self.clear_button = button(look, tr("widgets.clear"), "x", "flat")
        self.clear_button.clicked.connect(self._clear)
        for made in (self.up_button, self.down_button, self.keep_button, self.clear_button):
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys of the list do the same
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.list)
        row = QHBoxLayout()
        row.setSpacing(4)
        for made in (self.up_button, self.down_button, self.keep_button, self.clear_button):
            row.addWidget(made)
        row.addWidget(self._state, 1)
        column.addLayout(row)
        self.setFocusProxy(self.list)

    def value(self) -> Value:
        return list(self._order()[: self._ranked]) or None

    def show_value(self, value: Value) -> None:
        ranked = [name for name in value if isinstance(name, str)] if isinstance(value, list) else []
        if ranked == self.value() or (not ranked and not self._ranked and self.list.count()):
            return
        self._show(ranked)

    def set_choices(self, choices: Sequence[Choice]) -> None:
        if tuple(choices) == self._choices and self.list.count():
            return
        ranked = self._order()[: self._ranked]
        self._choices = tuple(choices)
        self._show(ranked)

    def set_readonly(self, readonly: bool) -> None:
        kind = QAbstractItemView.DragDropMode
        self.list.setDragDropMode(kind.NoDragDrop if readonly else kind.InternalMove)
        for made in (self.up_button, self.down_button, self.keep_button, self.clear_button):
            made.setEnabled(not readonly)
        self._number()

    def set_bad(self, bad: bool) -> None:
        set_kind(self.list, "bad" if bad else "")

    def _order(self) -> list[str]:
        return [self.list.item(at).data(Qt.ItemDataRole.UserRole) for at in range(self.list.count())]

    def _show(self, ranked: list[str]) -> None:
        """The ranked ones first, those that the form no longer offers too, and then the others."""
        labels = {choice.value: choice.label for choice in self._choices}
        order = [*ranked, *(name for name in labels if name not in ranked)]
        with QSignalBlocker(self.list.model()), QSignalBlocker(self.list):
            self.list.clear()
            for name in order:
                item = QListWidgetItem(labels.get(name, name))
                item.setData(Qt.ItemDataRole.UserRole, name)
                item.setData(Qt.ItemDataRole.UserRole + 1, labels.get(name, name))
                self.list.addItem(item)
        self._ranked = len(ranked)
        self._number()
        height_px = sum(self.list.sizeHintForRow(at) for at in range(self.list.count()))
        self.list.setFixedHeight(height_px + 2 * self.list.frameWidth() + 10)

    def _number(self) -> None:
        """Each ranked choice shows its place."""
        for at in range(self.list.count()):
            item = self.list.item(at)
            place = f"{at + 1}. " if at < self._ranked else "–  "
            item.setText(place + item.data(Qt.ItemDataRole.UserRole + 1))
        editable = self.up_button.isEnabled()
        self.keep_button.setVisible(editable and self._ranked < self.list.count())
        self.clear_button.setVisible(editable and self._ranked > 0)
        self._state.setText("" if self._ranked == self.list.count() else tr("widgets.rank_none"))

    def _moved(self) -> None:
        self._ranked = self.list.count()
        self._number()
        self.settled.emit()

    def _clear(self) -> None:
        self._show([])
        self.settled.emit()

    def _step(self, step: int) -> None:
        at = self.list.currentRow()
        self._put(at, at + step)

    def _put(self, at: int, to: int) -> None:
        """Move the choice of one place to another."""
        if not self.up_button.isEnabled() or at < 0 or not 0 <= to < self.list.count():
            return
        with QSignalBlocker(self.list.model()):
            item = self.list.takeItem(at)
            self.list.insertItem(to, item)
        self.list.setCurrentRow(to)
        self._moved()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Alt or Ctrl with an arrow moves the choice, a digit gives it that place, Delete takes all back."""
        if event.type() == QEvent.Type.FocusIn and self.list.currentRow() < 0:
            self.list.setCurrentRow(0)
        if event.type() == QEvent.Type.Wheel:
            event.ignore()  # the page scrolls
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            keys = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier
            at = self.list.currentRow()
            if event.modifiers() & keys and (step := _STEPS.get(Qt.Key(event.key()))):
                self._put(at, at + step)
                return True
            if event.text() in {*"123456789"}:
                self._put(at, int(event.text()) - 1)
                return True
            if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace} and self.up_button.isEnabled():
                self._clear()
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self.next_wanted.emit()
                return True
        return super().eventFilter(watched, event)
