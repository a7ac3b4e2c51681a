"""While an input method composes (pinyin before it becomes characters), no key is a shortcut."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QWidget


class CompositionGuard(QObject):
    """Watches one text widget and keeps shortcuts off it while it composes."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.composing = False
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.InputMethod and isinstance(event, QInputMethodEvent):
            self.composing = bool(event.preeditString())
        elif event.type() == QEvent.Type.FocusOut:
            self.composing = False
        elif event.type() == QEvent.Type.ShortcutOverride and self.composing:
            event.accept()
            return True
        return super().eventFilter(watched, event)
