"""Records out of instance documents: from the folder of a phone on a cable, from a zip of one.

The same document again changes nothing but for files that were missing. Another one under the same
instanceID stands beside the first as a conflict; one that says which instance it replaces is an edit of it.
Nothing is ever written over, and what the form does not understand stays with the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from app.changes import Changes
from app.given_files import read_given
from app.given_instances import GivenInstance, given_instances
from app.jobs import Progress
from app.log import subject
from app.media.evidence import look_at_evidence
from app.media.photo import PREVIEW_MIME, digest_of, read_with_preview
from app.saving import save_answers
from app.storage.photos import PREVIEW
from app.storage.records import visible_answers
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.model.form import Form
from core.forms.paths import POSITION, template_path
from core.forms.submission.reading import (
    ReadSubmission,
    SubmissionHead,
    Unread,
    head_of_submission,
    read_submission,
)
from core.forms.submission.xml import UNREAD, record_of_instance
from core.protocol.versions import PHOTO_BYTES_LIMIT
from core.records.merge_units import heads_at
from core.records.operation import DRAFT, FINAL, INSTANCE, STATE
from core.records.submission_changes import (
    Change,
    calculated_values,
    edit_change,
    other_change,
    said_by,
)
from core.values import Value, photo_value, same_value

LOG = subject("instances")
_STOPS: Final = frozenset({"disk_full", "no_permission", "database_damaged", "database_unreadable"})
"""What would stop every other instance too."""


@dataclass(frozen=True)
class Refusal:
    """A document that was not taken, and why."""

    file: Path
    error: KnownError


@dataclass(frozen=True)
class Taken:
    """What became of one document. `missing` are names of files that were not beside it or cannot be kept.

    `outcome`: "added" (a new record), "known" (nothing new), "filled" (files that were missing), "edited",
    "conflict" (it differs from what is known under its name).
    """

    file: Path
    record_id: str
    outcome: str
    unread: tuple[Unread, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class ImportedInstances:
    """What became of each document."""

    changes: Changes = field(default_factory=Changes)
    taken: tuple[Taken, ...] = ()
    refused: tuple[Refusal, ...] = ()
    cancelled: bool = False

    def count(self, outcome: str) -> int:
        return sum(one.outcome == outcome for one in self.taken)


def import_instances(
    workspace: Workspace, sources: Sequence[Path], progress: Progress | None = None
) -> ImportedInstances:
    """Takes in every instance document in these folders and zips, each durably before the next.

    A document that cannot be taken is refused and the others go on. XML files that are no instances are
    passed over. Raises KnownError "instances_none", "zip_broken", "zip_too_large", "disk_full" and its like.
    """
    progress, result = progress or Progress(), ImportedInstances()
    with given_instances(sources) as given:
        for done, one in enumerate(given):
            if progress.cancelled:
                result = replace(result, cancelled=True)
                break
            progress.step(done, len(given), one.file.parent.name)
            result = _with_one(workspace, result, one)
    if not result.taken and not result.refused and not result.cancelled:
        raise KnownError("instances_none")
    counts = {outcome: result.count(outcome) for outcome in ("added", "edited", "conflict", "known")}
    LOG.info("instances imported", **counts, refused=len(result.refused))
    return result


def _with_one(workspace: Workspace, result: ImportedInstances, given: GivenInstance) -> ImportedInstances:
    try:
        taken = _Taking(workspace, given).take()
    except KnownError as error:
        if error.code in _STOPS:
            raise
        return replace(result, refused=(*result.refused, Refusal(given.file, error)))
    if taken is None:
        return result
    touched = frozenset() if taken.outcome == "known" else frozenset({taken.record_id})
    changes = result.changes | Changes(records=touched, sync=bool(touched))
    return replace(result, changes=changes, taken=(*result.taken, taken))


class _Taking:
    """One document on its way into a record."""

    def __init__(self, workspace: Workspace, given: GivenInstance) -> None:
        self._workspace, self._given = workspace, given
        self._missing: list[str] = []

    def take(self) -> Taken | None:
        """What became of it; None if it is no instance. Raises KnownError."""
        xml = self._given.xml()
        head = head_of_submission(xml)
        if not head.instance_id and self._given.file.name != "submission.xml":
            return None  # a list, or a form
        form = self._form_of(head)
        digest = digest_of(xml)
        record = self._record_of(head, digest)
        read = self._read(form, xml, record)
        files = self._keep_files(form, read)
        with self._workspace.database.transaction():
            self._note_files(files)
            outcome = self._write(form, read, files, digest, record)
        return Taken(self._given.file, record, outcome, read.unread, tuple(self._missing))

    def _read(self, form: Form, xml: bytes, record: str) -> ReadSubmission:
        try:
            return read_submission(form, xml, record)
        except KnownError as error:
            if error.values.get("reason") == "encrypted":
                raise KnownError("instance_encrypted", file=self._given.file.name) from error
            raise

    def _form_of(self, head: SubmissionHead) -> Form:
        """Its version of the form, else the newest one. Raises KnownError "instance_form_missing"."""
        with self._workspace.database.read():
            versions = self._workspace.forms.versions(head.form_id)
        if not versions:
            raise KnownError("instance_form_missing", form=head.form_id, version=head.version)
        return next((form for form in versions if form.version == head.version), versions[0])

    def _record_of(self, head: SubmissionHead, digest: str) -> str:
        """The record that it is, or is an edit of."""
        record = record_of_instance(head.deprecated_id or head.instance_id or digest)
        if not head.deprecated_id:
            return record
        with self._workspace.database.read():
            known = self._workspace.operations.of_record(record)
            edited = None if known else self._workspace.operations.record_of_instance(head.deprecated_id)
        return edited or record

    # Files

    def _keep_files(self, form: Form, read: ReadSubmission) -> dict[str, dict[str, Any]]:
        """By path the files beside the document, now in the blob store; the others are noted as missing."""
        kept: dict[str, dict[str, Any]] = {}
        for path, name in read.files.items():
            question = form.question(template_path(path))
            file = self._given.beside(name)
            try:
                if file is None or question is None:
                    self._missing.append(name)
                else:
                    kept[path] = _keep_file(self._workspace, file, question.kind)
            except KnownError as error:
                if error.code in _STOPS:
                    raise
                self._missing.append(name)
        return kept

    def _note_files(self, files: Mapping[str, dict[str, Any]]) -> None:
        photos = self._workspace.photos
        for value in files.values():
            photos.add(value["b"], value["n"], value["m"])
            if "pv" in value:
                photos.add(value["pv"], value["pn"], PREVIEW_MIME, lane=PREVIEW)

    # The record

    def _write(
        self, form: Form, read: ReadSubmission, files: Mapping[str, Value], digest: str, record: str
    ) -> str:
        """Writes what it says that the record does not say yet; what that was."""
        workspace = self._workspace
        self._save_typed(record)
        ops = workspace.operations.of_record(record)
        named = {path: name for path, name in read.files.items() if path not in files}
        files = {**files, **named}  # a name stays the answer until its file comes
        if not ops:
            answers = {**read.answers, **files, INSTANCE: [read.instance_id or digest]}
            session = workspace.records.session(record, form, answers)
            final = not any(problem.severity == "error" for problem in session.problems())
            change = Change({**answers, STATE: FINAL if final else DRAFT})
            self._put(form, record, change, digest, calculated_values(form, read) if final else {})
            return "added"
        if any(op.op.id == digest for op in ops):
            return self._fill_in(form, record, read, files, digest)
        replaced = said_by(ops, read.deprecated_id)
        if replaced:
            change = edit_change(form, read, files, replaced, read.instance_id or digest)
            self._put(form, record, change, digest, calculated_values(form, read))
            return "edited"
        return self._put_beside(form, record, other_change(read, files, ops), digest)

    def _put_beside(self, form: Form, record: str, change: Change, digest: str) -> str:
        """What differs from the record as it is, without bases: who wrote it had not seen that."""
        shown = visible_answers(self._workspace.records.merged(record))
        fields = {
            path: value
            for path, value in change.fields.items()
            if not (path in shown and (same_value(shown[path], value) or path.endswith(f"/{POSITION}")))
            and not (value is None and (shown.get(path) is None or path.startswith(UNREAD)))
        }
        if not fields:
            return "known"
        self._put(form, record, Change(fields, dict.fromkeys(fields, ())), digest, {})
        return "conflict"

    def _fill_in(
        self, form: Form, record: str, read: ReadSubmission, files: Mapping[str, Value], digest: str
    ) -> str:
        """Files that were missing when the same document came before."""
        merged = self._workspace.records.merged(record)
        shown = visible_answers(merged)
        fields = {
            path: value
            for path, value in files.items()
            if isinstance(value, dict) and (path not in shown or shown[path] == read.files[path])
        }
        if not fields or merged is None:
            return "known"
        self._put(form, record, Change(fields, heads_at(merged, fields), merged.seen), digest, {})
        return "filled"

    def _put(
        self, form: Form, record: str, change: Change, digest: str, calculated: Mapping[str, Value]
    ) -> None:
        own_log = self._workspace.own_log
        own_log.tell_who(self._workspace.person)
        own_log.put(
            "put", record, form.digest, fields=change.fields, bases=change.bases, seen=change.seen,
            calculated=calculated, source=digest,
        )  # fmt: skip
        self._workspace.records.refresh([record])

    def _save_typed(self, record: str) -> None:
        """What somebody typed into the record comes first, with what they had seen."""
        if self._workspace.drafts.begun(record) is not None or self._workspace.drafts.answers(record):
            save_answers(self._workspace, record)


def _keep_file(workspace: Workspace, file: Path, kind: str) -> dict[str, Any]:
    """The answer that a file is, its bytes in the blob store. Raises KnownError for what is none."""
    if kind != "image":
        found = look_at_evidence(file, kind if kind in ("audio", "video") else "file", Progress())
        workspace.photo_files.store(found.digest, found.pieces())
        return photo_value(found.digest, found.size_bytes, found.mime, name=file.name)
    try:
        data = read_given(file, PHOTO_BYTES_LIMIT)
    except OSError as error:
        raise KnownError("photo_unreadable", file=file.name) from error
    facts, small = read_with_preview(data)
    preview = digest_of(small)
    workspace.photo_files.store(facts.digest, data)
    workspace.photo_files.store(preview, small)
    value = photo_value(facts.digest, facts.size_bytes, facts.mime, name=file.name)
    return {**value, "pv": preview, "pn": len(small)}
