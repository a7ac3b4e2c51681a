"""A layout that sets widgets side by side and breaks the line where the width ends."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QWidget

from app.ui.widgets.wrapping_layout import WrappingLayout


class FlowLayout(WrappingLayout):
    """Left to right, then on to the next line; every item keeps its own size, or breaks into lines."""

    def __init__(self, parent: QWidget | None = None, gap: int = 16, line_gap: int = 2) -> None:
        super().__init__(parent, gap, line_gap)

    def sizeHint(self) -> QSize:
        hints = [item.sizeHint() for item in self._items]
        width = sum(hint.width() for hint in hints) + self._gap * max(0, len(hints) - 1)
        return QSize(width, max((hint.height() for hint in hints), default=0))

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def arrange(self, area: QRect, *, apply: bool) -> int:
        x, y, line = area.x(), area.y(), 0
        for item in self._items:
            if item.isEmpty():
                continue
            wanted = item.sizeHint()
            hint = wanted.boundedTo(QSize(max(area.width(), 1), 100_000))
            if hint != wanted and item.hasHeightForWidth():
                hint.setHeight(item.heightForWidth(hint.width()))
            if x > area.x() and x + hint.width() > area.right() + 1:
                x, y, line = area.x(), y + line + self._line_gap, 0
            if apply:
                item.setGeometry(QRect(QPoint(x, y), hint))
            x += hint.width() + self._gap
            line = max(line, hint.height())
        return y + line - area.y()
