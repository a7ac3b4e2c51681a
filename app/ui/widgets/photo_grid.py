"""Photos as a grid of tiles: choose, open, put in order."""

from __future__ import annotations

from PySide6.QtCore import (
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QDrag,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.i18n import tr
from app.ui.look import Look
from app.ui.models.photo_model import PHOTO_ROLE, PhotoItem, PhotoModel

TILE_GAP = 8
CAPTION_HEIGHT = 20
TILE_WIDTH = 132
PROPORTION = 0.74
ROWS_SHOWN = 4
ROW_MIME = "application/x-cunjiang-photo-row"
DRAGGED_PX = 72

Index = QModelIndex | QPersistentModelIndex


class PhotoGrid(QListView):
    """Tiles over a `PhotoModel`, as many columns as fit. Tall enough for all of them when `grows`."""

    opened = Signal(object)  # PhotoItem
    chosen = Signal(object)  # PhotoItem or None
    moved = Signal(
        str, object
    )  # the row of a photo, and that of the one it is put before; None: behind the last

    def __init__(self, look: Look, model: PhotoModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setModel(model)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSpacing(0)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_Tile(look, self))
        self.doubleClicked.connect(lambda index: self.opened.emit(index.data(PHOTO_ROLE)))
        self.selectionModel().currentChanged.connect(self._current_changed)
        model.modelReset.connect(self._reset)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setToolTip(tr("strip.move"))

    def chosen_items(self) -> list[PhotoItem]:
        """The photos that are selected."""
        return [index.data(PHOTO_ROLE) for index in self.selectedIndexes()]

    def startDrag(self, _actions: Qt.DropAction) -> None:
        """Take the photo in hand along, to be dropped where it belongs among the others."""
        index = self.currentIndex()
        if not index.isValid():
            return
        mime = QMimeData()
        mime.setData(ROW_MIME, index.data(PHOTO_ROLE).row_path.encode())
        drag = QDrag(self)
        drag.setMimeData(mime)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(picture, QPixmap):
            drag.setPixmap(picture.scaledToHeight(DRAGGED_PX, Qt.TransformationMode.SmoothTransformation))
        drag.exec(Qt.DropAction.MoveAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        event.setAccepted(event.mimeData().hasFormat(ROW_MIME))  # files go on to the panel around

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.setAccepted(event.mimeData().hasFormat(ROW_MIME))

    def dropEvent(self, event: QDropEvent) -> None:
        if not event.mimeData().hasFormat(ROW_MIME):
            event.ignore()
            return
        row = bytes(event.mimeData().data(ROW_MIME).data()).decode()
        self._put(row, self._place_at(event.position().toPoint()))
        event.acceptProposedAction()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl with an arrow moves the photo itself."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        index = self.currentIndex()
        if step and index.isValid() and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            at = index.row() + step + (step > 0)
            self._put(index.data(PHOTO_ROLE).row_path, min(max(at, 0), self.model().rowCount()))
        else:
            super().keyPressEvent(event)

    def _place_at(self, point: QPoint) -> int:
        """Before which photo something dropped there belongs; behind the last where there is none."""
        index = self.indexAt(point)
        if not index.isValid():
            return self.model().rowCount()
        return index.row() + (point.x() > self.visualRect(index).center().x())

    def _put(self, row: str, at: int) -> None:
        rows = [
            self.model().index(place, 0).data(PHOTO_ROLE).row_path for place in range(self.model().rowCount())
        ]
        if row not in rows or at in {rows.index(row), rows.index(row) + 1}:
            return
        self.moved.emit(row, rows[at] if at < len(rows) else None)
        moved = [self.model().index(place, 0) for place in range(self.model().rowCount())]
        self.setCurrentIndex(next(one for one in moved if one.data(PHOTO_ROLE).row_path == row))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Tiles that fill the width, and a height for all of them up to `ROWS_SHOWN` rows."""
        width = self.width() - 2 * self.frameWidth()
        columns = max(1, width // TILE_WIDTH)
        rows = -(-self.model().rowCount() // columns)
        scrolls = rows > ROWS_SHOWN
        policy = Qt.ScrollBarPolicy.ScrollBarAlwaysOn if scrolls else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(policy)
        if scrolls:
            width -= self.verticalScrollBar().sizeHint().width()
        tile = max(1, width // columns - 1)  # one pixel less, or the last column would not fit
        height = round((tile - TILE_GAP) * PROPORTION) + CAPTION_HEIGHT + TILE_GAP
        if self.gridSize() != QSize(tile, height):
            self.setGridSize(QSize(tile, height))
        self.setFixedHeight(max(1, min(ROWS_SHOWN, rows)) * height + 4)

    def _reset(self) -> None:
        self._fit()
        self.chosen.emit(None)

    def _current_changed(self, index: QModelIndex) -> None:
        self.chosen.emit(index.data(PHOTO_ROLE) if index.isValid() else None)


class _Tile(QStyledItemDelegate):
    """A rounded picture that fills its tile, and one line under it."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        view = self.parent()
        return view.gridSize() if isinstance(view, QListView) else super().sizeHint(option, index)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens = self._look.tokens
        cell: QRect = option.rect
        place = QRectF(cell.adjusted(0, 0, -TILE_GAP, -TILE_GAP - CAPTION_HEIGHT)).adjusted(2, 2, 0, 0)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        outline = QPainterPath()
        outline.addRoundedRect(place, 6, 6)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        painter.fillPath(outline, QColor(tokens.quiet_soft))
        if isinstance(picture, QPixmap) and not picture.isNull():
            painter.setClipPath(outline)
            painter.drawPixmap(place, picture, _middle(picture, place))
            painter.setClipping(False)
        else:
            self._draw_waiting(painter, place, index)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(tokens.accent), 2.5))
            painter.drawPath(outline)
        caption = painter.fontMetrics().elidedText(
            str(index.data() or ""), Qt.TextElideMode.ElideRight, int(place.width())
        )
        painter.setPen(QColor(tokens.muted))
        under = QRectF(place.left(), place.bottom() + 1, place.width(), CAPTION_HEIGHT)
        painter.drawText(under, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), caption)
        painter.restore()

    def _draw_waiting(self, painter: QPainter, place: QRectF, index: Index) -> None:
        model, item = index.model(), index.data(PHOTO_ROLE)
        missing = isinstance(model, PhotoModel) and model.is_missing(item.digest)
        icon = self._look.icons.pixmap("image-off" if missing else "image", self._look.tokens.line_strong, 26)
        at = place.center()
        painter.drawPixmap(int(at.x()) - 13, int(at.y()) - 13, icon)


def _middle(picture: QPixmap, place: QRectF) -> QRectF:
    """The largest part from the middle of the picture that has the proportion of its place."""
    width, height = picture.width(), picture.height()
    wanted = place.width() / place.height()
    if width / height > wanted:
        part = height * wanted
        return QRectF((width - part) / 2, 0, part, height)
    part = width / wanted
    return QRectF(0, (height - part) / 2, width, part)
