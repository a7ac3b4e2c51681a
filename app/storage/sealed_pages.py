"""The pages of a sealed database file and of its log, read one by one, however much of the rest is gone.

SQLCipher 4 stores a page of 4096 bytes as AES-256-CBC text, then 16 bytes of IV and 64 of HMAC-SHA512 over
text, IV and page number (https://www.zetetic.net/sqlcipher/design/). The first 16 bytes of the file are the
salt of the HMAC's key: without it a page can still be opened, but nothing says that it is what was written.
Log files are SQLite's own format (https://www.sqlite.org/fileformat2.html#walformat), sealed pages inside.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from struct import unpack_from

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

PAGE_BYTES = 4096
USABLE_BYTES = 4096 - 80
_IV = slice(USABLE_BYTES, USABLE_BYTES + 16)
_HMAC_FROM = USABLE_BYTES + 16
_SALT_BYTES = 16
_SALT_MASK = 0x3A
_WAL_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24
_FRAME_BYTES = _FRAME_HEADER_BYTES + PAGE_BYTES
_NOT_A_PAGE = bytes(PAGE_BYTES)


@dataclass(frozen=True)
class Place:
    """Where a sealed page lies: in the file, or as a frame of its log."""

    number: int
    in_log: bool
    offset: int


@dataclass(frozen=True)
class Page:
    """An opened page. `sound`: its HMAC says that it is byte for byte what was written."""

    number: int
    content: bytes
    sound: bool


@dataclass(frozen=True)
class _Frame:
    place: Place
    salts: bytes
    commits: bool


class SealedPages:
    """One database file and the log beside it. Either may be damaged, cut short or missing."""

    def __init__(self, database: Path, log: Path, key: bytes, salts: tuple[bytes, ...] = ()) -> None:
        """`salts`: those this file is known to have had, in case its own first page is gone."""
        self._database = database.open("rb") if database.is_file() else None
        self._log = log.open("rb") if log.is_file() else None
        self._key = AES(key)
        self._raw_key = key
        self.pages_in_file = 0 if self._database is None else -(-database.stat().st_size // PAGE_BYTES)
        frames = list(self._frames())
        self._hmac_key = self._find_hmac_key(frames, salts)
        self.current, self.left = self._sort(frames)

    def close(self) -> None:
        """Lets the files go."""
        for file in (self._database, self._log):
            if file is not None:
                file.close()

    def open_page(self, place: Place) -> Page:
        """The page at this place, opened as well as it can be."""
        sealed = self._sealed(place)
        start = _SALT_BYTES if place.number == 1 else 0
        opener = Cipher(self._key, CBC(sealed[_IV])).decryptor()
        content = bytes(start) + opener.update(sealed[start:USABLE_BYTES])
        return Page(place.number, content, self._is_sound(place.number, sealed, self._hmac_key))

    def key_fits(self) -> bool:
        """Whether any page is byte for byte what somebody with this key wrote."""
        return self._hmac_key is not None

    def _sealed(self, place: Place) -> bytes:
        file = self._log if place.in_log else self._database
        if file is None:
            return _NOT_A_PAGE
        file.seek(place.offset)
        return file.read(PAGE_BYTES).ljust(PAGE_BYTES, b"\0")

    def _frames(self) -> Iterator[_Frame]:
        """Every frame whose place can be told; the log's own header is not needed."""
        offset = _WAL_HEADER_BYTES
        while self._log is not None:
            self._log.seek(offset)
            header = self._log.read(_FRAME_HEADER_BYTES)
            if len(header) < _FRAME_HEADER_BYTES:
                return
            number, pages_after_commit = unpack_from(">II", header)
            if 0 < number < 1 << 31:
                place = Place(number, in_log=True, offset=offset + _FRAME_HEADER_BYTES)
                yield _Frame(place, header[8:16], pages_after_commit > 0)
            offset += _FRAME_BYTES

    def _sort(self, frames: list[_Frame]) -> tuple[dict[int, Place], list[Place]]:
        """By number the place of each page as last committed, and the places of all other versions.

        A log is written from its start, so the frames that bear the salts of its first one are the present
        ones; what comes after the last commit among them was never acknowledged.
        """
        in_file = {
            number: Place(number, in_log=False, offset=(number - 1) * PAGE_BYTES)
            for number in range(1, self.pages_in_file + 1)
        }
        runs = [list(run) for _, run in groupby(frames, key=lambda frame: frame.salts)]
        present = runs[0] if runs else []
        committed = max((at for at, frame in enumerate(present, 1) if frame.commits), default=0)
        logged = {
            frame.place.number: frame.place
            for frame in present[:committed]
            if self._hmac_key is None or self._frame_is_sound(frame.place)
        }
        current = in_file | logged
        chosen = set(current.values())
        others = [frame.place for frame in reversed(frames) if frame.place not in chosen]
        return current, [*others, *(place for place in in_file.values() if place not in chosen)]

    def _find_hmac_key(self, frames: list[_Frame], salts: tuple[bytes, ...]) -> bytes | None:
        """The key of the HMACs, from the first salt with which a page is sound."""
        places = [Place(number, in_log=False, offset=(number - 1) * PAGE_BYTES) for number in self._some()]
        places += [frame.place for frame in frames[:50]]
        first_pages = [place for place in places if place.number == 1]
        for salt in dict.fromkeys([*(self._sealed(one)[:_SALT_BYTES] for one in first_pages), *salts]):
            masked = bytes(byte ^ _SALT_MASK for byte in salt)
            derived = hashlib.pbkdf2_hmac("sha512", self._raw_key, masked, 2, 32)
            if any(self._is_sound(place.number, self._sealed(place), derived) for place in places):
                return derived
        return None

    def _some(self) -> list[int]:
        """The first page and a few from all over the file."""
        step = max(1, self.pages_in_file // 50)
        return list(range(1, self.pages_in_file + 1, step))

    def _frame_is_sound(self, place: Place) -> bool:
        return self._is_sound(place.number, self._sealed(place), self._hmac_key)

    @staticmethod
    def _is_sound(number: int, sealed: bytes, hmac_key: bytes | None) -> bool:
        if hmac_key is None:
            return False
        start = _SALT_BYTES if number == 1 else 0
        said = hmac.digest(hmac_key, sealed[start:_HMAC_FROM] + number.to_bytes(4, "little"), "sha512")
        return hmac.compare_digest(said, sealed[_HMAC_FROM:])
