"""XLSForm workbooks turned into XForm XML by pyxform, which is imported only when a form is compiled."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any, Literal
from zipfile import BadZipFile

from core.errors import KnownError
from core.forms.answer_tree import ROW_ID_QUESTION

WorkbookKind = Literal["xlsx", "xls", "csv", "md"]

_MINDED_SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm")


def compile_xlsform(workbook: bytes | str, kind: WorkbookKind) -> bytes:
    """The XForm of a workbook: the bytes of an .xlsx or .xls file, or a csv or markdown text of its sheets.

    Each repeat gets the hidden `cj_id`, so that its rows keep their identity on phones. Raises KnownError
    "form_broken" with what pyxform found.
    """
    from pyxform import xls2json_backends as backends  # noqa: PLC0415  # 0.7 s, and only authors need it
    from pyxform.errors import PyXFormError  # noqa: PLC0415  # as above

    readers: dict[str, Any] = {
        "xlsx": backends.xlsx_to_dict,
        "xls": backends.xls_to_dict,
        "csv": backends.csv_to_dict,
        "md": backends.md_to_dict,
    }
    try:
        read = readers[kind](_readable(workbook, kind))
    except (PyXFormError, ValueError, LookupError, OSError, BadZipFile) as e:
        raise KnownError("form_broken", place=kind, reason="workbook", detail=str(e)) from e
    return compile_sheets({name: read[name] for name in _MINDED_SHEETS if read.get(name)})


def _readable(workbook: bytes | str, kind: WorkbookKind) -> io.BytesIO | str:
    if isinstance(workbook, str):
        return workbook
    return io.BytesIO(workbook) if kind in {"xlsx", "xls"} else workbook.decode("utf-8-sig")


def sheet_rows(text: str) -> list[dict[str, str]]:
    """The rows of a sheet kept as CSV with a heading row; empty cells and empty rows left out."""
    rows = [
        {column: cell for column, cell in row.items() if column and cell}
        for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    ]
    return [row for row in rows if row]


def compile_sheets(sheets: Mapping[str, list[dict[str, str]]]) -> bytes:
    """The XForm of the sheets `survey`, `choices` and `settings`, given as rows by column name."""
    from pyxform.errors import PyXFormError  # noqa: PLC0415  # as above
    from pyxform.xls2xform import convert  # noqa: PLC0415  # as above

    workbook: dict[str, Any] = {"fallback_form_name": "data"}
    for name, rows in sheets.items():
        kept = _with_row_ids(rows) if name == "survey" else [dict(row) for row in rows]
        workbook[name] = kept
        workbook[f"{name}_header"] = [dict.fromkeys(column for row in kept for column in row)]
    try:
        xform: str = convert(xlsform=workbook, pretty_print=True, form_name="data").xform
    except PyXFormError as e:
        raise KnownError("form_broken", place="survey", reason="workbook", detail=str(e)) from e
    return xform.encode("utf-8")


def _with_row_ids(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The survey with `cj_id = once(uuid())` first in each repeat that has none of its own."""
    survey: list[dict[str, str]] = []
    for at, row in enumerate(rows):
        survey.append(dict(row))
        following = rows[at + 1] if at + 1 < len(rows) else {}
        begins = " ".join(row.get("type", "").replace("_", " ").split()) == "begin repeat"
        if begins and following.get("name") != ROW_ID_QUESTION:
            survey.append({"type": "calculate", "name": ROW_ID_QUESTION, "calculation": "once(uuid())"})
    return survey
