"""Send finalised records to an OpenRosa server, and say what of them is there."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from app.changes import Changes
from app.jobs import Progress
from app.log import subject
from app.openrosa.link import RefusedError
from app.openrosa_servers import kept_access, open_server
from app.record_sending import OF_ONE_RECORD, Way, send_record
from app.saving import save_all
from app.sendings import tell_sendings
from app.workspace import Workspace
from core.errors import KnownError

LOG = subject("openrosa")
REFUSALS_SHOWN = 50


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
    tell_sendings(workspace)
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
            way = Way(progress, done, len(records), title)
            try:
                send_record(workspace, endpoint, server, record, way)
                sent += 1
            except KnownError as error:
                if not isinstance(error, RefusedError) and error.code not in OF_ONE_RECORD:
                    raise
                refused.append(Refusal(record, title, error))
            finally:
                tell_sendings(workspace)
    LOG.info("records sent", server=server, sent=sent, refused=len(refused))
    return SendResult(sent, tuple(refused), changes | Changes(sync=True))


def _title(workspace: Workspace, record: str) -> str:
    row = workspace.records.row(record)
    return "" if row is None else row.title
