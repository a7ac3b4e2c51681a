"""How sync stands, in words: the server, its receipts, and what is set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.errors import sentence
from app.i18n import has_words, tr
from app.ui.models.record_list_model import day_and_time
from app.usecases.sync import SyncState
from core.errors import KnownError
from core.records.receipt import Receipt

ASIDE_SHOWN = 6


def badge_of(state: SyncState) -> tuple[str, str]:
    """The one word on how everything stands, and its kind."""
    waits = state.unsent_ops or any(state.photo_counts.get(one) for one in ("unsent", "part"))
    key = "aside" if state.quarantined else "complete"
    key = "waiting" if waits else key
    key = "alone" if not state.joined else "outside" if state.needs_ticket else key
    return tr(f"sync.badge.{key}"), {"alone": "quiet", "complete": "good"}.get(key, "warn")


def server_words(state: SyncState) -> str:
    """The project, the role held in it, where the server is, and how the last sync ended."""
    where = tr(f"role.{state.role or 'any'}"), state.division or tr("role.everywhere")
    lines = [
        tr("sync.project", name=state.project_name or ""),
        tr("role.held", role=where[0], division=where[1]),
    ]
    lines += state.urls[:2]
    if state.last is not None:
        ended = tr("sync.last_good") if state.last.error is None else sentence(KnownError(state.last.error))
        lines.append(tr("sync.last", at=day_and_time(state.last.at), how=ended))
    return "\n".join(lines)


def receipt_words(receipts: Sequence[Receipt]) -> str:
    """What the server has signed that it holds."""
    if not receipts:
        return tr("sync.no_receipt")
    lines = [
        tr(
            "sync.receipt",
            at=day_and_time(receipt.at),
            records=receipt.count.records,
            fields=receipt.count.fields,
            held=len(receipt.photos_held),
            photos=receipt.count.photos,
        )
        + "\n"
        + tr("sync.chain", chain=receipt.count.chain[:16])
        for receipt in receipts
    ]
    return "\n".join(lines)


def aside_words(state: SyncState, titles: Mapping[str, str]) -> str:
    """What is set aside, each with its reason and what to do; `titles` of the records by id."""
    aside = state.quarantined
    lines = [
        tr(f"aside.{one.reason}", title=titles.get(one.record or "") or tr("aside.nameless"))
        if has_words(f"aside.{one.reason}")
        else tr("sync.aside_words", count=1)
        for one in aside[:ASIDE_SHOWN]
    ]
    if len(aside) > ASIDE_SHOWN:
        lines.append(tr("aside.more", count=len(aside) - ASIDE_SHOWN))
    return "\n".join(dict.fromkeys(lines))
