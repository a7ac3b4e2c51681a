"""What the server does for an enrolled device: the other end of `SyncEndpoint`, with or without HTTP.

Nothing is acknowledged that a power cut could take back: a batch is verified, archived (fsync), committed
(synchronous=FULL), then acknowledged. Nothing authentic is turned away: what cannot be read is set aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import structlog
from nacl.signing import VerifyKey

from core.clock import Clock, iso_seconds
from core.protocol import versions
from core.protocol.codec import Batch, Run, verify_batch
from core.protocol.form_package import PACKAGE_LIMIT, unpack_form
from core.protocol.messages import (
    Ack,
    BlobState,
    Hello,
    PageHeader,
    SignedReceipt,
    SyncHeader,
    SyncReplyHeader,
)
from core.protocol.wire_errors import WireError
from core.records.operation import OPERATION_LIMIT
from core.records.receipt import Receipt, count_log
from core.values import is_digest
from server.archive import Archive, KeptBatch
from server.auth import Auth, Device, device_of_id
from server.blobs.store import BlobStore
from server.database import Database
from server.feed import Feed, read_page
from server.identity import Identity
from server.ingest import Arrival, Ingest
from server.photos import Photos
from server.queries import holdings, log
from server.roll import Roll

LOG = structlog.get_logger("sync")
LIMITS = {
    "sync_body": versions.SYNC_BODY_LIMIT,
    "batch_ops": versions.BATCH_OPS_LIMIT,
    "batch_plain": versions.BATCH_PLAIN_LIMIT,
    "op": OPERATION_LIMIT,
    "blob": versions.BLOB_LIMIT,
    "have": versions.HAVE_LIMIT,
    "form": PACKAGE_LIMIT,
}
_REPLICA = re.compile(r"[0-9a-f]{32}\Z")


@dataclass(frozen=True)
class Server:
    """The opened parts of one server."""

    database: Database
    blobs: BlobStore
    archive: Archive
    roll: Roll
    auth: Auth
    identity: Identity
    feed: Feed
    ingest: Ingest
    clock: Clock

    def hello(self) -> Hello:
        """What it says to anybody."""
        return Hello(
            svp=list(versions.SUPPORTED_VERSIONS),
            project=self.identity.project,
            project_name=self.identity.project_name,
            epoch=self.identity.epoch(),
            server_time=self.now(),
            limits=LIMITS,
        )

    def device(self, device: str) -> Device | None:
        """An enrolled device, one shut out too; None if there is no such."""
        with self.database.read() as connection:
            return device_of_id(connection, device)

    def now(self) -> str:
        """The server's time as it stands in rows and replies."""
        return iso_seconds(self.clock.now())


class SyncService:
    """A `SyncEndpoint` for one device. What is held of photos is asked of `photos`."""

    def __init__(self, server: Server, device: Device) -> None:
        self.photos = Photos(server.database, server.blobs, server.clock, device)
        self._server = server
        self._device = device
        self._project = device.project

    def hello(self) -> Hello:
        return self._server.hello()

    # ---- operations

    def sync(
        self, header: SyncHeader, batch: Batch | None, signature: str
    ) -> tuple[SyncReplyHeader, list[Run]]:
        """Takes a batch and gives a page of the feed. See `SyncEndpoint.sync`."""
        if not _REPLICA.match(header.replica):
            raise WireError("malformed")
        feed = self._server.feed
        start = feed.start(self._device, header.have)
        if batch is not None:
            self._push(batch, signature)
        with self._server.database.read() as connection:
            ack = Ack(
                epoch=start.epoch,
                acked=log.acked_of_device(connection, self._project, self._device.id),
                results=holdings.quarantined(connection, self._project, header.replica, self._device.id),
                server_time=self._server.now(),
            )
            page = read_page(connection, self._device, header.replica, header.want_bytes, start)
        cursor = feed.mark(start.epoch, self._device, page)
        shown = PageHeader(cursor=cursor, more=page.more, sum=f"{page.shown:016x}", anew=start.anew)
        signed = self._receipt_in_reply(header.replica, ack) if header.receipt else None
        return SyncReplyHeader(ack=ack, page=shown, grant=self._device.grant, receipt=signed), page.runs

    def _push(self, batch: Batch, signature: str) -> None:
        verify_batch(batch.plain, signature, VerifyKey(self._device.public_key))
        if not _REPLICA.match(batch.header.rep):
            raise WireError("malformed")
        after = self._server.ingest.check(self._device, batch)
        if after is None:  # all of it is here: what it once was allowed stays as it was
            return
        received = self._server.clock.now()
        digest, archived = self._server.archive.keep(batch, signature, self._device, received, after)
        self._take(Arrival(self._device, batch, digest, archived, received))

    def take_again(self, kept: KeptBatch) -> None:
        """Takes a batch out of the archive into a database made anew. Raises as `sync`."""
        verify_batch(kept.batch.plain, kept.signature, VerifyKey(self._device.public_key))
        author = replace(self._device, grant=kept.grant)  # what it could do then decides
        self._take(Arrival(author, kept.batch, kept.digest, kept.path, kept.received))

    def _take(self, arrival: Arrival) -> None:
        new = self._server.ingest.take(arrival)
        header = arrival.batch.header
        LOG.info("batch", device=self._device.id, replica=header.rep, last=header.to, new=new)

    def _receipt_in_reply(self, replica: str, ack: Ack) -> SignedReceipt | None:
        """For all that is acknowledged. One that cannot be made holds back no acknowledgement."""
        try:
            return self.receipt(replica, ack.acked.get(replica, 0))
        except WireError as unmade:
            LOG.info("no receipt in the reply", replica=replica, code=unmade.code.name)
            return None

    def receipt(self, replica: str, through: int) -> SignedReceipt:
        """The signed count of what is held of a replica's log of this device."""
        if not _REPLICA.match(replica):
            raise WireError("malformed")
        with self._server.database.read() as connection:
            tip = log.replica_tip(connection, self._project, replica, self._device.id)
            acked = tip.acked if tip.device == self._device.id else 0
            if not 0 < through <= acked:
                raise WireError("replica-gap", acked=acked)
            lines = log.lines_of(connection, self._project, replica, through)
        try:
            count, digests = count_log(replica, lines)
        except ValueError as unreadable:
            raise WireError("malformed") from unreadable
        receipt = Receipt(
            v=versions.RECEIPT_VERSION,
            project=self._project,
            epoch=self._server.identity.epoch(),
            count=count,
            photos_held=[digest for digest in digests if self.photos.is_whole(digest)],
            at=self._server.now(),
        )
        return SignedReceipt(receipt=receipt, signature=self._server.identity.sign(receipt))

    # ---- photos

    def blobs_have(self, digests: Sequence[str]) -> list[BlobState]:
        """What is held of each photo."""
        if len(digests) > versions.HAVE_LIMIT or not all(is_digest(digest) for digest in digests):
            raise WireError("malformed")
        return [self.photos.state(digest) for digest in digests]

    def append_blob(self, digest: str, size_bytes: int, offset: int, pieces: Iterable[bytes]) -> BlobState:
        """Takes a photo from `offset` on. See `SyncEndpoint.append_blob`."""
        blob = self.photos.begin(digest, size_bytes, offset)
        if blob is None:
            return self.photos.state(digest)
        with closing(blob):
            for piece in pieces:
                blob.write(piece)
                if blob.wants_sync:
                    blob.sync()
            return self.photos.end(blob)

    def read_blob(self, digest: str, offset: int = 0) -> Iterator[bytes]:
        """The bytes of a photo from `offset` on. Raises `unknown-blob`."""
        return self.photos.read(digest, offset)

    # ---- forms

    def put_form(self, digest: str, package: bytes) -> None:
        """Keeps a form version. Raises `digest-mismatch`, `malformed`, `too-large`."""
        unpack_form(digest, package)
        with self._server.database.transaction() as connection:
            holdings.add_form(connection, self._project, digest, package, self._server.now())

    def get_form(self, digest: str) -> bytes:
        """A form version as it was left here. Raises `unknown-form`."""
        with self._server.database.read() as connection:
            package = holdings.form_package(connection, self._project, digest)
        if package is None:
            raise WireError("unknown-form")
        return package
