"""The file in files that an old Excel workbook is (MS-CFB), looked at before xlrd follows it without end."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Final

OLE_BEGINS: Final = b"\xd0\xcf\x11\xe0"
_HEADER: Final = 512
_FIRST_PARTS: Final = 109  # of the table of sectors, named in the header
_ENDS: Final = 0xFFFFFFFA
"""From here on numbers are marks, not sectors (MS-CFB 2.1)."""


def chains_end(content: bytes) -> bool:
    """Whether each chain of sectors, large and small, has an end; a file cut short has none.

    xlrd 2.0 goes round a chain that leads back into itself until memory is full.
    """
    try:
        sector = 1 << struct.unpack_from("<H", content, 30)[0]
        parts = list(_parts(content, sector))
        if len(parts) > len(content) // sector + 1:
            return False
        table = [number for part in parts for number in _numbers(content, sector, part)]
        small = struct.unpack_from("<I", content, 60)[0]
        return _all_end(table) and _all_end(
            [number for part in _chain(table, small) for number in _numbers(content, sector, part)]
        )
    except (struct.error, OverflowError, MemoryError):
        return False


def _parts(content: bytes, sector: int) -> Iterator[int]:
    """The sectors that hold the table of sectors; after the first 109 the list of them is a chain itself."""
    yield from filter(_is_sector, struct.unpack_from(f"<{_FIRST_PARTS}I", content, 76))
    more: int = struct.unpack_from("<I", content, 68)[0]
    seen: set[int] = set()
    while _is_sector(more) and more not in seen:
        seen.add(more)
        *listed, following = _numbers(content, sector, more)
        yield from filter(_is_sector, listed)
        more = following


def _is_sector(number: int) -> bool:
    return number < _ENDS


def _numbers(content: bytes, sector: int, at: int) -> tuple[int, ...]:
    return struct.unpack_from(f"<{sector // 4}I", content, _HEADER + at * sector)


def _chain(table: Sequence[int], first: int) -> Iterator[int]:
    while first < len(table):
        yield first
        first = table[first]


def _all_end(table: Sequence[int]) -> bool:
    """Whether following the table from any of its sectors comes to an end: each is looked at once."""
    ended = [False] * len(table)
    for start in range(len(table)):
        way: list[int] = []
        here = start
        on_way: set[int] = set()
        while here < len(table) and not ended[here]:
            if here in on_way:
                return False
            on_way.add(here)
            way.append(here)
            here = table[here]
        for one in way:
            ended[one] = True
    return True
