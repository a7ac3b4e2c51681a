"""What a use case touched, so that every view reloads what it shows of it."""

from __future__ import annotations

import msgspec


class Changes(msgspec.Struct, frozen=True):
    """Ids that were touched. Falsy when nothing was; two of them join with `|`."""

    records: frozenset[str] = frozenset()
    """Record ids."""
    photos: frozenset[str] = frozenset()
    """Photo digests, as `sha256:…`."""
    forms: frozenset[str] = frozenset()
    """Form ids."""
    sync: bool = False
    """Whether the state of sync moved: something waits, went out or came in."""

    def __or__(self, other: Changes) -> Changes:
        return Changes(
            records=self.records | other.records,
            photos=self.photos | other.photos,
            forms=self.forms | other.forms,
            sync=self.sync or other.sync,
        )

    def __bool__(self) -> bool:
        return bool(self.records or self.photos or self.forms or self.sync)
