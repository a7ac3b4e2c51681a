"""What stands beside a text of the form: its picture, and buttons that play its sound and its film."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.forms.binding import FormBinding
from app.ui.look import Look
from app.ui.widgets.card import button, named_label
from core.forms.model.texts import MEDIA_FORMS, Media, Text

ROOM = QSize(300, 200)
"""What a picture beside a text takes at most, in the pixels of a screen at 100 %."""


def has_media(text: Text) -> bool:
    """Whether files of the form stand beside this text."""
    return any(form in text.forms for form in MEDIA_FORMS)


def fitted(data: bytes, room: QSize, scale: float) -> QPixmap:
    """The picture as large as the room allows and no larger than it is, sharp at this scale of the screen."""
    picture = QPixmap()
    picture.loadFromData(data)
    inside = picture.size().scaled(room, Qt.AspectRatioMode.KeepAspectRatio).boundedTo(picture.size())
    aspect, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    shown = picture.scaled(inside * scale, aspect, smooth)
    shown.setDevicePixelRatio(scale)
    return shown


class LabelMedia(QWidget):
    """Shows what `show_media` is given; hidden where there is nothing."""

    def __init__(self, look: Look, binding: FormBinding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binding = binding
        self._media = Media()
        self._caption = ""
        self.picture = QToolButton()
        self.picture.setObjectName("formPicture")
        self.picture.setToolTip(tr("form_media.enlarge"))
        self.picture.setCursor(Qt.CursorShape.PointingHandCursor)
        self.picture.clicked.connect(self.open_large)
        self.absent = named_label("hint", wrap=True)
        self.sound_button = button(look, tr("form_media.play_sound"), "play", "flat")
        self.sound_button.clicked.connect(lambda: binding.form_file_played.emit(self._media.audio))
        self.film_button = button(look, tr("form_media.play_film"), "play", "flat")
        self.film_button.clicked.connect(lambda: binding.form_file_played.emit(self._media.video))
        plays = QHBoxLayout()
        plays.addWidget(self.sound_button)
        plays.addWidget(self.film_button)
        plays.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 4)
        column.setSpacing(4)
        column.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.absent)
        column.addLayout(plays)
        self.hide()

    def show_media(self, media: Media, caption: str) -> None:
        """Show these files of the form; `caption` names them to who looks at the large picture."""
        self._caption = caption
        if media == self._media:
            return
        self._media = media
        files, wanted = self._binding.session.form.media, media.image or media.big_image
        self.picture.hide()
        self.picture.setAccessibleName(tr("form_media.picture_of", what=caption))
        gone = [name for name in (wanted, media.audio, media.video) if name and name not in files]
        self._tell(tr("form_media.absent", files=tr("words.comma").join(gone)) if gone else "")
        self.sound_button.setVisible(media.audio in files)
        self.film_button.setVisible(media.video in files)
        if wanted in files:
            side_px = round(max(ROOM.width(), ROOM.height()) * self.devicePixelRatioF())
            self._binding.form_picture_wanted.emit(wanted, side_px, self)
        self.setVisible(bool(media))

    def set_picture(self, name: str, data: bytes) -> None:
        """The picture of that file, as bytes of an image file."""
        if name == (self._media.image or self._media.big_image):
            shown = fitted(data, ROOM, self.devicePixelRatioF())
            self.picture.setIcon(QIcon(shown))
            self.picture.setIconSize(shown.deviceIndependentSize().toSize())
            self.picture.show()

    def set_no_picture(self, name: str) -> None:
        """The file is there and can not be shown."""
        if name == (self._media.image or self._media.big_image):
            self._tell(tr("form_media.unreadable", file=name))

    def open_large(self) -> None:
        """Show the big picture, else the small one, as large as the window allows."""
        files = self._binding.session.form.media
        large = self._media.big_image if self._media.big_image in files else self._media.image
        self._binding.form_picture_opened.emit(large, self._caption)

    def _tell(self, words: str) -> None:
        self.absent.setText(words)
        self.absent.setVisible(bool(words))


class PlaceMedia(LabelMedia):
    """What stands beside the label of a group or repeat."""

    def __init__(self, look: Look, binding: FormBinding, path: str, parent: QWidget) -> None:
        super().__init__(look, binding, parent)
        self._path = path
        binding.refreshed.connect(self.refresh)
        self.refresh()

    @property
    def wanted(self) -> bool:
        """Whether there is anything to show now."""
        return self._binding.session.relevant(self._path) and bool(self._media)

    def refresh(self) -> None:
        """Show the files of the label with the present answers."""
        session, lang = self._binding.session, self._binding.language
        if session.relevant(self._path):
            self.show_media(session.media(self._path, lang), session.label(self._path, lang))

    def retire(self) -> None:
        """The row it stands in is gone."""
        self._binding.refreshed.disconnect(self.refresh)
