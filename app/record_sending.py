"""One finalised record on its way to another server: which instance goes, upon which, and every byte of it.

What is going to be sent is kept first, byte for byte, and each answer of the server as soon as it comes.
After a kill at any moment, or an answer that was lost, the same bytes are sent again under the same
instanceID, which servers take for the same submission; files that are there are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.jobs import Progress
from app.log import subject
from app.openrosa.endpoint import Endpoint
from app.openrosa.link import RefusedError
from app.openrosa.multipart import SentFile, plan_posts
from app.sendings import known_standing, newest_elsewhere
from app.storage.records import visible_answers
from app.storage.submissions import BEGUN, MAYBE_THERE, NOT_THERE, SENT, THERE, FileToSend, Submission
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.filling.session import FormSession
from core.forms.submission.writing import Submission as Written
from core.forms.submission.writing import write_submission
from core.ids import new_uuid7
from core.records.sending import Standing
from core.values import is_digest

LOG = subject("openrosa")
OF_ONE_RECORD = frozenset({"openrosa_original_missing", "photo_damaged", "form_missing", "openrosa_defect"})
"""What keeps one record here and does not stop the others."""
_PIECE_BYTES = 16 * 1024
_TOLD_EACH_BYTES = 1_000_000
_PLACES_TRIED = 20
"""Far more than answers that one record lost; a log may name thousands, and each costs a POST."""
_NOT_UPON_THAT = frozenset({"openrosa_outdated", "openrosa_conflict", "openrosa_form_closed"})
"""What servers answer when another instance is the newest, or the one to be replaced is not there."""


@dataclass
class Way:
    """A record on its way: its files are counted as they are read; reading stops when somebody says so."""

    progress: Progress
    done: int
    total: int
    title: str
    size: int = 0
    moved: int = 0

    def pieces(self, read: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
        for piece in read():
            self.progress.raise_if_cancelled()
            before, self.moved = self.moved, self.moved + len(piece)
            if self.moved // _TOLD_EACH_BYTES > before // _TOLD_EACH_BYTES:
                shown = min(self.moved, self.size) / 1_000_000  # what is asked for twice is read twice
                words = f"{self.title}　{shown:.1f} / {self.size / 1_000_000:.1f} MB"
                self.progress.step(self.done, self.total, words)
            yield piece


@dataclass(frozen=True)
class _Answers:
    """A record as it is now. `content` is the same for the same answers and files, under any instanceID.

    `earlier` are the files that it has and had: KoboToolbox takes no other file under the name of one.
    """

    session: FormSession
    earlier: tuple[dict[str, Any], ...]
    form: str
    arrival: int
    content: str


def send_record(workspace: Workspace, endpoint: Endpoint, server: int, record: str, way: Way) -> None:
    """Sends one record: first what was begun of it, then, if it was changed since, its change.

    Raises RefusedError "openrosa_outdated" if the server holds something newer than anybody here has told of,
    "openrosa_conflict" if it holds another content under the same instanceID, and those of the link.
    """
    own = workspace.submissions.all_of(server, record)
    known = known_standing(workspace, server, record, own)
    if own and own[-1].state == BEGUN and _still_fits(own[-1], known):
        _transmit(workspace, endpoint, own[-1], way, kept=True)
        own = workspace.submissions.all_of(server, record)
        known = known_standing(workspace, server, record, own)
    try:
        now = _answers_of(workspace, record)
    except KnownError:
        raise
    except Exception as defect:  # one record must not stop the others
        LOG.defect("record cannot be written as a submission", defect, record=record)
        raise KnownError("openrosa_defect") from defect
    if known.content == now.content:
        with workspace.database.transaction():
            workspace.submissions.note_there_already(
                server, record, known.newest, now.form, now.arrival, now.content
            )
        return
    places = _places(record, own, known, now.content)
    if places[0] == (_first_instance(record), ""):
        places += [("", instance) for instance in newest_elsewhere(workspace, server, record)]
    _send_upon(workspace, endpoint, server, now, places[:_PLACES_TRIED], way)


def _answers_of(workspace: Workspace, record: str) -> _Answers:
    with workspace.database.read():
        row, merged = workspace.records.row(record), workspace.records.merged(record)
        ops = sorted(workspace.operations.of_record(record), key=lambda op: op.ref)
        form = None if row is None else workspace.forms.get(row.form)
        if form is None:
            raise KnownError("form_missing", form=record)
        session = workspace.records.session(record, form, visible_answers(merged))
        arrival = workspace.submissions.arrival_of(record)
    values = (value for op in ops for value in op.fields.values())
    earlier = tuple(value for value in values if isinstance(value, dict) and is_digest(value.get("b")))
    content = _content(write_submission(session, "uuid:", earlier=earlier))
    return _Answers(session, earlier, form.digest, arrival, content)


def _first_instance(record: str) -> str:
    return f"uuid:{record}"


def _places(record: str, own: Sequence[Submission], known: Standing, content: str) -> list[tuple[str, str]]:
    """Under which instanceID ("": a new one) and upon which these answers may go, the likeliest first.

    They go upon the newest. Where nobody was told whether something else is there, the server says so by
    refusing them, and they go upon that.
    """
    last = own[-1] if own else None
    if last is not None and last.state != SENT and last.content == content and _still_fits(last, known):
        first = (last.instance, last.deprecated)
    else:
        first = ("", known.newest) if known.newest else (_first_instance(record), "")
    return [first, *(("", instance) for instance in known.doubts)]


def _still_fits(last: Submission, known: Standing) -> bool:
    """Whether a submission from here that has not ended may go on as it was meant."""
    if last.instance == known.newest:
        return known.content in {"", last.content}
    return last.deprecated in {known.newest, *known.doubts}


def _send_upon(
    workspace: Workspace,
    endpoint: Endpoint,
    server: int,
    now: _Answers,
    places: Sequence[tuple[str, str]],
    way: Way,
) -> None:
    """Sends these answers to the first place where the server takes them."""
    refused: RefusedError | None = None
    for instance, deprecated in places:
        submission, kept = _begun(workspace, server, now, instance, deprecated)
        try:
            _transmit(workspace, endpoint, submission, way, kept=kept)
        except RefusedError as error:
            if error.code not in _NOT_UPON_THAT or (error.code == "openrosa_form_closed" and not deprecated):
                raise
            refused = refused or error
        else:
            return
    if refused is not None:
        raise refused


def _begun(
    workspace: Workspace, server: int, now: _Answers, instance: str, deprecated: str
) -> tuple[Submission, bool]:
    """These answers as a submission, kept; whether it is one that was kept before, byte for byte."""
    record = now.session.record_id
    for one in workspace.submissions.all_of(server, record):
        if (
            one.instance == instance
            and (one.content, one.form) == (now.content, now.form)
            and one.state != SENT
        ):
            return one, True
    instance = instance or f"uuid:{new_uuid7(workspace.clock)}"
    written = write_submission(now.session, instance, deprecated=deprecated, earlier=now.earlier)
    files = [
        FileToSend(one.name, str(one.value["b"]), int(one.value["n"]), str(one.value["m"]))
        for one in written.attachments
    ]
    with workspace.database.transaction():
        num = workspace.submissions.begin(
            server, record, instance, deprecated, now.form, now.arrival, now.content, written.xml, files
        )
    return workspace.submissions.get(num), False


def _transmit(
    workspace: Workspace, endpoint: Endpoint, submission: Submission, way: Way, *, kept: bool
) -> None:
    """Brings all of a submission to the server, POST by POST; files that are there already stay out.

    `kept`: these very bytes may have gone there before.
    """
    num, held = submission.num, submission.held
    missing = [file for file in workspace.submissions.files_of(num) if not file.there]
    try:
        files = [_readable(workspace, file, way) for file in missing]
        way.size, way.moved = sum(file.size for file in files), 0
        limit = endpoint.post_bytes
        while True:
            posts = plan_posts(submission.xml, files, limit)
            with workspace.database.transaction():
                workspace.submissions.note_attempt(num)
            try:
                endpoint.submit(posts[0])
            except RefusedError as error:
                if error.code == "openrosa_conflict" and submission.deprecated:
                    raise RefusedError("openrosa_outdated") from error
                if error.code != "openrosa_too_big" or len(posts[0].files) < 2:
                    raise
                limit = 0  # something before the server takes less than it says: every file alone
                continue
            with workspace.database.transaction():
                workspace.submissions.note_there(num, [file.name for file in posts[0].files])
            held, files = THERE, files[len(posts[0].files) :]
            if not files:
                return
            way.progress.raise_if_cancelled()
    except KnownError as error:
        _note_end(workspace, submission, error, held, kept=kept)
        raise


def _note_end(
    workspace: Workspace, submission: Submission, error: KnownError, held: int, *, kept: bool
) -> None:
    """Keeps why a submission did not get there; after a broken line it stays begun, for nobody knows.

    The same bytes would have been taken again: who refuses them as something else does not hold them.
    """
    if not isinstance(error, RefusedError) and error.code not in OF_ONE_RECORD:
        return
    if error.code == "openrosa_conflict":
        held = THERE
    elif error.code == "openrosa_outdated" and kept and held == MAYBE_THERE:
        held = NOT_THERE
    with workspace.database.transaction():
        workspace.submissions.note_refused(submission.num, error, held)


def _readable(workspace: Workspace, file: FileToSend, way: Way) -> SentFile:
    """The file ready to be sent. Raises KnownError "openrosa_original_missing" if it is not here."""
    if not workspace.photo_files.looks_whole(file.digest, file.size):
        raise KnownError("openrosa_original_missing", file=file.name)
    read = partial(workspace.photo_files.chunks, file.digest, 0, _PIECE_BYTES)
    return SentFile(file.name, file.mime, file.size, partial(way.pieces, read))


def _content(written: Written) -> str:
    """The same for the same answers and the same files."""
    whole = hashlib.sha256(written.xml)
    for one in written.attachments:
        whole.update(f"{one.name} {one.value['b']}".encode())
    return whole.hexdigest()
