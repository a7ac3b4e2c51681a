"""The photos of one project: what is held of each, taking one in, giving one out. Row and file agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import structlog

from core.clock import Clock, iso_seconds
from core.protocol.messages import BlobState
from core.protocol.wire_errors import WireError
from core.values import is_digest
from server.auth import Device
from server.blobs.store import BlobStore, IncomingBlob
from server.database import Database
from server.queries import holdings

LOG = structlog.get_logger("photos")


class Photos:
    """The photos as one device sees them."""

    def __init__(self, database: Database, store: BlobStore, clock: Clock, device: Device) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._device = device
        self._project = device.project

    def key(self, digest: str) -> tuple[str, str]:
        """What names an upload among those of all projects."""
        return self._project, digest

    def state(self, digest: str) -> BlobState:
        """What is held of one photo. Raises `malformed` for what is no digest."""
        if not is_digest(digest):
            raise WireError("malformed")
        if self.is_whole(digest):
            return BlobState(digest=digest, state="full", offset=self._store.size(self._project, digest) or 0)
        with self._database.read() as connection:
            if holdings.is_no_picture(connection, self._project, digest):
                return BlobState(digest=digest, state="rejected", reason="not-an-image")
        return _so_far(digest, self._store.offset(self._project, digest))

    def is_whole(self, digest: str) -> bool:
        """Whether row and file agree that a photo is here.

        A file without its row (a crash between the two, or an older database put back) is checked and noted.
        """
        size = self._store.size(self._project, digest)
        if size is None:
            return False
        with self._database.read() as connection:
            noted = holdings.known_blobs(connection, self._project, [digest])
        if noted.get(digest) == size:
            return True
        mime = self._store.mime(self._project, digest)
        if mime is None:
            return False
        self._note(digest, size, mime)
        return True

    def begin(self, digest: str, size: int, offset: int) -> IncomingBlob | None:
        """A writer for the rest of a photo, to be closed by the caller; None if the photo is whole."""
        state = self.state(digest)
        if state.state == "rejected":
            raise WireError("not-an-image")
        if state.state == "full":
            return None
        return self._store.begin(self._project, digest, size, offset)

    def end(self, blob: IncomingBlob) -> BlobState:
        """Closes the writer: the photo if it is complete, else how far it has come.

        Raises `digest-mismatch`, `not-an-image`.
        """
        if not blob.complete:
            blob.close()
            return _so_far(blob.digest, blob.offset)
        try:
            mime = blob.finish()
        except WireError as refused:
            if refused.code.name == "not-an-image":
                self._note(blob.digest, blob.size, holdings.NO_PICTURE)
            raise
        self._note(blob.digest, blob.size, mime)
        LOG.info("photo", device=self._device.id, digest=blob.digest, bytes=blob.size)
        return BlobState(digest=blob.digest, state="full", offset=blob.size)

    def adopt(self, file: Path, digest: str, size: int) -> str:
        """Takes in a file that has come whole, of whatever kind; its MIME type."""
        mime = self._store.adopt(self._project, file, digest)
        self._note(digest, size, mime)
        LOG.info("file", device=self._device.id, digest=digest, bytes=size)
        return mime

    def preview_of(self, digest: str) -> str:
        """The digest of the small copy made at capture. Raises `unknown-blob` if none is named here."""
        with self._database.read() as connection:
            preview = holdings.preview_of(connection, self._project, digest)
        if preview is None:
            raise WireError("unknown-blob")
        return preview

    def read(self, digest: str, offset: int = 0) -> Iterator[bytes]:
        """The bytes of a whole photo from `offset` on. Raises `unknown-blob`."""
        if self.state(digest).state != "full":
            raise WireError("unknown-blob")
        return self._store.read(self._project, digest, offset)

    def _note(self, digest: str, size: int, mime: str) -> None:
        with self._database.transaction() as connection:
            holdings.add_blob(
                connection,
                self._project,
                digest,
                size=size,
                mime=mime,
                device=self._device.id,
                at=iso_seconds(self._clock.now()),
            )


def _so_far(digest: str, offset: int) -> BlobState:
    state: Literal["part", "none"] = "part" if offset else "none"
    return BlobState(digest=digest, state=state, offset=offset)
