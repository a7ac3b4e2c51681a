"""Small pictures kept in memory. They never touch the disk, where photos lie sealed."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

_BYTES_KEPT: Final = 32_000_000  # some 2,000 thumbnails of 256 px


class Thumbnails:
    """The thumbnails last asked for, by photo and side; the oldest go first. Any thread may ask."""

    def __init__(self, bytes_kept: int = _BYTES_KEPT) -> None:
        self._bytes_kept = bytes_kept
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, digest: str, side_px: int, make: Callable[[], bytes]) -> bytes:
        """The thumbnail, from memory or made now. Two threads may make one twice; neither waits."""
        key = digest, side_px
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._size += len(made)
            while self._size > self._bytes_kept:
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone)
        return made
