"""The area in which a page longer than the window scrolls: up and down only, its bar's place always kept."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class ScrollPage(QScrollArea):
    """Gives its widget one width, whether or not it scrolls.

    A bar that comes and goes changes the width, with it the height of wrapped text, and so whether a bar is
    needed: where the two disagree, Qt resizes the widget within its own resizing until the stack is full.
    """

    def __init__(self, widget: QWidget | None = None) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        bar = self.verticalScrollBar()
        bar.setEnabled(False)  # drawn without a handle while there is nothing to scroll
        bar.rangeChanged.connect(lambda least, most: bar.setEnabled(most > least))
        if widget is not None:
            self.setWidget(widget)
