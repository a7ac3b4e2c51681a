"""A folder of photos named by their SHA-256, and the parts of those still on their way.

    <project>/ab/<hex>        whole, verified, durable
    <project>/parts/<hex>     what has come so far; its size is the offset to go on from
    <project>/damaged/<hex>   no longer what its name says; kept, and asked of the clients again

A part becomes a photo by: fsync, hash compared, picture structure checked, rename, fsync of the folder.
Projects have their own folders, so that a digest tells nothing across projects.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import structlog

from core.protocol.versions import BLOB_LIMIT, PHOTO_BYTES_LIMIT
from core.protocol.wire_errors import WireError
from server.durable_files import disk_is_full, make_folder, sync_file, sync_folder
from server.imaging import blob_mime

LOG = structlog.get_logger("photos")
PARTS = "parts"
INCOMING = "phone-"
OTHER_MIME = "application/octet-stream"
"""Of what is no photo, document nor recording: a phone may send any file, a device may not."""
_DAMAGED = "damaged"
FREE_BYTES_KEPT = 64 * 1024 * 1024
_SYNC_EVERY = 256 * 1024
_READ_BYTES = 64 * 1024


class BlobStore:
    """The photos of all projects. One writer a digest at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Lock()
        self._writing: set[Path] = set()
        make_folder(folder)

    def size(self, project: str, digest: str) -> int | None:
        """The size of a whole photo, or None."""
        try:
            return self._whole(project, digest).stat().st_size
        except FileNotFoundError:
            return None

    def offset(self, project: str, digest: str) -> int:
        """How much of a photo has come and would outlive a power cut; 0 if nothing."""
        try:
            descriptor = os.open(self._part(project, digest), os.O_RDWR)
        except FileNotFoundError:
            return 0
        try:
            os.fsync(descriptor)
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    def begin(self, project: str, digest: str, size: int, offset: int) -> IncomingBlob:
        """Goes on with a photo of `size` bytes at `offset`.

        Raises WireError `mismatching-upload-offset` if the part ends elsewhere, `too-large`, `server-full`,
        `busy` while another writer of the same photo is at work.
        """
        if size > BLOB_LIMIT:
            raise WireError("too-large", limit=BLOB_LIMIT)
        if shutil.disk_usage(self._folder).free < FREE_BYTES_KEPT + size:
            raise WireError("server-full")
        part = self._part(project, digest)
        with self._turn:
            if part in self._writing:
                raise WireError("busy")
            self._writing.add(part)
        try:
            make_folder(part.parent)
            present = self.offset(project, digest)
            if present > size:  # an earlier, wrong idea of this photo
                part.unlink()
                present = 0
            if present != offset:
                raise WireError("mismatching-upload-offset", offset=present)  # noqa: TRY301  let go of below
            return IncomingBlob(self, part, self._whole(project, digest), digest, size, offset)
        except BaseException:
            self.release(part)
            raise

    def is_full(self) -> bool:
        """Whether the disk has no room left for a photo of the greatest size."""
        return shutil.disk_usage(self._folder).free < FREE_BYTES_KEPT + PHOTO_BYTES_LIMIT

    def incoming(self, project: str, size: int) -> Path:
        """The folder for files whose digest is known only at their end. Raises WireError `server-full`."""
        if shutil.disk_usage(self._folder).free < FREE_BYTES_KEPT + size:
            raise WireError("server-full")
        folder = self._folder / project / PARTS
        make_folder(folder)
        return folder

    def adopt(self, project: str, file: Path, digest: str) -> str:
        """Takes in a file of any kind that has come whole, durably; it is moved, unless it is here already.

        Returns its MIME type.
        """
        whole = self._whole(project, digest)
        if not whole.exists():
            sync_file(file)
            make_folder(whole.parent)
            file.replace(whole)
            sync_folder(whole.parent)
        return blob_mime(whole) or OTHER_MIME

    def clear_incoming(self) -> None:
        """Removes what a kill left of files without a digest: who sent them sends them again."""
        for left in self._folder.glob(f"*/{PARTS}/{INCOMING}*"):
            left.unlink(missing_ok=True)

    def path(self, project: str, digest: str) -> Path:
        """Where a whole blob lies."""
        return self._whole(project, digest)

    def release(self, part: Path) -> None:
        """Lets another writer have this part."""
        with self._turn:
            self._writing.discard(part)

    def read(self, project: str, digest: str, offset: int = 0) -> Iterator[bytes]:
        """The bytes of a whole photo from `offset` on. Raises WireError `unknown-blob` before the first.

        Read from its beginning, one that the disk has spoiled is put aside before the last piece is given.
        """
        try:
            file = self._whole(project, digest).open("rb")
        except FileNotFoundError as missing:
            raise WireError("unknown-blob") from missing
        return _pieces(file, offset) if offset else self._compared(project, digest, file)

    def _compared(self, project: str, digest: str, file: BinaryIO) -> Iterator[bytes]:
        found, left = hashlib.sha256(), os.fstat(file.fileno()).st_size
        for piece in _pieces(file, 0):
            found.update(piece)
            left -= len(piece)
            if left == 0 and f"sha256:{found.hexdigest()}" != digest:
                self._put_aside(project, digest)
            yield piece

    def _put_aside(self, project: str, digest: str) -> None:
        LOG.warning("a photo is damaged", digest=digest)
        whole = self._whole(project, digest)
        aside = self._folder / project / _DAMAGED / whole.name
        make_folder(aside.parent)
        whole.replace(aside)

    def whole(self) -> Iterator[tuple[str, str]]:
        """(project, digest) of every whole photo, by name."""
        for file in sorted(self._folder.glob("*/[0-9a-f][0-9a-f]/*")):
            yield file.parent.parent.name, f"sha256:{file.name}"

    def parts(self) -> int:
        """How many photos have begun to come and are not whole."""
        return sum(1 for _ in self._folder.glob(f"*/{PARTS}/*"))

    def mime(self, project: str, digest: str) -> str | None:
        """What kind of file a whole blob is, its hash compared; None if it is damaged or absent."""
        whole = self._whole(project, digest)
        if not whole.exists() or _digest(whole) != digest:
            return None
        return blob_mime(whole) or OTHER_MIME

    def _whole(self, project: str, digest: str) -> Path:
        name = digest.removeprefix("sha256:")
        return self._folder / project / name[:2] / name

    def _part(self, project: str, digest: str) -> Path:
        return self._folder / project / PARTS / digest.removeprefix("sha256:")


class IncomingBlob:
    """A part being written. Whoever holds it must `close` it, however the transfer ends."""

    def __init__(
        self, store: BlobStore, part: Path, whole: Path, digest: str, size: int, offset: int
    ) -> None:
        self.digest = digest
        self.size = size
        self.offset = offset
        self._store = store
        self._part = part
        self._whole = whole
        self._file = part.open("ab", buffering=0)
        self._synced = offset

    @property
    def complete(self) -> bool:
        """Whether all bytes have come."""
        return self.offset == self.size

    @property
    def wants_sync(self) -> bool:
        """Whether enough has come since the last fsync to be worth another."""
        return self.offset - self._synced >= _SYNC_EVERY

    def write(self, piece: bytes) -> None:
        """Adds a piece. Raises WireError `too-large` past the announced size, `server-full`."""
        if self.offset + len(piece) > self.size:
            raise WireError("too-large", limit=self.size)
        try:
            written = self._file.write(piece)
        except OSError as refused:
            if not disk_is_full(refused):
                raise
            raise WireError("server-full") from refused
        self.offset += written
        if written < len(piece):
            raise WireError("server-full")

    def sync(self) -> None:
        """What has come so far outlives a power cut."""
        upto = self.offset
        os.fsync(self._file.fileno())
        self._synced = upto

    def close(self) -> None:
        """Keeps what has come and lets the next writer in. May be called twice."""
        if self._file.closed:
            return
        try:
            self.sync()
        finally:
            self._file.close()
            self._store.release(self._part)

    def finish(self) -> str:
        """Makes the complete part a photo; returns its MIME type.

        Raises WireError `digest-mismatch` or `not-an-image`; the part is dropped then.
        """
        self.sync()
        try:
            if _digest(self._part) != self.digest:
                self._part.unlink()
                raise WireError("digest-mismatch", offset=0)
            mime = blob_mime(self._part)
            if mime is None:
                self._part.unlink()
                raise WireError("not-an-image")
            make_folder(self._whole.parent)
            self._part.replace(self._whole)
            sync_folder(self._whole.parent)
            return mime
        finally:
            self.close()


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return "sha256:" + hashlib.file_digest(opened, "sha256").hexdigest()


def _pieces(file: BinaryIO, offset: int) -> Iterator[bytes]:
    with file:
        file.seek(offset)
        while piece := file.read(_READ_BYTES):
            yield piece
