"""The files that lines and areas of a form are read from."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from app.i18n import tr
from app.jobs import Job
from app.ui.forms.binding import FormBinding
from app.ui.forms.shape_editor import SHAPE_ENDINGS, ShapeEditor
from app.ui.record.tasks import FormTasks
from app.usecases.shapes import read_points

_ENDINGS = " ".join(f"*{ending}" for ending in SHAPE_ENDINGS)


class ShapeFiles(FormTasks):
    """Asks for a file and reads it beside the window."""

    def follow(self, binding: FormBinding) -> None:
        """Listen to the form that is on screen now."""
        super().follow(binding)
        binding.shape_file_asked.connect(self.ask)
        binding.shape_file_given.connect(self.read)

    def ask(self, editor: ShapeEditor) -> None:
        """Ask for a file with the system's dialog."""
        folder, kinds = self._desk.preferences.last_folder, f"GPX, KML, GeoJSON ({_ENDINGS})"
        name, _ = QFileDialog.getOpenFileName(self._page, tr("shapes.from_file"), folder, kinds)
        if name:
            self._desk.preferences.use_folder(Path(name).parent)
            self.read(Path(name), editor)

    def read(self, file: Path, editor: ShapeEditor) -> None:
        """Answer with the line or area of that file; what holds none leaves the answer as it is."""
        editor.begin_reading(file.name)
        work = partial(read_points, file)
        job = Job("shape file", tr("shapes.reading", file=file.name), lambda _: work())
        done = partial(editor.take_points, file.name)
        self._desk.jobs.start(editor, job, done, failed=partial(self._fail, editor, file.name))

    def _fail(self, editor: ShapeEditor, name: str, error: BaseException) -> None:
        editor.take_points(name, None)
        self.failed.emit(error)
