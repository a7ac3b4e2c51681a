"""Fill a form in to see how it asks, nothing kept: files stay where they lie, pasted pictures in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from app.given_files import read_given
from app.jobs import JobCancelledError, Progress
from app.media.evidence import look_at_evidence
from app.media.photo import BYTES_LIMIT, PhotoFacts, read_photo, thumbnail
from app.photo_answers import answerable, questions_in
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.filling.session import FormSession
from core.forms.model.form import Form
from core.forms.paths import template_path
from core.ids import new_uuid7
from core.values import Value, photo_digests, photo_value

Source = Path | bytes
_HOLDS_FILES: Final = frozenset({"image", "audio", "video", "file"})


@dataclass(frozen=True)
class TriedFile:
    """A file that can be an answer; `facts` for a photo."""

    source: Source
    value: Value
    facts: PhotoFacts | None = None


@dataclass(frozen=True)
class TriedFiles:
    """What became of the files that were given."""

    taken: tuple[TriedFile, ...] = ()
    refused: tuple[tuple[Source, KnownError], ...] = ()


def try_out(workspace: Workspace, form: Form) -> FormSession:
    """A new record of the form that is kept nowhere."""
    return workspace.records.session(new_uuid7(workspace.clock), form, None)


def look_at_tried(kind: str, sources: Sequence[Source], progress: Progress) -> TriedFiles:
    """What these files would be as answers to a question of that kind (image, audio, video, file)."""
    found = TriedFiles()
    for source in sources:
        try:
            found = replace(found, taken=(*found.taken, _tried(kind, source, progress)))
        except KnownError as error:
            found = replace(found, refused=(*found.refused, (source, error)))
        except JobCancelledError:
            break
    return found


def answer_tried(
    workspace: Workspace, session: FormSession, path: str, files: Sequence[TriedFile]
) -> tuple[int, list[Source]]:
    """Answers the question at `path` with the first file, further ones in rows of their own.

    For the path of a repeat each gets a row. What a photo says of its row is answered too, as when it is
    attached. Returns how many were left out because the record has them already, and which because a
    question for one has no room for them.
    """
    repeat = session.form.repeat(template_path(path))
    question = next(
        one for one in questions_in(session.form, template_path(path)) if one.kind in _HOLDS_FILES
    )
    in_rows = repeat is not None or path.rpartition("/")[0].endswith("]")
    holder = path if repeat is not None else path.rpartition("/")[0].rpartition("[")[0]
    here = {digest for value in session.answers().values() for digest in photo_digests(value)}
    target = None if repeat is not None else path
    duplicates = 0
    taken = files if in_rows else files[:1]
    for file in taken:
        if here & set(photo_digests(file.value)):
            duplicates += 1
            continue
        row = session.add_row(holder) if target is None else ""
        session.set(target or f"{row}/{question.step}", file.value)
        if row and file.facts is not None:
            for answer in answerable(session, row, file.facts, workspace.clock.now()):
                if answer.far is None:
                    session.set(answer.path, answer.value)
        target = None
    return duplicates, [file.source for file in files[len(taken) :]]


def tried_picture(source: Source, side_px: int) -> bytes:
    """A small upright JPEG of a photo that is tried. Raises as `app.media.photo.thumbnail`."""
    return thumbnail(_bytes(source), side_px)


def _tried(kind: str, source: Source, progress: Progress) -> TriedFile:
    name = source.name if isinstance(source, Path) else None
    if kind != "image":
        assert isinstance(source, Path)
        found = look_at_evidence(source, kind, progress)
        return TriedFile(source, photo_value(found.digest, found.size_bytes, found.mime, name=name))
    facts = read_photo(_bytes(source))
    return TriedFile(source, photo_value(facts.digest, facts.size_bytes, facts.mime, name=name), facts)


def _bytes(source: Source) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return read_given(source, BYTES_LIMIT)
    except OSError as error:
        raise KnownError("photo_unreadable", file=source.name) from error
