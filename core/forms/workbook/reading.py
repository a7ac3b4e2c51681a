"""A file read as a form's workbook: Excel's two kinds, CSV, a zip of CSV files, or tables of Markdown."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable, Mapping
from typing import Literal

from core.errors import KnownError
from core.forms.findings import Finding
from core.forms.workbook.compound_file import OLE_BEGINS
from core.forms.workbook.excel_files import read_xls, read_xlsx
from core.forms.workbook.grids import sheet_of, workbook_of
from core.forms.workbook.packed_file import UNPACKED_LIMIT, ZIP_BEGINS, refuse_beyond_bounds
from core.forms.workbook.workbook import SHEETS, Row, Sheet, Workbook

WorkbookKind = Literal["xlsx", "xls", "csv", "zip", "md"]

_LOCKED = "EncryptedPackage".encode("utf-16-le")
"""The stream of an .xlsx with a password (MS-OFFCRYPTO 2.3.4.4)."""
_SEPARATORS = ",;\t"


def read_workbook(content: bytes, kind: WorkbookKind) -> Workbook:
    """The sheets in a file of that kind; a zip holds a CSV file a sheet.

    An Excel file of the other ending than it has is read as what it is. Raises KnownError
    "workbook_unreadable" for what is no such file, "workbook_password" for one that needs a password,
    "workbook_hostile" for one that unpacks or grows beyond any form, or declares entities.
    """
    readers = {"xlsx": read_xlsx, "xls": read_xls, "csv": _csv, "zip": _zip, "md": _markdown}
    if kind in {"xlsx", "xls"} and content.startswith((ZIP_BEGINS, OLE_BEGINS)):
        if _LOCKED in content:
            raise KnownError("workbook_password")
        kind = "xlsx" if content.startswith(ZIP_BEGINS) else "xls"
    try:
        return readers[kind](content)
    except (
        zipfile.BadZipFile, ValueError, LookupError, TypeError, AttributeError, AssertionError, OSError,
        OverflowError, SyntaxError, struct.error, csv.Error, NotImplementedError, EOFError, zlib.error,
    ) as e:  # fmt: skip  # what the readers of a broken or cut file really raise
        raise KnownError("workbook_unreadable", kind=kind, detail=f"{type(e).__name__}: {e}"[:200]) from e


def read_csv_sheets(files: Mapping[str, bytes]) -> Workbook:
    """The workbook whose sheets are CSV files by name (`survey.csv`), others passed over.

    Raises KnownError "workbook_hostile" for sheets larger than any form, and
    UnicodeDecodeError or csv.Error for a file that is no CSV.
    """
    sheets = {
        name: sheet_of(_csv_rows(content), name)
        for file, content in files.items()
        if (name := file.lower().removesuffix(".csv")) in SHEETS
    }
    return workbook_of(sheets)


def _zip(content: bytes) -> Workbook:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        members = [one for one in packed.infolist() if not one.is_dir()]
        refuse_beyond_bounds(members)
        files = {}
        for member in members:
            with packed.open(member) as opened:
                files[member.filename.rpartition("/")[2]] = opened.read(UNPACKED_LIMIT)
    return read_csv_sheets(files)


def _csv(content: bytes) -> Workbook:
    """One sheet of questions, or all sheets below each other with their names in the first column."""
    grid = list(_csv_rows(content))
    filled = next((row for row in grid if any(cell.strip() for cell in row)), [])
    if {"type", "name"} <= {cell.strip().lower() for cell in filled}:
        sheet, found = sheet_of(grid, "survey")
        return Workbook({"survey": sheet}, tuple(found))
    sheets: dict[str, tuple[Sheet, list[Finding]]] = {}
    starts = [at for at, row in enumerate(grid) if row and row[0].strip()]
    for start, end in zip(starts, [*starts[1:], len(grid)], strict=False):
        name = grid[start][0].strip().lower()
        if name in SHEETS:
            sheets[name] = sheet_of([row[1:] for row in grid[start + 1 : end]], name, first=start + 2)
    return workbook_of(sheets)


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
