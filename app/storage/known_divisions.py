"""The divisions that are known here: those that came along, and those that people have added as records.

An added division is a record of the form `local_division`. It shows as soon as its code and name are there,
in the cascade and in the search; a code that the official table has, or gets in a later year, is shown from
there. Of several records for one code the earliest one shows.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from app.storage.county_borders import CountyBorders
from app.storage.database import Database
from app.storage.divisions import DivisionTable, division_row
from app.storage.pinyin import bundled_pinyin
from core.divisions import (
    LEVELS,
    Level,
    ancestors_of,
    code_prefix,
    is_code,
    join_names,
    levels_of,
    parent_of,
)
from core.forms.list_names import DIVISIONS, LOCAL_COLUMN

if TYPE_CHECKING:
    from app.storage.division_index import DivisionIndex
    from app.storage.division_search import Find

LOCAL_FORM: Final = "local_division"
CODE, NAME = "/code", "/name"


class DivisionFound(msgspec.Struct, frozen=True):
    """A division that answers a search. `local`: added here or by a colleague, in no official table."""

    code: str
    name: str
    full_name: str
    level: Level
    local: bool = False


class Divisions:
    """Names, children and finds. Any thread may ask; what is large is read at the first question."""

    def __init__(
        self, official: DivisionTable, folder: Path, database: Database, borders: CountyBorders
    ) -> None:
        self._official = official
        self.borders = borders
        self._folder = folder
        self._database = database
        self._lock = threading.Lock()

    def name(self, code: str) -> str | None:
        """The division's own name, or None for a code that nobody knows."""
        return self._official.name(code) or self._local_names(code, code).get(code)

    def full_name(self, code: str) -> str | None:
        """The name with those above it, or None for a code that nobody knows."""
        if not is_code(code) or self.name(code) is None:
            return None
        return join_names(self.name(above) or "" for above in ancestors_of(code))

    def name_within(self, digits: str) -> str:
        """The full name of the division whose code begins with these digits; the digits if none is known."""
        return (self.full_name(digits.ljust(12, "0")) or digits) if digits else ""

    def is_local(self, code: str) -> bool:
        """Whether only people here know this code."""
        return self._official.name(code) is None and bool(self._local_names(code, code))

    def children(self, code: str) -> list[tuple[str, str]]:
        """(code, name) of the divisions directly below, by code: the official ones, then the added ones."""
        return self._official.children(code) + list(self._local_children(code).items())

    def items_where(self, instance_id: str, column: str, value: str) -> Sequence[Mapping[str, str]]:
        """As the official table answers, and the added ones after them."""
        if column == "name":
            row = self.item(instance_id, value)
            return [] if row is None else [row]
        rows = self._official.items_where(instance_id, column, value)
        if instance_id != DIVISIONS or column != "parent":
            return rows
        added = self._local_children(value).items()
        return [*rows, *(_added_row(code, name) for code, name in added)]

    def item(self, instance_id: str, name: str) -> Mapping[str, str] | None:
        """The row of one code, or None."""
        row = self._official.item(instance_id, name)
        if row is not None or instance_id != DIVISIONS or not is_code(name):
            return row
        label = self._local_names(name, name).get(name)
        return None if label is None else _added_row(name, label)

    def county_at(self, longitude: float, latitude: float) -> str | None:
        """The county around a WGS-84 position, if borders are installed and its code is in force."""
        county = self.borders.county_at(longitude, latitude)
        known = county is not None and "county" in levels_of(county) and self._official.name(county)
        return county if known else None

    def prepare(self) -> None:
        """Reads what searching needs, if it is not there yet: about a second, 45 MB."""
        with self._lock:
            _ = self._index

    def find(self, typed: str, *, within: str = "", near: str = "", limit: int = 50) -> list[DivisionFound]:
        """The best divisions for 汉字, pinyin, initials or a code; several words are places in each other.

        `within`: only those inside this division. `near`: the county one works in comes first among equals.
        """
        from app.storage.division_search import find_in  # noqa: PLC0415  # long after the first page

        self.prepare()
        finds = find_in(self._index, typed, within=within, near=near, limit=limit)
        local = self._find_local(typed, within, near)
        best = sorted([*finds, *local])[:limit]
        return [self._found(find, local.get(find)) for find in best]

    def describe(self, code: str) -> DivisionFound | None:
        """A code as a find, None for one that nobody knows."""
        name = self.name(code)
        full_name = self.full_name(code) or ""
        return (
            None
            if name is None
            else DivisionFound(code, name, full_name, levels_of(code)[0], self.is_local(code))
        )

    @cached_property
    def _index(self) -> DivisionIndex:
        from app.storage.division_index import load_index  # noqa: PLC0415  # as above

        return load_index(self._folder)

    def _found(self, find: Find, local_name: str | None) -> DivisionFound:
        row = self._index.row_of(find.code)
        name = local_name or ("" if row is None else self._index.full_name(row))
        above = [self._name_above(code) for code in ancestors_of(find.code)[:-1]]
        level = LEVELS[find.level]
        return DivisionFound(find.code, name, join_names([*above, name]), level, local_name is not None)

    def _name_above(self, code: str) -> str:
        row = self._index.row_of(code)
        return self._local_names(code, code).get(code, "") if row is None else self._index.full_name(row)

    def _find_local(self, typed: str, within: str, near: str) -> dict[Find, str]:
        """The added divisions that answer, with their names; they are few, so each is looked at."""
        from app.storage.division_search import Find  # noqa: PLC0415  # as above
        from core.division_matching import (  # noqa: PLC0415
            rank_of_code,
            rank_of_name,
            read_wanted,
            short_name,
        )

        wanted = read_wanted(typed)
        if wanted is None:
            return {}
        prefix = code_prefix(within) if within else ""
        found = {}
        for code, name in self._local_names(prefix.ljust(12, "0"), prefix.ljust(12, "9")).items():
            rank = rank_of_code(wanted, code)
            if rank is None:
                rank = rank_of_name(wanted, name, bundled_pinyin().spellings(short_name(name)))
            if rank is not None and self._index.row_of(code) is None:
                far = not (near and code.startswith(near[:6]))
                found[Find(rank, LEVELS.index(levels_of(code)[0]), far, code)] = name
        return found

    def _local_children(self, parent: str) -> dict[str, str]:
        """Added divisions directly below a division: code and name."""
        if not is_code(parent):
            return {}
        prefix = code_prefix(parent)
        inside = self._local_names(prefix.ljust(12, "0"), prefix.ljust(12, "9"))
        return {
            code: name
            for code, name in inside.items()
            if parent_of(code) == parent and self._official.name(code) is None
        }

    def _local_names(self, first: str, last: str) -> dict[str, str]:
        """The names of the living records for codes in this range, by code."""
        with self._database.read() as tables:
            rows = tables.execute(_LOCAL, [LOCAL_FORM, CODE, first, last, NAME]).fetchall()
        return {code: name for code, name in reversed(rows) if is_code(code) and name}


def _added_row(code: str, name: str) -> Mapping[str, str]:
    return {**division_row(code, name, parent_of(code), levels_of(code)[0]), LOCAL_COLUMN: "yes"}


_LOCAL = """SELECT target, json_extract(head.value, '$') FROM link
    JOIN rec ON rec.id = link.rec AND rec.life = 'alive'
    JOIN head ON head.rec = link.rec AND head.path = ?5 AND head.shown
    WHERE link.form_id = ?1 AND link.path = ?2 AND target BETWEEN ?3 AND ?4
    ORDER BY target DESC, rec.created, rec.id"""
