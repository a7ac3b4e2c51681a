"""The editor of one photo: look at it, choose another, take it out, drop or paste one."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout

from app.i18n import tr
from app.ui.forms.drawing_dialog import DrawingDialog
from app.ui.forms.editor import Editor
from app.ui.look import Look
from app.ui.models.photo_model import PhotoItem
from app.ui.widgets.card import button, named_label, set_kind
from app.ui.widgets.photo_inlet import PhotoInlet
from core.values import Value, photo_digests

TILE = QSize(148, 110)
ANNOTATE = "annotate"
ICON_PX = 28


class PhotoEditor(Editor):
    """Shows a photo and hands on what is to become one; who attaches it shows the new value."""

    files_given = Signal(list)  # Path or bytes
    choice_wanted = Signal()
    opened = Signal(object)  # PhotoItem
    thumbnail_wanted = Signal(str)  # digest
    ground_wanted = Signal(str)  # digest of the photo that is to be marked

    def __init__(self, look: Look, way: str = "") -> None:
        super().__init__()
        self._look = look
        self._way = way
        self._value: Value = None
        self._digest = ""
        self.tile = QToolButton()
        self.tile.setObjectName("photoTile")
        self.tile.setFixedSize(TILE)
        self.tile.clicked.connect(self._open_or_choose)
        self.choose_button = button(look, tr("photos.choose"), "image-plus")
        self.choose_button.clicked.connect(self.choice_wanted)
        self.draw_button = button(look, tr(f"drawing.{way}") if way else "", "square-pen")
        self.draw_button.clicked.connect(self._draw)
        self.remove_button = button(look, tr("photos.remove_one"), "trash-2", "flat")
        self.remove_button.clicked.connect(self._remove)
        self._name = named_label("hint", wrap=True, selectable=True)
        self._inlet = PhotoInlet(self)
        self._inlet.given.connect(self.files_given)
        self._lay_out()
        self.setFocusProxy(self.choose_button)
        self.show_value(None)

    def value(self) -> Value:
        return self._value

    def show_value(self, value: Value) -> None:
        self._value = value
        digest = next(photo_digests(value), "")
        if digest != self._digest or not digest:
            self._digest = digest
            self._show_icon("image" if digest else "image-plus")
            if digest:
                self.thumbnail_wanted.emit(digest)
        name = value.get("name", "") if isinstance(value, dict) else ""  # what is drawn or pasted has none
        self._name.setText(str(name))
        self._name.setVisible(bool(name))
        self.tile.setAccessibleName(tr("photos.open_one" if digest else "photos.choose"))
        self.choose_button.setText(tr("photos.replace" if value is not None else "photos.choose"))
        self._offer()

    def set_readonly(self, readonly: bool) -> None:
        self._inlet.open = not readonly
        self._offer()

    def set_bad(self, bad: bool) -> None:
        set_kind(self.tile, "bad" if bad else "")

    def set_thumbnail(self, digest: str, data: bytes) -> None:
        """The picture for a digest, as bytes of an image file."""
        if digest != self._digest:
            return
        picture = QPixmap()
        picture.loadFromData(data)
        scale = self.devicePixelRatioF()
        room = (TILE - QSize(6, 6)) * scale
        aspect, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        fitted = picture.scaled(room, aspect, smooth)
        fitted.setDevicePixelRatio(scale)
        self.tile.setIcon(QIcon(fitted))
        self.tile.setIconSize(TILE - QSize(6, 6))

    def set_ground(self, digest: str, data: bytes) -> None:
        """The photo as large as it is marked."""
        if digest == self._digest:
            self._open_sheet(data)

    def set_missing(self, digest: str) -> None:
        """There is no picture for this digest here."""
        if digest == self._digest:
            self._show_icon("image-off")

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.tile)
        beside = QVBoxLayout()
        beside.setSpacing(6)
        beside.addWidget(self.choose_button, 0, Qt.AlignmentFlag.AlignLeft)
        beside.addWidget(self.draw_button, 0, Qt.AlignmentFlag.AlignLeft)
        beside.addWidget(self.remove_button, 0, Qt.AlignmentFlag.AlignLeft)
        beside.addWidget(self._name)
        beside.addStretch(1)
        row.addLayout(beside, 1)

    def _show_icon(self, name: str) -> None:
        self.tile.setIcon(QIcon(self._look.icons.pixmap(name, self._look.tokens.line_strong, ICON_PX)))
        self.tile.setIconSize(QSize(ICON_PX, ICON_PX))

    def _open_or_choose(self) -> None:
        if self._digest:
            self.opened.emit(PhotoItem("", self._digest, self._name.text()))
        elif self._inlet.open:
            self.choice_wanted.emit()

    def _offer(self) -> None:
        """The buttons for what can be done now; a photo is marked once there is one."""
        open_ = self._inlet.open
        self.choose_button.setVisible(open_)
        self.remove_button.setVisible(open_ and self._value is not None)
        self.draw_button.setVisible(
            open_ and bool(self._way) and (self._way != ANNOTATE or bool(self._digest))
        )

    def _draw(self) -> None:
        if self._way == ANNOTATE:
            self.ground_wanted.emit(self._digest)
        else:
            self._open_sheet(None)

    def _open_sheet(self, ground: bytes | None) -> None:
        dialog = DrawingDialog(self._look, self._way, ground, self)
        dialog.taken.connect(lambda drawing: self.files_given.emit([bytes(drawing)]))
        dialog.open()

    def _remove(self) -> None:
        self.show_value(None)
        self.settled.emit()
