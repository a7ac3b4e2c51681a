"""Photos that come in by the mouse or the clipboard: files, folders, and pictures out of a browser."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QMimeData, QObject, Signal
from PySide6.QtGui import QDragMoveEvent, QDropEvent, QGuiApplication, QImage, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

PHOTO_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".heic", ".heif", ".hif", ".webp"})
_PICTURE_FORMATS = ("image/png", "image/jpeg")  # what carries no loss first

Source = Path | bytes


def photo_files(paths: list[Path]) -> list[Path]:
    """The files to attach: what was named, and the photos inside folders that were named."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.suffix.lower() in PHOTO_ENDINGS)
            found.extend(inside)
        else:
            found.append(path)
    return found


def holds_photos(mime: QMimeData) -> bool:
    """Whether there is anything in it to attach."""
    return any(url.isLocalFile() for url in mime.urls()) or _picture_format(mime) != "" or mime.hasImage()


def photos_of(mime: QMimeData) -> list[Source]:
    """Files of this computer if it names any, else the bytes of the one picture it carries."""
    files = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    if files:
        return list(photo_files(files))
    named = _picture_format(mime)
    if named:
        return [bytes(mime.data(named).data())]
    picture = mime.imageData()
    return [_png(picture)] if isinstance(picture, QImage) and not picture.isNull() else []


class PhotoInlet(QObject):
    """Lets photos be dropped on a widget, or pasted while the person is in it. `given` carries them."""

    given = Signal(list)  # Source

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.open = True
        """Whether photos are taken now."""
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self.open:
            return super().eventFilter(watched, event)
        if event.type() == QEvent.Type.Drop and isinstance(event, QDropEvent):
            return self._take(event.mimeData()) and not event.acceptProposedAction()
        if isinstance(event, QDragMoveEvent) and holds_photos(event.mimeData()):  # entering is one too
            event.acceptProposedAction()
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and is_paste(event):
            return self._take(QGuiApplication.clipboard().mimeData())
        return super().eventFilter(watched, event)

    def _take(self, mime: QMimeData) -> bool:
        sources = photos_of(mime)
        if sources:
            self.given.emit(sources)
        return bool(sources)


def is_paste(event: QKeyEvent) -> bool:
    """Whether this key asks for the clipboard."""
    return event.matches(QKeySequence.StandardKey.Paste)


def _picture_format(mime: QMimeData) -> str:
    return next((one for one in _PICTURE_FORMATS if mime.hasFormat(one)), "")


def _png(picture: QImage) -> bytes:
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")  # type: ignore[call-overload]  # its stub names bytes, which it refuses
    return bytes(held.data())
