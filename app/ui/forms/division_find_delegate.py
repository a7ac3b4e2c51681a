"""How a found division is drawn: its name, where it lies, and its level or that it is local."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.i18n import tr
from app.ui.tokens import Tokens
from app.usecases.divisions import DivisionFound

FOUND = Qt.ItemDataRole.UserRole + 1
ROW_PX = 32
_EDGE_PX, _GAP_PX = 10, 12
_CENTRE = int(Qt.AlignmentFlag.AlignVCenter)


class DivisionFindDelegate(QStyledItemDelegate):
    """One line a find; rows that are no find are plain words."""

    def __init__(self, tokens: Tokens, parent: QWidget) -> None:
        super().__init__(parent)
        self._tokens = tokens

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tokens = self._tokens
        found: DivisionFound | None = index.data(FOUND)
        chosen = bool(option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver))
        painter.save()
        if chosen:
            painter.fillRect(option.rect, QColor(tokens.selected))
        area = option.rect.adjusted(_EDGE_PX, 0, -_EDGE_PX, 0)
        if found is None:
            _draw(painter, area, index.data(), tokens.link)
        else:
            self._draw_found(painter, area, found)
        painter.restore()

    def _draw_found(self, painter: QPainter, area: QRect, found: DivisionFound) -> None:
        tokens = self._tokens
        words = tr("divisions.local") if found.local else tr(f"divisions.level.{found.level}")
        width = painter.fontMetrics().horizontalAdvance(words)
        right = QRect(area.right() - width, area.top(), width + 1, area.height())
        _draw(painter, right, words, tokens.warn if found.local else tokens.muted)
        area = area.adjusted(0, 0, -width - _GAP_PX, 0)
        used = _draw(painter, area, found.name, tokens.text)
        above = found.full_name.removesuffix(found.name)
        _draw(painter, area.adjusted(used + _GAP_PX, 0, 0, 0), above, tokens.muted)


def _draw(painter: QPainter, area: QRect, text: str, colour: str) -> int:
    """Draws one line, cut with "…" where there is no room; how wide it is."""
    metrics = painter.fontMetrics()
    painter.setPen(QColor(colour))
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, area.width()))
    painter.drawText(area, _CENTRE, shown)
    return metrics.horizontalAdvance(shown)
