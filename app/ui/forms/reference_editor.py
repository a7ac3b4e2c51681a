"""The editor of a question whose answer is one record or several: search, choose, open, make a new one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout

from app.i18n import tr
from app.ui.forms.editor import Editor
from app.ui.look import Look
from app.ui.widgets.card import ElidedLabel, clear_layout, set_kind
from app.ui.widgets.composition import CompositionGuard
from app.ui.widgets.flow import FlowLayout
from app.ui.widgets.search_popup import Found, SearchPopup
from app.usecases.references import Target
from core.forms.answers import names_in
from core.values import Value, choices_value

SEARCH_AFTER_MS = 150
CHIP_PX = 300
_NEW = "+"


class ReferenceEditor(Editor):
    """Shows the titles of the records it refers to. Whoever answers `search_wanted` calls `show_found`, and
    whoever answers `targets_wanted` calls `show_targets`.
    """

    search_wanted = Signal(str)
    targets_wanted = Signal(list)  # record ids
    opened = Signal(str)  # record id
    new_wanted = Signal()

    def __init__(self, look: Look, *, several: bool) -> None:
        super().__init__()
        self.wide = several
        self._look, self._several = look, several
        self._ids: list[str] = []
        self._targets: dict[str, Target] = {}
        self._searched = ""
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("picker.add" if several else "picker.search"))
        self._guard = CompositionGuard(self.line)
        self.line.installEventFilter(self)
        self.popup = SearchPopup(look, self.line)
        self.popup.chosen.connect(self._choose)
        self._pause = QTimer(self, singleShot=True, interval=SEARCH_AFTER_MS)
        self._pause.timeout.connect(self.search)
        self.line.textEdited.connect(self._typed)
        self.open_button = _tool(look, "arrow-right", tr("picker.open"))
        self.open_button.clicked.connect(lambda: self.opened.emit(self._ids[0]))
        self.new_button = _tool(look, "plus", tr("picker.new"))
        self.new_button.clicked.connect(self.new_wanted)
        self._detail = ElidedLabel("hint")
        self._chips = QFrame()
        self._flow = FlowLayout(self._chips, gap=6, line_gap=6)
        self._lay_out()
        self.setFocusProxy(self.line)

    @property
    def chips(self) -> list[Chip]:
        """The chosen records of a question that takes several."""
        return self._chips.findChildren(Chip)

    def value(self) -> Value:
        if self._several:
            return choices_value(self._ids) if self._ids else None
        emptied = not self.line.text().strip()
        return self._ids[0] if self._ids and not emptied else None

    def show_value(self, value: Value) -> None:
        ids = names_in(value)
        if ids != self._ids:
            self._ids = ids
            self._show()
        missing = [one for one in ids if one not in self._targets]
        if missing:
            self.targets_wanted.emit(missing)

    def show_targets(self, targets: Sequence[Target]) -> None:
        """These are the records asked for."""
        self._targets |= {target.record_id: target for target in targets}
        self._show()

    def show_found(self, text: str, targets: Sequence[Target]) -> None:
        """What a search found; an answer to an earlier search is left out."""
        if text != self._searched or not self.line.hasFocus():
            return
        rows = [
            Found(one.record_id, one.title, one.detail) for one in targets if one.record_id not in self._ids
        ]
        self._targets |= {target.record_id: target for target in targets}
        if not rows:
            rows.append(Found("", tr("picker.nothing_found" if text else "picker.nothing_yet")))
        self.popup.show_rows([*rows, Found(_NEW, tr("picker.new"), icon="plus")], mark_first=bool(text))

    def search(self) -> None:
        """Look for what is typed; what was changed last, where nothing is."""
        if self.line.isReadOnly() or self._guard.composing:
            return
        typed = self.line.text().strip()
        self._searched = "" if typed == self._title() else typed
        self.search_wanted.emit(self._searched)

    @property
    def searching(self) -> str | None:
        """What is typed to search for; None if nothing is searched."""
        typed = self.line.text()
        return typed if self.popup.isVisible() or typed not in {"", self._title()} else None

    def go_on_searching(self, typed: str) -> None:
        """Take up the search of an editor that this one stands for now."""
        self.line.setFocus()
        self.line.setText(typed)
        self.search()

    def set_readonly(self, readonly: bool) -> None:
        self.line.setReadOnly(readonly)
        self.line.setVisible(not (readonly and self._several))
        self.new_button.setVisible(not readonly)
        for chip in self.chips:
            chip.remove_button.setVisible(not readonly)

    def set_bad(self, bad: bool) -> None:
        set_kind(self.line, "bad" if bad else "")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._take_key(event) or super().eventFilter(watched, event)
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier and self._ids and not self._several:
                self.opened.emit(self._ids[0])
            elif not self.popup.isVisible():
                self.line.selectAll()
                self.search()
        elif event.type() == QEvent.Type.FocusOut:
            self._leave()
        return super().eventFilter(watched, event)

    def _take_key(self, event: QKeyEvent) -> bool:
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            if control and self._ids:
                self.opened.emit(self._ids[-1])
            elif self._pause.isActive():  # typed faster than searched: find first, then Enter takes it
                self._pause.stop()
                self.search()
            else:
                self._leave()
                self.next_wanted.emit()
            return True
        if event.key() == Qt.Key.Key_Down:
            self.search()
            return True
        if event.key() == Qt.Key.Key_Escape and self.line.text() != self._title():
            self._show()
            return True
        if event.key() == Qt.Key.Key_Backspace and self._several and not self.line.text() and self._ids:
            self.remove(self._ids[-1])
            return True
        return False

    def _typed(self, text: str) -> None:
        self._pause.start()
        if not text.strip() and self._ids and not self._several:
            self.edited.emit()  # emptied: that is an answer; anything else is only searched for

    def remove(self, record_id: str) -> None:
        """Refer to this record no longer."""
        self._ids = [one for one in self._ids if one != record_id]
        self._show()
        self.settled.emit()

    def _choose(self, found: Found) -> None:
        self._pause.stop()
        if found.key == _NEW:
            self._show()
            self.new_wanted.emit()
            return
        self._ids = [*self._ids, found.key] if self._several else [found.key]
        self._show()
        self.settled.emit()

    def _leave(self) -> None:
        """An emptied line takes the answer back; anything else that chose nothing changes nothing."""
        self._pause.stop()
        if not self._several and self._ids and not self.line.text().strip():
            self._ids = []
            self._show()
            self.settled.emit()
        else:
            self._show()

    def _title(self) -> str:
        return "" if self._several or not self._ids else self._told(self._ids[0]).title

    def _told(self, record_id: str) -> Target:
        return self._targets.get(record_id) or Target(record_id, tr("picker.reading"), "", record_id)

    def _show(self) -> None:
        if self.line.text() != self._title():
            self.line.setText(self._title())
            self.line.setCursorPosition(0)
        if self._several:
            self._show_chips()
            return
        told = self._told(self._ids[0]) if self._ids else None
        self.open_button.setVisible(told is not None and told.form_id != "")
        set_kind(self.line, "absent" if told is not None and not told.form_id else "")
        self._detail.setText(told.detail if told is not None else "")
        self._detail.setVisible(bool(self._detail.text()))

    def _show_chips(self) -> None:
        clear_layout(self._flow)
        for chip in self.chips:
            chip.setParent(None)
        for record_id in self._ids:
            chip = Chip(self._look, self._told(record_id))
            chip.opened.connect(self.opened)
            chip.removed.connect(self.remove)
            chip.remove_button.setVisible(not self.line.isReadOnly())
            self._flow.addWidget(chip)
        self._chips.setVisible(bool(self._ids))
        self._chips.updateGeometry()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.line, 1)
        row.addWidget(self.open_button)
        row.addWidget(self.new_button)
        column.addWidget(self._chips)
        column.addLayout(row)
        column.addWidget(self._detail)
        self.open_button.setVisible(False)
        self._chips.setVisible(False)
        self._detail.setVisible(False)


class Chip(QFrame):
    """One chosen record: its title leads to it, the cross takes it out."""

    opened = Signal(str)
    removed = Signal(str)

    def __init__(self, look: Look, target: Target) -> None:
        super().__init__()
        self.setObjectName("chip")
        set_kind(self, "" if target.form_id else "absent")
        self.title = ElidedLabel("chipTitle", target.title)
        self.title.setMaximumWidth(CHIP_PX)
        self.open_button = _tool(look, "arrow-right", tr("picker.open"))
        self.open_button.clicked.connect(lambda: self.opened.emit(target.record_id))
        self.remove_button = _tool(look, "x", tr("picker.remove", title=target.title))
        self.remove_button.clicked.connect(lambda: self.removed.emit(target.record_id))
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 2, 3, 2)
        row.setSpacing(2)
        for widget in (self.title, self.open_button, self.remove_button):
            row.addWidget(widget)
        self.open_button.setVisible(bool(target.form_id))  # now that it has a parent: else it is a window
        self.setToolTip("\n".join(filter(None, (target.title, target.detail))))


def _tool(look: Look, icon: str, words: str) -> QToolButton:
    made = QToolButton()
    made.setObjectName("plain")
    made.setIcon(look.icons.icon(icon, look.tokens.muted))
    made.setToolTip(words)
    made.setAccessibleName(words)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return made
