"""The editor of one attached file, sound or film: choose it, drop it, open it, take it out."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QHBoxLayout

from app.i18n import tr
from app.ui.form_inlet import files_of
from app.ui.forms.editor import Editor
from app.ui.look import Look
from app.ui.widgets.card import ElidedLabel, button, set_kind
from core.documents import shown_size
from core.forms.answers import answer_text
from core.values import Value


class FileEditor(Editor):
    """Shows a file's name and size and hands on what is to become one; who attaches shows the new value."""

    files_given = Signal(list)  # Path
    choice_wanted = Signal()
    opened = Signal(str, str)  # digest, name
    wide = True

    def __init__(self, look: Look, kind: str) -> None:
        super().__init__()
        self._kind = kind
        self._value: Value = None
        self._readonly = False
        self.name = ElidedLabel("fileName")
        self.open_button = button(
            look, tr(f"attachments.{kind}.open"), "file-text" if kind == "file" else "play"
        )
        self.open_button.clicked.connect(self._open)
        self.choose_button = button(look, tr(f"attachments.{kind}.choose"), "plus")
        self.choose_button.setToolTip(tr(f"attachments.{kind}.kinds"))
        self.choose_button.clicked.connect(self.choice_wanted)
        self.remove_button = button(look, tr("attachments.remove"), "trash-2", "flat")
        self.remove_button.clicked.connect(self._remove)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.name, 1)
        for made in (self.open_button, self.choose_button, self.remove_button):
            row.addWidget(made)
        self.setFocusProxy(self.choose_button)
        self.setAcceptDrops(True)
        self.installEventFilter(self)
        self.show_value(None)

    def value(self) -> Value:
        return self._value

    def show_value(self, value: Value) -> None:
        self._value = value
        told, size_bytes = answer_text(value), value.get("n") if isinstance(value, dict) else None
        if isinstance(size_bytes, int):
            told = tr("attachments.size", name=told, size=shown_size(size_bytes))
        self.name.setText(told or tr(f"attachments.{self._kind}.nothing"))
        set_kind(self.name, "" if told else "absent")
        self.open_button.setVisible(size_bytes is not None)
        choose = tr("attachments.replace") if value is not None else tr(f"attachments.{self._kind}.choose")
        self.choose_button.setText(choose)
        self._offer()

    def set_readonly(self, readonly: bool) -> None:
        self._readonly = readonly
        self._offer()

    def set_bad(self, bad: bool) -> None:
        set_kind(self.choose_button, "bad" if bad else "")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent) and not self._readonly:
            files = files_of(event.mimeData())
            if files:
                event.acceptProposedAction()
                if event.type() == QEvent.Type.Drop and not isinstance(event, QDragMoveEvent):
                    self.files_given.emit(files)
                return True
        return super().eventFilter(watched, event)

    def _offer(self) -> None:
        self.choose_button.setVisible(not self._readonly)
        self.remove_button.setVisible(self._value is not None and not self._readonly)

    def _open(self) -> None:
        if isinstance(self._value, dict):
            self.opened.emit(str(self._value.get("b", "")), answer_text(self._value))

    def _remove(self) -> None:
        self.show_value(None)
        self.settled.emit()
