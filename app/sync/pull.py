"""What comes in: one page of the feed and the acknowledgement, applied in one transaction with the cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.log import subject
from app.storage.feed import FeedPosition
from app.sync.local import LocalStores
from app.sync.membership import keep_grant
from core.protocol.codec import Run
from core.protocol.messages import Ack, PageHeader, SyncReplyHeader
from core.records.operation import OpRef, decode_line
from core.records.receipt import sum_of_hashes

LOG = subject("sync")
NOTHING_SENT: Mapping[str, int] = {}


class ForkedError(Exception):
    """The server holds operations under this log's name that this log does not know: another copy went on."""


class SumsDifferError(Exception):
    """The server's sum over the feed is not ours: something between was missed or differs."""


@dataclass(frozen=True)
class Applied:
    """What a page brought: records touched, operations that came, whether the server had lost some."""

    records: frozenset[str]
    received: int
    server_lost_some: bool


def apply_page(
    local: LocalStores,
    project: str,
    reply: SyncReplyHeader,
    runs: Sequence[Run],
    *,
    sent: Mapping[str, int] = NOTHING_SENT,
    trust_sum: bool = False,
) -> Applied:
    """Keeps the page, believes the acknowledgement and moves the cursor, all or nothing.

    `sent`: by log, how far the batch went that this answers.

    Raises ForkedError or SumsDifferError with nothing changed (`trust_sum`: takes the server's sum as it is).
    """
    own = local.operations.own()
    if reply.ack.acked.get(own.id, 0) > own.last_n:
        raise ForkedError
    with local.database.transaction():
        total = _sum(local, project, reply.page, runs)
        if f"{total:016x}" != reply.page.sum and not trust_sum:
            raise SumsDifferError
        touched, received = set[str](), 0
        for run in runs:
            if not run.header.own:
                touched |= _receive(local, run)
                received += len(run.lines)
        lost = _believe(local, reply.ack, sent)
        keep_grant(local.kv, reply.grant)
        local.records.refresh_arrived(touched, _going_on(runs) & touched if reply.page.more else ())
        local.feed.advance(FeedPosition(project, reply.ack.epoch, reply.page.cursor, reply.page.sum))
    return Applied(frozenset(touched), received, lost)


def restart_feed(local: LocalStores, project: str) -> None:
    """Reads the whole feed again and offers every photo again: the server's data is not what it was."""
    with local.database.transaction():
        local.feed.restart(project)
        offer_photos_again(local)


def offer_photos_again(local: LocalStores) -> None:
    """Asks anew about each photo here, whatever the server said before; needs an open transaction."""
    for photo in local.photos.here():
        if photo.state == "sent":
            local.photos.server_holds(photo.digest, 0, whole=False)


def _going_on(runs: Sequence[Run]) -> set[str]:
    """The record in which the page ends: what a save wrote in several operations may go on in the next.

    Where it ends in own operations, which do not come, nothing goes on.
    """
    try:
        ends_in = decode_line(runs[-1].lines[-1]).r if runs and runs[-1].lines else None
    except ValueError:
        return set()
    return set() if ends_in is None else {ends_in}


def _receive(local: LocalStores, run: Run) -> set[str]:
    replica, first = run.header.rep, run.header.first
    for n in local.foreign_logs.differing(replica, first, run.hashes()):
        LOG.warning("another operation is known here under the same number", replica=replica, n=n)
        local.quarantine.note(OpRef(replica, n), "differs")
    touched = local.foreign_logs.receive(replica, first, bytes.fromhex(run.header.prev), run.lines)
    for n in local.foreign_logs.unreadable(replica, first, run.header.to):
        local.quarantine.note(OpRef(replica, n), "unreadable")
    return touched


def _believe(local: LocalStores, ack: Ack, sent: Mapping[str, int]) -> bool:
    """Takes the server's word for what it holds of the own logs; whether that is less than it once said.

    Only for what has left this workspace: the rest may be another copy's work under the same numbers.
    """
    lost = False
    for replica in local.operations.replicas():
        if replica.role == "other":
            continue
        acked = min(ack.acked.get(replica.id, 0), max(replica.acked, sent.get(replica.id, 0)))
        lost = lost or acked < replica.acked
        local.operations.acknowledge(replica.id, acked=acked, durable=ack.durable.get(replica.id, 0))
    local.quarantine.believe(local.operations.own().id, {result.n: result.reason for result in ack.results})
    if lost:
        offer_photos_again(local)
    return lost


def _sum(local: LocalStores, project: str, page: PageHeader, runs: Sequence[Run]) -> int:
    """The sum over the feed up to the end of this page, as the operations known here make it."""
    position = None if page.anew else local.feed.position(project)
    total = 0 if position is None else int(position.sum, 16)
    for run in runs:
        hashes = _own_hashes(local, run) if run.header.own else run.hashes()
        total = sum_of_hashes(hashes, total)
    return total


def _own_hashes(local: LocalStores, run: Run) -> list[bytes]:
    lines = local.operations.log(run.header.rep, after=run.header.first - 1, through=run.header.to)
    hashes = [line.hash for line in lines]
    if len(hashes) != run.header.to - run.header.first + 1:
        raise ForkedError
    return hashes
