"""Send finalised records to an OpenRosa server, and say what of them is there.

What is going to be sent is kept first, byte for byte, and each answer of the server as soon as it comes.
After a kill at any moment, or an answer that was lost, the same bytes are sent again under the same
instanceID, which servers take for the same submission; files that are there are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import msgspec

from app.changes import Changes
from app.jobs import Progress
from app.log import subject
from app.openrosa.endpoint import Endpoint
from app.openrosa.link import RefusedError
from app.openrosa.multipart import SentFile, plan_posts
from app.openrosa_servers import kept_access, open_server
from app.saving import save_all
from app.storage.records import visible_answers
from app.storage.submissions import BEGUN, NOT_THERE, SENT, THERE, FileToSend, Submission
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.submission import Submission as Written
from core.forms.submission import write_submission
from core.ids import new_uuid7

LOG = subject("openrosa")
REFUSALS_SHOWN = 50
_PIECE_BYTES = 16 * 1024
_TOLD_EACH_BYTES = 1_000_000
_OF_ONE_RECORD = frozenset({"openrosa_original_missing", "photo_damaged", "form_missing", "openrosa_defect"})
"""What keeps one record here and does not stop the others."""


class Refusal(msgspec.Struct, frozen=True):
    """A record that was not sent, and why."""

    record: str
    title: str
    error: KnownError


class ServerState(msgspec.Struct, frozen=True):
    """What one server has of this workspace's records: numbers of records.

    `waiting` are to be sent, `refused` were tried and did not get there, `sent` are there as they are now;
    `undecided` wait until somebody decides a conflict in them. `refusals` are the latest.
    """

    num: int
    shown: str
    waiting: int
    refused: int
    sent: int
    undecided: int
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True)
class SendResult:
    """What became of one sending. `sent` counts records that got there, `refused` those that did not."""

    sent: int
    refused: tuple[Refusal, ...]
    changes: Changes


def server_states(workspace: Workspace) -> list[ServerState]:
    """What every server has, without asking it."""
    states = []
    with workspace.database.read():
        for server in workspace.openrosa.servers():
            counts, access = workspace.submissions.counts(server.num), kept_access(workspace, server.num)
            shown = server.identity if access is None else access.shown
            refusals = tuple(
                Refusal(one.record, _title(workspace, one.record), one.error)
                for one in workspace.submissions.refused(server.num, REFUSALS_SHOWN)
                if one.error is not None
            )
            states.append(
                ServerState(
                    server.num,
                    shown,
                    counts.waiting - counts.refused,
                    counts.refused,
                    counts.sent,
                    counts.undecided,
                    refusals,
                )
            )
    return states


def send_records(workspace: Workspace, server: int, progress: Progress | None = None) -> SendResult:
    """Sends every finalised record of the server's forms whose present answers it does not hold.

    What the server does not take is told and does not stop the others. Raises KnownError for what no record
    would get past (no network, a login that is not taken, …) and JobCancelledError; what got there before
    stays noted.
    """
    progress = progress or Progress()
    changes = save_all(workspace)
    records = workspace.submissions.to_send(server)
    sent, refused = 0, list[Refusal]()
    if not records:
        return SendResult(0, (), changes)
    with open_server(workspace, server, progress) as endpoint:
        endpoint.prepare()
        for done, record in enumerate(records):
            progress.raise_if_cancelled()
            title = _title(workspace, record)
            progress.step(done, len(records), title)
            way = _Way(progress, done, len(records), title)
            try:
                _send(workspace, endpoint, server, record, way)
                sent += 1
            except KnownError as error:
                if not isinstance(error, RefusedError) and error.code not in _OF_ONE_RECORD:
                    raise
                refused.append(Refusal(record, title, error))
    LOG.info("records sent", server=server, sent=sent, refused=len(refused))
    return SendResult(sent, tuple(refused), changes | Changes(sync=True))


@dataclass
class _Way:
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


def _send(workspace: Workspace, endpoint: Endpoint, server: int, record: str, way: _Way) -> None:
    """Sends one record: first what was begun of it, then, if it was changed since, its change."""
    last = workspace.submissions.last_of(server, record)
    if last is not None and last.state == BEGUN:
        _transmit(workspace, endpoint, last, way)
    try:
        prepared = _prepared(workspace, server, record)
    except KnownError:
        raise
    except Exception as defect:  # one record must not stop the others
        LOG.defect("record cannot be written as a submission", defect, record=record)
        raise KnownError("openrosa_defect") from defect
    if prepared is not None:
        _transmit(workspace, endpoint, prepared, way)


def _prepared(workspace: Workspace, server: int, record: str) -> Submission | None:
    """The submission of the record as it is now, kept; None if the server holds these answers.

    Other answers than those that the server holds are an edit: they get an instanceID of their own and name
    the one they replace. What it never said to hold goes under the instanceID it had; if it is there all the
    same, the server says so ("openrosa_conflict"), and the next change is an edit. An edit that meets itself
    in this way needs no change: its instanceID was never anybody else's.
    """
    with workspace.database.read():
        last = workspace.submissions.last_of(server, record)
        row, merged = workspace.records.row(record), workspace.records.merged(record)
        form = None if row is None else workspace.forms.get(row.form)
        if form is None:
            raise KnownError("form_missing", form=record)
        session = workspace.records.session(record, form, visible_answers(merged))
        arrival = workspace.submissions.arrival_of(record)
    content = _content(write_submission(session, "uuid:"))
    if last is not None and last.content == content and last.form == form.digest and not _met_itself(last):
        if last.state != SENT:
            return last
        with workspace.database.transaction():
            workspace.submissions.note_unchanged(last.num, arrival)
        return None
    instance, deprecated = f"uuid:{record}", ""
    if last is not None and last.held == THERE:
        instance, deprecated = f"uuid:{new_uuid7(workspace.clock)}", last.instance
    elif last is not None:
        instance, deprecated = last.instance, last.deprecated
    written = write_submission(session, instance, deprecated=deprecated)
    files = [
        FileToSend(one.name, str(one.value["b"]), int(one.value["n"]), str(one.value["m"]))
        for one in written.attachments
    ]
    with workspace.database.transaction():
        num = workspace.submissions.begin(
            server, record, instance, deprecated, form.digest, arrival, content, written.xml, files
        )
    return workspace.submissions.get(num)


def _transmit(workspace: Workspace, endpoint: Endpoint, submission: Submission, way: _Way) -> None:
    """Brings all of a submission to the server, POST by POST; files that are there already stay out."""
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
        _note_end(workspace, submission, error, held)
        raise


def _met_itself(last: Submission) -> bool:
    """Whether an edit was refused for its own first content, of which nobody knew that it got there."""
    code = "" if last.error is None else last.error.code
    return code == "openrosa_conflict" and last.deprecated != "" and last.held == THERE


def _note_end(workspace: Workspace, submission: Submission, error: KnownError, held: int) -> None:
    """Keeps why a submission did not get there; after a broken line it stays begun, for nobody knows."""
    if not isinstance(error, RefusedError) and error.code not in _OF_ONE_RECORD:
        return
    if error.code == "openrosa_conflict" and (held != NOT_THERE or not submission.deprecated):
        held = THERE
    with workspace.database.transaction():
        workspace.submissions.note_refused(submission.num, error, held)


def _readable(workspace: Workspace, file: FileToSend, way: _Way) -> SentFile:
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


def _title(workspace: Workspace, record: str) -> str:
    row = workspace.records.row(record)
    return "" if row is None else row.title
