"""Copies of everything: sealed ones to go on from, plain ones that any program can read, and checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.errors import known_os_error
from app.storage.backup import Answer, BackupFacts, fill_plain, fill_sealed, write_backup
from app.storage.database_copies import regular_copies
from app.storage.listing import RecordFilter
from app.storage.record_rows import RecordRow
from app.storage.records import visible_answers
from app.storage.shown_record import LIST_LANGUAGE
from app.storage.values_json import to_json
from app.workspace import Workspace
from core.forms.model.form import Form
from core.forms.paths import template_path


@dataclass(frozen=True)
class CheckResult:
    """What is wrong in a workspace: SQLite's own words, copies of the database that do not read back, and
    photos whose file is damaged or gone.
    """

    database: tuple[str, ...]
    copies: tuple[str, ...]
    photos: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not self.database and not self.copies and not self.photos


def backup_sealed(workspace: Workspace, target: Path) -> BackupFacts:
    """A second workspace folder at `target`, verified. Raises KnownError "target_exists", "disk_full", …"""
    return _write(
        target,
        "sealed",
        workspace.clock.now().isoformat(),
        lambda folder: fill_sealed(folder, workspace.folder, workspace.database),
        len(workspace.photos.here()),
    )


def backup_plain(workspace: Workspace, target: Path) -> BackupFacts:
    """A folder that any program can read, verified: `survey.db` (ordinary SQLite, with a readable table
    `answers`), `photos/` with the original bytes, `manifest.json` with the SHA-256 of every file.

    Raises KnownError "target_exists", "disk_full", …
    """
    photos = workspace.photos.here()
    return _write(
        target,
        "plain",
        workspace.clock.now().isoformat(),
        lambda folder: fill_plain(
            folder, workspace.database, workspace.photo_files, photos, _answers(workspace)
        ),
        len(photos),
    )


def _write(
    target: Path, kind: str, made: str, fill: Callable[[Path], tuple[str, ...]], photos: int
) -> BackupFacts:
    try:
        return write_backup(target, kind, made, fill, photos)
    except OSError as error:  # of the place that was chosen; what disks do is a KnownError by now
        raise known_os_error(error, target) from error


def keep_copy(workspace: Workspace) -> Path | None:
    """A verified copy of the database in the workspace's own copies folder, at most one an hour, seven kept.

    None if one is younger than an hour. Raises KnownError "copy_damaged", "disk_full", ….
    """
    return workspace.database.keep_regular_copy(workspace.folder.copies, workspace.clock.now())


def check_workspace(workspace: Workspace) -> CheckResult:
    """Reads everything back: the database, its copies, every photo. Damaged photos are wanted again."""
    found = workspace.database.check(thorough=True)
    copies = [
        copy for copy in regular_copies(workspace.folder.copies) if not workspace.database.is_sound_copy(copy)
    ]
    here = [photo.digest for photo in workspace.photos.here()]
    damaged = [digest for digest in here if not workspace.photo_files.is_sound(digest)]
    if damaged:
        with workspace.database.transaction():
            for digest in damaged:
                workspace.photos.damaged(digest)
    return CheckResult(tuple(found), tuple(copy.name for copy in copies), tuple(damaged))


def _answers(workspace: Workspace) -> Iterator[Answer]:
    for row in workspace.records.page(RecordFilter(deleted=None)):
        form = workspace.records.form_of(row.form)
        yield from _answers_of(workspace, row, form)


def _answers_of(workspace: Workspace, row: RecordRow, form: Form | None) -> Iterator[Answer]:
    values = visible_answers(workspace.records.merged(row.record_id))
    session = None if form is None else workspace.records.session(row.record_id, form, values)
    for path, value in sorted(values.items()):
        question = None if form is None else form.question(template_path(path))
        label = "" if question is None else question.label(LIST_LANGUAGE)
        shown = ""
        if session is not None and question is not None:  # of a row that was removed too
            shown = session.shown_value(path, value, LIST_LANGUAGE)
        yield Answer(row.record_id, row.form_id, row.title, path, label, shown, to_json(value))
