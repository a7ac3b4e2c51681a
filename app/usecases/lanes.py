"""Photos in lanes: previews before originals, what state each is in, and when originals may travel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from app.changes import Changes
from app.storage.photos import ORIGINAL, PREVIEW, SENT, Photo, PhotoKind
from app.sync.lanes import (
    OriginalsRule,
    Way,
    ask_for_originals,
    keep_originals_rule,
    keep_refused,
    originals_asked,
    originals_rule,
    refused_photos,
)
from app.sync.standing import verified_receipts
from app.workspace import Workspace

ItemState = Literal["waiting", "part", "sent", "verified", "wanted", "coming", "refused", "damaged"]


@dataclass(frozen=True)
class LaneItem:
    """One photo of a lane. `moved` of `size` bytes are where they should be; `why`: the code of a refusal.

    waiting: nothing of it is at the server; part: some; sent: all, says the server; verified: all, says a
    signed receipt; wanted: others', nothing here; coming: some of it.
    """

    digest: str
    record: str | None
    state: ItemState
    size: int
    moved: int
    why: str = ""


@dataclass(frozen=True)
class Lane:
    """A lane in figures: by state how many photos, and how many bytes still have to move."""

    name: str
    counts: dict[ItemState, int]
    bytes_left: int
    open: tuple[LaneItem, ...]
    """Those that are not where they should be, at most as many as asked for."""


@dataclass(frozen=True)
class Lanes:
    """Previews, originals, and the rule for the latter."""

    previews: Lane
    originals: Lane
    rule: OriginalsRule
    asked: frozenset[Way]


def photo_lanes(workspace: Workspace, *, limit: int = 200) -> Lanes:
    """How many photos are where, and `limit` a lane of those that are not where they should be."""
    with workspace.database.read():
        receipts = verified_receipts(workspace.operations, workspace.kv).values()
        verified = {digest for receipt in receipts for digest in receipt.photos_held}
        previews, originals = (_lane(workspace, name, verified, limit) for name in (PREVIEW, ORIGINAL))
        return Lanes(previews, originals, originals_rule(workspace.kv), originals_asked(workspace.kv))


def choose_originals_rule(workspace: Workspace, rule: OriginalsRule) -> Changes:
    """Keeps when originals may travel."""
    with workspace.database.transaction():
        keep_originals_rule(workspace.kv, rule)
    return Changes(sync=True)


def ask_for_all_originals(workspace: Workspace, way: Way) -> Changes:
    """The next syncs move all originals one way, whatever the line, until one has gone through.

    Photos that the server once refused are tried again.
    """
    with workspace.database.transaction():
        ask_for_originals(workspace.kv, originals_asked(workspace.kv) | {way})
        if way == "send":
            keep_refused(workspace.kv, {})
    return Changes(sync=True)


def _lane(workspace: Workspace, name: str, verified: set[str], limit: int) -> Lane:
    photos, refused = workspace.photos.unfinished(name, limit=limit), refused_photos(workspace.kv)
    records = workspace.photos.records_naming(photo.digest for photo in photos)
    items = tuple(_item(workspace, photo, records.get(photo.digest), refused) for photo in photos)
    return Lane(
        name, _counts(workspace, name, verified, items), workspace.photos.unfinished_bytes(name), items
    )


def _item(workspace: Workspace, photo: Photo, record: str | None, refused: Mapping[str, str]) -> LaneItem:
    arrived = 0 if photo.here else workspace.photo_files.arriving(photo.digest).offset
    state: ItemState = "waiting"
    if photo.state == "damaged":
        state = "damaged"
    elif not photo.here:
        state = "coming" if arrived else "wanted"
    elif photo.digest in refused:
        state = "refused"
    elif photo.offset:
        state = "part"
    moved = photo.offset if photo.here else arrived
    return LaneItem(photo.digest, record, state, photo.size, moved, refused.get(photo.digest, ""))


def _counts(
    workspace: Workspace, lane: str, verified: set[str], items: Iterable[LaneItem]
) -> dict[ItemState, int]:
    """By state; what was refused or has begun to come is known of `items` only."""
    counts = Counter[ItemState]()
    for kind, number in workspace.photos.counts(lane).items():
        if kind.named:
            counts[_state_of_kind(kind)] += number
    counts["verified"] = workspace.photos.count_sent(verified, lane)
    counts["sent"] -= counts["verified"]
    for item in items:
        if item.state in {"refused", "coming"}:
            counts["part" if item.moved and item.state == "refused" else _BEFORE[item.state]] -= 1
            counts[item.state] += 1
    return {state: number for state, number in counts.items() if number > 0}


_BEFORE: Mapping[ItemState, ItemState] = {"refused": "waiting", "coming": "wanted"}


def _state_of_kind(kind: PhotoKind) -> ItemState:
    if kind.state == "damaged":
        return "damaged"
    if not kind.here:
        return "wanted"
    if kind.state == SENT:
        return "sent"
    return "part" if kind.begun else "waiting"
