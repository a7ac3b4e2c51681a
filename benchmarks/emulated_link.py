"""A slow link between two network namespaces of this machine: rate, delay and queue of a mobile line.

Packets go through two TUN devices and wait here for as long as they would on the air. Needs Linux, root,
/dev/net/tun and `ip`; `why_not` says what is missing.
"""

from __future__ import annotations

import ctypes
import fcntl
import heapq
import os
import secrets
import select
import shutil
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

T = TypeVar("T")
NEAR, FAR = "10.88.0.1", "10.88.0.2"
_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x1, 0x1000
_CLONE_NEWNET = 0x40000000
_MTU = 1400
_QUEUE_BYTES = 50_000


def why_not() -> str | None:
    """What is missing here for such a link; None if nothing is."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs root on Linux"
    if not Path("/dev/net/tun").exists():
        return "there is no /dev/net/tun"
    return None if shutil.which("ip") else "there is no ip command"


class EmulatedLink:
    """Both ends live as long as the context. `near` and `far` are the names of their namespaces."""

    def __init__(self, *, bits_s: float, delay_s: float) -> None:
        mark = secrets.token_hex(3)
        self.near, self.far = f"cj{mark}a", f"cj{mark}b"
        self._bytes_s = bits_s / 8
        self._delay_s = delay_s
        self._ending = threading.Event()
        self._moving = threading.Thread(target=self._move, daemon=True)

    def __enter__(self) -> Self:
        self._ends = []
        for space, own, other in ((self.near, NEAR, FAR), (self.far, FAR, NEAR)):
            _ip("netns", "add", space)
            self._ends.append(_tun(space))
            _ip("link", "set", space, "netns", space)
            _ip("-n", space, "addr", "add", f"{own}/32", "peer", f"{other}/32", "dev", space)
            _ip("-n", space, "link", "set", space, "mtu", str(_MTU), "up")
            _ip("-n", space, "link", "set", "lo", "up")
        self._moving.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._moving.join()
        for end in self._ends:
            os.close(end)
        for space in (self.near, self.far):
            _ip("netns", "del", space)

    def at(self, space: str, work: Callable[[], T]) -> T:
        """What `work` returns, done by a thread whose sockets belong to that end."""

        def there() -> T:
            with Path(f"/run/netns/{space}").open("rb") as name:
                if ctypes.CDLL(None, use_errno=True).setns(name.fileno(), _CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            return work()

        with ThreadPoolExecutor(1) as thread:
            return thread.submit(there).result()

    def _move(self) -> None:
        """Takes packets where they come out, and puts them in at the other end when their time has come."""
        free_at = [0.0, 0.0]
        flying: list[tuple[float, int, int, bytes]] = []
        count = 0
        while not self._ending.is_set():
            wait = max(0.0, min(0.05, flying[0][0] - time.monotonic())) if flying else 0.05
            for end in select.select(self._ends, [], [], wait)[0]:
                packet, side, now = os.read(end, 65_536), self._ends.index(end), time.monotonic()
                begins = max(now, free_at[side])
                if (begins - now) * self._bytes_s > _QUEUE_BYTES:
                    continue  # the queue before the antenna is full: lost
                free_at[side] = begins + len(packet) / self._bytes_s
                count += 1
                heapq.heappush(flying, (free_at[side] + self._delay_s, count, 1 - side, packet))
            while flying and flying[0][0] <= time.monotonic():
                _, _, side, packet = heapq.heappop(flying)
                os.write(self._ends[side], packet)


def _tun(name: str) -> int:
    end = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(end, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN | _IFF_NO_PI))
    return end


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)
