"""How a photo is sealed with libsodium, and read back; `app.storage.photo_files` tells the format.

A module of its own, since the bindings of libsodium are not loaded before a photo is read or stored.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from nacl import bindings as sodium
from nacl.exceptions import CryptoError

from app.storage.photo_files import FRAME_BYTES, HEADER_BYTES, SEAL_BYTES, VERSION
from core.errors import KnownError

_MESSAGE = sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
_FINAL = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL


def seal(chunks: Iterable[bytes], key: bytes, digest: str) -> Iterator[bytes]:
    """The sealed file of a photo. Raises KnownError "photo_changed" if the bytes do not have this digest."""
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    header = sodium.crypto_secretstream_xchacha20poly1305_init_push(state, key)
    yield bytes([VERSION]) + header
    hashed = hashlib.sha256()
    for frame, last in _frames(chunks):
        hashed.update(frame)
        tag = _FINAL if last else _MESSAGE
        yield sodium.crypto_secretstream_xchacha20poly1305_push(state, frame, bytes([VERSION]), tag)
    if "sha256:" + hashed.hexdigest() != digest:
        raise KnownError("photo_changed", digest=digest)


def _frames(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The bytes cut into frames, and whether it is the last (an empty photo is one empty last frame)."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) > FRAME_BYTES:
            yield bytes(waiting[:FRAME_BYTES]), False
            del waiting[:FRAME_BYTES]
    yield bytes(waiting), True


class SealedReader(io.RawIOBase):
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
        head = self._file.read(1 + HEADER_BYTES)
        if len(head) != 1 + HEADER_BYTES or head[0] != VERSION:
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
        sealed = self._file.read(FRAME_BYTES + SEAL_BYTES)
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
