"""Attach files that prove something to a record, sounds and films too, and open them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from app.changes import Changes
from app.jobs import JobCancelledError, Progress
from app.log import subject
from app.media.evidence import endings_taken, look_at_evidence
from app.saving import form_in_use, seen_arrival
from app.storage.opened_files import lay_open
from app.storage.records import visible_answers
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.filling.session import FormSession
from core.forms.model.items import Question
from core.forms.paths import template_path
from core.values import photo_digests, photo_value, same_value

FILE_QUESTIONS: Final = frozenset({"file", "audio", "video"})
_OTHER_MEANWHILE: Final = {"photo_changed", "file_unreadable"}
_OF_ATTACHED: Final = {"photo_missing": "file_not_here", "photo_damaged": "file_damaged"}
_log = subject("attachments")


@dataclass(frozen=True)
class AttachedFiles:
    """What became of each file; `attached` are the paths of the questions that are answered now."""

    changes: Changes
    attached: tuple[str, ...] = ()
    refused: tuple[tuple[Path, KnownError], ...] = ()
    duplicates: tuple[Path, ...] = ()


def attach_files(
    workspace: Workspace,
    record_id: str,
    path: str,
    files: Sequence[Path],
    progress: Progress | None = None,
) -> AttachedFiles:
    """Answers the file question at `path` with the first file; further ones get rows of their own after it.

    A question of sound or film is one too. Outside of rows it takes one file and refuses the
    others ("one_file_only"). Bytes stay as they are, and are
    on disk durably before the record's unsaved answers name them. A bad file is refused and the others go on.
    Raises KnownError "record_missing", "form_missing", "disk_full" and its like; ValueError if `path` is no
    file question.
    """
    progress, result = progress or Progress(), AttachedFiles(Changes())
    session = _session(workspace, record_id)
    question = session.form.question(template_path(path))
    if question is None or question.kind not in FILE_QUESTIONS:
        raise ValueError(f"{path} holds no file")
    rows = path.rpartition("/")[0].rpartition("[")[0]  # the repeat it stands in, "" outside of rows
    target: str | None = path
    taken = files if rows else files[:1]
    for done, file in enumerate(taken, 1):
        try:
            result, target = _attach(workspace, session, question, rows, target, file, result, progress)
        except JobCancelledError:
            break
        progress.step(done, len(files), file.name)
    left = tuple((file, KnownError("one_file_only")) for file in files[len(taken) :])
    result = replace(result, refused=result.refused + left)
    _log.info("files attached", record=record_id, attached=len(result.attached), refused=len(result.refused))
    return result


def file_endings(kind: str) -> tuple[str, ...]:
    """How files end that a question of that kind (audio, video, file) takes."""
    return endings_taken(kind)


def open_copy(workspace: Workspace, digest: str, name: str) -> Path:
    """A plain read-only copy for another program to show; it goes when the workspace is closed.

    Raises KnownError "file_not_here" (others attached it), "file_damaged", "disk_full", and "file_not_opened"
    for a name that a phone or another program gave and that the system might run.
    """
    if not name.lower().endswith(tuple(endings_taken("file"))):
        raise KnownError("file_not_opened", file=name)
    try:
        return lay_open(workspace.folder.opened, workspace.photo_files, digest, name)
    except KnownError as error:
        if error.code not in _OF_ATTACHED:
            raise
        raise KnownError(_OF_ATTACHED[error.code], file=name) from error


def _attach(
    workspace: Workspace,
    session: FormSession,
    question: Question,
    rows: str,
    target: str | None,
    file: Path,
    result: AttachedFiles,
    progress: Progress,
) -> tuple[AttachedFiles, str | None]:
    """The result with one more file in it, and the question that still waits for one (None: a new row)."""
    try:
        found = look_at_evidence(file, question.kind, progress)
    except KnownError as error:
        return replace(result, refused=(*result.refused, (file, error))), target
    if any(found.digest in photo_digests(value) for value in _values(session, question)):
        return replace(result, duplicates=(*result.duplicates, file)), target
    new = not workspace.photo_files.has(found.digest)
    try:
        workspace.photo_files.store(found.digest, found.pieces())
    except KnownError as error:
        if error.code not in _OTHER_MEANWHILE:
            raise
        fault = KnownError("file_unreadable", file=file.name)
        return replace(result, refused=(*result.refused, (file, fault))), target
    before, record = session.answers(), session.record_id
    path = target or f"{session.add_row(rows)}/{question.step}"
    session.set(path, photo_value(found.digest, found.size_bytes, found.mime, name=file.name))
    gained = {
        one: answer
        for one, answer in session.answers().items()
        if one not in before or not same_value(before[one], answer)
    }
    try:
        with workspace.database.transaction():
            workspace.photos.add(found.digest, found.size_bytes, found.mime)
            workspace.drafts.keep(record, gained, seen_arrival(workspace, record))
    except BaseException:
        if new:
            workspace.photo_files.remove(found.digest)
        raise
    changes = result.changes | Changes(records=frozenset({record}), photos=frozenset({found.digest}))
    return replace(result, changes=changes, attached=(*result.attached, path)), None


def _values(session: FormSession, question: Question) -> list[object]:
    """The answers to a question in all rows that are shown."""
    return [session.value(path) for path in session.answered(question)]


def _session(workspace: Workspace, record_id: str) -> FormSession:
    """The record as it stands, unsaved answers laid over."""
    with workspace.database.read():
        merged = workspace.records.merged(record_id)
        form = form_in_use(workspace, record_id, merged)
        drafts = workspace.drafts.answers(record_id)
        unsaved = {path: answer.value for path, answer in drafts.items()}
        return workspace.records.session(record_id, form, visible_answers(merged) | unsaved)
