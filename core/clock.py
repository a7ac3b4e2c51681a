"""The clock that is handed in. Claimed times are for display; nothing is ever ordered by them."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where a time of day and a stretch of time come from."""

    def now(self) -> datetime:
        """The time the machine claims, aware, in its own zone."""
        ...

    def monotonic_ms(self) -> int:
        """Milliseconds since some fixed moment of this process; never goes back."""
        ...


class SystemClock:
    """The machine's clock; monotonic time counts from its creation."""

    def __init__(self) -> None:
        self._started_ns = time.monotonic_ns()

    def now(self) -> datetime:
        return datetime.now().astimezone()

    def monotonic_ms(self) -> int:
        return (time.monotonic_ns() - self._started_ns) // 1_000_000


def iso_seconds(moment: datetime) -> str:
    """`2026-11-21T08:00:00+08:00`: whole seconds with the zone's offset, as operations carry it."""
    if moment.tzinfo is None:
        raise ValueError("a claimed time needs its zone")
    return moment.replace(microsecond=0).isoformat()
