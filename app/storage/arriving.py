"""A photo of others on its way here: the pieces that have come, kept over a restart.

One file in the folder for unfinished things: pieces of 64 KiB plain text, each sealed by itself
(XSalsa20-Poly1305, 24-byte nonce before it) under a key of its own from the photo's digest. Only whole pieces
count; a torn end is cut off. Whether they make the photo is told by its digest when all have come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from app.storage.durable_files import file_errors
from core.errors import KnownError

PIECE_BYTES = 64 * 1024
SUFFIX = ".arriving"
_SEALED_BYTES = SecretBox.NONCE_SIZE + PIECE_BYTES + SecretBox.MACBYTES


class Arriving:
    """What has come so far of one photo."""

    def __init__(self, file: Path, key: bytes, digest: str) -> None:
        self._file = file
        self._box = SecretBox(key)
        self._digest = digest

    @property
    def offset(self) -> int:
        """How many bytes have come and are kept."""
        try:
            return self._file.stat().st_size // _SEALED_BYTES * PIECE_BYTES
        except FileNotFoundError:
            return 0

    def keep(self, incoming: Iterable[bytes]) -> Iterator[bytes]:
        """Hands on the photo from its first byte: what was kept, then `incoming`, kept as it comes.

        `incoming` goes on at `offset`. Raises KnownError "photo_damaged" if what was kept does not read back.
        """
        with file_errors(self._file.parent):
            yield from self._kept()
            waiting = bytearray()
            with self._file.open("ab", buffering=0) as file:
                for piece in incoming:
                    waiting += piece
                    while len(waiting) >= PIECE_BYTES:
                        file.write(self._box.encrypt(bytes(waiting[:PIECE_BYTES])))
                        yield bytes(waiting[:PIECE_BYTES])
                        del waiting[:PIECE_BYTES]
            yield bytes(waiting)

    def drop(self) -> None:
        """Forgets what has come."""
        with file_errors(self._file.parent):
            self._file.unlink(missing_ok=True)

    def _kept(self) -> Iterator[bytes]:
        whole = self.offset // PIECE_BYTES
        if not whole:
            self.drop()
            return
        with self._file.open("rb+") as file:
            file.truncate(whole * _SEALED_BYTES)
            for _ in range(whole):
                try:
                    yield self._box.decrypt(file.read(_SEALED_BYTES))
                except CryptoError as error:
                    raise KnownError("photo_damaged", digest=self._digest) from error
