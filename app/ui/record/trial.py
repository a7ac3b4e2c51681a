"""What a form asks for that is only tried: photos, files and records, none of them kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from app.errors import sentence
from app.i18n import tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.forms.binding import FormBinding
from app.ui.forms.geopoint_editor import GeopointEditor
from app.ui.forms.reference_editor import ReferenceEditor
from app.ui.models.photo_model import PhotoItem
from app.ui.record.files import chosen_files, file_kind
from app.ui.record.photos import LARGE_PX, THUMBNAIL_PX, chosen_photos
from app.ui.record.references import RecordReferences
from app.ui.record.tasks import FormTasks
from app.ui.widgets.photo_window import PhotoWindow
from app.usecases.references import find_targets_for
from app.usecases.trying import Source, TriedFile, TriedFiles, answer_tried, look_at_tried, tried_picture
from core.errors import KnownError
from core.values import photo_digests


class TrialFiles(FormTasks):
    """The photos and files of a try: looked at where they lie, shown from there, forgotten with the try."""

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__(desk, page)
        self._tried: dict[str, TriedFile] = {}

    def follow(self, binding: FormBinding) -> None:
        """Listen to the form that is tried now, and forget the files of the one before."""
        super().follow(binding)
        self._tried = {}
        binding.photos_given.connect(partial(self.give, "image"))
        binding.photos_asked.connect(self.ask_photos)
        binding.photo_opened.connect(self.open_photo)
        binding.thumbnail_wanted.connect(self.fetch_thumbnail)
        binding.ground_wanted.connect(self.fetch_ground)
        binding.positions_asked.connect(self.offer_positions)
        binding.files_given.connect(lambda path, files: self.give(file_kind(binding, path), path, files))
        binding.files_asked.connect(self.ask_files)
        binding.file_opened.connect(self.open_file)

    def give(self, kind: str, path: str, sources: Sequence[Source]) -> None:
        """Answer a question of that kind, or the rows of a repeat of photos, with these."""
        binding = self._binding
        if not sources or binding is None:
            return
        binding.flush_wanted.emit()
        job = Job("try", tr("trial.looking"), lambda progress: look_at_tried(kind, sources, progress))
        self._desk.jobs.start(self, job, partial(self._take, binding, path), failed=self.failed.emit)

    def ask_photos(self, path: str, several: bool) -> None:
        """Ask for photos with the system's dialog."""
        self.give(
            "image", path, chosen_photos(self._page, self._desk.preferences.last_folder, several=several)
        )

    def ask_files(self, path: str) -> None:
        """Ask for files with the system's dialog."""
        if self._binding is not None:
            kind = file_kind(self._binding, path)
            self.give(kind, path, chosen_files(self._page, kind, self._desk.preferences.last_folder))

    def open_photo(self, item: PhotoItem) -> None:
        """Show one photo large."""
        self._read(self, item.digest, LARGE_PX, partial(self._show_large, item.caption), self.failed.emit)

    def fetch_thumbnail(self, digest: str, receiver: Any) -> None:
        """Give `receiver` the small picture by `set_thumbnail`, or `set_missing`."""
        done, failed = partial(receiver.set_thumbnail, digest), lambda _: receiver.set_missing(digest)
        self._read(receiver, digest, THUMBNAIL_PX, done, failed)

    def fetch_ground(self, digest: str, receiver: Any) -> None:
        """Give `receiver` the photo by `set_ground`, large enough to be marked."""
        self._read(receiver, digest, LARGE_PX, partial(receiver.set_ground, digest), self.failed.emit)

    def offer_positions(self, editor: GeopointEditor) -> None:
        """Give the editor the positions that the photos of the try carry."""
        facts = [(one.source, one.facts) for one in self._tried.values() if one.facts is not None]
        editor.offer_positions(
            [
                (source.name if isinstance(source, Path) else "", *fact.position_wgs84)
                for source, fact in facts
                if fact.position_wgs84 is not None
            ]
        )

    def open_file(self, digest: str, name: str) -> None:
        """Open the file itself, where it lies, with the program that this computer has for it."""
        source = self._tried[digest].source
        opened = isinstance(source, Path) and QDesktopServices.openUrl(QUrl.fromLocalFile(str(source)))
        if not opened:
            self.told.emit("warn", tr("trial.not_opened", file=name))

    def _take(self, binding: FormBinding, path: str, found: TriedFiles) -> None:
        if binding is not self._binding:
            return
        self._tried |= {digest: one for one in found.taken for digest in photo_digests(one.value)}
        refused, words = list(found.refused), []
        if found.taken:
            duplicates, left = answer_tried(self._desk.workspace, binding.session, path, found.taken)
            binding.after_change(path)
            binding.rows_changed.emit("")
            refused += [(source, KnownError("one_file_only")) for source in left]
            words += [tr("attachments.duplicates", count=duplicates)] if duplicates else []
        for source, error in refused[:1]:
            name = source.name if isinstance(source, Path) else tr("photos.pasted")
            words.append(tr("attachments.refused", count=len(refused), file=name, why=sentence(error)))
        if words:
            self.told.emit("warn", " ".join(words))

    def _read(self, receiver: QObject, digest: str, side_px: int, done: Any, failed: Any) -> None:
        tried = self._tried.get(digest)
        if tried is None:
            return
        work = partial(tried_picture, tried.source, side_px)
        job = Job(f"try {digest}", tr("photos.reading"), lambda _: work())
        self._desk.jobs.start(receiver, job, done, failed=failed)

    def _show_large(self, caption: str, data: bytes) -> None:
        PhotoWindow(self._desk.look, data, caption, self._page).show()


class TrialReferences(RecordReferences):
    """Records are found and named as ever; none is begun, opened or linked."""

    def follow(self, binding: FormBinding) -> None:
        self._binding = binding
        binding.targets_searched.connect(self.search)
        binding.targets_named.connect(self.name)

    def search(self, path: str, text: str, editor: ReferenceEditor) -> None:
        assert self._binding is not None
        self._binding.flush_wanted.emit()
        session = self._binding.session.with_answers({})  # the person goes on in the other one meanwhile
        work = partial(find_targets_for, self._desk.workspace, session, path, text)
        job = Job("try", tr("picker.searching"), lambda _: work())
        done = partial(editor.show_found, text)
        self._desk.jobs.start(editor, job, done, failed=self.failed.emit, stream="search")
