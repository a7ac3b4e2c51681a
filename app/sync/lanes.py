"""Which photos travel now: previews always, originals when the line or the person allows it.

100 originals of 5 MB need 28 hours at 40 kbit/s, their previews 40 minutes: nobody should wait for what a
colleague saw behind one's own originals.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, get_args

import msgspec

from app.storage.kv import KeyValues
from app.storage.photos import ORIGINAL, Photo

OriginalsRule = Literal["always", "good", "hand"]
Way = Literal["send", "fetch"]
GOOD_BYTES_S = 125_000  # 1 Mbit/s: an original of 5 MB takes 40 s; 3G stays below, 4G and any cable above
SMALL_BYTES = 256 * 1024  # an original as small as a preview goes with the previews: sooner sent than judged
_TOLD_FROM_BYTES = 64 * 1024  # less says more about the round trip than about the line
_JUDGED_OVER_BYTES = 1024 * 1024
_RULE, _ASKED, _REFUSED = "sync.originals", "sync.originals_asked", "sync.photos_refused"


class SlowLineError(Exception):
    """An original was stopped on its way because the line is slow; what has moved of it stays moved."""


class LinkSpeed:
    """What the line has carried lately, over the last megabyte of this sync."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._moved = deque[tuple[int, float]]()

    @property
    def bytes_s(self) -> float | None:
        """Bytes a second; None while too little has moved to tell."""
        moved = sum(size for size, _ in self._moved)
        return None if moved < _TOLD_FROM_BYTES else moved / max(1e-6, sum(took for _, took in self._moved))

    @property
    def is_slow(self) -> bool:
        """Whether enough has moved to know that the line is not good for originals."""
        return self.bytes_s is not None and self.bytes_s < GOOD_BYTES_S

    def watch(self, pieces: Iterable[bytes], *, stop_when_slow: bool) -> Iterator[bytes]:
        """The pieces, timed as they move. Raises SlowLineError between two of them if that is wanted."""
        moved, since = 0, self._now()
        for piece in pieces:
            yield piece
            moved += len(piece)
            if moved >= _TOLD_FROM_BYTES // 2:
                self._note(moved, self._now() - since)
                moved, since = 0, self._now()
                if stop_when_slow and self.is_slow:
                    raise SlowLineError

    def _note(self, size: int, took_s: float) -> None:
        self._moved.append((size, took_s))
        while sum(size for size, _ in self._moved) > _JUDGED_OVER_BYTES:
            self._moved.popleft()


class Lanes:
    """The person's rule for originals, and what it means for each photo on this line."""

    def __init__(self, kv: KeyValues, speed: LinkSpeed) -> None:
        self._rule = originals_rule(kv)
        self._asked = originals_asked(kv)
        self.speed = speed

    def judges(self, photo: Photo, way: Way) -> bool:
        """Whether the speed of the line decides about this photo."""
        return self._waits(photo, way) and self._rule == "good"

    def allows(self, photo: Photo, way: Way) -> bool:
        """Whether this photo may begin to move now; without any measure yet it begins, and is watched."""
        return not self._waits(photo, way) or (self._rule == "good" and not self.speed.is_slow)

    def _waits(self, photo: Photo, way: Way) -> bool:
        return not (
            photo.lane != ORIGINAL
            or photo.size <= SMALL_BYTES
            or self._rule == "always"
            or way in self._asked
        )


def originals_rule(kv: KeyValues) -> OriginalsRule:
    """When originals travel: "always" with the records, by "hand", or (the default) on "good" lines only."""
    kept = kv.get(_RULE)
    return next((rule for rule in get_args(OriginalsRule) if rule == kept), "good")


def keep_originals_rule(kv: KeyValues, rule: OriginalsRule) -> None:
    """Keeps the choice; needs an open transaction."""
    kv.put(_RULE, rule)


def originals_asked(kv: KeyValues) -> frozenset[Way]:
    """Which ways the person asked for all originals, whatever the line; holds until they are through."""
    text = kv.get(_ASKED)
    return frozenset() if text is None else frozenset(msgspec.json.decode(text, type=list[Way]))


def ask_for_originals(kv: KeyValues, ways: Iterable[Way]) -> None:
    """Keeps which ways are asked for; needs an open transaction."""
    kv.put(_ASKED, msgspec.json.encode(sorted(ways)).decode("ascii"))


def refused_photos(kv: KeyValues) -> dict[str, str]:
    """By digest of what the server refused: the code of its reason."""
    text = kv.get(_REFUSED)
    return {} if text is None else msgspec.json.decode(text, type=dict[str, str])


def keep_refused(kv: KeyValues, refused: dict[str, str]) -> None:
    """Keeps what the server refused; needs an open transaction."""
    kv.put(_REFUSED, msgspec.json.encode(refused).decode("ascii"))
