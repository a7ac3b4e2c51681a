"""Attach photos to a record, and look at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from app.changes import Changes
from app.jobs import Progress, parallel_map
from app.log import subject
from app.media.photo import (
    BYTES_LIMIT,
    PREVIEW_MIME,
    PREVIEW_SIDE,
    PhotoFacts,
    digest_of,
    read_photo,
    read_with_preview,
    thumbnail,
)
from app.photo_answers import answerable, questions_in
from app.saving import seen_arrival
from app.storage.photos import PREVIEW
from app.storage.records import visible_answers
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.filling.session import FormSession
from core.forms.model.form import Form
from core.forms.model.items import Question
from core.forms.paths import template_path
from core.values import Value, is_digest, photo_value, text_of

# What is wrong with the file itself; anything else (a full disk) would stop every other file too.
_FAULTS_OF_A_FILE: Final = frozenset(
    {
        "photo_empty", "photo_too_large", "photo_too_many_pixels", "not_a_photo", "photo_truncated",
        "photo_unreadable", "photo_is_video", "heic_unreadable",
    }
)  # fmt: skip
_log = subject("photos")

Source = Path | bytes


@dataclass(frozen=True)
class Attached:
    """A photo that was put into the record: `path` is its question, `filled` other questions it answered."""

    source: Source
    path: str
    facts: PhotoFacts
    filled: tuple[str, ...]


@dataclass(frozen=True)
class Offer:
    """An answer the photo could give and that was left open, because it is far off.

    `why` is "far_away" (`amount` in metres from the record's place) or "far_off" (`amount` in days from the
    record's day). To accept it, set `value` at `path`.
    """

    source: Source
    path: str
    value: Value
    why: str
    amount: int


@dataclass(frozen=True)
class AttachResult:
    """What became of each file. `answers` is what the record's unsaved answers gained."""

    changes: Changes
    attached: tuple[Attached, ...] = ()
    refused: tuple[tuple[Source, KnownError], ...] = ()
    duplicates: tuple[Source, ...] = ()
    offers: tuple[Offer, ...] = ()
    answers: Mapping[str, Value] | None = None
    cancelled: bool = False


@dataclass(frozen=True)
class _Ready:
    """A file that was read and found to be a photo."""

    data: bytes
    facts: PhotoFacts
    preview: bytes
    preview_digest: str
    name: str | None


def attach_photos(
    workspace: Workspace,
    record_id: str,
    path: str,
    files: Sequence[Source],
    progress: Progress | None = None,
) -> AttachResult:
    """Puts photos into the rows of a repeat, or the first into a single photo question.

    Originals are kept byte for byte. Each is on disk, durably, and among the record's unsaved answers before
    the next: a crash or cancel loses none that was done. A bad file is refused and the others go on; when the
    disk is full or read-only the rest is refused with that error, and with "one_file_only" what a single
    question has no room for. Raises KnownError "record_missing", "form_missing"; ValueError if `path` holds
    no photos.
    """
    progress = progress or Progress()
    with workspace.database.read():
        session = _session(workspace, record_id)
    attaching = _Attaching(workspace, session, path)
    result = AttachResult(Changes())
    taken = files if attaching.repeat else files[:1]
    left = tuple((source, KnownError("one_file_only")) for source in files[len(taken) :])
    for done, (source, ready) in enumerate(parallel_map(_read, taken, progress), 1):
        result = attaching.one(result, source, ready)
        progress.step(done, len(taken), getattr(source, "name", ""))
        if attaching.stopped is not None:
            rest = tuple((other, attaching.stopped) for other in taken[done:])
            result = replace(result, refused=result.refused + rest)
            break
    result = replace(result, refused=result.refused + left)
    _log.info(
        "photos attached",
        record=record_id,
        attached=len(result.attached),
        refused=len(result.refused),
        duplicates=len(result.duplicates),
    )
    return replace(result, cancelled=progress.cancelled)


def photo_bytes(workspace: Workspace, digest: str) -> bytes:
    """The original as it was attached. Raises KnownError "photo_missing", "photo_damaged"."""
    return workspace.photo_files.read(digest)


def photo_positions(workspace: Workspace, answers: Mapping[str, Value]) -> list[tuple[str, float, float]]:
    """Name, latitude and longitude (WGS-84, rounded to 1e-6 °) of the photos among these answers.

    Photos that are not here, do not read back or carry no position are left out; of one place the first.
    """
    found: dict[tuple[float, float], str] = {}
    for value in answers.values():
        if not isinstance(value, dict) or not is_digest(value.get("b")):
            continue
        if not str(value.get("m", "")).startswith("image/"):  # a film need not be read for it
            continue
        with suppress(KnownError):
            position = read_photo(photo_bytes(workspace, str(value["b"]))).position_wgs84
            if position is not None:
                place = round(position[0], 6), round(position[1], 6)
                found.setdefault(place, text_of(value.get("name")) or "")
    return [(name, *place) for place, name in found.items()]


def photo_thumbnail(workspace: Workspace, digest: str, side_px: int, preview: str = "") -> bytes:
    """A small upright JPEG, kept in memory only. Raises as `photo_bytes` and `read_photo`.

    Made of the `preview` where that is large enough, because it is sooner done, or where the original is not
    here yet.
    """

    def make() -> bytes:
        here = preview and workspace.photo_files.has(preview)
        if here and (side_px <= PREVIEW_SIDE or not workspace.photo_files.has(digest)):
            with suppress(KnownError):  # a damaged preview: the original still counts
                return thumbnail(photo_bytes(workspace, preview), side_px)
        return thumbnail(photo_bytes(workspace, digest), side_px)

    return workspace.thumbnails.get(digest, side_px, make)


class _Attaching:
    """One run over one record: what it holds already, and where photos go."""

    def __init__(self, workspace: Workspace, session: FormSession, path: str) -> None:
        self._workspace = workspace
        self._session = session
        self._path = path
        self.repeat = session.form.repeat(template_path(path)) is not None
        self._question = _photo_question(session.form, template_path(path))
        self._digests = _digests_in(session)
        self.stopped: KnownError | None = None

    def one(self, result: AttachResult, source: Source, ready: _Ready | KnownError) -> AttachResult:
        """The result with one more file in it, kept durably."""
        if isinstance(ready, KnownError):
            return replace(result, refused=(*result.refused, (source, ready)))
        if ready.facts.digest in self._digests:
            return replace(result, duplicates=(*result.duplicates, source))
        before = self._session.answers()
        row = self._session.add_row(self._path) if self.repeat else None
        question = self._path if row is None else f"{row}/{self._question.step}"
        self._session.set(question, _value(ready))
        filled, offers = self._offer(source, ready.facts, row)
        gained = _differing(before, self._session.answers())
        try:
            self._keep(ready, gained)
        except KnownError as error:
            if row is not None:
                self._session.remove_row(row)
            self.stopped = None if error.code in _FAULTS_OF_A_FILE else error
            return replace(result, refused=(*result.refused, (source, error)))
        self._digests.add(ready.facts.digest)
        return replace(
            result,
            changes=result.changes
            | Changes(records=frozenset({self._session.record_id}), photos=frozenset({ready.facts.digest})),
            attached=(*result.attached, Attached(source, question, ready.facts, filled)),
            offers=result.offers + offers,
            answers={**(result.answers or {}), **gained},
        )

    def _keep(self, ready: _Ready, gained: Mapping[str, Value]) -> None:
        """Files first, then rows and answers in one transaction; after an error no file of it stays."""
        workspace, facts = self._workspace, ready.facts
        files = {facts.digest: ready.data, ready.preview_digest: ready.preview}
        new = [digest for digest in files if not workspace.photo_files.has(digest)]
        try:
            for digest, data in files.items():
                workspace.photo_files.store(digest, data)
            with workspace.database.transaction():
                for digest, data in files.items():
                    if not workspace.photo_files.has(digest):  # cleared out of the bin since
                        workspace.photo_files.store(digest, data)
                workspace.photos.add(facts.digest, facts.size_bytes, facts.mime)
                workspace.photos.add(ready.preview_digest, len(ready.preview), PREVIEW_MIME, lane=PREVIEW)
                record = self._session.record_id
                workspace.drafts.keep(record, gained, seen_arrival(workspace, record))
        except BaseException:
            with suppress(KnownError), workspace.database.transaction():
                workspace.photos.remove_files(workspace.photo_files, new)
            raise

    def _offer(
        self, source: Source, facts: PhotoFacts, row: str | None
    ) -> tuple[tuple[str, ...], tuple[Offer, ...]]:
        """Answers the open questions of the row from the photo; what is far off is offered instead."""
        filled: list[str] = []
        offers: list[Offer] = []
        if row is not None:
            for found in answerable(self._session, row, facts, self._workspace.clock.now()):
                if found.far is None:
                    self._session.set(found.path, found.value)
                    filled.append(found.path)
                else:
                    offers.append(Offer(source, found.path, found.value, *found.far))
        return tuple(filled), tuple(offers)


def _read(source: Source) -> _Ready | KnownError:
    """The photo, or why it is none. Runs beside the others."""
    try:
        data = source if isinstance(source, bytes) else _file_bytes(source)
        facts, small = read_with_preview(data)
        name = None if isinstance(source, bytes) else source.name
        return _Ready(data, facts, small, digest_of(small), name)
    except KnownError as error:
        return error


def _file_bytes(file: Path) -> bytes:
    """The bytes of a file; one byte over the limit is enough to refuse it."""
    try:
        if not file.is_file():  # to open a pipe would wait for ever
            raise KnownError("photo_unreadable", file=file.name)
        with file.open("rb") as opened:
            return opened.read(BYTES_LIMIT + 1)
    except OSError as error:
        raise KnownError("photo_unreadable", file=file.name) from error


def _value(ready: _Ready) -> dict[str, Any]:
    value = photo_value(ready.facts.digest, ready.facts.size_bytes, ready.facts.mime, name=ready.name)
    return {**value, "pv": ready.preview_digest, "pn": len(ready.preview)}


def _session(workspace: Workspace, record_id: str) -> FormSession:
    """The record in its form, unsaved answers laid over."""
    merged = workspace.records.merged(record_id)
    begun = workspace.drafts.begun(record_id)
    if merged is None and begun is None:
        raise KnownError("record_missing", record=record_id)
    digest = (merged.form or "") if merged is not None else begun.form if begun is not None else ""
    form = workspace.records.form_of(digest)
    if form is None:
        raise KnownError("form_missing", form=digest)
    drafts = workspace.drafts.answers(record_id)
    unsaved = {path: answer.value for path, answer in drafts.items()}
    return workspace.records.session(record_id, form, visible_answers(merged) | unsaved)


def _photo_question(form: Form, template: str) -> Question:
    """The photo question itself, or the first one in the rows of a repeat."""
    for question in questions_in(form, template):
        if question.kind == "image":
            return question
    raise ValueError(f"{template} holds no photos")


def _digests_in(session: FormSession) -> set[str]:
    """The photos in the record; those of removed rows may come again."""
    found = set()
    for path, value in session.answers().items():
        digest = value.get("b") if isinstance(value, dict) else None
        with suppress(KeyError):
            if isinstance(digest, str) and session.value(path) is not None:
                found.add(digest)
    return found


def _differing(before: Mapping[str, Value], after: Mapping[str, Value]) -> dict[str, Value]:
    return {path: value for path, value in after.items() if path not in before or before[path] != value}
