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
from typing import BinaryIO, cast

from nacl import bindings as sodium
from nacl.exceptions import CryptoError

from app.storage.arriving import SUFFIX, Arriving
from app.storage.durable_files import file_errors, fsync_folder, write_durably
from core.errors import KnownError

VERSION = 1
FRAME_BYTES = 64 * 1024
_SEALED_FRAME_BYTES = FRAME_BYTES + sodium.crypto_secretstream_xchacha20poly1305_ABYTES
_HEADER_BYTES = sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES
_MESSAGE = sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_FINAL = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL


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
        if self.has(digest) and self.is_sound(digest):
            fsync_folder(self.path(digest).parent)  # if a run was killed before it came to that
            return
        chunks = [data] if isinstance(data, bytes) else data
        write_durably(self.path(digest), self._seal(digest, chunks), self._tmp)

    def has(self, digest: str) -> bool:
        """Whether a file for this photo exists; only reading it tells whether it is sound."""
        return self.path(digest).is_file()

    def looks_whole(self, digest: str, size: int) -> bool:
        """Whether a file is there and as long as one for `size` plain bytes: quick, and blind to flips."""
        frames = max(1, -(-size // FRAME_BYTES))
        expected = 1 + _HEADER_BYTES + size + frames * (_SEALED_FRAME_BYTES - FRAME_BYTES)
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
        path = self.path(digest)
        try:
            file = path.open("rb")
        except FileNotFoundError as error:
            raise KnownError("photo_missing", digest=digest) from error
        try:
            reader = _SealedReader(file, self._file_key(digest), digest)
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

    def _seal(self, digest: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        state = sodium.crypto_secretstream_xchacha20poly1305_state()
        header = sodium.crypto_secretstream_xchacha20poly1305_init_push(state, self._file_key(digest))
        yield bytes([VERSION]) + header
        hashed = hashlib.sha256()
        for frame, last in _frames(chunks):
            hashed.update(frame)
            tag = _FINAL if last else _MESSAGE
            yield sodium.crypto_secretstream_xchacha20poly1305_push(state, frame, bytes([VERSION]), tag)
        if "sha256:" + hashed.hexdigest() != digest:
            raise KnownError("photo_changed", digest=digest)

    def _file_key(self, digest: str) -> bytes:
        return self._derive(b"cj-photo-key", digest)

    def _derive(self, purpose: bytes, digest: str) -> bytes:
        return hashlib.blake2b(digest.encode(), key=self._key, person=purpose, digest_size=32).digest()


def _frames(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The bytes cut into frames, and whether it is the last (an empty photo is one empty last frame)."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) > FRAME_BYTES:
            yield bytes(waiting[:FRAME_BYTES]), False
            del waiting[:FRAME_BYTES]
    yield bytes(waiting), True


class _SealedReader(io.RawIOBase):
    """Plain bytes of a sealed file. Going back starts again from the first frame: frames are a chain."""

    def __init__(self, file: BinaryIO, key: bytes, digest: str) -> None:
        self._file = file
        self._key = key
        self._digest = digest
        self._start()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR:
            offset += self._position
        elif whence == io.SEEK_END:
            while self._next(FRAME_BYTES):
                pass
            offset += self._position
        if offset < self._position:
            self._start()
        while self._position < offset and self._next(offset - self._position):
            pass
        return self._position

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        piece = self._next(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _start(self) -> None:
        self._file.seek(0)
        head = self._file.read(1 + _HEADER_BYTES)
        if len(head) != 1 + _HEADER_BYTES or head[0] != VERSION:
            raise self._damaged()
        self._state = sodium.crypto_secretstream_xchacha20poly1305_state()
        sodium.crypto_secretstream_xchacha20poly1305_init_pull(self._state, head[1:], self._key)
        self._hashed = hashlib.sha256()
        self._frame = memoryview(b"")
        self._ended = False
        self._position = 0

    def _next(self, limit: int) -> memoryview:
        """Up to `limit` bytes at the present position, empty only at the end."""
        while not self._frame and not self._ended:
            self._frame = memoryview(self._pull())
        piece, self._frame = self._frame[:limit], self._frame[limit:]
        self._position += len(piece)
        return piece

    def _pull(self) -> bytes:
        sealed = self._file.read(_SEALED_FRAME_BYTES)
        try:
            frame, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(
                self._state, sealed, bytes([VERSION])
            )
        except (CryptoError, ValueError, RuntimeError) as error:
            raise self._damaged() from error
        self._hashed.update(frame)
        if tag == _FINAL:
            if self._file.read(1) or "sha256:" + self._hashed.hexdigest() != self._digest:
                raise self._damaged()
            self._ended = True
        return frame

    def _damaged(self) -> KnownError:
        return KnownError("photo_damaged", digest=self._digest)
