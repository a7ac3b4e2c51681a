"""Excel's two kinds of files read as a workbook: .xlsx with openpyxl, .xls with xlrd, neither believed."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Any

from core.errors import KnownError
from core.forms.findings import Finding
from core.forms.workbook.compound_file import OLE_BEGINS, chains_end
from core.forms.workbook.grids import (
    COLUMNS_LIMIT,
    ROWS_LIMIT,
    sheet_name,
    sheet_of,
    text_of_cell,
    workbook_of,
)
from core.forms.workbook.packed_file import refuse_hostile
from core.forms.workbook.workbook import SHEETS, Sheet, Workbook

_EMPTY_ROWS = 200  # after as many the sheet has ended: some programs write a million of them
_NAMED = 50  # formulas that are named one by one
_LOCKED_XLS = "Workbook is encrypted"  # xlrd has no other sign of it


def read_xlsx(content: bytes) -> Workbook:
    """The sheets that mean something to a form; of formulas the values that were computed last.

    Raises KnownError "workbook_hostile" or "workbook_password", and what openpyxl raises for a broken file.
    """
    refuse_hostile(content)
    from openpyxl import load_workbook  # noqa: PLC0415  # 0.3 s, and only authors need it

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    values = None
    sheets: dict[str, tuple[Sheet, list[Finding]]] = {}
    for written in book.worksheets:
        name = sheet_name(written.title, len(book.worksheets))
        if name not in SHEETS:
            continue
        grid, formulas = list(_openpyxl_rows(written)), []
        if any(_is_formula(cell) for row in grid for cell in row):
            values = values or load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            formulas = _computed(grid, list(_openpyxl_rows(values[written.title])))
        sheet, found = sheet_of(grid, name)
        found += [_formula_found(name, grid, row, column) for row, column in formulas[:_NAMED]]
        sheets[name] = sheet, found
    return workbook_of(sheets, book.sheetnames)


def _openpyxl_rows(sheet: Any) -> Iterator[list[Any]]:
    """Its rows from the first on; a false size in the file is not believed."""
    sheet.reset_dimensions()
    empty = filled = 0
    for row in sheet.iter_rows(values_only=True, max_col=COLUMNS_LIMIT + 1):
        empty = 0 if any(cell is not None for cell in row) else empty + 1
        filled += empty == 0
        if filled > ROWS_LIMIT + 1:
            raise KnownError("workbook_hostile", reason="rows")
        if empty > _EMPTY_ROWS:
            return
        yield list(row)


def _computed(grid: list[list[Any]], values: list[list[Any]]) -> list[tuple[int, int]]:
    """Puts the values in the places of formulas and says which those are, as (row, column) from 0."""
    formulas = [
        (at, column)
        for at, row in enumerate(grid)
        for column, cell in enumerate(row)
        if _is_formula(cell) and _cell_at(values, at, column) != cell  # else it is mere text
    ]
    for at, column in formulas:
        grid[at][column] = _cell_at(values, at, column)
    return formulas


def _is_formula(cell: object) -> bool:
    return isinstance(cell, str) and cell.startswith("=") and len(cell) > 1


def _cell_at(grid: Sequence[Sequence[Any]], row: int, column: int) -> Any:
    return grid[row][column] if row < len(grid) and column < len(grid[row]) else None


def _formula_found(name: str, grid: list[list[Any]], at: int, column: int) -> Finding:
    """A formula whose value was kept is a warning; one without a value is lost, an error."""
    kept = grid[at][column] is not None
    heading = text_of_cell(grid[0][column]) if grid and column < len(grid[0]) else ""
    return Finding(
        "formula" if kept else "formula_empty", "warning" if kept else "error", name, at + 1, heading
    )


def read_xls(content: bytes) -> Workbook:
    """The sheets that mean something to a form.

    Raises KnownError "workbook_unreadable" or "workbook_password", and what xlrd lets through.
    """
    import xlrd  # noqa: PLC0415  # only authors need it

    if content.startswith(OLE_BEGINS) and not chains_end(content):
        raise KnownError("workbook_unreadable", kind="xls", detail="a chain of sectors without end")
    try:
        return _xls_sheets(
            xlrd.open_workbook(
                file_contents=content, logfile=io.StringIO(), on_demand=True, ragged_rows=True
            )  # ragged: a false size in the file takes no memory
        )
    except (xlrd.XLRDError, xlrd.compdoc.CompDocError) as e:
        if str(e) == _LOCKED_XLS:
            raise KnownError("workbook_password") from e
        raise KnownError("workbook_unreadable", kind="xls", detail=str(e)[:200]) from e


def _xls_sheets(book: Any) -> Workbook:
    sheets = {}
    for index, title in enumerate(book.sheet_names()):
        name = sheet_name(title, book.nsheets)
        if name in SHEETS:
            written = book.sheet_by_index(index)
            rows = (
                [_xls_value(cell, book.datemode) for cell in written.row(at)] for at in range(written.nrows)
            )
            sheets[name] = sheet_of(rows, name)
    return workbook_of(sheets, book.sheet_names())


def _xls_value(cell: Any, datemode: int) -> Any:
    import xlrd  # noqa: PLC0415  # as above

    if cell.ctype == xlrd.XL_CELL_DATE:
        moment = xlrd.xldate_as_datetime(cell.value, datemode)
        return moment.time() if 0 <= cell.value < 1 else moment  # a part of a day is a time
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    return None if cell.ctype in {xlrd.XL_CELL_ERROR, xlrd.XL_CELL_EMPTY} else cell.value
