"""The photos of the record that is open: files asked for and attached, pictures fetched, answers offered."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from app.changes import Changes
from app.i18n import tr
from app.jobs import Job, StartedJob
from app.ui.desk import Desk
from app.ui.forms.binding import FormBinding
from app.ui.forms.geopoint_editor import GeopointEditor
from app.ui.models.photo_model import PhotoItem
from app.ui.record.tasks import FormTasks
from app.ui.widgets.photo_inlet import PHOTO_ENDINGS, photo_files
from app.ui.widgets.photo_window import PhotoWindow
from app.usecases.photos import (
    AttachResult,
    Offer,
    Source,
    attach_photos,
    photo_positions,
    photo_thumbnail,
)

THUMBNAIL_PX = 480
LARGE_PX = 2048
_PATTERNS = " ".join(f"*{ending}" for ending in sorted(PHOTO_ENDINGS))


class RecordPhotos(FormTasks):
    """Does what the panels and editors of a page ask for, through its `FormBinding`."""

    started = Signal(str, int)  # path, how many files
    stepped = Signal(str, int, int)  # path, done, of how many
    attached = Signal(object)  # AttachResult

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__(desk, page)
        self._running: StartedJob[Any] | None = None

    def follow(self, binding: FormBinding) -> None:
        """Listen to the form that is on screen now."""
        super().follow(binding)
        binding.photos_given.connect(self.attach)
        binding.photos_asked.connect(self.ask)
        binding.photo_opened.connect(self.open)
        binding.thumbnail_wanted.connect(self.fetch_thumbnail)
        binding.ground_wanted.connect(self.fetch_ground)
        binding.positions_asked.connect(self.fetch_positions)

    def ask(self, path: str, several: bool) -> None:
        """Ask for files with the system's dialog: `several`, or one."""
        self.attach(path, chosen_photos(self._page, self._desk.preferences.last_folder, several=several))

    def attach(self, path: str, sources: Sequence[Source]) -> None:
        """Attach these to the photos of a repeat, or the first to the one photo question of that path."""
        if not sources or self._binding is None:
            return
        self._binding.flush_wanted.emit()
        record_id = self._binding.session.record_id
        self._page.window().activateWindow()  # after a drop the keyboard is still where the files came from
        for file in sources[:1]:
            if isinstance(file, Path):
                self._desk.preferences.use_folder(file.parent)
        self.started.emit(path, len(sources))
        work = partial(attach_photos, self._desk.workspace, record_id, path, sources)
        self._running = self._desk.jobs.start(
            self,
            Job(f"record:{record_id}", tr("photos.adding"), work),
            self._done,
            failed=self._fail,
            progress=lambda done, total, _: self.stepped.emit(path, done, total),
        )

    def accept(self, offers: Sequence[Offer]) -> None:
        """Take over what photos offered; rows that are gone since are left out."""
        for offer in offers if self._binding is not None else ():
            with suppress(KeyError):
                self._binding.commit(offer.path, offer.value)

    def stop(self) -> None:
        """Attach no more; what is attached stays."""
        if self._running is not None:
            self._running.cancel()

    def open(self, item: PhotoItem) -> None:
        """Show one photo large."""
        preview = self._preview_of(item.digest)
        work = partial(photo_thumbnail, self._desk.workspace, item.digest, LARGE_PX, preview)
        self._desk.jobs.start(
            self,
            Job(f"photo:{item.digest}", tr("photos.reading"), lambda _: work()),
            lambda data: PhotoWindow(self._desk.look, data, item.caption, self._page).show(),
            failed=self.failed.emit,
        )

    def fetch_thumbnail(self, digest: str, receiver: Any) -> None:
        """Give `receiver`, a widget or model, the small picture by `set_thumbnail`, or `set_missing`."""
        preview = self._preview_of(digest)
        work = partial(photo_thumbnail, self._desk.workspace, digest, THUMBNAIL_PX, preview)
        self._desk.jobs.start(
            receiver,
            Job(f"thumbnail:{digest}", tr("photos.reading"), lambda _: work()),
            partial(receiver.set_thumbnail, digest),
            failed=lambda _: receiver.set_missing(digest),
        )

    def fetch_ground(self, digest: str, receiver: Any) -> None:
        """Give `receiver` the photo by `set_ground`, large enough to be marked."""
        work = partial(photo_thumbnail, self._desk.workspace, digest, LARGE_PX, self._preview_of(digest))
        job = Job(f"photo:{digest}", tr("photos.reading"), lambda _: work())
        done = partial(receiver.set_ground, digest)
        self._desk.jobs.start(receiver, job, done, failed=self.failed.emit)

    def fetch_positions(self, editor: GeopointEditor) -> None:
        """Give the editor the positions that the photos of the record carry."""
        if self._binding is None:
            return
        work = partial(photo_positions, self._desk.workspace, self._binding.session.answers())
        job = Job("photos.positions", tr("photos.reading"), lambda _: work())
        self._desk.jobs.start(editor, job, editor.offer_positions, failed=self.failed.emit, stream="places")

    def _preview_of(self, digest: str) -> str:
        """The digest of that photo's preview, as the answer names it; "" if it names none."""
        answers = self._binding.session.answers().values() if self._binding is not None else ()
        named = (value for value in answers if isinstance(value, dict) and value.get("b") == digest)
        return str(next(named, {}).get("pv", ""))

    def _done(self, result: AttachResult) -> None:
        self._running = None
        self.attached.emit(result)

    def _fail(self, error: BaseException) -> None:
        self._running = None
        self.attached.emit(AttachResult(Changes()))
        self.failed.emit(error)


def chosen_photos(page: QWidget, folder: str, *, several: bool) -> list[Path]:
    """The photos that the person chooses in the system's dialog: `several`, or one."""
    kinds = tr("photos.files") + f" ({_PATTERNS})"
    if several:
        names, _ = QFileDialog.getOpenFileNames(page, tr("photos.add"), folder, kinds)
    else:
        names = [QFileDialog.getOpenFileName(page, tr("photos.choose"), folder, kinds)[0]]
    return photo_files([Path(name) for name in names if name])
