"""Photos of others from the server, one lane at a time; large ones go on where an earlier run stopped."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from app.log import subject
from app.storage.arriving import PIECE_BYTES
from app.storage.photos import Photo
from app.sync.exchange import REFUSED_HERE, Exchange, Travelled
from app.sync.lanes import SlowLineError
from app.sync.link import LinkError
from core.errors import KnownError
from core.protocol.wire_errors import WireError

LOG = subject("sync")


def fetch_photos(exchange: Exchange, lane: str) -> None:
    """Fetches what is not here of a lane; what may not move now is noted as held back."""
    became, travelled = exchange.became, Travelled(exchange.progress, f"sync.step.fetch_{lane}")
    unmoved = partial(exchange.local.photos.to_fetch, lane=lane, limit=-1)
    for photo, state in exchange.in_turn("fetch", unmoved, became.refused | became.waiting, travelled):
        travelled.at(photo, 0)
        if state.state != "full":
            became.waiting.add(photo.digest)
        elif not exchange.lanes.allows(photo, "fetch"):
            became.held_back.add(photo.digest)
        else:
            _fetch(exchange, photo, travelled)


def _fetch(exchange: Exchange, photo: Photo, travelled: Travelled) -> None:
    """Stores another's photo, its digest verified."""
    arriving = exchange.local.photo_files.arriving(photo.digest)
    in_parts = photo.size > PIECE_BYTES
    incoming = _incoming(exchange, photo, arriving.offset if in_parts else 0, travelled)
    try:
        exchange.local.photo_files.store(photo.digest, arriving.keep(incoming) if in_parts else incoming)
    except SlowLineError:
        exchange.became.held_back.add(photo.digest)
        return
    except KnownError as error:
        if error.code not in REFUSED_HERE:
            raise
        LOG.warning("photo came with a wrong digest", digest=photo.digest)
        arriving.drop()
        exchange.became.refused.add(photo.digest)
        return
    with exchange.local.database.transaction():
        exchange.local.photos.arrived(photo.digest)
    arriving.drop()
    exchange.became.received.add(photo.digest)


def _incoming(exchange: Exchange, photo: Photo, offset: int, travelled: Travelled) -> Iterator[bytes]:
    """The bytes of a photo from `offset` on, taken up again where the line broke."""
    slow_matters = exchange.lanes.judges(photo, "fetch")
    renewed = False
    while offset < photo.size:
        coming = exchange.endpoint.read_blob(photo.digest, offset)
        try:
            for piece in exchange.lanes.speed.watch(coming, stop_when_slow=slow_matters):
                offset += len(piece)
                travelled.at(photo, offset)
                exchange.patience.progress()
                yield piece
        except LinkError as broken:
            exchange.patience.bear(broken)
        except WireError as refused:
            if refused.code.name != "token-expired" or renewed:
                raise
            renewed = True
        else:
            return
