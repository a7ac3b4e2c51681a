"""The administrative divisions as a list for phones: those of an account's place, and what lies above it.

The table is that of the desktop: `resources/divisions/`, one index (provinces to counties) and one packed
file for each province (townships and villages). 665,271 rows are no list for a phone, so an account without
a division gets none.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from core.divisions import ancestors_of, is_code, levels_of, parent_of

ROWS_MOST: Final = 70_000
"""Rows a phone is given: every province has fewer (山东省 63,927 below the county in 2023)."""
_FOLDER: Final = Path(__file__).resolve().parents[2] / "resources" / "divisions"
_PROVINCES_KEPT: Final = 4
_PROVINCE_DIGITS: Final = 2


def division_rows(prefix: str, added: Mapping[str, str]) -> list[dict[str, str]] | None:
    """The rows of the list, highest first; None for a place that holds more than a phone can take.

    `added` are the names of divisions that people added, by code; a code of the table is shown from there.
    """
    if len(prefix) < _PROVINCE_DIGITS:
        return None
    official = dict(_within(prefix))
    names = {
        code: name for code, name in added.items() if is_code(code) and code.startswith(prefix)
    } | official
    if len(names) > ROWS_MOST:
        return None
    above = [code for code in ancestors_of(prefix.ljust(12, "0")) if code not in names]
    index = dict(_rows("index.csv")) | dict(_rows(f"{prefix[:2]}.csv.xz"))
    names |= {code: index[code] for code in above if code in index}
    return [row for code in sorted(names) for row in _levels(code, names[code])]


def _levels(code: str, name: str) -> Iterator[dict[str, str]]:
    """One row, or, of a division that is its own only child, one for each of its levels."""
    first, *others = levels_of(code)
    yield {"name": code, "label": name, "parent": parent_of(code), "level": first}
    for level in others:
        yield {"name": code, "label": name, "parent": code, "level": level}


def _within(prefix: str) -> Iterable[tuple[str, str]]:
    for file in ("index.csv", f"{prefix[:2]}.csv.xz"):
        yield from (row for row in _rows(file) if row[0].startswith(prefix))


@lru_cache(_PROVINCES_KEPT + 1)
def _rows(file: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of a file of the table; nothing for one that did not come along."""
    path = _FOLDER / file
    if not path.exists():
        return ()
    packed = path.read_bytes()
    text = (lzma.decompress(packed) if path.suffix == ".xz" else packed).decode()
    return tuple((line[:12], line[13:]) for line in text.splitlines() if is_code(line[:12]))
