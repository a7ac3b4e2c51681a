"""The connections that only read: one a thread, and none closed while a thread is inside SQLite with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from app.jobs import JobCancelledError

if TYPE_CHECKING:
    from sqlite3 import Connection, Cursor

PATIENCE_S = 5.0
_BETWEEN_INTERRUPTS_S = 0.02


class Reading(msgspec.Struct, frozen=True, eq=False):
    """A connection that only reads, asked as sqlite-utils is asked."""

    conn: Connection
    ended: threading.Event

    def execute(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> Cursor:
        """Raises JobCancelledError once the database is being closed."""
        if self.ended.is_set():
            raise JobCancelledError
        return self.conn.execute(query, values)


class Readers:
    """The readings of one database. Closing one that another thread is using would end the whole program."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._here = threading.local()
        self._gate = threading.Condition()
        self._all: set[Reading] = set()
        self._in_use: set[Reading] = set()
        self._ended = threading.Event()

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """This thread's connection at one moment of the file; inside another reading of the thread, at its.

        Raises JobCancelledError once `close` was called.
        """
        mine = self._mine()
        if mine in self._in_use:
            yield mine
            return
        with self._gate:
            if self._ended.is_set():
                raise JobCancelledError
            self._in_use.add(mine)
        try:
            mine.execute("BEGIN")
            try:
                yield mine
            finally:
                mine.conn.rollback()
        finally:
            self._leave(mine)

    def close(self, patience_s: float = PATIENCE_S) -> bool:
        """Closes what nobody uses, interrupts the others and waits for them.

        False when one is still in use after that: its own thread closes it when it leaves the reading.
        """
        until = time.monotonic() + patience_s
        with self._gate:
            self._ended.set()
            for idle in self._all - self._in_use:
                idle.conn.close()
            self._all &= self._in_use
            while others := self._in_use - {getattr(self._here, "reading", None)}:
                if time.monotonic() >= until:
                    return False
                for reading in others:  # again and again: it ends only what is running at this moment
                    reading.conn.interrupt()
                self._gate.wait(_BETWEEN_INTERRUPTS_S)
        return True

    def _mine(self) -> Reading:
        mine: Reading | None = getattr(self._here, "reading", None)
        if mine is None:
            mine = self._here.reading = Reading(self._connect(), self._ended)
            with self._gate:
                if self._ended.is_set():
                    mine.conn.close()
                    raise JobCancelledError
                self._all.add(mine)
        return mine

    def _leave(self, reading: Reading) -> None:
        with self._gate:
            self._in_use.discard(reading)
            if self._ended.is_set():
                self._all.discard(reading)
                reading.conn.close()
            self._gate.notify_all()
