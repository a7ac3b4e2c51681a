"""What has reached the server, as this computer knows it: only items that are asked for are looked up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from app.storage.kv import KeyValues
from app.storage.operations import Operations
from app.storage.outbox import Outbox, OwnExtent
from app.storage.photos import ORIGINAL, Photo, PhotoKind, Photos
from app.storage.records import Records
from app.sync.receipts import kept_receipt
from core.records.receipt import Receipt

RecordState = Literal["unsent", "sent", "photos", "confirmed", "received"]
"""`photos`: a receipt names all that was saved, but not every photo of the record is at the server yet."""
PhotoState = Literal["unsent", "part", "sent", "confirmed", "received", "wanted", "damaged"]
_RANK: dict[RecordState, int] = {"received": 0, "confirmed": 1, "photos": 2, "sent": 3, "unsent": 4}


class RecordStates(Mapping[str, RecordState]):
    """The state of every record. Ask `of` for several at once; to go through all of them takes seconds."""

    def __init__(self, records: Records, outbox: Outbox, receipts: Mapping[str, Receipt]) -> None:
        self._records, self._outbox, self._receipts = records, outbox, receipts

    def of(self, records: Iterable[str]) -> dict[str, RecordState]:
        """The states of these records."""
        wanted = list(records)
        states: dict[str, RecordState] = dict.fromkeys(wanted, "received")
        for extent in self._outbox.own_extents(wanted):
            state = self._state(extent)
            states[extent.record] = max(states[extent.record], state, key=_RANK.__getitem__)
        confirmed = [record for record, state in states.items() if state == "confirmed"]
        return states | dict.fromkeys(self._outbox.lacking_photos(confirmed), "photos")

    def __getitem__(self, record: str) -> RecordState:
        if self._records.row(record) is None:
            raise KeyError(record)
        return self.of([record])[record]

    def __iter__(self) -> Iterator[str]:
        return iter(self._records.ids())

    def __len__(self) -> int:
        return len(self._records.ids())

    def _state(self, extent: OwnExtent) -> RecordState:
        if extent.unsent:
            return "unsent"
        receipt = self._receipts.get(extent.replica)
        return "confirmed" if receipt is not None and receipt.count.through >= extent.last_n else "sent"


class PhotoStates(Mapping[str, PhotoState]):
    """The state of every photo that people took; the previews made of them have none."""

    def __init__(self, photos: Photos, operations: Operations, receipts: Mapping[str, Receipt]) -> None:
        self._photos = photos
        self._held = {digest for receipt in receipts.values() for digest in receipt.photos_held}
        self._others: PhotoState = "received" if _confirm_all_own(operations, receipts) else "sent"
        """What a photo is that the server holds and no receipt names."""

    def counts(self) -> dict[PhotoState, int]:
        """How many photos there are in each state."""
        counts: dict[PhotoState, int] = {}
        for kind, number in self._photos.counts().items():
            state = self._state(kind)
            counts[state] = counts.get(state, 0) + number
        if (confirmed := self._photos.count_sent(self._held)) > 0:
            counts["confirmed"] = confirmed
            counts[self._others] -= confirmed
        return counts

    def __getitem__(self, digest: str) -> PhotoState:
        photo = self._photos.get(digest)
        if photo is None or photo.lane != ORIGINAL:
            raise KeyError(digest)
        return self._state_of(photo)

    def __iter__(self) -> Iterator[str]:
        everything = self._photos.here() + self._photos.to_fetch(limit=-1)
        return (photo.digest for photo in everything if photo.lane == ORIGINAL)

    def __len__(self) -> int:
        return sum(self._photos.counts().values())

    def _state_of(self, photo: Photo) -> PhotoState:
        state = self._state(PhotoKind(photo.state, photo.here, photo.offset > 0, named=True))
        return "confirmed" if state == self._others and photo.digest in self._held else state

    def _state(self, kind: PhotoKind) -> PhotoState:
        """The state of a photo of this kind that no receipt names."""
        if kind.state == "damaged":
            return "damaged"
        if not kind.here:
            return "wanted"
        if kind.state == "sent":
            return self._others
        return "part" if kind.begun else "unsent"


def verified_receipts(operations: Operations, kv: KeyValues) -> dict[str, Receipt]:
    """By own log: the last receipt whose chain hash is the own one there."""
    receipts = {}
    for replica in operations.replicas():
        kept = None if replica.role == "other" else kept_receipt(kv, replica.id)
        if kept is None:
            continue
        count = kept.receipt.count
        own_hash = operations.hash_at(replica.id, count.through)
        if own_hash is not None and own_hash.hex() == count.chain and count.through <= replica.acked:
            receipts[replica.id] = kept.receipt
    return receipts


def _confirm_all_own(operations: Operations, receipts: Mapping[str, Receipt]) -> bool:
    """Whether the receipts name all acknowledged operations and photos of the own logs."""
    for replica in operations.replicas():
        if replica.role == "other" or replica.acked == 0:
            continue
        receipt = receipts.get(replica.id)
        if receipt is None or receipt.count.through < replica.acked:
            return False
        if receipt.count.photos > len(receipt.photos_held):
            return False
    return True
