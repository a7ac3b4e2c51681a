"""The administrative divisions the program brings along: 665,271 codes of five levels, read when asked for.

`resources/divisions/` holds one small index (provinces to counties) and one packed file per province
(townships and villages), sorted by code, so that opening a level unpacks one province at most; the last few
stay unpacked.
"""

from __future__ import annotations

import lzma
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.divisions import ROOT, Level, is_code, level_of, levels_of, parent_of
from core.forms.list_names import DIVISIONS

_PROVINCES_KEPT = 4  # about 10 MB; a cascade stays in one province
_ROOTS = frozenset({ROOT, "0"})


class DivisionTable:
    """Names and children by code. Any thread may ask; nothing is read before the first question.

    It is also the form engine's source of the list `divisions`, with the columns name (the code), label,
    parent and level.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._texts: OrderedDict[str, str] = OrderedDict()

    def name(self, code: str) -> str | None:
        """The division's own name, or None for a code that is not in the table."""
        if not is_code(code):
            return None
        return _name_in(self._index(), code) or _name_in(self._province(code[:2]), code)

    def children(self, code: str) -> list[tuple[str, str]]:
        """(code, name) of the divisions directly below, by code; the provinces for "" or "0".

        A city without counties gives its townships: 441900000000 (东莞市) is both.
        """
        if code in _ROOTS:
            return _matching(self._index(), "", r"\d\d0{10}")
        if not is_code(code):
            return []
        match level_of(code):
            case "province":
                return _matching(self._index(), code[:2], r"(?!00)\d\d0{8}")
            case "prefecture":
                return _matching(self._index(), code[:4], r"(?!00)\d\d0{6}")
            case "county":
                return _matching(self._province(code[:2]), code[:6], r"(?!000)\d{3}000")
            case "township":
                return _matching(self._province(code[:2]), code[:9], r"(?!000)\d{3}")
            case "village":
                return []

    def items_where(self, instance_id: str, column: str, value: str) -> Sequence[Mapping[str, str]]:
        """The rows of the list whose column equals the value; only `parent` and `name` are asked for.

        A division of several levels is its own first child, so that each step of a cascade has an answer:
        prefecture 东莞市, county 东莞市, then its townships. `level` tells the steps apart.
        """
        if instance_id != DIVISIONS:
            return []
        if column == "name":
            row = self.item(instance_id, value)
            return [] if row is None else [row]
        return self._children_rows(value) if column == "parent" else []

    def item(self, instance_id: str, name: str) -> Mapping[str, str] | None:
        """The row of one code, or None."""
        label = self.name(name) if instance_id == DIVISIONS else None
        return None if label is None else division_row(name, label, parent_of(name), levels_of(name)[0])

    def _children_rows(self, parent: str) -> list[Mapping[str, str]]:
        rows = [division_row(code, name, parent, levels_of(code)[0]) for code, name in self.children(parent)]
        own = levels_of(parent)[1:] if is_code(parent) else ()
        label = self.name(parent) or ""
        return [*(division_row(parent, label, parent, level) for level in own), *rows]

    def _index(self) -> str:
        return self._text("index.csv")

    def _province(self, digits: str) -> str:
        """The townships and villages of a province, "" for one that is not there."""
        return self._text(f"{digits}.csv.xz")

    def _text(self, file: str) -> str:
        with self._lock:
            if file in self._texts:
                self._texts.move_to_end(file)
            else:
                self._texts[file] = self._read(file)
                while len(self._texts) > 1 + _PROVINCES_KEPT:
                    self._texts.popitem(last=False)
            return self._texts[file]

    def _read(self, file: str) -> str:
        """The rows of a file, each between two line ends."""
        path = self._folder / file
        if not path.exists():
            return ""
        packed = path.read_bytes()
        rows = lzma.decompress(packed) if path.suffix == ".xz" else packed
        return f"\n{rows.decode()}"


def _name_in(rows: str, code: str) -> str | None:
    at = rows.find(f"\n{code},")
    return rows[at + 14 : rows.index("\n", at + 14)] if at >= 0 else None


def _matching(rows: str, start: str, rest: str) -> list[tuple[str, str]]:
    """The rows whose codes begin with some digits, which stand together, and go on like that."""
    first, last = rows.find(f"\n{start}"), rows.rfind(f"\n{start}", 0, -1)
    if first < 0:
        return []
    end = rows.find("\n", last + 1)
    return re.findall(rf"^({start}{rest}),(.*)$", rows[first : end + 1], re.MULTILINE)


def division_row(code: str, name: str, parent: str, level: Level) -> Mapping[str, str]:
    """A row of the list `divisions`."""
    return {"name": code, "label": name, "parent": parent, "level": level}
