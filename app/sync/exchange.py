"""What sending and fetching photos share: the two ends, the lanes, and what has become of each photo."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from app.i18n import tr
from app.jobs import Progress
from app.storage.photos import Photo
from app.sync.lanes import Lanes, Way, keep_refused, refused_photos
from app.sync.link import LinkError
from app.sync.local import LocalStores
from app.sync.patience import Patience
from core.protocol.endpoint import SyncEndpoint
from core.protocol.messages import BlobState
from core.protocol.versions import HAVE_LIMIT
from core.protocol.wire_errors import WireError

REFUSED_HERE = frozenset({"photo_damaged", "photo_missing", "photo_changed"})
_MEGABYTE = 1_000_000


@dataclass
class Exchanged:
    """What became of the photos.

    `waiting`: others' photos that the server does not hold yet; `held_back`: originals that wait for a better
    line or for the person's word.
    """

    sent: set[str] = field(default_factory=set)
    received: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)
    held_back: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Exchange:
    """One sync's exchange of photos."""

    endpoint: SyncEndpoint
    local: LocalStores
    progress: Progress
    patience: Patience
    lanes: Lanes
    became: Exchanged = field(default_factory=Exchanged)

    def in_turn(
        self, way: Way, unmoved: Callable[[], list[Photo]], passed_over: Iterable[str], travelled: Travelled
    ) -> Iterator[tuple[Photo, BlobState]]:
        """Each photo that may move this way, with what the server holds of it; others are noted as held back.

        `unmoved` is asked before every batch, because photos come to be while others move.
        """
        over = set(passed_over)
        while photos := [photo for photo in unmoved() if photo.digest not in over][:HAVE_LIMIT]:
            over |= {photo.digest for photo in photos}
            moving = [photo for photo in photos if self.lanes.allows(photo, way)]
            self.became.held_back |= {photo.digest for photo in photos} - {photo.digest for photo in moving}
            states = self.have(moving) if moving else {}
            travelled.expect(moving)
            for photo in moving:
                yield photo, states[photo.digest]
                travelled.over(photo)

    def have(self, photos: Iterable[Photo]) -> dict[str, BlobState]:
        """What the server holds of each."""
        digests = [photo.digest for photo in photos]
        while True:
            try:
                return {state.digest: state for state in self.endpoint.blobs_have(digests)}
            except (LinkError, WireError) as error:
                self.patience.bear(error)

    def note(self, state: BlobState) -> None:
        """Keeps how much of a photo the server says it holds."""
        with self.local.database.transaction():
            self.local.photos.server_holds(state.digest, state.offset, whole=state.state == "full")
            if state.state == "full" and state.digest in (kept := refused_photos(self.local.kv)):
                keep_refused(self.local.kv, {key: why for key, why in kept.items() if key != state.digest})

    def refuse(self, digest: str, why: str) -> None:
        """Keeps that the server did not take a photo, and its reason."""
        self.became.refused.add(digest)
        with self.local.database.transaction():
            keep_refused(self.local.kv, refused_photos(self.local.kv) | {digest: why})


class Travelled:
    """How far a lane has come, in bytes, told to whoever watches."""

    def __init__(self, progress: Progress, step: str) -> None:
        self._progress = progress
        self._step = step
        self._done = 0
        self._total = 0

    def expect(self, photos: Iterable[Photo]) -> None:
        """These will move."""
        self._total += sum(photo.size for photo in photos)

    def at(self, photo: Photo, offset: int) -> None:
        """So much of this photo has moved. Raises JobCancelledError once the sync is to stop."""
        self._progress.raise_if_cancelled()
        moved = self._done + min(offset, photo.size)
        words = tr(
            self._step, done=f"{moved / _MEGABYTE:.1f}", total=f"{max(self._total, moved) / _MEGABYTE:.1f}"
        )
        self._progress.step(moved // 1000, max(self._total, moved) // 1000, words)  # a bar counts to 2^31

    def over(self, photo: Photo) -> None:
        """Nothing more of this photo will move."""
        self._done += photo.size
