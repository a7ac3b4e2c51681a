"""What a search found, as a list under the line one types in. The keyboard stays with the line.

It lies on the window instead of being one: an input method keeps its line, and no focus ever moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QIcon, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.ui.look import Look
from app.ui.tokens import SMALL_PX

ROWS_SHOWN = 7
ROW_PX, SHORT_ROW_PX = 44, 32
LEAST_WIDTH = 300
MARK_GAP_PX = 12
FOUND = int(Qt.ItemDataRole.UserRole) + 1
"""The role under which the model keeps the Found of a row."""
_MOVES = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: ROWS_SHOWN,
    Qt.Key.Key_PageUp: -ROWS_SHOWN,
}


@dataclass(frozen=True)
class Found:
    """One row. With an `icon` it is something to do; without `key` it is only said.

    `mark` stands small at its right end, of the `mark_kind` "" or "warn".
    """

    key: str
    title: str
    detail: str = ""
    icon: str = ""
    mark: str = ""
    mark_kind: str = ""


class SearchPopup(QListWidget):
    """The rows under `line`: arrow keys move, Enter and a click choose, Escape closes."""

    chosen = Signal(object)  # Found

    def __init__(self, look: Look, line: QLineEdit) -> None:
        super().__init__(line)
        self._look, self._line = look, line
        self._watched: list[QWidget] = []
        self.setObjectName("searchPopup")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_TwoLines(look, self))
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.itemClicked.connect(self._choose)
        self.hide()
        line.installEventFilter(self)  # the last filter is asked first: open, this takes the keys
        line.destroyed.connect(self.deleteLater)

    def show_rows(self, rows: Sequence[Found], *, mark_first: bool) -> None:
        """Show these now; Enter takes the first one if it is marked."""
        self.clear()
        for found in rows:
            item = QListWidgetItem(found.title, self)
            item.setData(FOUND, found)
            item.setSizeHint(QSize(0, ROW_PX if found.detail else SHORT_ROW_PX))
            item.setToolTip("\n".join(filter(None, (found.title, found.detail))))
            said = ", ".join(filter(None, (found.title, found.detail, found.mark)))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, said)
            if found.icon:
                item.setIcon(self._look.icons.icon(found.icon, self._look.tokens.link))
            if not found.key:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
        if mark_first and rows and rows[0].key:
            self.setCurrentRow(0)
        self._open()

    def unmark(self) -> None:
        """Enter takes none of these rows: something else has been typed."""
        self.setCurrentRow(-1)

    def close_rows(self) -> None:
        """Show nothing."""
        for widget in self._watched:
            widget.removeEventFilter(self)
        self._watched = []
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._line:
            if event.type() == QEvent.Type.FocusOut:
                self.close_rows()
            elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self.isVisible():
                return self._take_key(event)
        elif event.type() in {QEvent.Type.Move, QEvent.Type.Resize} and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def _take_key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in _MOVES:
            self._move(_MOVES[key])
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.currentItem() is not None:
            self._choose(self.currentItem())
        elif key == Qt.Key.Key_Escape:
            self.close_rows()
        else:
            return False
        return True

    def _move(self, step: int) -> None:
        rows = [row for row in range(self.count()) if self.item(row).flags() & Qt.ItemFlag.ItemIsEnabled]
        if rows:
            at = rows.index(self.currentRow()) + step if self.currentRow() in rows else min(step - 1, 0)
            wrapped = at % len(rows) if abs(step) == 1 else min(max(at, 0), len(rows) - 1)
            self.setCurrentRow(rows[wrapped])

    def _choose(self, item: QListWidgetItem) -> None:
        found: Found = item.data(FOUND)
        if found.key:
            self.close_rows()
            self.chosen.emit(found)

    def _open(self) -> None:
        window = self._line.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        self.close_rows()
        above = self._line.parentWidget()
        while above is not None and above is not window:
            above.installEventFilter(self)
            self._watched.append(above)
            above = above.parentWidget()
        self._place()
        self.show()
        self.raise_()

    def _place(self) -> None:
        """Under the line, or above it where there is more room; never beyond the window."""
        window, line = self.window(), self._line
        at = QRect(line.mapTo(window, QPoint(0, 0)), line.size())
        wanted = sum(self.item(row).sizeHint().height() for row in range(min(self.count(), ROWS_SHOWN))) + 10
        below, above = window.height() - at.bottom() - 8, at.top() - 8
        under = below >= wanted or below >= above
        height = min(wanted, below if under else above)
        width = min(max(at.width(), LEAST_WIDTH), window.width() - 16)
        left = min(at.left(), window.width() - width - 8)
        self.setGeometry(left, at.bottom() + 3 if under else at.top() - height - 3, width, height)


class _TwoLines(QStyledItemDelegate):
    """A title and, smaller under it, what tells it from others."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        whole = QStyleOptionViewItem(option)
        self.initStyleOption(whole, index)
        title, icon, whole.text, whole.icon = whole.text, QIcon(whole.icon), "", QIcon()
        whole.widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, whole, painter, whole.widget)
        t, area = self._look.tokens, whole.rect.adjusted(10, 5, -10, -5)
        if not icon.isNull():
            icon.paint(painter, QRect(area.left(), area.center().y() - 8, 18, 18))
            area.adjust(26, 0, 0, 0)
        found: Found = index.data(FOUND)
        enabled = bool(index.flags() & Qt.ItemFlag.ItemIsEnabled)
        painter.save()
        painter.setFont(whole.font)
        painter.setPen(t.muted if not enabled else t.link if not icon.isNull() else t.text)
        half = area.height() // 2 if found.detail else area.height()
        upper = QRect(area.left(), area.top(), area.width(), half)
        small = QFont(whole.font)
        small.setPixelSize(SMALL_PX)
        marked_px = QFontMetrics(small).horizontalAdvance(found.mark) + MARK_GAP_PX if found.mark else 0
        self._line(painter, upper.adjusted(0, 0, -marked_px, 0), title)
        painter.setFont(small)
        if found.mark:
            painter.setPen(t.warn if found.mark_kind == "warn" else t.muted)
            self._line(painter, upper.adjusted(upper.width() - marked_px + MARK_GAP_PX, 0, 2, 0), found.mark)
        if found.detail:
            painter.setPen(t.muted)
            self._line(painter, upper.translated(0, half), found.detail)
        painter.restore()

    @staticmethod
    def _line(painter: QPainter, area: QRect, text: str) -> None:
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown)
