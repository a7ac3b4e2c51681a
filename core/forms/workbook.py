"""A form's workbook as it was written: sheets of named cells with their row numbers, within bounds."""

from __future__ import annotations

import csv
import io
import re
import struct
import zipfile
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from difflib import SequenceMatcher
from typing import Any, Final, Literal

from core.errors import KnownError
from core.forms.compound_file import chains_end
from core.forms.findings import Finding

WorkbookKind = Literal["xlsx", "xls", "csv", "zip", "md"]

SHEETS: Final = ("survey", "choices", "settings", "external_choices", "entities", "osm")
"""The sheets that mean something to a form (xlsform.org); others are passed over."""
_UNPACKED_LIMIT = 128 * 1024 * 1024
"""Bytes a workbook may have unpacked: a form of 20,000 rows has a tenth of it."""
_MEMBERS_LIMIT = 2_000
_ROWS_LIMIT = 20_000
"""Rows of a sheet; a form of more questions or choices than that cannot be used by anybody."""
_COLUMNS_LIMIT = 300
_CELL_LIMIT = 32_767
"""Characters of a cell: Excel's own limit (support.microsoft.com, Excel specifications and limits)."""
_EMPTY_ROWS = 200  # after as many the sheet has ended: some programs write a million of them
_NAMED = 50  # formulas that are named one by one
_NOT_IN_XML = re.compile(
    "[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff\\u200b\\u200e\\u200f\\u2060\\ufeff]"
)  # nobody sees them in a cell
_HOSTILE = (b"<!DOCTYPE", b"<!ENTITY")
_ZIP_BEGINS, _OLE_BEGINS = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
"""The stream of an .xlsx with a password (MS-OFFCRYPTO 2.3.4.4)."""
_LOCKED_XLS = "Workbook is encrypted"  # xlrd has no other sign of it
_IN_WORDS = {"type", "name", "list_name", "list name"}
"""Headings of cells in which any blank, a wide one and a line break too, parts words and no more."""
_SEPARATORS = ",;\t"
_NEAR = 0.7  # of difflib, as pyxform looks for misspelled sheets


@dataclass(frozen=True)
class Row:
    """The filled cells of a row by column; `number` counts as Excel does."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """A sheet: its headings in order and the rows that have something in them; `first` has the headings."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    first: int = 1


@dataclass(frozen=True)
class Workbook:
    """The sheets of a form by their names in lower case, and what reading them found."""

    sheets: Mapping[str, Sheet]
    found: tuple[Finding, ...] = field(default=())

    def rows(self, sheet: str) -> tuple[Row, ...]:
        """The rows of a sheet, none if there is no such sheet."""
        found = self.sheets.get(sheet)
        return found.rows if found is not None else ()


def read_workbook(content: bytes, kind: WorkbookKind) -> Workbook:
    """The sheets in a file of that kind; a zip holds a CSV file a sheet.

    An Excel file of the other ending than it has is read as what it is. Raises KnownError
    "workbook_unreadable" for what is no such file, "workbook_password" for one that needs a password,
    "workbook_hostile" for one that unpacks or grows beyond any form, or declares entities.
    """
    readers = {"xlsx": _xlsx, "xls": _xls, "csv": _csv, "zip": _zip, "md": _markdown}
    if kind in {"xlsx", "xls"} and content.startswith((_ZIP_BEGINS, _OLE_BEGINS)):
        if _LOCKED in content:
            raise KnownError("workbook_password")
        kind = "xlsx" if content.startswith(_ZIP_BEGINS) else "xls"
    try:
        return readers[kind](content)
    except (
        zipfile.BadZipFile, ValueError, LookupError, TypeError, AttributeError, AssertionError, OSError,
        OverflowError, SyntaxError, struct.error, csv.Error, NotImplementedError, EOFError, zlib.error,
    ) as e:  # fmt: skip  # what the readers of a broken or cut file really raise
        raise KnownError("workbook_unreadable", kind=kind, detail=f"{type(e).__name__}: {e}"[:200]) from e


def read_csv_sheets(files: Mapping[str, bytes]) -> Workbook:
    """The workbook whose sheets are CSV files by name (`survey.csv`), others passed over."""
    sheets = {
        name: _sheet(_csv_rows(content), name)
        for file, content in files.items()
        if (name := file.lower().removesuffix(".csv")) in SHEETS
    }
    return _workbook(sheets)


def _xlsx(content: bytes) -> Workbook:
    _refuse_hostile(content)
    from openpyxl import load_workbook  # noqa: PLC0415  # 0.3 s, and only authors need it

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    values = None
    sheets: dict[str, tuple[Sheet, list[Finding]]] = {}
    for written in book.worksheets:
        name = _sheet_name(written.title, len(book.worksheets))
        if name not in SHEETS:
            continue
        grid = list(_openpyxl_rows(written))
        formulas = [
            (at, column)
            for at, row in enumerate(grid)
            for column, cell in enumerate(row)
            if _is_formula(cell)
        ]
        if formulas:
            values = values or load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            computed = list(_openpyxl_rows(values[written.title]))
            formulas = [
                at for at in formulas if _cell_at(computed, *at) != grid[at[0]][at[1]]
            ]  # no mere text
            for at, column in formulas:
                grid[at][column] = _cell_at(computed, at, column)
        sheet, found = _sheet(grid, name)
        found += [_formula_found(name, grid, at, column) for at, column in formulas[:_NAMED]]
        sheets[name] = sheet, found
    return _workbook(sheets, book.sheetnames)


def _openpyxl_rows(sheet: Any) -> Iterator[list[Any]]:
    """Its rows from the first on; a false size in the file is not believed."""
    sheet.reset_dimensions()
    empty = filled = 0
    for row in sheet.iter_rows(values_only=True, max_col=_COLUMNS_LIMIT + 1):
        empty = 0 if any(cell is not None for cell in row) else empty + 1
        filled += empty == 0
        if filled > _ROWS_LIMIT + 1:
            raise KnownError("workbook_hostile", reason="rows")
        if empty > _EMPTY_ROWS:
            return
        yield list(row)


def _is_formula(cell: object) -> bool:
    return isinstance(cell, str) and cell.startswith("=") and len(cell) > 1


def _cell_at(grid: Sequence[Sequence[Any]], row: int, column: int) -> Any:
    return grid[row][column] if row < len(grid) and column < len(grid[row]) else None


def _formula_found(name: str, grid: list[list[Any]], at: int, column: int) -> Finding:
    """A formula whose value was kept is a warning; one without a value is lost, an error."""
    kept = grid[at][column] is not None
    heading = _text(grid[0][column]) if grid and column < len(grid[0]) else ""
    return Finding(
        "formula" if kept else "formula_empty", "warning" if kept else "error", name, at + 1, heading
    )


def _refuse_hostile(content: bytes) -> None:
    """Looks at the packed file before anything of it is read as XML."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        members = packed.infolist()
        _refuse_locked(members)
        if len(members) > _MEMBERS_LIMIT or sum(one.file_size for one in members) > _UNPACKED_LIMIT:
            raise KnownError("workbook_hostile", reason="size")
        left = _UNPACKED_LIMIT
        for member in members:
            with packed.open(member) as opened:
                unpacked = opened.read(left + 1)
            left -= len(unpacked)
            if left < 0:
                raise KnownError("workbook_hostile", reason="size")
            start = unpacked[:4096].replace(b"\0", b"").upper()
            if any(word in start for word in _HOSTILE):
                raise KnownError("workbook_hostile", reason="entities")


def _refuse_locked(members: Iterable[zipfile.ZipInfo]) -> None:
    if any(one.flag_bits & 1 for one in members):  # "encrypted" (APPNOTE.TXT 4.4.4)
        raise KnownError("workbook_password")


def _xls(content: bytes) -> Workbook:
    import xlrd  # noqa: PLC0415  # only authors need it

    if content.startswith(_OLE_BEGINS) and not chains_end(content):
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
        name = _sheet_name(title, book.nsheets)
        if name in SHEETS:
            written = book.sheet_by_index(index)
            rows = (
                [_xls_value(cell, book.datemode) for cell in written.row(at)] for at in range(written.nrows)
            )
            sheets[name] = _sheet(rows, name)
    return _workbook(sheets, book.sheet_names())


def _xls_value(cell: Any, datemode: int) -> Any:
    import xlrd  # noqa: PLC0415  # as above

    if cell.ctype == xlrd.XL_CELL_DATE:
        moment = xlrd.xldate_as_datetime(cell.value, datemode)
        return moment.time() if 0 <= cell.value < 1 else moment  # a part of a day is a time
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    return None if cell.ctype in {xlrd.XL_CELL_ERROR, xlrd.XL_CELL_EMPTY} else cell.value


def _zip(content: bytes) -> Workbook:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        members = [one for one in packed.infolist() if not one.is_dir()]
        _refuse_locked(members)
        if len(members) > _MEMBERS_LIMIT or sum(one.file_size for one in members) > _UNPACKED_LIMIT:
            raise KnownError("workbook_hostile", reason="size")
        files = {}
        for member in members:
            with packed.open(member) as opened:
                files[member.filename.rpartition("/")[2]] = opened.read(_UNPACKED_LIMIT)
    return read_csv_sheets(files)


def _csv(content: bytes) -> Workbook:
    """One sheet of questions, or all sheets below each other with their names in the first column."""
    grid = list(_csv_rows(content))
    filled = next((row for row in grid if any(cell.strip() for cell in row)), [])
    if {"type", "name"} <= {cell.strip().lower() for cell in filled}:
        sheet, found = _sheet(grid, "survey")
        return Workbook({"survey": sheet}, tuple(found))
    sheets: dict[str, tuple[Sheet, list[Finding]]] = {}
    starts = [at for at, row in enumerate(grid) if row and row[0].strip()]
    for start, end in zip(starts, [*starts[1:], len(grid)], strict=False):
        name = grid[start][0].strip().lower()
        if name in SHEETS:
            sheets[name] = _sheet([row[1:] for row in grid[start + 1 : end]], name, first=start + 2)
    return _workbook(sheets)


def _csv_rows(content: bytes) -> Iterable[list[str]]:
    """The rows of a CSV text in UTF-8, else in GB 18030, which Excel writes on a Chinese Windows.

    Excel's "Unicode text" is UTF-16 with tabs; where the comma is a decimal sign it separates by semicolons.
    """
    try:
        text = content.decode("utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    headings = next((line for line in text.splitlines() if line.strip(_SEPARATORS + " ")), "")
    separator = max(_SEPARATORS, key=headings.count)
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator)


def _markdown(content: bytes) -> Workbook:
    from pyxform.errors import PyXFormError  # noqa: PLC0415  # 0.7 s, and only authors need it
    from pyxform.xls2json_backends import md_to_dict  # noqa: PLC0415  # as above

    try:
        read = md_to_dict(content.decode("utf-8-sig"))
    except PyXFormError as e:
        raise ValueError(str(e)) from e
    sheets = {}
    for name in SHEETS:
        rows: list[dict[str, str]] = read.get(name) or []
        columns = tuple(dict.fromkeys(column for row in rows for column in row))
        kept = tuple(
            Row(at, {column: str(cell) for column, cell in row.items() if cell})
            for at, row in enumerate(rows, start=2)
        )
        if rows:
            sheets[name] = Sheet(columns, tuple(row for row in kept if row.cells))
    return Workbook(sheets)


def _sheet_name(title: str, sheets: int) -> str:
    name = title.strip().lower()
    return "survey" if sheets == 1 and name not in SHEETS else name


def _sheet(rows: Iterable[Sequence[Any]], name: str, first: int = 1) -> tuple[Sheet, list[Finding]]:
    """The sheet of these rows, the first of which holds the headings; `first` is that row's number."""
    grid = iter(rows)
    headings = [_text(cell) for cell in next(grid, [])]
    found = [
        Finding("double_column", sheet=name, row=first, column=heading)
        for at, heading in enumerate(headings)
        if heading and heading in headings[:at]
    ]
    if len([heading for heading in headings if heading]) > _COLUMNS_LIMIT:
        raise KnownError("workbook_hostile", reason="columns")
    kept: list[Row] = []
    for number, row in enumerate(grid, start=first + 1):
        if len(kept) >= _ROWS_LIMIT:
            raise KnownError("workbook_hostile", reason="rows")
        cells = {}
        for heading, cell in zip(headings, row, strict=False):
            text = _text(cell)
            if len(text) > _CELL_LIMIT:
                raise KnownError("workbook_hostile", reason="cell")
            if heading and text:
                cells[heading] = " ".join(text.split()) if heading.lower() in _IN_WORDS else text
        if cells:
            kept.append(Row(number, cells))
    return Sheet(tuple(dict.fromkeys(filter(None, headings))), tuple(kept), first), found


def _text(cell: Any) -> str:
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


def _workbook(sheets: Mapping[str, tuple[Sheet, list[Finding]]], titles: Sequence[str] = ()) -> Workbook:
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
