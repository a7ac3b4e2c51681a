"""The layout of a form section: six equal columns, whatever stands in them, fewer where it is narrow."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayoutItem, QWidget

from app.ui.widgets.wrapping_layout import WrappingLayout

COLUMNS = 6
NARROW_PX = 560
_NARROW_SPANS = {2: 3, 3: 6}


class SixColumns(WrappingLayout):
    """Items side by side by their span; a row is as high as its highest item. Qt's own grid lets wide
    contents push its columns apart, so that sections would not line up.
    """

    def __init__(self, parent: QWidget, gap: int = 16, line_gap: int = 12) -> None:
        super().__init__(parent, gap, line_gap)
        self._spans: dict[int, int] = {}

    def place(self, entries: list[tuple[QWidget, int]]) -> None:
        """These widgets in this order, each with its span of columns; those not named are left out."""
        wanted = {id(widget) for widget, _ in entries}
        for item in list(self._items):
            if id(item.widget()) not in wanted:
                self._items.remove(item)
        held = {id(item.widget()): item for item in self._items}
        for widget, _ in entries:
            if id(widget) not in held:
                self.addWidget(widget)
                held[id(widget)] = self._items[-1]
        self._items = [held[id(widget)] for widget, _ in entries]
        self._spans = {id(widget): span for widget, span in entries}
        self.invalidate()

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    def sizeHint(self) -> QSize:
        return QSize(NARROW_PX, self.heightForWidth(NARROW_PX))

    def minimumSize(self) -> QSize:
        return QSize(240, 0)

    def arrange(self, area: QRect, *, apply: bool) -> int:
        y = area.y()
        for row in self._rows(narrow=area.width() < NARROW_PX):
            places = [(item, *self._across(area, column, span)) for item, column, span in row]
            height = max(_height(item, width) for item, _, width in places)
            if apply:
                for item, x, width in places:
                    item.setGeometry(QRect(x, y, width, _height(item, width)))
            y += height + self._line_gap
        return max(0, y - self._line_gap - area.y())

    def _rows(self, *, narrow: bool) -> list[list[tuple[QLayoutItem, int, int]]]:
        rows: list[list[tuple[QLayoutItem, int, int]]] = []
        column = COLUMNS
        for item in self._items:
            span = self._spans.get(id(item.widget()), COLUMNS)
            span = _NARROW_SPANS.get(span, span) if narrow else span
            if column + span > COLUMNS:
                rows.append([])
                column = 0
            rows[-1].append((item, column, span))
            column += span
        return rows

    def _across(self, area: QRect, column: int, span: int) -> tuple[int, int]:
        """Left edge and width of a span, rounded so that edges of different rows meet."""
        step = (area.width() + self._gap) / COLUMNS
        left = round(column * step)
        return area.x() + left, round((column + span) * step) - self._gap - left


def _height(item: QLayoutItem, width: int) -> int:
    return item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height()
