"""Form files, and folders and zips of submission files, that are dropped on the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Signal
from PySide6.QtGui import QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QWidget

from app.usecases.forms import FORM_ENDINGS

_TOLD = (".ods", ".et", ".lnk", ".url")  # taken only to say what to do instead


def files_of(mime: QMimeData) -> list[Path]:
    """The files and folders of this computer that it names."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def _may_be_form(file: Path) -> bool:
    if file.is_dir():
        return (file / "survey.csv").is_file()
    return file.suffix.lower() in (*FORM_ENDINGS, *_TOLD)


class FormInlet(QObject):
    """Lets forms be dropped anywhere on a widget where nothing else takes them; `given` has their files.

    Folders and zips that hold submission files go to `instances_given`, what nothing here takes to `refused`:
    a cursor that forbids does not say where a file belongs.
    """

    given = Signal(object)  # list[Path]
    instances_given = Signal(object)  # list[Path]
    refused = Signal(object)  # list[Path]

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent | QDragMoveEvent):  # an entering drag is a moving one to Qt
            files = files_of(event.mimeData())
            if files:
                event.acceptProposedAction()
                if event.type() == QEvent.Type.Drop:
                    self._give(files)
                return True
        return super().eventFilter(watched, event)

    def _give(self, files: list[Path]) -> None:
        from app.given_instances import may_hold_instances  # noqa: PLC0415  # seldom asked for

        packed = all(file.is_dir() or file.suffix.lower() == ".zip" for file in files)
        if packed and all(map(may_hold_instances, files)):
            self.instances_given.emit(files)
        elif all(map(_may_be_form, files)):
            self.given.emit(files)
        else:
            self.refused.emit(files)
