"""One whole sync, from top to bottom. Safe to cut at any line: the next run goes on from what is stored."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from nacl.signing import SigningKey

from app.changes import Changes
from app.i18n import tr
from app.jobs import Progress
from app.log import subject
from app.sync.blobs import exchange_blobs
from app.sync.link import LinkError
from app.sync.local import LocalStores
from app.sync.membership import Membership
from app.sync.patience import Patience
from app.sync.pull import ForkedError, SumsDifferError, apply_page, restart_feed
from app.sync.push import Outgoing, leave_forms, next_batch
from app.sync.receipts import fetch_receipt, receipt_in_reply, receipt_is_stale
from core.errors import KnownError
from core.protocol.codec import Run
from core.protocol.endpoint import SyncEndpoint
from core.protocol.form_package import unpack_form
from core.protocol.messages import SyncHeader, SyncReplyHeader
from core.protocol.versions import PAGE_BYTES
from core.protocol.wire_errors import WireError
from core.records.receipt import ReceiptCheck

LOG = subject("sync")
_BATCH_PLAIN_BYTES = 512 * 1024  # about 130 kB packed; halved when the line breaks, doubled after a quick one
_BATCH_PLAIN_LEAST = 4 * 1024
_BATCH_PLAIN_MOST = 2 * 1024 * 1024
_QUICK_S = 6.0
_FORKS = 3


@dataclass(frozen=True)
class SyncResult:
    """What one sync did.

    `originals_held_back`: they wait for a better line, or for the person's word.
    `forked`: another copy of this workspace had gone on under its name; it has a new one now.
    `server_lost_some`: the server was put back from an older copy and got everything again from here.
    """

    changes: Changes
    ops_sent: int
    ops_received: int
    photos_sent: int
    photos_received: int
    photos_refused: int
    photos_waiting: int
    originals_held_back: int
    receipt: ReceiptCheck | None
    server_time: str
    forked: bool
    server_lost_some: bool


def sync(
    endpoint: SyncEndpoint,
    local: LocalStores,
    membership: Membership,
    key: SigningKey,
    progress: Progress,
    sleep: Callable[[float], None] = time.sleep,
) -> SyncResult:
    """Operations both ways, form versions, photos both ways, receipt.

    An idle sync is one request. Raises WireError, KnownError (LinkError when the line stays broken) and
    JobCancelledError; whatever was acknowledged or applied before that stays.
    """
    patience = Patience(sleep)
    operations = _Operations(endpoint, local, membership, key, progress, patience)
    operations.exchange()
    forms = _fetch_forms(endpoint, local)
    photos = exchange_blobs(endpoint, local, progress, patience)
    receipt = operations.receipt
    if photos.sent or (receipt is None and (operations.sent or receipt_is_stale(local))):
        receipt = fetch_receipt(endpoint, local, membership)
    changed_photos = frozenset(photos.sent | photos.received)
    LOG.info(
        "sync",
        sent=operations.sent,
        received=operations.received,
        photos_sent=len(photos.sent),
        photos_received=len(photos.received),
    )
    return SyncResult(
        changes=Changes(
            records=frozenset(operations.records), photos=changed_photos, forms=frozenset(forms), sync=True
        ),
        ops_sent=operations.sent,
        ops_received=operations.received,
        photos_sent=len(photos.sent),
        photos_received=len(photos.received),
        photos_refused=len(photos.refused),
        photos_waiting=len(photos.waiting),
        originals_held_back=len(photos.held_back),
        receipt=receipt,
        server_time=operations.server_time,
        forked=operations.forks > 0,
        server_lost_some=operations.server_lost_some,
    )


class _Operations:
    """The exchange of operations: batches out and pages in, until neither side has more."""

    def __init__(
        self,
        endpoint: SyncEndpoint,
        local: LocalStores,
        membership: Membership,
        key: SigningKey,
        progress: Progress,
        patience: Patience,
    ) -> None:
        self._endpoint = endpoint
        self._local = local
        self._membership = membership
        self._project = membership.project
        self._key = key
        self._progress = progress
        self._patience = patience
        self._plain_bytes = _BATCH_PLAIN_BYTES
        self._skip = frozenset[str]()
        self._restarts = 0
        self._trust_sum = False
        self.sent = 0
        self.received = 0
        self.records: set[str] = set()
        self.forks = 0
        self.server_lost_some = False
        self.server_time = ""
        self.receipt: ReceiptCheck | None = None

    def exchange(self) -> None:
        """Goes on until everything is there and here."""
        more = True
        while more:
            waiting = self._local.operations.unsent_count()
            self._progress.step(
                self.sent,
                self.sent + waiting,
                tr("sync.step.records", done=self.sent, total=self.sent + waiting),
            )
            self._progress.raise_if_cancelled()
            outgoing = next_batch(self._local, self._key, self._plain_bytes, self._skip)
            try:
                more = self._round_trip(outgoing)
            except LinkError as broken:
                self._plain_bytes = max(_BATCH_PLAIN_LEAST, self._plain_bytes // 2)
                self._patience.bear(broken)
            except WireError as refused:
                self._mend(refused, outgoing)
            except ForkedError:
                self._fork()
            except SumsDifferError:
                self._sums_differ()

    def _round_trip(self, outgoing: Outgoing | None) -> bool:
        """Sends one batch and applies one page; whether there is more to do."""
        position = self._local.feed.position(self._project)
        header = SyncHeader(
            replica=self._local.operations.own().id,
            have=None if position is None else position.cursor,
            want_bytes=PAGE_BYTES,
            receipt=self._receipt_is_due(outgoing),
        )
        if outgoing is not None:
            epoch = self._first_epoch() if position is None else position.epoch
            leave_forms(self._endpoint, self._local, epoch, outgoing.batch.header.form)
        started = time.monotonic()
        batch, signature = (None, "") if outgoing is None else (outgoing.batch, outgoing.signature)
        reply, runs = self._endpoint.sync(header, batch, signature)
        if time.monotonic() - started < _QUICK_S:
            self._plain_bytes = min(_BATCH_PLAIN_MOST, self._plain_bytes * 2)
        if reply.page.more and reply.page.cursor == header.have:
            raise KnownError("sync_refused", reason="feed-stands-still")
        self._apply(reply, runs, outgoing)
        self._patience.progress()
        return reply.page.more or next_batch(self._local, self._key, 1, self._skip) is not None

    def _receipt_is_due(self, outgoing: Outgoing | None) -> bool:
        """Whether the reply may bring the last receipt of this sync: no operations and no photos follow."""
        if self._local.photos.to_send(limit=1):
            return False
        if outgoing is None:
            return self.receipt is None and receipt_is_stale(self._local)
        own = self._local.operations.own()
        return (outgoing.replica.id, outgoing.batch.header.to) == (own.id, own.last_n)

    def _first_epoch(self) -> str:
        """The epoch of a server that nothing has been read from yet."""
        hello = self._endpoint.hello()
        if hello.project != self._project:
            raise KnownError("wrong_server")
        return hello.epoch

    def _apply(self, reply: SyncReplyHeader, runs: list[Run], outgoing: Outgoing | None) -> None:
        sent = {} if outgoing is None else {outgoing.replica.id: outgoing.batch.header.to}
        applied = apply_page(self._local, self._project, reply, runs, sent=sent, trust_sum=self._trust_sum)
        self._trust_sum = False
        self.received += applied.received
        self.records |= applied.records
        self.server_lost_some = self.server_lost_some or applied.server_lost_some
        self.server_time = reply.ack.server_time
        if outgoing is not None:
            acked = reply.ack.acked.get(outgoing.replica.id, 0)
            if acked < outgoing.batch.header.to:
                raise KnownError("sync_refused", reason="not-acknowledged")
            self.sent += len(outgoing.batch.lines)
            self.records |= _records_of(self._local, outgoing)
            self.receipt = None
        if reply.receipt is not None:
            self.receipt = receipt_in_reply(reply, self._local, self._membership)

    def _mend(self, refused: WireError, outgoing: Outgoing | None) -> None:
        """What to do about a refusal that has a cure; any other one is raised."""
        match refused.code.name:
            case "epoch-gone":
                self._restart("the server began a new epoch")
                self.server_lost_some = True
            case "replica-forked" if outgoing is not None and outgoing.replica.role == "own":
                self._fork()
            case "replica-forked" if outgoing is not None:
                LOG.warning("a former log is not what the server holds", replica=outgoing.replica.id)
                self._skip |= {outgoing.replica.id}
            case "replica-gap" if outgoing is not None:
                self._resend_from(refused, outgoing)
            case "too-large" if outgoing is not None and len(outgoing.batch.lines) > 1:
                self._plain_bytes = max(1, len(outgoing.batch.plain) // 2)
            case _:
                self._patience.bear(refused)

    def _resend_from(self, refused: WireError, outgoing: Outgoing) -> None:
        acked = refused.values.get("acked")
        if not isinstance(acked, int) or acked >= outgoing.batch.header.first - 1:
            raise refused
        with self._local.database.transaction():
            self._local.operations.acknowledge(outgoing.replica.id, acked=acked)
        self.server_lost_some = True

    def _restart(self, why: str) -> None:
        self._restarts += 1
        if self._restarts > _FORKS:
            raise KnownError("sync_refused", reason="epoch-gone")
        LOG.info("reading the feed from its start", why=why.replace(" ", "-"))
        restart_feed(self._local, self._project)

    def _fork(self) -> None:
        """Another copy of this workspace went on under its name: what is unsent gets a new one."""
        self.forks += 1
        if self.forks > _FORKS:
            raise KnownError("sync_refused", reason="replica-forked")
        LOG.info("log forked", times=self.forks)
        with self._local.database.transaction():
            touched = self._local.own_log.fork(self._local.person)
            self._local.records.refresh(touched)
        self.records |= touched

    def _sums_differ(self) -> None:
        """Reads everything again; if that does not mend it, goes on from the server's sum and says so."""
        if self._restarts == 0:
            self._restart("sums differ")
            return
        LOG.warning("the server's sum over the feed stays different")
        self._trust_sum = True


def _records_of(local: LocalStores, outgoing: Outgoing) -> set[str]:
    header = outgoing.batch.header
    lines = local.operations.log(outgoing.replica.id, after=header.first - 1, through=header.to)
    return {line.record for line in lines if line.record is not None}


def _fetch_forms(endpoint: SyncEndpoint, local: LocalStores) -> set[str]:
    """Fetches the form versions that records name and that are not here: the ids of those that came."""
    came = set()
    for digest in sorted(local.forms.missing()):
        try:
            xml, media = unpack_form(digest, endpoint.get_form(digest))
        except WireError as refused:
            if refused.code.name not in {"unknown-form", "digest-mismatch", "malformed"}:
                raise
            LOG.info("form is not there yet", digest=digest)
            continue
        try:
            with local.database.transaction():
                form = local.forms.install(xml, media)
                local.records.refresh(local.records.ids(form_id=form.form_id))
        except KnownError as error:
            if error.code != "form_broken":
                raise
            LOG.warning("form cannot be read by this version", digest=digest)
            continue
        came.add(form.form_id)
    return came
