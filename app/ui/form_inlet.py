"""Form files that are dropped on the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Signal
from PySide6.QtGui import QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from app.usecases.forms import FORM_ENDINGS


def form_file_of(mime: QMimeData) -> Path | None:
    """The one form file, or folder of sheets, that it names; None for anything else."""
    files = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    if len(files) != 1:
        return None
    file = files[0]
    is_form = (file / "survey.csv").is_file() if file.is_dir() else file.suffix.lower() in FORM_ENDINGS
    return file if is_form else None


class FormInlet(QObject):
    """Lets a form be dropped anywhere on a widget where nothing else takes it. `given` carries its file."""

    given = Signal(object)  # Path

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent | QDragMoveEvent):  # an entering drag is a moving one to Qt
            file = form_file_of(event.mimeData())
            if file is not None:
                event.acceptProposedAction()
                if event.type() == QEvent.Type.Drop:
                    self.given.emit(file)
                return True
        return super().eventFilter(watched, event)
