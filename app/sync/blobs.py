"""Photos both ways: previews before originals, each going on where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from app.i18n import tr
from app.jobs import Progress
from app.log import subject
from app.storage.photos import Photo
from app.sync.link import LinkError
from app.sync.local import LocalStores
from app.sync.patience import Patience
from core.errors import KnownError
from core.protocol.endpoint import SyncEndpoint
from core.protocol.messages import BlobState
from core.protocol.versions import HAVE_LIMIT
from core.protocol.wire_errors import WireError

LOG = subject("sync")
PIECE_BYTES = 2 * 1024
_REFUSED_HERE = {"photo_damaged", "photo_missing", "photo_changed"}


@dataclass
class Exchanged:
    """What became of the photos. `waiting`: others' photos that the server does not hold yet."""

    sent: set[str] = field(default_factory=set)
    received: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    waiting: set[str] = field(default_factory=set)


def exchange_blobs(
    endpoint: SyncEndpoint, local: LocalStores, progress: Progress, patience: Patience
) -> Exchanged:
    """Sends the photos the server does not hold and fetches those of others."""
    exchanged = Exchanged()
    _send_all(endpoint, local, progress, patience, exchanged)
    _fetch_all(endpoint, local, progress, patience, exchanged)
    return exchanged


def _send_all(
    endpoint: SyncEndpoint, local: LocalStores, progress: Progress, patience: Patience, exchanged: Exchanged
) -> None:
    while photos := _not_in(local.photos.to_send(limit=-1), exchanged.refused)[:HAVE_LIMIT]:
        states = _have(endpoint, photos, patience)
        for number, photo in enumerate(photos):
            progress.raise_if_cancelled()
            progress.step(number, len(photos), tr("sync.step.send_photos"))
            state = states[photo.digest]
            if state.state == "rejected":
                exchanged.refused.add(photo.digest)
            elif state.state == "full":
                _note(local, state)
            else:
                _Sending(endpoint, local, photo, progress, patience).run(state.offset, exchanged)


class _Sending:
    """One photo on its way, however often the line breaks."""

    def __init__(
        self,
        endpoint: SyncEndpoint,
        local: LocalStores,
        photo: Photo,
        progress: Progress,
        patience: Patience,
    ) -> None:
        self._endpoint = endpoint
        self._local = local
        self._photo = photo
        self._progress = progress
        self._patience = patience
        self._mismatches = 0

    def run(self, offset: int, exchanged: Exchanged) -> None:
        """Sends the rest of the photo; one that cannot be sent is set aside and the others go on."""
        try:
            while not self._sent_from(offset):
                before, offset = offset, self._server_offset()
                if offset > before:
                    self._patience.progress()
        except KnownError as error:
            if error.code not in _REFUSED_HERE:
                raise
            LOG.warning("photo file does not read back", digest=self._photo.digest)
            with self._local.database.transaction():
                self._local.photos.damaged(self._photo.digest)
            exchanged.refused.add(self._photo.digest)
        except WireError as refused:
            if refused.code.name not in {"not-an-image", "digest-mismatch", "too-large"}:
                raise
            exchanged.refused.add(self._photo.digest)
        else:
            exchanged.sent.add(self._photo.digest)

    def _sent_from(self, offset: int) -> bool:
        photo = self._photo
        pieces = self._pieces(offset)
        try:
            state = self._endpoint.append_blob(photo.digest, photo.size, offset, pieces)
        except LinkError as broken:
            self._patience.bear(broken)
            return False
        except WireError as refused:
            if refused.code.name not in {"mismatching-upload-offset", "token-expired", "busy"}:
                raise
            self._mismatches += 1
            if refused.code.name == "busy" or self._mismatches > 3:
                self._patience.bear(refused)
            return False
        if state.state == "full":
            self._patience.progress()
            _note(self._local, state)
            return True
        return False

    def _server_offset(self) -> int:
        return _have(self._endpoint, [self._photo], self._patience)[self._photo.digest].offset

    def _pieces(self, offset: int) -> Iterator[bytes]:
        for piece in self._local.photo_files.chunks(self._photo.digest, offset, PIECE_BYTES):
            self._progress.raise_if_cancelled()
            yield piece


def _fetch_all(
    endpoint: SyncEndpoint, local: LocalStores, progress: Progress, patience: Patience, exchanged: Exchanged
) -> None:
    passed_over = exchanged.refused | exchanged.waiting
    while photos := _not_in(local.photos.to_fetch(limit=-1), passed_over)[:HAVE_LIMIT]:
        states = _have(endpoint, photos, patience)
        for number, photo in enumerate(photos):
            progress.raise_if_cancelled()
            progress.step(number, len(photos), tr("sync.step.fetch_photos"))
            if states[photo.digest].state != "full":
                exchanged.waiting.add(photo.digest)
            elif _fetched(endpoint, local, photo, progress, patience):
                exchanged.received.add(photo.digest)
            else:
                exchanged.refused.add(photo.digest)
        passed_over = exchanged.refused | exchanged.waiting


def _fetched(
    endpoint: SyncEndpoint, local: LocalStores, photo: Photo, progress: Progress, patience: Patience
) -> bool:
    """Stores another's photo, its digest verified; False if what came is not that photo."""
    pieces = _incoming(endpoint, photo.digest, progress.raise_if_cancelled, patience)
    try:
        local.photo_files.store(photo.digest, pieces)
    except KnownError as error:
        if error.code not in _REFUSED_HERE:
            raise
        LOG.warning("photo came with a wrong digest", digest=photo.digest)
        return False
    with local.database.transaction():
        local.photos.arrived(photo.digest)
    return True


def _incoming(
    endpoint: SyncEndpoint, digest: str, look_up: Callable[[], None], patience: Patience
) -> Iterator[bytes]:
    """The bytes of a photo, taken up again where the line broke."""
    offset = 0
    while True:
        try:
            for piece in endpoint.read_blob(digest, offset):
                look_up()
                offset += len(piece)
                patience.progress()
                yield piece
        except LinkError as broken:
            patience.bear(broken)
        else:
            return


def _have(endpoint: SyncEndpoint, photos: list[Photo], patience: Patience) -> dict[str, BlobState]:
    while True:
        try:
            return {state.digest: state for state in endpoint.blobs_have([photo.digest for photo in photos])}
        except (LinkError, WireError) as error:
            patience.bear(error)


def _note(local: LocalStores, state: BlobState) -> None:
    with local.database.transaction():
        local.photos.server_holds(state.digest, state.offset, whole=state.state == "full")


def _not_in(photos: list[Photo], passed_over: set[str]) -> list[Photo]:
    return [photo for photo in photos if photo.digest not in passed_over]
