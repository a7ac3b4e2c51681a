"""The attached files of the record that is open: asked for, attached, opened with the system's program."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from app.errors import sentence
from app.i18n import tr
from app.jobs import Job
from app.ui.forms.binding import FormBinding
from app.ui.record.tasks import FormTasks
from app.usecases.attachments import AttachedFiles, attach_files, file_endings, open_copy
from core.forms.paths import template_path


class RecordFiles(FormTasks):
    """Does what the file editors of a page ask for, through its `FormBinding`."""

    started = Signal()
    ended = Signal()

    def follow(self, binding: FormBinding) -> None:
        """Listen to the form that is on screen now."""
        super().follow(binding)
        binding.files_given.connect(self.attach)
        binding.files_asked.connect(self.ask)
        binding.file_opened.connect(self.open)

    def ask(self, path: str) -> None:
        """Ask for files with the system's dialog."""
        if self._binding is not None:
            kind = file_kind(self._binding, path)
            self.attach(path, chosen_files(self._page, kind, self._desk.preferences.last_folder))

    def attach(self, path: str, files: Sequence[Path]) -> None:
        """Attach the first to the file question of that path, further ones to rows after it."""
        if not files or self._binding is None:
            return
        self._binding.flush_wanted.emit()
        record_id = self._binding.session.record_id
        self._desk.preferences.use_folder(files[0].parent)
        self.started.emit()
        work = partial(attach_files, self._desk.workspace, record_id, path, files)
        job = Job(f"record:{record_id}", tr("attachments.adding"), work)
        self._desk.jobs.start(self, job, self._done, failed=self._fail)

    def open(self, digest: str, name: str) -> None:
        """Open a copy with the program that this computer has for it."""
        work = partial(open_copy, self._desk.workspace, digest, name)
        job = Job(f"file:{digest}", tr("attachments.opening"), lambda _: work())
        self._desk.jobs.start(self, job, self._show, failed=self.failed.emit)

    def _show(self, copy: Path) -> None:
        opened = QDesktopServices.openUrl(QUrl.fromLocalFile(str(copy)))
        words = tr("attachments.opened") if opened else tr("attachments.not_opened", file=copy.name)
        self.told.emit("info" if opened else "warn", words)

    def _done(self, result: AttachedFiles) -> None:
        self.ended.emit()
        self.told.emit(*attached_words(result))

    def _fail(self, error: BaseException) -> None:
        self.ended.emit()
        self.failed.emit(error)


def file_kind(binding: FormBinding, path: str) -> str:
    """What a question at that path takes: file, audio or video."""
    question = binding.session.form.question(template_path(path))
    assert question is not None
    return question.kind


def chosen_files(page: QWidget, kind: str, folder: str) -> list[Path]:
    """The files that the person chooses in the system's dialog for a question of that kind."""
    patterns = " ".join(f"*{ending}" for ending in file_endings(kind))
    kinds = tr(f"attachments.{kind}.kinds") + f" ({patterns})"
    names, _ = QFileDialog.getOpenFileNames(page, tr(f"attachments.{kind}.choose"), folder, kinds)
    return [Path(name) for name in names]


def attached_words(result: AttachedFiles) -> tuple[str, str]:
    """The kind of notice and what became of the files."""
    words = []
    if result.attached:
        words.append(tr("attachments.attached", count=len(result.attached)))
    if result.duplicates:
        words.append(tr("attachments.duplicates", count=len(result.duplicates)))
    if result.refused:
        file, error = result.refused[0]
        refused = len(result.refused)
        words.append(tr("attachments.refused", count=refused, file=file.name, why=sentence(error)))
    return ("warn" if result.refused or result.duplicates else "good"), "".join(words)
