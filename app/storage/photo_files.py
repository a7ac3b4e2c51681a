"""Photo files on disk: sealed, whole, named so that a folder listing tells nothing.

One file a photo: a version byte (1), the 24-byte header of libsodium's secretstream (XChaCha20-Poly1305),
then frames of 64 KiB plain text + 17 bytes; the last frame carries the FINAL tag. The key of a file is
BLAKE2b(key = data key, person = "cj-photo-key", message = digest), its name the same with "cj-photo-name".
Each frame is authenticated when read, and the SHA-256 of the whole is compared at its end.
"""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from app.storage.durable_files import file_errors, fsync_folder, write_durably
from core.errors import KnownError

if TYPE_CHECKING:
    from app.storage.arriving import Arriving

VERSION = 1
FRAME_BYTES = 64 * 1024
HEADER_BYTES = 24
SEAL_BYTES = 17  # more than its plain text, in every frame


class PhotoFiles:
    """The photos of one workspace by the SHA-256 of their plain bytes (`sha256:…`)."""

    def __init__(self, blobs: Path, tmp: Path, key: bytes) -> None:
        self._blobs = blobs
        self._tmp = tmp
        self._key = key

    def store(self, digest: str, data: bytes | Iterable[bytes]) -> None:
        """The photo is on disk, durably, when this returns. A sound file stays, a damaged one is replaced.

        Raises KnownError "photo_changed" if the bytes do not have this digest, "disk_full" and its like.
        """
        from app.storage import sealed_photo  # noqa: PLC0415  # libsodium's bindings are much to load for a start

        if self.has(digest) and self.is_sound(digest):
            fsync_folder(self.path(digest).parent)  # if a run was killed before it came to that
            return
        chunks = [data] if isinstance(data, bytes) else data
        sealed = sealed_photo.seal(chunks, self._file_key(digest), digest)
        write_durably(self.path(digest), sealed, self._tmp)

    def has(self, digest: str) -> bool:
        """Whether a file for this photo exists; only reading it tells whether it is sound."""
        return self.path(digest).is_file()

    def looks_whole(self, digest: str, size: int) -> bool:
        """Whether a file is there and as long as one for `size` plain bytes: quick, and blind to flips."""
        frames = max(1, -(-size // FRAME_BYTES))
        expected = 1 + HEADER_BYTES + size + frames * SEAL_BYTES
        try:
            return self.path(digest).stat().st_size == expected
        except OSError:
            return False

    def is_sound(self, digest: str) -> bool:
        """Whether the file is there and reads back whole."""
        try:
            for _ in self.chunks(digest):
                pass
        except KnownError as error:
            if error.code not in {"photo_damaged", "photo_missing"}:
                raise
            return False
        return True

    def open_blob(self, digest: str) -> BinaryIO:
        """The plain bytes as a seekable binary file.

        Raises KnownError "photo_missing"; reading raises "photo_damaged" before it hands out a false byte.
        """
        from app.storage.sealed_photo import SealedReader  # noqa: PLC0415  # as above

        path = self.path(digest)
        try:
            file = path.open("rb")
        except FileNotFoundError as error:
            raise KnownError("photo_missing", digest=digest) from error
        try:
            reader = SealedReader(file, self._file_key(digest), digest)
        except BaseException:
            file.close()
            raise
        return cast(BinaryIO, io.BufferedReader(reader, FRAME_BYTES))

    def read(self, digest: str) -> bytes:
        """The whole photo, checked against its digest. Raises KnownError "photo_missing", "photo_damaged"."""
        with self.open_blob(digest) as photo:
            return photo.read()

    def chunks(self, digest: str, offset: int = 0, size: int = FRAME_BYTES) -> Iterator[bytes]:
        """The plain bytes from `offset` on in pieces, so that an upload can go on where it stopped."""
        with self.open_blob(digest) as photo:
            photo.seek(offset)
            while piece := photo.read(size):
                yield piece

    def remove(self, digest: str) -> None:
        """Takes a damaged or no longer needed file away; nothing happens if there is none."""
        with file_errors(self._blobs):
            self.path(digest).unlink(missing_ok=True)

    def path(self, digest: str) -> Path:
        """Where the file of this photo lies or would lie."""
        name = self._derive(b"cj-photo-name", digest).hex()
        return self._blobs / name[:2] / name

    def arriving(self, digest: str) -> Arriving:
        """What has come so far of a photo of others."""
        from app.storage.arriving import SUFFIX, Arriving  # noqa: PLC0415  # as above

        name = self._derive(b"cj-photo-name", digest).hex()
        return Arriving(self._tmp / f"{name}{SUFFIX}", self._derive(b"cj-photo-part", digest), digest)

    def sweep(self, *, older_than_s: float) -> int:
        """Removes unfinished files of an earlier run from our own tmp folder; how many there were."""
        limit = time.time() - older_than_s
        with file_errors(self._tmp):
            left = [part for part in self._tmp.glob("*.part") if part.stat().st_mtime <= limit]
            for part in left:
                part.unlink(missing_ok=True)
        return len(left)

    def _file_key(self, digest: str) -> bytes:
        return self._derive(b"cj-photo-key", digest)

    def _derive(self, purpose: bytes, digest: str) -> bytes:
        return hashlib.blake2b(digest.encode(), key=self._key, person=purpose, digest_size=32).digest()
