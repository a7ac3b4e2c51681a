"""Photos to the server, one lane at a time, each going on inside the file where it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from app.log import subject
from app.storage.photos import Photo
from app.sync.exchange import REFUSED_HERE, Exchange, Travelled
from app.sync.lanes import SlowLineError, refused_photos
from app.sync.link import LinkError
from core.errors import KnownError
from core.protocol.wire_errors import WireError

LOG = subject("sync")
PIECE_BYTES = 2 * 1024
_REPORT_BYTES = 32 * 1024
_MISMATCHES = 3


def send_photos(exchange: Exchange, lane: str) -> None:
    """Sends what the server does not hold of a lane; what may not move now is noted as held back."""
    became, travelled = exchange.became, Travelled(exchange.progress, f"sync.step.send_{lane}")
    too_large = {digest for digest, why in refused_photos(exchange.local.kv).items() if why == "too-large"}
    became.refused |= too_large
    unmoved = partial(exchange.local.photos.to_send, lane=lane, limit=-1)
    for photo, state in exchange.in_turn("send", unmoved, became.refused, travelled):
        travelled.at(photo, state.offset)
        if state.state == "rejected":
            exchange.refuse(photo.digest, state.reason)
        elif state.state == "full":
            exchange.note(state)
        elif exchange.lanes.allows(photo, "send"):
            _Sending(exchange, photo, travelled).run(state.offset)
        else:
            became.held_back.add(photo.digest)


class _Sending:
    """One photo on its way, however often the line breaks."""

    def __init__(self, exchange: Exchange, photo: Photo, travelled: Travelled) -> None:
        self._exchange = exchange
        self._photo = photo
        self._travelled = travelled
        self._mismatches = 0

    def run(self, offset: int) -> None:
        """Sends the rest of the photo; one that cannot be sent is set aside and the others go on."""
        exchange, digest = self._exchange, self._photo.digest
        try:
            while not self._sent_from(offset):
                before, offset = offset, self._server_offset()
                if offset > before:
                    exchange.patience.progress()
        except SlowLineError:
            self._server_offset()
            exchange.became.held_back.add(digest)
        except KnownError as error:
            if error.code not in REFUSED_HERE:
                raise
            LOG.warning("photo file does not read back", digest=digest)
            with exchange.local.database.transaction():
                exchange.local.photos.damaged(digest)
            exchange.became.refused.add(digest)
        except WireError as refused:
            if refused.code.name not in {"not-an-image", "digest-mismatch", "too-large"}:
                raise
            exchange.refuse(digest, refused.code.name)
        else:
            exchange.became.sent.add(digest)

    def _sent_from(self, offset: int) -> bool:
        photo, patience = self._photo, self._exchange.patience
        slow_matters = self._exchange.lanes.judges(photo, "send")
        pieces = self._exchange.lanes.speed.watch(self._pieces(offset), stop_when_slow=slow_matters)
        try:
            state = self._exchange.endpoint.append_blob(photo.digest, photo.size, offset, pieces)
        except LinkError as broken:
            patience.bear(broken)
            return False
        except WireError as refused:
            if refused.code.name not in {"mismatching-upload-offset", "token-expired", "busy"}:
                raise
            self._mismatches += 1
            if refused.code.name == "busy" or self._mismatches > _MISMATCHES:
                patience.bear(refused)
            return False
        if state.state == "full":
            patience.progress()
            self._exchange.note(state)
            return True
        return False

    def _server_offset(self) -> int:
        state = self._exchange.have([self._photo])[self._photo.digest]
        self._exchange.note(state)
        return state.offset

    def _pieces(self, offset: int) -> Iterator[bytes]:
        told = offset
        for piece in self._exchange.local.photo_files.chunks(self._photo.digest, offset, PIECE_BYTES):
            self._exchange.progress.raise_if_cancelled()
            yield piece
            offset += len(piece)
            if offset - told >= _REPORT_BYTES:
                self._travelled.at(self._photo, offset)
                told = offset
