"""Attach files that prove something to a record, and open them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from app.changes import Changes
from app.given_files import read_given
from app.jobs import Progress
from app.log import subject
from app.media.photo import digest_of, thumbnail
from app.saving import form_in_use, seen_arrival
from app.storage.opened_files import lay_open
from app.storage.records import visible_answers
from app.workspace import Workspace
from core.documents import DOCUMENT_BYTES_LIMIT, DOCUMENT_KINDS, HEAD_BYTES, document_mime
from core.errors import KnownError
from core.forms.model import Question, Repeat
from core.forms.paths import template_path
from core.forms.session import FormSession
from core.values import photo_value, same_value

PICTURES: Final = {
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp",
    ".heic": "image/heic", ".heif": "image/heic", ".hif": "image/heic",
}  # fmt: skip
ENDINGS: Final = (*DOCUMENT_KINDS, *PICTURES)
_LOOKED_AT_PX: Final = 32
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

    A question outside of rows takes one. Bytes stay as they are, and are on disk durably before the record's
    unsaved answers name them. A bad file is refused and the others go on. Raises KnownError "record_missing",
    "form_missing", "disk_full" and its like; ValueError if `path` is no file question.
    """
    progress, result = progress or Progress(), AttachedFiles(Changes())
    session = _session(workspace, record_id)
    question = session.form.question(template_path(path))
    if question is None or question.kind != "file":
        raise ValueError(f"{path} holds no file")
    in_row = path.rpartition("/")[0].endswith("]")
    target: str | None = path
    for done, file in enumerate(files if in_row else files[:1], 1):
        if progress.cancelled:
            break
        result, target = _attach(workspace, session, question, target, file, result)
        progress.step(done, len(files), file.name)
    _log.info("files attached", record=record_id, attached=len(result.attached), refused=len(result.refused))
    return result


def open_copy(workspace: Workspace, digest: str, name: str) -> Path:
    """A plain read-only copy for another program to show; it goes when the workspace is closed.

    Raises KnownError "file_not_here" (others attached it), "file_damaged", "disk_full".
    """
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
    target: str | None,
    file: Path,
    result: AttachedFiles,
) -> tuple[AttachedFiles, str | None]:
    """The result with one more file in it, and the question that still waits for one (None: a new row)."""
    try:
        data, mime = _read(file)
    except KnownError as error:
        return replace(result, refused=(*result.refused, (file, error))), target
    value = photo_value(digest_of(data), len(data), mime, name=file.name)
    if any(isinstance(one, dict) and one.get("b") == value["b"] for one in _shown(session, question)):
        return replace(result, duplicates=(*result.duplicates, file)), target
    before = session.answers()
    path = target or f"{session.add_row(question.path.rpartition('/')[0])}/{question.name}"
    session.set(path, value)
    gained = {
        one: answer
        for one, answer in session.answers().items()
        if one not in before or not same_value(before[one], answer)
    }
    record, new = session.record_id, not workspace.photo_files.has(value["b"])
    workspace.photo_files.store(value["b"], data)
    try:
        with workspace.database.transaction():
            workspace.photos.add(value["b"], len(data), mime)
            workspace.drafts.keep(record, gained, seen_arrival(workspace, record))
    except BaseException:
        if new:
            workspace.photo_files.remove(value["b"])
        raise
    changes = result.changes | Changes(records=frozenset({record}), photos=frozenset({value["b"]}))
    return replace(result, changes=changes, attached=(*result.attached, path)), None


def _read(file: Path) -> tuple[bytes, str]:
    """The bytes and what they are. Raises KnownError for what is not one of the kinds we take."""
    ending = file.suffix.lower()
    if ending not in ENDINGS:
        raise KnownError("file_kind_unknown", file=file.name)
    limit_mb = DOCUMENT_BYTES_LIMIT // 1_000_000
    try:
        if file.is_file() and file.stat().st_size > DOCUMENT_BYTES_LIMIT:
            raise KnownError("file_too_large", file=file.name, limit_mb=limit_mb)
        data = read_given(file, DOCUMENT_BYTES_LIMIT)
    except OSError as error:
        raise KnownError("file_unreadable", file=file.name) from error
    if not data:
        raise KnownError("file_empty", file=file.name)
    if ending in PICTURES:
        thumbnail(data, _LOOKED_AT_PX)
        return data, PICTURES[ending]
    mime, begins_as = DOCUMENT_KINDS[ending]
    if document_mime(data[:HEAD_BYTES]) != begins_as:
        raise KnownError("file_not_its_kind", file=file.name)
    return data, mime


def _shown(session: FormSession, question: Question) -> list[object]:
    """The answers to a question in all rows that are shown."""
    holder = question.path.rpartition("/")[0]
    if isinstance(session.form.item(holder), Repeat):
        return [session.value(f"{row}/{question.name}") for row in session.rows(holder)]
    return [session.value(question.path)]


def _session(workspace: Workspace, record_id: str) -> FormSession:
    """The record as it stands, unsaved answers laid over."""
    with workspace.database.read():
        merged = workspace.records.merged(record_id)
        form = form_in_use(workspace, record_id, merged)
        drafts = workspace.drafts.answers(record_id)
        unsaved = {path: answer.value for path, answer in drafts.items()}
        return workspace.records.session(record_id, form, visible_answers(merged) | unsaved)
