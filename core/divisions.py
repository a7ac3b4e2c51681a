"""The codes of China's administrative divisions: their levels, their parents and their full names.

Codes are the 12-digit codes for statistical divisions of the National Bureau of Statistics (统计用区划代码):
digits 1-2 province, 3-4 prefecture, 5-6 county (GB/T 2260), 7-9 township (GB/T 10114), 10-12 village; what is
not used is 0. The level and the parent of a division therefore stand in its code. An unknown code is never
wrong: divisions change every year, and a person may add one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, Literal

Level = Literal["province", "prefecture", "county", "township", "village"]

ROOT: Final = ""
"""The parent of the provinces."""
LEVELS: Final[tuple[Level, ...]] = ("province", "prefecture", "county", "township", "village")
_WIDTHS: Final = (2, 4, 6, 9, 12)

SHARED: Final[dict[str, tuple[Level, ...]]] = {
    "350527000000": ("county", "township", "village"),  # 金门县
    "441900000000": ("prefecture", "county"),  # 东莞市
    "442000000000": ("prefecture", "county"),  # 中山市
    "460400000000": ("prefecture", "county"),  # 儋州市
}
"""Divisions that are their own only child: cities without counties, and a county without townships (2023)."""

FILLERS: Final = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""Entries between a province and its counties that only keep the five levels; no address has them."""
_CODE = re.compile(r"[1-9]\d{11}", re.ASCII)


def is_code(text: str) -> bool:
    """Whether this has the form of a code: 12 digits that begin with a province. It may be an unknown one."""
    return _CODE.fullmatch(text) is not None


def levels_of(code: str) -> tuple[Level, ...]:
    """The levels a code is used at, highest first: one, but for the few of `SHARED`."""
    return SHARED.get(code) or (LEVELS[_depth(code)],)


def level_of(code: str) -> Level:
    """The deepest level a code is used at."""
    return levels_of(code)[-1]


def parent_of(code: str) -> str:
    """The code of the division above, `ROOT` for a province."""
    depth = _depth(code)
    return code[: _WIDTHS[depth - 1]].ljust(12, "0") if depth else ROOT


def ancestors_of(code: str) -> list[str]:
    """The codes from the province down to this one, each once."""
    line = [code]
    while (above := parent_of(line[0])) != ROOT:
        line.insert(0, above)
    return line


def code_prefix(code: str) -> str:
    """The digits that every division within this one begins with: `330523` for 安吉县."""
    return code[: _WIDTHS[_depth(code)]]


def has_borders(code: str) -> bool:
    """Whether the county of a code is one with borders of its own on maps.

    Numbers 61 to 80 are districts that only statistics and forestry have (加格达奇区, development zones);
    their land belongs to other counties. In the table of 2023 no other county has such a number.
    """
    return not "61" <= code[4:6] <= "80"


def join_names(names: Iterable[str]) -> str:
    """A full name from the names of the levels, highest first: 浙江省 湖州市 安吉县 -> 浙江省湖州市安吉县.

    Entries that no address has are left out (北京市 市辖区 东城区 -> 北京市东城区), as is a name said twice.
    """
    shown: list[str] = []
    for name in names:
        if name and name not in FILLERS and name != (shown[-1] if shown else ""):
            shown.append(name)
    return "".join(shown)


def _depth(code: str) -> int:
    """How deep the digits of a code reach: 0 for a province, 4 for a village."""
    if not is_code(code):
        raise ValueError(f"not a division code: {code!r}")
    reached = len(code.rstrip("0"))
    return next(depth for depth, width in enumerate(_WIDTHS) if reached <= width)
