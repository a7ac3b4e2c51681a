"""All divisions packed for searching, as `tools/build_division_search.py` made them; loading takes a second.

Rows stand by level, then by code, so that a smaller row is the better find. A name (without 村委会 and
the like) stands once however many places bear it. The whole takes about 45 MB once something was searched.
"""

from __future__ import annotations

import lzma
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Final, Literal

from core.division_matching import COMMITTEES
from core.divisions import LEVELS

_BASIC, _PRIVATE_USE = 0xFFFF, 0xE000  # names have no private-use characters of their own
INDEX_FILE: Final = "search.xz"
PIECES: Final[tuple[Literal["Q", "I", "B"], ...]] = ("Q", "B", "I", "I", "B", "B", "I", "B", "I")
"""The pieces of the file in order, by their type in `array` (little-endian; text is of type B).

Codes, endings and names by row; the number of rows by level; the names; spellings in full and their names;
initials and their names. Before them stand their sizes in bytes, of type Q."""


@dataclass(frozen=True)
class Spelled:
    """Spellings in alphabetical order, one a line, and the name that each belongs to."""

    text: bytes
    starts: Sequence[int]
    name_of: Sequence[int]

    def beginning(self, text: str) -> Sequence[int]:
        """The names of which a spelling begins so."""
        start = text.encode("ascii")
        return self.name_of[self._at(start) : self._at(start + b"\x7f")]

    def being(self, texts: Iterable[str]) -> Iterator[int]:
        """The names of which a spelling is one of these."""
        for text in texts:
            whole = text.encode("ascii")
            yield from self.name_of[self._at(whole) : self._at(whole + b"\x00")]

    def _at(self, text: bytes) -> int:
        lines, starts, packed = range(len(self.name_of)), self.starts, self.text
        return bisect_left(lines, text, key=lambda line: packed[starts[line] : starts[line + 1] - 1])


@dataclass(frozen=True)
class DivisionIndex:
    """Codes by row; short names in the order of their first rows; the rows of every name; spellings."""

    codes: Sequence[int]
    endings: Sequence[int]
    """By row, what the full name has beyond the short one, as a place in `COMMITTEES`."""
    name_of: Sequence[int]
    level_starts: Sequence[int]
    """The first row of each level, and the number of rows."""
    names: str
    """Each name between two line ends; two bytes a character, so that looking through it is quick."""
    rare: Mapping[int, str]
    """The characters that take more than two bytes, by what stands for them in `names`."""
    name_starts: Sequence[int]
    rows: Sequence[int]
    row_starts: Sequence[int]
    full: Spelled
    initials: Spelled

    @cached_property
    def upper_end(self) -> int:
        """Where the names end that something above a village bears."""
        return self.name_starts[max(self.name_of[: self.level_starts[LEVELS.index("village")]]) + 1]

    def name(self, number: int) -> str:
        """The short name of that number."""
        return self.names[self.name_starts[number] : self.name_starts[number + 1] - 1]

    def full_name(self, row: int) -> str:
        """The official name of the place in that row."""
        return self.name(self.name_of[row]).translate(self.rare) + COMMITTEES[self.endings[row]]

    def as_packed(self, text: str) -> str:
        """The text as `names` has it."""
        return text.translate({ord(character): stand_in for stand_in, character in self.rare.items()})

    def level(self, row: int) -> int:
        """0 for a province, 4 for a village."""
        return next(level for level in range(len(LEVELS)) if row < self.level_starts[level + 1])

    def row_of(self, code: str) -> int | None:
        """The row of a code, or None."""
        return next((rows[0] for rows in self.rows_within(code) if rows), None)

    def rows_within(self, digits: str) -> Iterator[range]:
        """By level, the rows whose codes begin so."""
        first, last = int(digits.ljust(12, "0")), int(digits.ljust(12, "9"))
        for start, end in pairwise(self.level_starts):
            yield range(
                bisect_left(self.codes, first, start, end), bisect_left(self.codes, last + 1, start, end)
            )


@lru_cache(maxsize=1)
def load_index(folder: Path) -> DivisionIndex:
    """The index that lies beside the division data; read once."""
    codes, endings, name_of, levels, names_text, full, full_of, initials, initials_of = _pieces(
        lzma.decompress((folder / INDEX_FILE).read_bytes())
    )
    written = bytes(names_text).decode()
    rare = dict(enumerate(sorted(one for one in set(written) if ord(one) > _BASIC), start=_PRIVATE_USE))
    names = written.translate({ord(character): stand_in for stand_in, character in rare.items()})
    name_starts = _starts(map(len, names[1:-1].split("\n")), first=1)
    rows, row_starts = _rows_by_name(name_of, len(name_starts) - 1)
    return DivisionIndex(
        codes=codes,
        endings=endings,
        name_of=name_of,
        level_starts=array("I", accumulate(levels, initial=0)),
        names=names,
        rare=rare,
        name_starts=name_starts,
        rows=rows,
        row_starts=row_starts,
        full=_spelled(bytes(full), full_of),
        initials=_spelled(bytes(initials), initials_of),
    )


def _pieces(packed: bytes) -> list[memoryview[int]]:
    whole = memoryview(packed)
    head = 8 * len(PIECES)
    ends = list(accumulate(whole[:head].cast("Q"), initial=head))
    return [whole[start:end].cast(kind) for kind, start, end in zip(PIECES, ends[:-1], ends[1:], strict=True)]


def _spelled(text: bytes, name_of: Sequence[int]) -> Spelled:
    return Spelled(text, _starts(map(len, text[:-1].split(b"\n"))), name_of)


def _starts(lengths: Iterable[int], first: int = 0) -> array[int]:
    """Where the lines of a text begin, and where one more would."""
    return array("I", accumulate((length + 1 for length in lengths), initial=first))


def _rows_by_name(name_of: Sequence[int], names: int) -> tuple[array[int], array[int]]:
    """The rows sorted by the number of their name, and where each name begins among them."""
    counts = array("I", bytes(4 * names))
    for number in name_of:
        counts[number] += 1
    starts = array("I", accumulate(counts, initial=0))
    rows, free = array("I", bytes(4 * len(name_of))), array("I", starts)
    for row, number in enumerate(name_of):
        rows[free[number]] = row
        free[number] += 1
    return rows, starts
