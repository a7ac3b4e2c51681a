"""Trying again when the line breaks: 1, 2, 4 … seconds with jitter, anew after any progress."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from app.log import subject
from app.sync.link import LinkError
from core.protocol.wire_errors import WireError

LOG = subject("sync")
_TRIES = 3


class Patience:
    """How often a broken line is tried again before the whole sync gives up; the next one goes on."""

    def __init__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        self._sleep = sleep
        self._failures = 0

    def progress(self) -> None:
        """Something got through: the count starts anew."""
        self._failures = 0

    def bear(self, error: LinkError | WireError) -> None:
        """Waits before another try, or raises the error once there is no point or no patience left."""
        if isinstance(error, WireError) and error.code.name != "busy":
            raise error
        if self._failures >= _TRIES:
            raise error
        wait_s = 2**self._failures * random.uniform(0.5, 1.0)  # noqa: S311  jitter, not a secret
        self._failures += 1
        LOG.info("line broke", code=str(error.code), wait_ms=round(wait_s * 1000))
        self._sleep(wait_s)
