"""Form files, and folders and zips of submission files, that are dropped on the window."""

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


def folders_of(mime: QMimeData) -> list[Path]:
    """The folders and zips that it names; none if anything else is among them."""
    files = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    return files if all(file.is_dir() or file.suffix.lower() == ".zip" for file in files) else []


class FormInlet(QObject):
    """Lets forms be dropped anywhere on a widget where nothing else takes them; `given` has their files.

    Folders and zips that hold submission files go to `instances_given`.
    """

    given = Signal(object)  # list[Path]
    instances_given = Signal(object)  # list[Path]

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent | QDragMoveEvent):  # an entering drag is a moving one to Qt
            forms, folders = form_files_of(event.mimeData()), folders_of(event.mimeData())
            if forms or folders:
                event.acceptProposedAction()
                if event.type() == QEvent.Type.Drop:
                    self._give(forms, folders)
                return True
        return super().eventFilter(watched, event)

    def _give(self, forms: list[Path], folders: list[Path]) -> None:
        from app.given_instances import may_hold_instances  # noqa: PLC0415  # seldom asked for

        if folders and all(map(may_hold_instances, folders)):
            self.instances_given.emit(folders)
        elif forms:
            self.given.emit(forms)
