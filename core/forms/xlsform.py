"""XLSForm workbooks turned into XForm XML by pyxform, which is imported only when a form is compiled."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

from core.errors import KnownError
from core.forms.answer_tree import ROW_ID_QUESTION
from core.forms.workbook import Workbook, WorkbookKind, read_workbook

Cells = Mapping[str, str]


@dataclass(frozen=True)
class Compiled:
    """The XForm of a workbook, and what pyxform would have otherwise, in its words."""

    xml: bytes
    warnings: tuple[str, ...]


def compile_xlsform(content: bytes | str, kind: WorkbookKind) -> bytes:
    """The XForm of a workbook: the bytes of a file, or a csv or markdown text of its sheets.

    Each repeat gets the hidden `cj_id`, so that its rows keep their identity on phones. Raises KnownError
    "form_broken" with what pyxform found, and as `read_workbook`.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    return compile_sheets(sheets_of(read_workbook(data, kind))).xml


def sheets_of(workbook: Workbook) -> dict[str, list[Cells]]:
    """The rows of each sheet that has any."""
    return {name: [row.cells for row in sheet.rows] for name, sheet in workbook.sheets.items() if sheet.rows}


def sheet_rows(text: str) -> list[dict[str, str]]:
    """The rows of a sheet kept as CSV with a heading row; empty cells and empty rows left out."""
    rows = [
        {column: cell for column, cell in row.items() if column and cell}
        for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    ]
    return [row for row in rows if row]


def compile_sheets(sheets: Mapping[str, Sequence[Cells]]) -> Compiled:
    """The XForm of the sheets, given as rows by column name. Raises KnownError "form_broken"."""
    from pyxform.errors import PyXFormError  # noqa: PLC0415  # 0.7 s, and only authors need it
    from pyxform.xls2xform import convert  # noqa: PLC0415  # as above

    workbook: dict[str, Any] = {"fallback_form_name": "data"}
    for name, rows in sheets.items():
        kept = [row for _, row in with_row_ids(rows)] if name == "survey" else [dict(row) for row in rows]
        workbook[name] = kept
        workbook[f"{name}_header"] = [dict.fromkeys(column for row in kept for column in row)]
    warnings: list[str] = []
    try:
        converted = convert(xlsform=workbook, pretty_print=True, form_name="data", warnings=warnings)
    except (PyXFormError, ValueError, LookupError, TypeError, AttributeError, ExpatError) as e:
        raise KnownError("form_broken", place="survey", reason="workbook", detail=str(e)) from e
    xml: str = converted.xform
    return Compiled(xml.encode("utf-8"), tuple(warnings))


def with_row_ids(rows: Sequence[Cells]) -> list[tuple[int, dict[str, str]]]:
    """The survey with `cj_id = once(uuid())` first in each repeat that has none of its own.

    Each row with the place among `rows` that it comes from.
    """
    survey: list[tuple[int, dict[str, str]]] = []
    for at, row in enumerate(rows):
        survey.append((at, dict(row)))
        following = rows[at + 1] if at + 1 < len(rows) else {}
        begins = " ".join(row.get("type", "").replace("_", " ").split()) == "begin repeat"
        if begins and following.get("name") != ROW_ID_QUESTION:
            hidden = {"type": "calculate", "name": ROW_ID_QUESTION, "calculation": "once(uuid())"}
            survey.append((at, hidden))
    return survey
