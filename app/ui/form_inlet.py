"""Form files that are dropped on the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Signal
from PySide6.QtGui import QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from app.usecases.forms import FORM_ENDINGS

_TOLD = (".ods", ".et", ".lnk", ".url")  # taken only to say what to do instead


def form_files_of(mime: QMimeData) -> list[Path]:
    """The form files, or folders of sheets, that it names; none if anything else is among them."""
    files = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    return files if all(map(_may_be_form, files)) else []


def _may_be_form(file: Path) -> bool:
    if file.is_dir():
        return (file / "survey.csv").is_file()
    return file.suffix.lower() in (*FORM_ENDINGS, *_TOLD)


class FormInlet(QObject):
    """Lets forms be dropped anywhere on a widget where nothing else takes them; `given` has their files."""

    given = Signal(object)  # list[Path]

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent | QDragMoveEvent):  # an entering drag is a moving one to Qt
            files = form_files_of(event.mimeData())
            if files:
                event.acceptProposedAction()
                if event.type() == QEvent.Type.Drop:
                    self.given.emit(files)
                return True
        return super().eventFilter(watched, event)
