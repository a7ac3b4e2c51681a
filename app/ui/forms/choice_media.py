"""The pictures, sounds and films of choices: shown at the choice, played and enlarged by small buttons."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QLabel, QPushButton, QStyle, QWidget

from app.i18n import tr
from app.ui.forms.binding import FormBinding
from app.ui.forms.label_media import fitted
from app.ui.look import Look
from app.ui.widgets.card import button
from core.forms.model.choices import Choice

CHOICE_ROOM = QSize(132, 96)
LIST_ROOM = QSize(48, 36)
"""What a picture takes at most at a button and in a list, in the pixels of a screen at 100 %."""
_ICON_PX, _LEAST_PX = 20, 24


class ChoiceMedia:
    """Brings the files of choices to the widgets of one editor."""

    def __init__(self, look: Look, binding: FormBinding) -> None:
        self._look, self._binding = look, binding

    def show_at(self, picture: ChoicePicture, choice: Choice) -> None:
        """The picture of a choice in this label, once it is read; a sign where there is none to show."""

        def show(found: QPixmap, words: str) -> None:
            picture.setPixmap(found)
            picture.setToolTip(words)
            picture.show()

        picture.hide()
        self.fetch(choice, CHOICE_ROOM, picture, show)

    def fetch(
        self, choice: Choice, room: QSize, owner: QWidget, show: Callable[[QPixmap, str], None]
    ) -> None:
        """Call `show` with the picture of a choice and "", or with a sign and why there is none."""
        name, scale = choice.media.image, owner.devicePixelRatioF()
        absent = self._look.icons.pixmap("image-off", self._look.tokens.line_strong, _ICON_PX)
        if name not in self._binding.session.form.media:
            show(absent, tr("form_media.absent", files=name))
            return
        receiver = _Receiver(
            owner,
            lambda data: show(fitted(data, room, scale), ""),
            lambda: show(absent, tr("form_media.unreadable", file=name)),
        )
        side_px = round(max(room.width(), room.height()) * scale)
        self._binding.form_picture_wanted.emit(name, side_px, receiver)

    def buttons(self, choice: Choice) -> list[QPushButton]:
        """Small buttons for what of a choice can be enlarged or played."""
        media, files = choice.media, self._binding.session.form.media
        made = []
        for name, icon, words in (
            (media.big_image, "maximize-2", "enlarge_choice"),
            (media.audio, "play", "sound_of_choice"),
            (media.video, "play", "film_of_choice"),
        ):
            if name in files:
                one = button(self._look, "", icon, "flat")
                one.setToolTip(tr(f"form_media.{words}", choice=choice.label))
                one.setAccessibleName(tr(f"form_media.{words}", choice=choice.label))
                if name == media.big_image:
                    one.clicked.connect(partial(self._enlarge, name, choice.label))
                else:
                    one.clicked.connect(partial(self._play, name))
                made.append(one)
        return made

    def _enlarge(self, name: str, caption: str, _checked: bool = False) -> None:
        self._binding.form_picture_opened.emit(name, caption)

    def _play(self, name: str, _checked: bool = False) -> None:
        self._binding.form_file_played.emit(name)


class ChoicePicture(QLabel):
    """A picture that is drawn smaller where there is less room for it, and never cut."""

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST_PX, _LEAST_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        picture = self.pixmap()
        if picture.isNull():
            return
        whole = picture.deviceIndependentSize().toSize()
        shown = whole.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio).boundedTo(whole)
        place = QStyle.alignedRect(self.layoutDirection(), self.alignment(), shown, self.rect())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(place, picture)


class _Receiver(QObject):
    """Waits for one picture as long as its owner lives."""

    def __init__(self, owner: QWidget, show: Callable[[bytes], None], fail: Callable[[], None]) -> None:
        super().__init__(owner)
        self._show, self._fail = show, fail

    def set_picture(self, _name: str, data: bytes) -> None:
        """The picture, as bytes of an image file."""
        self._show(data)

    def set_no_picture(self, _name: str) -> None:
        """It can not be shown."""
        self._fail()
