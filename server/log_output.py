"""Where the log goes: a full disk or a closed terminal costs lines of the log, never a request."""

from __future__ import annotations

from contextlib import suppress
from typing import TextIO


class LogOutput:
    """A text stream whose refusals are passed over."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """How much was given, whatever became of it."""
        with suppress(OSError, ValueError):  # ValueError: closed
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()
