"""One signal after every change, so that each view reloads what it shows of the touched ids."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.changes import Changes


class ChangeBus(QObject):
    """`changed` carries a `Changes` on the UI thread; empty ones are not passed on."""

    changed = Signal(object)

    def publish(self, changes: Changes) -> None:
        """Tell every view what a use case touched."""
        if changes:
            self.changed.emit(changes)
