"""What a phone's request comes to: its forms, and its submission as operations of an ordinary record.

A submission is kept before it is understood: XML and files durably on the disk, then the operations through
the same ingest as those of any device, then the answer. What cannot be taken in yet is set aside with its
reason, and taken in when the form arrives. Whatever is repeated writes only what is not written yet, so that
a cut, a kill and a second copy at the same time all end in the same record.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from core.errors import KnownError
from core.forms.submission.reading import ReadSubmission, head_of_submission, read_submission
from core.forms.submission.xml import record_of_instance
from core.records.merge import merge
from core.records.operation import DELETED, LIFE, ResolvedOp
from core.records.submission_changes import (
    Change,
    calculated_values,
    edit_change,
    first_change,
    other_change,
    said_by,
    still_to_say,
)
from core.values import Value, photo_value
from server.imaging import blob_mime, preview_of
from server.openrosa.accounts import Phone, Phones
from server.openrosa.catalogue import Catalogue
from server.openrosa.file_kinds import named_kind
from server.openrosa.kept import FileOf, KeptSubmission, KeptSubmissions, digest_of
from server.openrosa.multipart_body import BODY_LIMIT, IncomingFile
from server.openrosa.offers import Offers
from server.openrosa.phone_log import PhoneLog
from server.openrosa.record_lists import RecordLists
from server.photos import Photos
from server.queries import log, submissions
from server.queries.submissions import ASIDE, SUPERSEDED, TAKEN, Submission
from server.sync_service import Server

LOG = structlog.get_logger("openrosa")

_ASIDE_OF: Final = {
    "other_form": "other-form",
    "encrypted": "encrypted",
    "answer_too_long": "answer-too-long",
}


@dataclass(frozen=True)
class Outcome:
    """What became of a POST: `taken`, `aside` or `superseded`, and how many files of it are still to come."""

    state: str
    missing: int = 0


class Gateway:
    """The parts that answer phones, around one server."""

    def __init__(self, server: Server, archive: Path) -> None:
        self.phones = Phones(server)
        self.catalogue = Catalogue(server)
        self.offers = Offers(self.catalogue, RecordLists(server, self.catalogue))
        self._server = server
        self.kept = KeptSubmissions(archive)
        self._log = PhoneLog(server, self.phones)
        self._turn = threading.Lock()
        self._caught_up = 0  # versions of forms that were here then
        self._previewing = threading.Lock()  # a large PNG is decoded whole: one at a time

    # ---- what comes

    def incoming(self, phone: Phone, size: int | None) -> Path:
        """The folder for files on their way; None for a body that does not say how long it is.

        Raises WireError `server-full`: devices that sync keep room to go on.
        """
        return self._server.blobs.incoming(phone.device.project, BODY_LIMIT if size is None else size)

    def receive(self, phone: Phone, xml: bytes, files: list[IncomingFile]) -> Outcome:
        """Takes a submission and the files that came with it; nothing is lost once this returns.

        Raises WireError `server-full`.
        """
        if self._caught_up != len(self.catalogue.versions()):  # a form was given beside the running server
            self.catch_up()
        digest = self.kept.keep(xml, phone.device.id, self._server.clock.now())
        for file in files:
            self._keep_file(phone, digest, file)
        with self._turn:
            kept = self.kept.read(digest)
            assert kept is not None
            outcome = self._take(phone, kept)
        LOG.info("submission", device=phone.device.id, digest=digest, files=len(files), state=outcome.state)
        return outcome

    def catch_up(self) -> None:
        """Archives what a kill left out, and takes in what waited for a form that is here by now."""
        with self._turn:
            self._caught_up = len(self.catalogue.versions())
            self._log.finish()
            project = self._server.identity.project
            with self._server.database.read() as connection:
                waiting = submissions.set_aside(connection, project)
            for row in waiting:
                if row.reason == "unknown-form" and self.catalogue.find(row.form_id, row.version) is not None:
                    self._take_again(row.digest)

    def rebuild(self) -> int:
        """Notes every kept submission in tables made anew, in the order they came; how many there are."""
        with self._turn:
            came = [
                (one.received.timestamp(), digest)
                for digest in self.kept.all()
                if (one := self.kept.read(digest))
            ]
            for _, digest in sorted(came):
                self._take_again(digest)
        return len(came)

    def _take_again(self, digest: str) -> None:
        kept = self.kept.read(digest)
        phone = None if kept is None else self.phones.by_device(kept.device)
        if kept is not None and phone is not None:
            self._take(phone, kept)

    def _keep_file(self, phone: Phone, digest: str, file: IncomingFile) -> None:
        """A file into the blob store with its preview, then its name; durable each."""
        file.opened.close()
        photos = Photos(self._server.database, self._server.blobs, self._server.clock, phone.device)
        mime = photos.adopt(file.path, file.digest, file.size)
        preview = self._preview(photos, phone, file) if mime.startswith("image/") else None
        self.kept.keep_file(digest, FileOf(file.name, file.digest, self._server.clock.now(), preview))

    def _preview(self, photos: Photos, phone: Phone, file: IncomingFile) -> str | None:
        project = phone.device.project
        with self._previewing:
            small = preview_of(self._server.blobs.path(project, file.digest))
        if small is None:
            return None
        digest = digest_of(small)
        beside = file.path.with_name(f"{file.path.name}-preview")
        try:
            beside.write_bytes(small)
            photos.adopt(beside, digest, len(small))
        finally:
            beside.unlink(missing_ok=True)
        return digest

    # ---- what it says

    def _take(self, phone: Phone, kept: KeptSubmission) -> Outcome:
        """Writes what of the submission is not written yet, and notes what became of it."""
        at = kept.received.replace(microsecond=0).isoformat()
        try:
            head = head_of_submission(kept.xml)
        except KnownError:
            row = Submission(kept.digest, "", "", None, kept.device, "", "", ASIDE, "unreadable", at)
            return self._ended(row, Outcome(ASIDE))
        row = Submission(
            kept.digest, head.instance_id, head.deprecated_id, None, kept.device, head.form_id, head.version,
            ASIDE, "unknown-form", at,
        )  # fmt: skip
        version = self.catalogue.find(head.form_id, head.version)
        if version is None:
            return self._ended(row, Outcome(ASIDE))
        try:
            outcome, record = self._written(phone, kept, row, version.digest)
        except KnownError as refused:
            why = refused.values.get("reason") if refused.code == "submission_broken" else refused.code
            if why not in _ASIDE_OF:
                raise
            return self._ended(row._replace(reason=_ASIDE_OF[str(why)]), Outcome(ASIDE))
        row = row._replace(state=outcome.state, record=record, reason="")
        self._ended(row, outcome)
        self._bring_edits(phone, row, version.digest)
        return outcome

    def _ended(self, row: Submission, outcome: Outcome) -> Outcome:
        with self._server.database.transaction() as connection:
            submissions.write(connection, self._server.identity.project, row)
        return outcome

    def _written(
        self, phone: Phone, kept: KeptSubmission, row: Submission, digest: str
    ) -> tuple[Outcome, str]:
        """Writes the operations. Raises KnownError "submission_broken", "answer_too_long"."""
        form = self.catalogue.form(digest)
        record, instance = self._record_of(row), _instance(row)
        read = read_submission(form, kept.xml, record)
        files, others = self._file_values(phone, read, kept)
        ops = self._log.operations(record, held=False)
        if self._comes_late(row, record):
            return Outcome(SUPERSEDED), record
        self._refuse_other_form(row.form_id, ops)
        first = self._first(row)
        if first is not None:
            change = other_change(read, files, [op for op in ops if op.op.id == first])
        elif before := said_by(ops, row.deprecated):
            change = edit_change(form, read, files, before, instance)
        else:
            change = first_change(read, files, instance)
        rest = still_to_say(change, kept.digest, ops)
        if rest.fields:
            calculated = calculated_values(form, read)
            self._log.put(phone, kept.digest, record, digest, rest, calculated)
        for path, value in others:
            beside = still_to_say(
                Change({path: value}), kept.digest, self._log.operations(record, held=False)
            )
            if beside.fields:
                self._log.put(phone, kept.digest, record, digest, beside, {})
        return Outcome(TAKEN, len(set(read.files) - set(files))), record

    def _refuse_other_form(self, form_id: str, ops: list[ResolvedOp]) -> None:
        """Raises KnownError "submission_broken" where the record is one of another form."""
        for digest in {op.op.f for op in ops if op.op.f is not None}:
            known = self.catalogue.of_digest(digest)
            if known is not None and not known.broken and known.form_id != form_id:
                raise KnownError("submission_broken", reason="other_form", place=known.form_id)

    def _record_of(self, row: Submission) -> str:
        """The record that a submission belongs to: that of the one it edits, by network or by cable."""
        if not row.deprecated:
            return record_of_instance(_instance(row))
        project, usual = self._server.identity.project, record_of_instance(row.deprecated)
        with self._server.database.read() as connection:
            edited = submissions.of_instance(connection, project, row.deprecated)
            found = next((one.record for one in edited if one.state == TAKEN), None)
            if found is None and not log.lines_about(connection, project, usual):
                found = log.record_of_instance(connection, project, row.deprecated)
        return found or usual

    def _first(self, row: Submission) -> str | None:
        """The digest of what came first under the same instance; None if this is it."""
        with self._server.database.read() as connection:
            found = submissions.of_instance(connection, self._server.identity.project, row.instance)
        before = next((one.digest for one in found if one.state == TAKEN), row.digest)
        return None if before == row.digest or not row.instance else before

    def _comes_late(self, row: Submission, record: str) -> bool:
        """Whether an edit of this instance was taken into its record before it: then it says nothing new."""
        with self._server.database.read() as connection:
            known = submissions.of_digest(connection, self._server.identity.project, row.digest)
        taken = known is not None and known.state == TAKEN
        return not taken and any(one.record == record for one in self._edits_of(row))

    def _edits_of(self, row: Submission) -> list[Submission]:
        """The submissions that edit this one and stand in a record."""
        if not row.instance:
            return []
        with self._server.database.read() as connection:
            edits = submissions.editing(connection, self._server.identity.project, row.instance)
        return [one for one in edits if one.state == TAKEN and one.digest != row.digest]

    def _bring_edits(self, phone: Phone, row: Submission, form: str) -> None:
        """Takes edits that came first into this record; that in which they stood by themselves is deleted."""
        for edit in self._edits_of(row):
            if edit.record is None or edit.record == row.record:
                continue
            ops = self._log.operations(edit.record, held=False)
            sent = merge([op for op in ops if op.op.id is not None])
            gone = still_to_say(Change({LIFE: DELETED}, seen=sent.seen), row.digest, ops)
            if gone.fields:
                self._log.put(phone, row.digest, edit.record, form, gone, {})
            self._take_again(edit.digest)

    def _file_values(
        self, phone: Phone, read: ReadSubmission, kept: KeptSubmission
    ) -> tuple[dict[str, Value], list[tuple[str, Value]]]:
        """By path the answers that the files of the submission are, as far as they have come.

        Then those of other bytes that came under the same name: they stand against the first in a conflict.
        An empty file is one that has not come.
        """
        values, others = dict[str, Value](), list[tuple[str, Value]]()
        for path, name in read.files.items():
            for file in kept.files:
                value = self._file_value(phone, file) if file.name == name else None
                if value is not None and path in values:
                    others.append((path, value))
                elif value is not None:
                    values[path] = value
        return values, others

    def _file_value(self, phone: Phone, file: FileOf) -> Value:
        project, store = phone.device.project, self._server.blobs
        size = store.size(project, file.blob)
        if not size:
            return None
        shown, mime = named_kind(file.name, blob_mime(store.path(project, file.blob)))
        value = photo_value(file.blob, size, mime, name=shown)
        small = None if file.preview is None else store.size(project, file.preview)
        return value if small is None else value | {"pv": file.preview, "pn": small}


def _instance(row: Submission) -> str:
    """What names the instance: its own id; of one that has none its content."""
    return row.instance or row.digest
