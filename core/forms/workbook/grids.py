"""Grids of cells, as the readers of files give them, made into sheets of texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from difflib import SequenceMatcher
from typing import Any

from core.errors import KnownError
from core.forms.findings import Finding
from core.forms.workbook.workbook import SHEETS, Row, Sheet, Workbook

ROWS_LIMIT = 20_000
"""Rows of a sheet; a form of more questions or choices than that cannot be used by anybody."""
COLUMNS_LIMIT = 300
_CELL_LIMIT = 32_767
"""Characters of a cell: Excel's own limit (support.microsoft.com, Excel specifications and limits)."""
_NOT_IN_XML = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff\\u200b\\u200e\\u200f\\u2060\\ufeff]"
)  # nobody sees them in a cell
_IN_WORDS = {"type", "name", "list_name", "list name"}
"""Headings of cells in which any blank, a wide one and a line break too, parts words and no more."""
_NEAR = 0.7  # of difflib, as pyxform looks for misspelled sheets


def sheet_name(title: str, sheets: int) -> str:
    """What a sheet is called here: in lower case; the only one of a file is the survey."""
    name = title.strip().lower()
    return "survey" if sheets == 1 and name not in SHEETS else name


def sheet_of(rows: Iterable[Sequence[Any]], name: str, first: int = 1) -> tuple[Sheet, list[Finding]]:
    """The sheet of these rows, the first of which holds the headings; `first` is that row's number.

    With it what reading it found. Raises KnownError "workbook_hostile" for more than a form ever has.
    """
    grid = iter(rows)
    headings = [text_of_cell(cell) for cell in next(grid, [])]
    found = [
        Finding("double_column", sheet=name, row=first, column=heading)
        for at, heading in enumerate(headings)
        if heading and heading in headings[:at]
    ]
    if len([heading for heading in headings if heading]) > COLUMNS_LIMIT:
        raise KnownError("workbook_hostile", reason="columns")
    kept: list[Row] = []
    for number, row in enumerate(grid, start=first + 1):
        if len(kept) >= ROWS_LIMIT:
            raise KnownError("workbook_hostile", reason="rows")
        cells = _cells_of(headings, row)
        if cells:
            kept.append(Row(number, cells))
    return Sheet(tuple(dict.fromkeys(filter(None, headings))), tuple(kept), first), found


def _cells_of(headings: list[str], row: Sequence[Any]) -> dict[str, str]:
    cells = {}
    for heading, cell in zip(headings, row, strict=False):
        text = text_of_cell(cell)
        if len(text) > _CELL_LIMIT:
            raise KnownError("workbook_hostile", reason="cell")
        if heading and text:
            cells[heading] = " ".join(text.split()) if heading.lower() in _IN_WORDS else text
    return cells


def text_of_cell(cell: Any) -> str:
    """A cell as XLSForm means it: whole numbers without a point, no spaces at the ends."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds").removesuffix("T00:00:00")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return _NOT_IN_XML.sub("", str(cell)).replace("\xa0", " ").strip()


def workbook_of(sheets: Mapping[str, tuple[Sheet, list[Finding]]], titles: Sequence[str] = ()) -> Workbook:
    """The sheets and all that was found; of the `titles` passed over those that look misspelled."""
    found = [finding for _, findings in sheets.values() for finding in findings]
    for title in titles:
        name = title.strip().lower()
        near = (
            sheet
            for sheet in SHEETS
            if sheet not in sheets and SequenceMatcher(None, sheet, name).ratio() >= _NEAR
        )
        wanted = "" if name in SHEETS or name.startswith("_") else next(near, "")
        if wanted:
            found.append(Finding("sheet_near", "warning", values={"name": title, "near": wanted}))
    return Workbook({name: sheet for name, (sheet, _) in sheets.items()}, tuple(found))
