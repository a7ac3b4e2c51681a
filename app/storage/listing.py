"""The order of lists and the index of searches: which records a list shows, how many, and a page of them.

Rows are numbered by `rec.arrival`, the operation that changed the record last: no two records share one, and
the record changed last has the greatest. Everything here is made anew with the record's row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec

from app.storage.database import Database
from app.storage.links import STEPS_TO_PLACE
from app.storage.listed import Listed, text_key
from app.storage.search_tokens import match_of, tokens_of
from app.storage.values_json import to_json
from core.records.operation import FINAL

CHANGED, TITLE, FORM, PHOTOS, STATE, UPDATED = "@changed", "@title", "@form", "@photos", "@state", "@updated"
"""The fields that every list can be sorted by; a question path sorts by that column of its form."""
_FLAGS = _IS_FINAL, _IN_CONFLICT, _HAS_PROBLEMS, _IS_DELETED = 1, 2, 4, 8
FEW = 1000  # hits
LOOKED_AT = 400  # records asked for one by one take as long as the set of 50,000 hits
Hits = Literal["few", "many", "most"]
"""Each of a few is looked up; of many a set is made; where most are hits, the records of a page are asked."""
VILLAGE_DIGITS = 12


@dataclass(frozen=True)
class RecordFilter:
    """Which records a list shows. None: whatever.

    `text`: words that must all be found; `unsent`: something of it waits for the server; `returned`: to who
    filled it in; `place`: a division (its code, or the digits of its level) that the record, or one it refers
    to, lies in.
    """

    form_id: str | None = None
    text: str | None = None
    state: str | None = None
    deleted: bool | None = False
    in_conflict: bool | None = None
    with_problems: bool | None = None
    unsent: bool | None = None
    returned: bool | None = None
    place: str | None = None


class RecordSort(msgspec.Struct, frozen=True):
    """The order of a list: by one of the fields above or a question path; equal ones by their last change."""

    field: str = CHANGED
    descending: bool = True


class Listing:
    """The order of lists and the index of searches."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counted = ("", 0)
        """What was counted last and how many there were: a hint alone, for it may be of an earlier state."""

    def write(self, row: Mapping[str, object], listed: Listed, *, form_title: str) -> None:
        """Puts a record where its new row belongs; call it before that row replaces the old one."""
        tables, num = self._database.written(), row["arrival"]
        self.forget(str(row["id"]))
        self._clear(num)  # its row may have been lost and be made anew
        state = 2 if row["conflicts"] else row["state"] == FINAL
        keys = {
            CHANGED: "",
            TITLE: text_key(str(row["title"])),
            FORM: text_key(form_title),
            PHOTOS: f"{row['photos']:05}",
            STATE: str(int(state)),
            UPDATED: str(row["updated"]),
            **listed.keys,
        }
        flags = _flags(row)
        tables.conn.executemany(
            "INSERT INTO sorting VALUES (?, ?, ?, ?, ?)",
            [(num, field, key, row["form_id"], flags) for field, key in keys.items()],
        )
        places = self._places(listed.targets)
        marks = {*_marks(flags, str(row["form_id"])), *places}
        tokens = tokens_of(listed.texts, listed.spelled)
        tables.execute(
            "INSERT INTO search (rowid, words, signs, letters, marks) VALUES (?, ?, ?, ?, ?)",
            [num, tokens.words, tokens.signs, tokens.letters, " ".join(sorted(marks))],
        )
        tables.conn.executemany(
            "INSERT INTO inside VALUES (?, ?, ?, ?, ?, ?)",
            [
                (place, num, row["form_id"], flags, row["problems"], row["photos"])
                for place in places
                if len(place) == VILLAGE_DIGITS
            ],
        )

    def forget(self, record: str) -> None:
        """Takes a record out of all lists and searches, by the row it still has."""
        known = self._database.written().execute("SELECT arrival FROM rec WHERE id = ?", [record]).fetchone()
        if known is not None:
            self._clear(known[0])

    def page(self, wanted: RecordFilter, sort: RecordSort, offset: int, limit: int) -> list[int]:
        """The numbers (`rec.arrival`) of the records at that place of the list; limit -1: to its end."""
        way = "DESC" if sort.descending else "ASC"
        if sort.field == CHANGED and _match(wanted):
            query, given = _search(wanted)
            query = f"SELECT rowid FROM {query} ORDER BY rowid {way}"  # noqa: S608  clauses of our own
        else:
            way_to = self._way_to_hits(wanted, offset + limit if limit >= 0 else 0)
            where, values = _where(wanted, way_to)
            query = f"SELECT num FROM sorting WHERE field = ? AND {where} "  # noqa: S608  as above
            query += f"ORDER BY {'+' if way_to == 'few' else ''}key {way}, num {way}"
            given = [sort.field, *values]
        with self._database.read() as tables:
            rows = tables.execute(f"{query} LIMIT ? OFFSET ?", [*given, limit, offset]).fetchall()
        return [int(row[0]) for row in rows]

    def place(self, record: str, wanted: RecordFilter, sort: RecordSort) -> int | None:
        """How many records stand before this one in the list; None if it is not in it."""
        where, values = _where(wanted)
        before = ">" if sort.descending else "<"
        with self._database.read() as tables:
            row = tables.execute(
                f"SELECT key, num FROM sorting WHERE num = (SELECT arrival FROM rec WHERE id = ?) "  # noqa: S608
                f"AND field = ? AND {where}",
                [record, sort.field, *values],
            ).fetchone()
            if row is None:
                return None
            counted = tables.execute(
                "SELECT count(*) FROM sorting "  # noqa: S608  clauses of our own
                f"WHERE field = ? AND (key, num) {before} (?, ?) AND {where}",
                [sort.field, *row, *values],
            ).fetchone()
        return int(counted[0])

    def count(self, wanted: RecordFilter) -> int:
        """How many records the whole list has."""
        if _match(wanted):
            query, given = _search(wanted)
        else:
            where, values = _where(wanted)
            query, given = f"sorting WHERE field = ? AND {where}", [CHANGED, *values]
        with self._database.read() as tables:
            row = tables.execute(f"SELECT count(*) FROM {query}", given).fetchone()  # noqa: S608  of our own
        if not _looked_up("", wanted):
            self._counted = (_asked_of_search(wanted), int(row[0]))
        return int(row[0])

    def _way_to_hits(self, wanted: RecordFilter, last: int) -> Hits:
        """The shortest way to those of a page that ends with so many records; 0: to all."""
        if not _match(wanted):
            return "many"
        asked = _asked_of_search(wanted)
        counted, hits = self._counted  # who shows a list counts it first
        if counted != asked:
            return "few" if self._are_few(asked) else "many"
        if hits <= FEW:
            return "few"
        if not last or "*" in asked:  # beginnings are gathered anew whenever the index is asked
            return "many"
        with self._database.read() as tables:
            records = tables.execute("SELECT count(*) FROM rec").fetchone()[0]
        return "most" if last * records <= hits * LOOKED_AT else "many"

    def _are_few(self, asked: str) -> bool:
        with self._database.read() as tables:
            found = tables.execute(
                "SELECT rowid FROM search WHERE search MATCH ? LIMIT ?", [asked, FEW + 1]
            ).fetchall()
        return len(found) <= FEW

    def _places(self, targets: Collection[str]) -> set[str]:
        """The divisions among these targets and among those of the records they are, and those above them."""
        with self._database.read() as tables:
            rows = tables.execute(_NAMED, [to_json(list(targets)), STEPS_TO_PLACE]).fetchall()
        return {prefix for (code,) in rows for prefix in place_prefixes(code)}

    def _clear(self, num: object) -> None:
        tables = self._database.written()
        tables.execute("DELETE FROM sorting WHERE num = ?", [num])
        tables.execute("DELETE FROM search WHERE rowid = ?", [num])
        tables.execute("DELETE FROM inside WHERE num = ?", [num])


def place_prefixes(code: str) -> list[str]:
    """The beginnings of a division code that stand for it and those above it, the highest first.

    330523000000 gives 33, 3305, 330523.
    """
    cuts = [code[:length] for length in (2, 4, 6, 9, 12)]
    return [
        cut for cut, above in zip(cuts, ["", *cuts], strict=False) if cut.rstrip("0") != above.rstrip("0")
    ]


def _flags(row: Mapping[str, object]) -> int:
    return (
        _IS_FINAL * (row["state"] == FINAL)
        | _IN_CONFLICT * bool(row["conflicts"])
        | _HAS_PROBLEMS * bool(row["problems"])
        | _IS_DELETED * (row["life"] != "alive")
    )


def _search(wanted: RecordFilter) -> tuple[str, list[object]]:
    """What the search table is asked when it is asked alone, and the values."""
    query = "search WHERE search MATCH ?"
    query += "".join(f" AND {clause}" for clause in _looked_up("+rowid", wanted))
    return query, [_asked_of_search(wanted)]


def _asked_of_search(wanted: RecordFilter) -> str:
    """The query of the search table with the marks of what is wanted."""
    return " AND ".join([_match(wanted), *_marked(wanted)])


def _where(wanted: RecordFilter, hits: Hits = "many") -> tuple[str, list[object]]:
    """The conditions beside `field = ?`."""
    asked = _asked_flags(wanted)
    clauses: list[tuple[str, list[object]]] = [
        ("flags & ? = ?", [sum(asked), sum(flag for flag, said in asked.items() if said)])
    ]
    if wanted.form_id is not None:
        clauses.append(("form_id = ?", [wanted.form_id]))
    if match := _match(wanted):
        clauses.append((_HITS[hits], [_asked_of_search(wanted) if hits == "few" else match]))
    clauses += [(clause, []) for clause in _looked_up("+num", wanted)]
    return " AND ".join(clause for clause, _ in clauses), [one for _, some in clauses for one in some]


def _asked_flags(wanted: RecordFilter) -> dict[int, bool]:
    """What must be, or must not be, of a record."""
    flags = {
        _IS_FINAL: None if wanted.state is None else wanted.state == FINAL,
        _IN_CONFLICT: wanted.in_conflict,
        _HAS_PROBLEMS: wanted.with_problems,
        _IS_DELETED: wanted.deleted,
    }
    return {flag: said for flag, said in flags.items() if said is not None}


def _marks(flags: int, form_id: str) -> list[str]:
    """The same flags and the form as tokens beside the words: searches then need no other table."""
    said = [f"{'is' if flags & flag else 'not'}{flag}" for flag in _FLAGS]
    return [*said, _form_mark(form_id)]


def _marked(wanted: RecordFilter) -> list[str]:
    """The part of a search query that asks for these marks."""
    marks = [f"{'is' if said else 'not'}{flag}" for flag, said in _asked_flags(wanted).items()]
    marks += [] if wanted.form_id is None else [_form_mark(wanted.form_id)]
    return [f'marks : "{mark}"' for mark in marks]


def _form_mark(form_id: str) -> str:
    return f"form{form_id.encode().hex()}"


def _looked_up(column: str, wanted: RecordFilter) -> list[str]:
    """The conditions that other tables answer."""
    asked = {_UNSENT: wanted.unsent, _RETURNED: wanted.returned}
    return [
        f"{column} {'' if said else 'NOT '}IN ({query})" for query, said in asked.items() if said is not None
    ]


def _match(wanted: RecordFilter) -> str:
    """The query of the search table for what is looked for and where; "" for everything everywhere."""
    place = place_prefixes(wanted.place)[-1:] if wanted.place else []
    words = match_of(wanted.text or "")
    return " AND ".join([*([words] if words else []), *(f'marks : "{prefix}"' for prefix in place)])


_HITS: dict[Hits, str] = {
    "few": "num IN (SELECT rowid FROM search WHERE search MATCH ?)",
    "many": "+num IN (SELECT rowid FROM search WHERE search MATCH ?)",  # the + keeps the order of the list
    "most": "EXISTS (SELECT 1 FROM search WHERE search MATCH ? AND rowid = num)",
}
_NAMED = """WITH RECURSIVE named(target, steps) AS (
    SELECT value, 0 FROM json_each(?) UNION
    SELECT link.target, steps + 1 FROM named JOIN link ON link.rec = named.target WHERE steps < ?
) SELECT DISTINCT target FROM named WHERE length(target) = 12 AND target NOT GLOB '*[^0-9]*'"""
_RETURNED = (
    "SELECT rec.arrival FROM head JOIN rec ON rec.id = head.rec "
    "WHERE head.path = '/@returned' AND head.value != 'null'"
)
_UNSENT = "SELECT num FROM waiting"
