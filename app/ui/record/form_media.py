"""The pictures, sounds and films of the form on screen: read in jobs, enlarged, played by the system."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.forms.binding import FormBinding
from app.ui.record.tasks import FormTasks
from app.ui.vector_drawing import DrawnMap, draw_map, picture_file
from app.ui.widgets.photo_window import PhotoWindow
from app.usecases.form_media import LARGEST_PX, form_picture, lay_form_file_out
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.model.form import Form
from core.forms.model.vector_pictures import VectorPicture

T = TypeVar("T")


_MOST_PICTURES = 300  # kept, of some 20 kB each
_MOST_MAPS = 4  # kept, of up to 20 MB each, as long as they are shown anyway


class FormMedia(FormTasks):
    """Does what the texts of a form ask for, through its `FormBinding`.

    What was read before is shown at once: a form that is made anew, as after a photo was attached, has its
    height before the person is brought back to where he was.
    """

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__(desk, page)
        self._pictures: dict[Hashable, bytes] = {}
        self._maps: dict[Hashable, DrawnMap] = {}

    def follow(self, binding: FormBinding) -> None:
        """Listen to the form that is on screen now."""
        super().follow(binding)
        binding.form_picture_wanted.connect(self.fetch)
        binding.form_map_wanted.connect(self.fetch_map)
        binding.form_picture_opened.connect(self.enlarge)
        binding.form_file_played.connect(self.play)

    def fetch(self, name: str, side_px: int, receiver: Any) -> None:
        """Give `receiver` the picture by `set_picture`, or `set_no_picture`."""
        assert self._binding is not None
        key = self._binding.session.form.digest, name, side_px
        if key in self._pictures:
            receiver.set_picture(name, self._pictures[key])
            return

        def show(data: bytes) -> None:
            _keep(self._pictures, key, data, _MOST_PICTURES)
            receiver.set_picture(name, data)

        self._start(receiver, name, side_px, show, lambda _: receiver.set_no_picture(name))

    def fetch_map(self, name: str, values: list[str], receiver: Any) -> None:
        """Give `receiver` the picture with the shapes of these values by `set_map`, or `set_no_map`."""
        assert self._binding is not None
        form = self._binding.session.form
        key = form.digest, name, tuple(values)
        if key in self._maps:
            receiver.set_map(name, values, self._maps[key])
            return

        def show(drawn: DrawnMap) -> None:
            _keep(self._maps, key, drawn, _MOST_MAPS)
            receiver.set_map(name, values, drawn)

        work = partial(_drawn_map, self._desk.workspace, form, name, values)
        job = Job(f"form picture {name}", tr("form_media.reading"), lambda _: work())
        self._desk.jobs.start(receiver, job, show, failed=lambda _: receiver.set_no_map(name), stream="map")

    def enlarge(self, name: str, caption: str) -> None:
        """Show one picture large."""
        show = partial(self._show_large, caption)
        self._start(self, name, LARGEST_PX, show, self.failed.emit)

    def play(self, name: str) -> None:
        """Open a copy of a sound or film with the program that this computer has for it."""
        assert self._binding is not None
        work = partial(lay_form_file_out, self._desk.workspace, self._binding.session.form, name)
        job = Job("form media", tr("form_media.opening"), lambda _: work())
        self._desk.jobs.start(self, job, self._play, failed=self.failed.emit)

    def _start(self, receiver: QObject, name: str, side_px: int, done: Any, failed: Any) -> None:
        assert self._binding is not None
        work = partial(_picture_file, self._desk.workspace, self._binding.session.form, name, side_px)
        job = Job(f"form picture {name}", tr("form_media.reading"), lambda _: work())
        self._desk.jobs.start(receiver, job, done, failed=failed)

    def _show_large(self, caption: str, data: bytes) -> None:
        PhotoWindow(self._desk.look, data, caption, self._page).show()

    def _play(self, copy: Path) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(copy))):
            self.told.emit("warn", tr("form_media.not_played", file=copy.name))


def _keep(kept: dict[Hashable, T], key: Hashable, value: T, most: int) -> None:
    """Keep it, and of what is kept only the latest."""
    kept[key] = value
    while len(kept) > most:
        del kept[next(iter(kept))]


def _picture_file(workspace: Workspace, form: Form, name: str, side_px: int) -> bytes:
    picture = form_picture(workspace, form, name, side_px)
    return picture_file(picture, min(side_px, LARGEST_PX)) if isinstance(picture, VectorPicture) else picture


def _drawn_map(workspace: Workspace, form: Form, name: str, values: list[str]) -> DrawnMap:
    picture = form_picture(workspace, form, name, LARGEST_PX)
    if not isinstance(picture, VectorPicture):
        raise KnownError("form_picture_unreadable", file=name)
    return draw_map(picture, values)
