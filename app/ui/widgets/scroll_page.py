"""The area in which a page longer than the window scrolls: up and down only, its bar's place always kept."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QMoveEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget


class ScrollPage(QScrollArea):
    """Gives its widget one width, whether or not it scrolls.

    A bar that comes and goes changes the width, with it the height of wrapped text, and so whether a bar is
    needed: where the two disagree, Qt resizes the widget within its own resizing until the stack is full.

    Who works in it sees nothing move when something above it comes or goes, as a message does; what takes the
    keyboard without a click is brought into sight.
    """

    def __init__(self, widget: QWidget | None = None) -> None:
        super().__init__()
        self._moved_px = 0
        self.setObjectName("page")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        bar = self.verticalScrollBar()
        bar.setEnabled(False)  # drawn without a handle while there is nothing to scroll
        bar.rangeChanged.connect(lambda least, most: bar.setEnabled(most > least))
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._follow_focus)
        if widget is not None:
            self.setWidget(widget)

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._moved_px = event.pos().y() - event.oldPos().y()

    def resizeEvent(self, event: QResizeEvent) -> None:
        moved, self._moved_px = self._moved_px, 0
        super().resizeEvent(event)
        taken = event.oldSize().height() - event.size().height()
        if not self.isVisible():
            return
        if moved and taken == moved:
            self._stay(moved)
        elif not moved and taken > 0:
            self._keep_in_sight(event.oldSize().height())

    def _stay(self, moved: int) -> None:
        """Something came or went above."""
        bar, focused = self.verticalScrollBar(), self.focusWidget()
        if bar.value():
            bar.setValue(bar.value() + moved)
        elif focused is not None and focused.hasFocus():
            self.ensureWidgetVisible(focused)

    def _keep_in_sight(self, height_before: int) -> None:
        """Something came below: what one works on is not to be under it, if it was in sight before."""
        focused = self.focusWidget()
        if focused is None or not focused.hasFocus():
            return
        at = focused.mapTo(self.viewport(), focused.rect().bottomLeft()).y()
        if self.viewport().height() <= at <= height_before:
            self.ensureWidgetVisible(focused)

    def _follow_focus(self, before: QWidget | None, now: QWidget | None) -> None:
        """Not on coming back from another window: one may have looked elsewhere on the page."""
        if before is None or now is None or QGuiApplication.mouseButtons():
            return
        if self.isAncestorOf(now):
            self.ensureWidgetVisible(now)
