"""Rows read straight from a page of a SQLite file, without the tables, indexes and pages that led to it.

The format is https://www.sqlite.org/fileformat2.html (sections 1.6 and 2.1). What a page does not hold whole
is left out; nothing here raises on damage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from struct import unpack_from

_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR = 0x0D, 0x0A, 0x02
_PAYLOAD_LIMIT = 64 * 1024 * 1024
_SIZES = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 7: 8, 8: 0, 9: 0}

Value = None | int | str | bytes


@dataclass(frozen=True)
class LooseRow:
    """The values of a row as they are stored; `rowid` is None for a row of an index or a table without."""

    rowid: int | None
    values: tuple[Value, ...]


def rows_of_page(
    content: bytes,
    number: int,
    usable: int,
    overflow: Callable[[int], bytes | None],
    *,
    with_rowids: bool = False,
) -> Iterator[LooseRow]:
    """Every row that starts on this page; `with_rowids`: only those of tables that have them.

    `overflow` gives the content of another page, or None.
    """
    start = 100 if number == 1 else 0
    kind = content[start]
    if kind not in ({_TABLE_LEAF} if with_rowids else {_TABLE_LEAF, _INDEX_LEAF, _INDEX_INTERIOR}):
        return
    header = 12 if kind == _INDEX_INTERIOR else 8
    count = min(int.from_bytes(content[start + 3 : start + 5]), (usable - start - header) // 2)
    for at in range(count):
        pointer = int.from_bytes(content[start + header + 2 * at : start + header + 2 * at + 2])
        if start + header <= pointer < usable:
            row = _row(content, pointer, kind, usable, overflow)
            if row is not None:
                yield row


def _row(
    content: bytes, at: int, kind: int, usable: int, overflow: Callable[[int], bytes | None]
) -> LooseRow | None:
    try:
        if kind == _INDEX_INTERIOR:
            at += 4
        size, at = _varint(content, at)
        rowid = None
        if kind == _TABLE_LEAF:
            rowid, at = _varint(content, at)
        payload = _payload(content, at, size, usable, overflow, whole=kind == _TABLE_LEAF)
        return None if payload is None else LooseRow(rowid, tuple(_values(payload)))
    except (IndexError, ValueError):
        return None


def _payload(
    content: bytes, at: int, size: int, usable: int, overflow: Callable[[int], bytes | None], *, whole: bool
) -> bytes | None:
    """The bytes of a row, those on overflow pages included; `whole`: as tables with a rowid are stored."""
    if size > _PAYLOAD_LIMIT:
        return None
    most = usable - 35 if whole else (usable - 12) * 64 // 255 - 23
    least = (usable - 12) * 32 // 255 - 23
    here = least + (size - least) % (usable - 4)
    local = size if size <= most else (here if here <= most else least)
    payload = bytearray(content[at : at + local])
    if at + local > usable:
        return None
    following = int.from_bytes(content[at + local : at + local + 4]) if local < size else 0
    visited = set[int]()
    while len(payload) < size:
        page = overflow(following) if following and following not in visited else None
        if page is None:
            return None
        visited.add(following)
        payload += page[4 : 4 + min(usable - 4, size - len(payload))]
        following = int.from_bytes(page[:4])
    return bytes(payload)


def _values(payload: bytes) -> Iterator[Value]:
    """The values of a record. Raises ValueError, IndexError where it is not one."""
    header_size, at = _varint(payload, 0)
    if not at <= header_size <= len(payload):
        raise ValueError("no record")
    kinds, position = list[int](), header_size
    while at < header_size:
        kind = payload[at]
        if kind < 0x80:
            at += 1
        else:
            kind, at = _varint(payload, at)
        kinds.append(kind)
    for kind in kinds:
        size = _size(kind)
        if position + size > len(payload):
            raise ValueError("no record")
        yield _value(kind, payload[position : position + size])
        position += size


def _size(kind: int) -> int:
    """The bytes of a value of this kind. Raises ValueError for one that does not exist."""
    if kind in {10, 11}:
        raise ValueError("no record")
    return _SIZES[kind] if kind in _SIZES else (kind - 12) // 2


def _value(kind: int, stored: bytes) -> Value:
    if kind == 0:
        return None
    if kind in {8, 9}:
        return kind - 8
    if kind == 7:
        return str(unpack_from(">d", stored)[0])
    if kind < 7:
        return int.from_bytes(stored, signed=True)
    return stored if kind % 2 == 0 else stored.decode("utf-8")


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """A number of 1 to 9 bytes, and where the next thing begins."""
    number = 0
    for place in range(8):
        byte = content[at + place]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, at + place + 1
    return number << 8 | content[at + 8], at + 9


def row_from_record(
    content: bytes, at: int, usable: int, overflow: Callable[[int], bytes | None]
) -> LooseRow | None:
    """The row, without its rowid, of a table with rowids whose record begins at this byte."""
    try:
        header_size, position = _varint(content, at)
        size = header_size
        while position < at + header_size:
            kind, position = _varint(content, position)
            size += _size(kind)
        payload = _payload(content, at, size, usable, overflow, whole=True)
        return None if payload is None else LooseRow(0, tuple(_values(payload)))
    except (IndexError, ValueError):
        return None
