"""What the server does for an enrolled device: the other end of `SyncEndpoint`, with or without HTTP.

Nothing is acknowledged that a power cut could take back: a batch is verified, archived (fsync), committed
(synchronous=FULL), then acknowledged. Nothing authentic is turned away: what cannot be read is set aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

import structlog
from nacl.signing import VerifyKey
from sqlalchemy import Connection

from core.clock import Clock, iso_seconds
from core.protocol import versions
from core.protocol.codec import Batch, Run, verify_batch
from core.protocol.form_package import unpack_form
from core.protocol.messages import (
    Ack,
    BlobState,
    Hello,
    PageHeader,
    RunHeader,
    SignedReceipt,
    SyncHeader,
    SyncReplyHeader,
)
from core.protocol.wire_errors import WireError
from core.records.operation import chain_hash, decode_foreign_line
from core.records.receipt import Receipt, count_log
from core.values import is_digest
from server.archive import Archive, KeptBatch
from server.auth import Auth, Device, device_of_id
from server.blobs.store import BlobStore, IncomingBlob
from server.cursors import Cursors
from server.database import Database
from server.identity import Identity
from server.queries import holdings, log
from server.roll import Roll

LOG = structlog.get_logger("sync")
LIMITS = {
    "sync_body": versions.SYNC_BODY_LIMIT,
    "batch_ops": versions.BATCH_OPS_LIMIT,
    "batch_plain": versions.BATCH_PLAIN_LIMIT,
    "blob": versions.BLOB_LIMIT,
    "have": versions.HAVE_LIMIT,
}
_PAGE_BYTES = range(4 * 1024, 1024 * 1024 + 1)
_PAGE_OPS = 5_000
_PLAIN_PER_PACKED = 3  # operations of several records shrink at least this much; a page may come out smaller
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
    cursors: Cursors
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
    """A `SyncEndpoint` for one device."""

    def __init__(self, server: Server, device: Device) -> None:
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
        epoch, start = self._start_of_page(header)
        if batch is not None:
            self._push(batch, signature)
        with self._server.database.read() as connection:
            ack = Ack(
                epoch=epoch,
                acked=log.acked_of_device(connection, self._project, self._device.id),
                results=holdings.quarantined(connection, self._project, header.replica),
                server_time=self._server.now(),
            )
            runs, end, more = self._page(connection, header, start)
        cursor = self._server.cursors.encode(epoch, self._project, end)
        return SyncReplyHeader(
            ack=ack, page=PageHeader(cursor=cursor, more=more, sum=f"{end.sum:016x}")
        ), runs

    def _start_of_page(self, header: SyncHeader) -> tuple[str, log.Position]:
        """The epoch, and where the client's page begins. Raises `epoch-gone`."""
        epoch = self._server.identity.epoch()
        if header.have is None:
            return epoch, log.Position(0, 0)
        cursor = self._server.cursors.decode(header.have, self._project)
        if cursor.epoch != epoch:
            raise WireError("epoch-gone", epoch=epoch)
        with self._server.database.read() as connection:
            held = log.position_at(connection, self._project, cursor.seq)
        if held != cursor.position:
            LOG.warning("data older than a client has seen: a new epoch begins", seq=cursor.seq)
            self._server.identity.begin_epoch(instead_of=epoch)
            raise WireError("epoch-gone", epoch=self._server.identity.epoch())
        return epoch, held

    def _push(self, batch: Batch, signature: str) -> None:
        verify_batch(batch.plain, signature, VerifyKey(self._device.public_key))
        if not _REPLICA.match(batch.header.rep):
            raise WireError("malformed")
        received = self._server.clock.now()
        with self._server.database.read() as connection:
            self._fresh_lines(connection, batch)  # what follows no log here is no part of the archive
        digest, archived = self._server.archive.keep(batch, signature, self._device, received)
        self._take(batch, digest, archived, received)

    def take_again(self, kept: KeptBatch) -> None:
        """Takes a batch out of the archive into a database made anew. Raises as `sync`."""
        verify_batch(kept.batch.plain, kept.signature, VerifyKey(self._device.public_key))
        self._take(kept.batch, kept.digest, kept.path, kept.received)

    def _take(self, batch: Batch, digest: str, archived: str, received: datetime) -> None:
        with self._server.database.transaction() as connection:
            fresh = self._fresh_lines(connection, batch)
            if fresh:
                self._store(connection, batch.header.rep, fresh, iso_seconds(received))
            holdings.add_batch(
                connection,
                {
                    "project": self._project,
                    "digest": digest,
                    "device": self._device.id,
                    "replica": batch.header.rep,
                    "first": batch.header.first,
                    "last": batch.header.to,
                    "archive": archived,
                    "received_at": iso_seconds(received),
                },
            )
        LOG.info(
            "batch", device=self._device.id, replica=batch.header.rep, last=batch.header.to, new=len(fresh)
        )

    def _fresh_lines(self, connection: Connection, batch: Batch) -> list[tuple[int, bytes, bytes]]:
        """(n, hash, line) of those not held yet. Raises `replica-gap`, `replica-forked` (values: acked)."""
        replica = batch.header.rep
        tip = log.replica_tip(connection, self._project, replica, self._device.id)
        if tip.device != self._device.id:
            raise WireError("replica-forked", acked=0)
        if batch.header.first > tip.acked + 1:
            raise WireError("replica-gap", acked=tip.acked)
        current = bytes.fromhex(batch.header.prev)
        if log.hash_at(connection, self._project, replica, batch.header.first - 1) != current:
            raise WireError("replica-forked", acked=tip.acked)
        fresh = []
        for n, line in enumerate(batch.lines, batch.header.first):
            current = chain_hash(current, line)
            if n > tip.acked:
                fresh.append((n, current, line))
            elif n in {tip.acked, batch.header.to} and current != log.hash_at(
                connection, self._project, replica, n
            ):
                raise WireError("replica-forked", acked=tip.acked)
        return fresh

    def _store(
        self, connection: Connection, replica: str, fresh: list[tuple[int, bytes, bytes]], at: str
    ) -> None:
        lines, aside = [], list[dict[str, object]]()
        forms: dict[int, str] = {}
        for n, line_hash, line in fresh:
            held = False
            try:
                op = decode_foreign_line(line)
                if op.f is not None:
                    forms[n] = op.f
            except ValueError:
                held = True
                aside.append(self._aside(replica, n, "unreadable", None, held=True, at=at))
            lines.append(log.NewLine(n, line_hash, line, held))
        known = holdings.known_forms(connection, self._project, set(forms.values()))
        aside += [
            self._aside(replica, n, "unknown-form", form, held=False, at=at)
            for n, form in forms.items()
            if form not in known
        ]
        log.append(connection, self._project, replica, self._device.id, lines, at)
        holdings.add_quarantined(connection, aside)

    def _aside(
        self, replica: str, n: int, reason: str, form: str | None, *, held: bool, at: str
    ) -> dict[str, object]:
        return {
            "project": self._project, "replica": replica, "n": n, "reason": reason, "form": form,
            "held": held, "found_at": at,
        }  # fmt: skip

    def _page(
        self, connection: Connection, header: SyncHeader, start: log.Position
    ) -> tuple[list[Run], log.Position, bool]:
        """The runs after `start`, where they end, and whether more follow."""
        budget = min(max(header.want_bytes, _PAGE_BYTES.start), _PAGE_BYTES.stop - 1) * _PLAIN_PER_PACKED
        runs, end = list[_GrowingRun](), start
        for row in log.feed_after(connection, self._project, start.seq, _PAGE_OPS):
            own = row.replica == header.replica
            budget -= 0 if own else len(row.body)
            if budget < 0 and end != start:
                break
            if not runs or not runs[-1].continues(row):
                before = log.hash_at(connection, self._project, row.replica, row.n - 1)
                runs.append(_GrowingRun(row.replica, row.n, before or b"", own=own))
            runs[-1].add(row)
            end = row.position
        more = end.seq < log.end_of_feed(connection, self._project).seq
        return [run.finished() for run in runs], end, more

    def receipt(self, replica: str, through: int) -> SignedReceipt:
        """The signed count of what is held of a replica's log of this device."""
        with self._server.database.read() as connection:
            tip = log.replica_tip(connection, self._project, replica, self._device.id)
            if tip.device != self._device.id or not 0 < through <= tip.acked:
                raise WireError("replica-gap", acked=tip.acked)
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
            photos_held=[digest for digest in digests if self._is_whole(digest)],
            at=self._server.now(),
        )
        return SignedReceipt(receipt=receipt, signature=self._server.identity.sign(receipt))

    # ---- photos

    def blobs_have(self, digests: Sequence[str]) -> list[BlobState]:
        """What is held of each photo."""
        if len(digests) > versions.HAVE_LIMIT or not all(is_digest(digest) for digest in digests):
            raise WireError("malformed")
        return [self.blob_state(digest) for digest in digests]

    def blob_state(self, digest: str) -> BlobState:
        """What is held of one photo."""
        if not is_digest(digest):
            raise WireError("malformed")
        if self._is_whole(digest):
            size = self._server.blobs.size(self._project, digest) or 0
            return BlobState(digest=digest, state="full", offset=size)
        with self._server.database.read() as connection:
            if holdings.is_no_picture(connection, self._project, digest):
                return BlobState(digest=digest, state="rejected", reason="not-an-image")
        offset = self._server.blobs.offset(self._project, digest)
        return BlobState(digest=digest, state="part" if offset else "none", offset=offset)

    def append_blob(self, digest: str, size_bytes: int, offset: int, pieces: Iterable[bytes]) -> BlobState:
        """Takes a photo from `offset` on. See `SyncEndpoint.append_blob`."""
        blob = self.begin_blob(digest, size_bytes, offset)
        if blob is None:
            return self.blob_state(digest)
        with closing(blob):
            for piece in pieces:
                blob.write(piece)
                if blob.wants_sync:
                    blob.sync()
            return self.end_blob(blob)

    def upload_key(self, digest: str) -> tuple[str, str]:
        """What names an upload among those of all projects."""
        return self._project, digest

    def begin_blob(self, digest: str, size_bytes: int, offset: int) -> IncomingBlob | None:
        """A writer for the rest of a photo, to be closed by the caller; None if the photo is whole."""
        if self.blob_state(digest).state == "full":
            return None
        return self._server.blobs.begin(self._project, digest, size_bytes, offset)

    def end_blob(self, blob: IncomingBlob) -> BlobState:
        """Closes the writer: the photo if it is complete, else how far it has come."""
        if not blob.complete:
            blob.close()
            return BlobState(digest=blob.digest, state="part" if blob.offset else "none", offset=blob.offset)
        try:
            mime = blob.finish()
        except WireError as refused:
            if refused.code.name == "not-an-image":
                self._note_blob(blob.digest, blob.size, holdings.NO_PICTURE)
            raise
        self._note_blob(blob.digest, blob.size, mime)
        LOG.info("photo", device=self._device.id, digest=blob.digest, bytes=blob.size)
        return BlobState(digest=blob.digest, state="full", offset=blob.size)

    def read_blob(self, digest: str, offset: int = 0) -> Iterator[bytes]:
        """The bytes of a photo from `offset` on. Raises `unknown-blob`."""
        if self.blob_state(digest).state != "full":
            raise WireError("unknown-blob")
        return self._server.blobs.read(self._project, digest, offset)

    def _is_whole(self, digest: str) -> bool:
        """Whether row and file agree that a photo is here.

        A file without its row (a crash between the two, or an older database put back) is checked and noted.
        """
        size = self._server.blobs.size(self._project, digest)
        if size is None:
            return False
        with self._server.database.read() as connection:
            noted = holdings.known_blobs(connection, self._project, [digest])
        if noted.get(digest) == size:
            return True
        mime = self._server.blobs.mime(self._project, digest)
        if mime is None:
            return False
        self._note_blob(digest, size, mime)
        return True

    def _note_blob(self, digest: str, size: int, mime: str) -> None:
        with self._server.database.transaction() as connection:
            holdings.add_blob(
                connection,
                self._project,
                digest,
                size=size,
                mime=mime,
                device=self._device.id,
                at=self._server.now(),
            )

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


class _GrowingRun:
    """Consecutive operations of one replica while a page is put together."""

    def __init__(self, replica: str, first: int, before: bytes, *, own: bool) -> None:
        self._replica = replica
        self._first = first
        self._next = first
        self._before = before
        self._own = own
        self._lines: list[bytes] = []

    def continues(self, row: log.FeedRow) -> bool:
        """Whether this operation is the run's next."""
        return row.replica == self._replica and row.n == self._next

    def add(self, row: log.FeedRow) -> None:
        self._next += 1
        if not self._own:
            self._lines.append(row.body)

    def finished(self) -> Run:
        header = RunHeader(
            rep=self._replica, first=self._first, to=self._next - 1, prev=self._before.hex(), own=self._own
        )
        return Run(header, tuple(self._lines))
