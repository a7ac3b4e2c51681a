"""What a text widget should not get: keys that are part of a composition, and files dropped on it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDropEvent, QInputMethodEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget


class CompositionGuard(QObject):
    """Watches one text widget. While it composes (pinyin before it becomes characters) no key is a shortcut.

    Dropped files go to what stands around it: Qt would write their addresses into the answer.
    """

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.composing = False
        widget.installEventFilter(self)
        if isinstance(widget, QAbstractScrollArea):
            widget.viewport().installEventFilter(self)  # drops come there

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.InputMethod and isinstance(event, QInputMethodEvent):
            self.composing = bool(event.preeditString())
        elif event.type() == QEvent.Type.FocusOut:
            self.composing = False
        elif event.type() == QEvent.Type.ShortcutOverride and self.composing:
            event.accept()
            return True
        elif isinstance(event, QDropEvent) and event.mimeData().hasUrls():  # entering and moving are such too
            event.ignore()
            return True
        return super().eventFilter(watched, event)
