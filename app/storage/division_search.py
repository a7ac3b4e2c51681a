"""Divisions found by what somebody types: 汉字, full pinyin, initials, a code, or county and village.

The best first: the place itself, then names that begin so, then names that have it inside, then places within
a place (安吉余村); among equals the higher level, within it the county one works in, then the code.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import nsmallest
from itertools import chain, islice

from app.storage.division_index import DivisionIndex, Spelled
from core.division_matching import Wanted, read_wanted, the_place_itself
from core.divisions import LEVELS, code_prefix, level_of

RANK_IN_ADDRESS = 4
"""The rank of a place found by its own name and that of one above it."""
_COUNTY_DIGITS = 6
_COMMON = 2000  # of a word that more names have, these are enough: they stand in the order of the finds
_ADDRESSES_LIMIT = 8  # a place named 朝阳 is looked into at eight places at most


@dataclass(frozen=True, order=True)
class Find:
    """A code and how well it answers: `rank` as `rank_of_name`, then level, then whether it is far."""

    rank: int
    level: int
    far: bool
    code: str


def find_in(
    index: DivisionIndex, typed: str, *, within: str = "", near: str = "", limit: int = 50
) -> list[Find]:
    """The best finds, at most `limit`. `within`: only inside that division; `near`: where one works."""
    wanted = read_wanted(index.as_packed(typed))
    if wanted is None:
        return []
    scope = code_prefix(within) if within else ""
    if wanted.kind == "code":
        return _by_code(index, wanted.text, scope, limit)
    search = _Search(index, wanted, scope, _around(index, near), limit)
    return search.finds()


def _around(index: DivisionIndex, near: str) -> frozenset[int]:
    if not near or LEVELS.index(level_of(near)) < LEVELS.index("county"):
        return frozenset()
    return frozenset(chain.from_iterable(index.rows_within(near[:6])))


def _by_code(index: DivisionIndex, digits: str, scope: str, limit: int) -> list[Find]:
    if not (digits.startswith(scope) or scope.startswith(digits)) or len(digits) > 12:
        return []
    longer = max(digits, scope, key=len)
    rows = chain.from_iterable(rows[:limit] for rows in index.rows_within(longer))
    codes = [(str(index.codes[row]), index.level(row)) for row in rows]
    whole = digits.ljust(12, "0")
    return sorted(Find(0 if code == whole else 1, level, True, code) for code, level in codes)[:limit]


class _Search:
    """One question to the index."""

    def __init__(
        self, index: DivisionIndex, wanted: Wanted, scope: str, around: frozenset[int], limit: int
    ) -> None:
        self._index = index
        self._wanted = wanted
        self._scope = scope
        self._around = around
        self._limit = limit

    def finds(self) -> list[Find]:
        found: dict[str, Find] = {}
        seen: set[int] = set()
        for rank, names in self._by_name() if len(self._wanted.words) == 1 else ():
            fresh = sorted(set(names) - seen)
            seen.update(fresh)
            for row in self._best(fresh, self._scope):
                self._note(found, rank, row)
            if len(found) >= self._limit:
                break
        if len(found) < self._limit:
            for row in self._in_addresses():
                self._note(found, RANK_IN_ADDRESS, row)
        return nsmallest(self._limit, found.values())

    def _note(self, found: dict[str, Find], rank: int, row: int) -> None:
        code = str(self._index.codes[row])
        find = Find(rank, self._index.level(row), row not in self._around, code)
        found[code] = min(find, found.get(code, find))

    def _by_name(self) -> Iterator[tuple[int, Iterable[int]]]:
        """The numbers of the names, rank by rank."""
        index, text = self._index, self._wanted.text
        if self._wanted.kind == "characters":
            (wholes,) = the_place_itself(self._wanted, text)
            inside = list(islice(self._lines(text), _COMMON))
            some = inside if len(inside) < _COMMON else self._lines(f"\n{text}")
            beginning = [number for number in some if index.name(number).startswith(text)]
            yield 0, (number for number in beginning if index.name(number) in wholes)
            yield 1, beginning
            yield 2, inside if len(inside) < _COMMON else chain(inside, self._near_with(text))
            return
        itself = the_place_itself(self._wanted, text)
        spelled: list[Spelled] = [index.full, index.initials]
        for rank, (one, texts) in enumerate(zip(spelled, itself, strict=True)):
            yield rank, one.being(texts)
        for rank, one in enumerate(spelled, start=2):
            yield rank, one.beginning(text)

    def _near_with(self, text: str) -> Iterator[int]:
        """The names with that text where one works or looks, however many there are elsewhere."""
        scoped = self._index.rows_within(self._scope) if self._scope else ()
        for row in chain(self._around, chain.from_iterable(scoped)):
            if text in self._index.name(self._index.name_of[row]):
                yield self._index.name_of[row]

    def _lines(self, text: str, end: int | None = None) -> Iterator[int]:
        """The numbers of the names with that text in their line."""
        names, starts = self._index.names, self._index.name_starts
        at, number = names.find(text, 0, end), 0
        while at >= 0:
            number = bisect_right(starts, at + text.startswith("\n"), lo=number) - 1
            yield number
            at = names.find(text, starts[number + 1] - 1, end)

    def _best(self, names: list[int], scope: str) -> list[int]:
        """The best rows of these names (numbers in order): by level, the near ones first, then by code."""
        chosen = set(names)
        if len(scope) >= _COUNTY_DIGITS:
            within = chain.from_iterable(self._index.rows_within(scope))
            rows = [row for row in within if self._index.name_of[row] in chosen]
        else:
            near = [row for row in self._around if self._index.name_of[row] in chosen]
            rows = [*self._first_rows(names, scope), *near]
        return sorted(set(rows), key=self._order)[: self._limit]

    def _first_rows(self, names: list[int], scope: str) -> list[int]:
        """Rows of these names inside the scope, among them the best ones, as many as are asked for."""
        index, enough = self._index, self._limit
        first, last = int(scope.ljust(12, "0")), int(scope.ljust(12, "9"))
        rows: list[int] = []
        worst = len(index.codes)
        for number in names:
            start, end = index.row_starts[number], index.row_starts[number + 1]
            if index.rows[start] > worst:
                break  # names stand in the order of their first rows: none that follow is better
            rows += [row for row in index.rows[start:end] if first <= index.codes[row] <= last]
            if len(rows) > 4 * enough:
                rows = nsmallest(enough, rows)
                worst = rows[-1]
        return rows

    def _order(self, row: int) -> tuple[int, bool, int]:
        return self._index.level(row), row not in self._around, row

    def _in_addresses(self) -> Iterator[int]:
        """Rows of places named with a place above them, such as 安吉余村."""
        for *above, own in self._wanted.addresses():
            scopes = [self._scope]
            for word in above:
                scopes = [inner for scope in scopes for inner in self._places(word, scope)][:_ADDRESSES_LIMIT]
            names = sorted(set(self._beginning(own))) if scopes else []
            for scope in scopes if names else ():
                yield from self._best(names, scope)

    def _places(self, word: str, scope: str) -> Iterator[str]:
        """The digits of the places above villages that are called so, inside a scope."""
        names: Iterable[int]
        wholes = the_place_itself(self._wanted, word)[0]
        if self._wanted.kind == "characters":
            lines = self._lines(f"\n{word}", self._index.upper_end)
            names = (number for number in lines if self._index.name(number) in wholes)
        else:
            names = self._index.full.being(wholes)
        for row in self._best(sorted(set(names)), scope)[:_ADDRESSES_LIMIT]:
            code = str(self._index.codes[row])
            if self._index.level(row) < LEVELS.index("village") and code_prefix(code) != scope:
                yield code_prefix(code)

    def _beginning(self, word: str) -> Iterable[int]:
        if self._wanted.kind == "characters":
            return self._lines(f"\n{word}")
        return self._index.full.beginning(word)
