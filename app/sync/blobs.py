"""Photos both ways in lanes: every preview, mine and others', before the first original."""

from __future__ import annotations

from app.jobs import Progress
from app.storage.photos import ORIGINAL, PREVIEW
from app.sync.exchange import Exchange, Exchanged
from app.sync.lanes import Lanes, LinkSpeed, ask_for_originals, originals_asked
from app.sync.local import LocalStores
from app.sync.patience import Patience
from app.sync.photo_fetching import fetch_photos
from app.sync.photo_sending import send_photos
from core.protocol.endpoint import SyncEndpoint


def exchange_blobs(
    endpoint: SyncEndpoint, local: LocalStores, progress: Progress, patience: Patience
) -> Exchanged:
    """Sends the photos the server does not hold and fetches those of others.

    What was asked for by hand counts as asked until one whole exchange has gone through it.
    """
    exchange = Exchange(endpoint, local, progress, patience, Lanes(local.kv, LinkSpeed()))
    for lane in (PREVIEW, ORIGINAL):
        send_photos(exchange, lane)
        fetch_photos(exchange, lane)
    if originals_asked(local.kv):
        with local.database.transaction():
            ask_for_originals(local.kv, ())
    return exchange.became
