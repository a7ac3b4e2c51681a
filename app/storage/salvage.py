"""What can still be read of a damaged database: rows, told apart by their shape.

An operation proves itself: its hash is that of the hash before it and its line. It counts wherever it is
found, on damaged pages and in outdated frames of the log too. All else counts only as last committed, from
pages that are byte for byte what was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from app.jobs import Progress
from app.storage.loose_rows import LooseRow, row_from_record, rows_of_page
from app.storage.sealed_pages import USABLE_BYTES, Place, SealedPages
from core.records.operation import chain_hash

_PAGES_A_STEP = 2000
_STATES = {"local", "acked", "durable", "feed"}
_ROLES = {"own", "former", "other"}


class Kind(Enum):
    """What a row is."""

    OPERATION = auto()
    LOG = auto()
    NUMBER = auto()
    FACT = auto()
    DRAFT = auto()
    BEGUN = auto()
    FORM = auto()
    MEDIA = auto()
    PHOTO = auto()


@dataclass(frozen=True)
class Found:
    """A row of the survey's tables, its values in the order of the table's columns."""

    kind: Kind
    values: tuple[Any, ...]


def found_rows(pages: SealedPages, wanted: set[Kind], progress: Progress, text: str) -> Iterator[Found]:
    """Every readable row of these kinds: the present ones first, then operations from anywhere else."""
    places = [*pages.current.values(), *pages.left]
    present = len(pages.current)
    damaged: list[Place] = []
    for at, place in enumerate(places):
        if at % _PAGES_A_STEP == 0:
            progress.raise_if_cancelled()
            progress.step(at, len(places), text)
        page = pages.open_page(place)
        if not page.sound:
            damaged.append(place)
        counts = (
            wanted if at < present and (page.sound or not pages.key_fits()) else wanted & {Kind.OPERATION}
        )
        rows = rows_of_page(
            page.content, page.number, USABLE_BYTES, _overflow(pages), with_rowids=counts == {Kind.OPERATION}
        )
        for row in rows if counts else ():
            found = _classify(row, counts)
            if found is not None:
                yield found
    if Kind.OPERATION in wanted:
        yield from _scattered(pages, damaged)


def _scattered(pages: SealedPages, damaged: list[Place]) -> Iterator[Found]:
    """Operations on damaged pages, whose own list of rows may be gone: every place that looks like one."""
    if not pages.key_fits():
        return
    for place in damaged:
        content = pages.open_page(place).content
        for match in _LOOKS_LIKE_OPERATION.finditer(content):
            row = row_from_record(content, match.start(), USABLE_BYTES, _overflow(pages))
            found = None if row is None else _classify(row, {Kind.OPERATION})
            if found is not None:
                yield Found(Kind.OPERATION, (None, *found.values[1:]))


def _overflow(pages: SealedPages) -> Callable[[int], bytes | None]:
    def content(number: int) -> bytes | None:
        place = pages.current.get(number)
        return None if place is None else pages.open_page(place).content

    return content


def _classify(row: LooseRow, wanted: set[Kind]) -> Found | None:
    """What a row is, by the shape of its values; None: of no table that is wanted."""
    shape = "".join(_LETTERS[type(value)] for value in row.values)
    kind = _TABLES.get((row.rowid is not None, shape))
    if kind is None or kind not in wanted:
        return None
    made = Found(kind, (row.rowid, *row.values[1:]) if row.rowid is not None else row.values)
    return made if _fits(made) else None


def _fits(found: Found) -> bool:
    """Whether the values say what only this table says."""
    first, second, *rest = found.values
    match found.kind:
        case Kind.OPERATION:
            (said, prev, body), state = rest[3:6], rest[6]
            whole = isinstance(prev, bytes) and isinstance(body, bytes) and chain_hash(prev, body) == said
            return whole and state in _STATES
        case Kind.LOG:
            return rest[0] in _ROLES and bool(_LOG_ID.fullmatch(str(second)))
        case Kind.NUMBER:
            return bool(_LOG_ID.fullmatch(str(rest[0])))
        case Kind.FACT:
            return bool(_FACT.fullmatch(str(first)))
        case Kind.DRAFT:
            return bool(_RECORD.fullmatch(str(first))) and str(second).startswith("/")
        case Kind.BEGUN:
            return bool(_RECORD.fullmatch(str(first))) and str(second).startswith("sha256:")
    return str(first).startswith("sha256:")


_LOG_ID = re.compile(r"[0-9a-f]{32}")
_RECORD = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_FACT = re.compile(r"[a-z][a-z0-9_.]{0,60}(:[0-9a-f]{32})?")
_LETTERS = {type(None): "-", int: "i", str: "t", bytes: "b"}
_TABLES: dict[tuple[bool, str], Kind] = {
    (True, "-iit-bbbt"): Kind.OPERATION,
    (True, "-iittbbbt"): Kind.OPERATION,
    (True, "-ttibii"): Kind.LOG,
    (True, "-tti-ii"): Kind.LOG,
    (False, "iit"): Kind.NUMBER,
    (False, "tt"): Kind.FACT,
    (False, "tttit"): Kind.DRAFT,
    (False, "ttti"): Kind.BEGUN,
    (False, "tttbti"): Kind.FORM,
    (False, "ttb"): Kind.MEDIA,
    (False, "tititit"): Kind.PHOTO,
}
"""By whether a table has a rowid and the types of its columns (- NULL, i number, t text, b bytes)."""
_LOOKS_LIKE_OPERATION = re.compile(
    rb"[\x0a-\x10]\x00[\x01-\x06\x08\x09][\x01-\x06\x08\x09][\x0d-\x7f][\x00\x0d-\x7f]\x4c\x4c", re.DOTALL
)
"""The types before a row of `op`: no arrival, two numbers, kind, record or none, two hashes of 32 bytes."""
