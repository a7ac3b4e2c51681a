"""How the last try to sync ended, and when the last whole one did; kept in the workspace."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from app.storage.kv import KeyValues

_LAST = "sync.last"
_DONE = "sync.done"


@dataclass(frozen=True)
class LastSync:
    """How the last try ended: `error` is the code of a KnownError, or None when all went well."""

    at: str
    error: str | None


def last_sync(kv: KeyValues) -> LastSync | None:
    """The last try, or None before the first."""
    last = kv.get(_LAST)
    return None if last is None else LastSync(*msgspec.json.decode(last, type=tuple[str, str | None]))


def last_whole_sync(kv: KeyValues) -> str:
    """When the last sync without an error ended, "" for never."""
    last = last_sync(kv)
    return kv.get(_DONE) or (last.at if last is not None and last.error is None else "")


def forget_end(kv: KeyValues) -> None:
    """A new ticket was used: how the last try ended says nothing any more; needs an open transaction."""
    kv.remove(_LAST)


def note_end(kv: KeyValues, at: str, error: str | None) -> None:
    """Keeps how a try ended; needs an open transaction."""
    kv.put(_LAST, msgspec.json.encode([at, error]).decode("ascii"))
    if error is None:
        kv.put(_DONE, at)
