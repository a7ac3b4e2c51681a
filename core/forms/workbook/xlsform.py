"""XLSForm workbooks turned into XForm XML by pyxform, which is imported only when a form is compiled."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.parsers.expat import ExpatError

from core.errors import KnownError
from core.forms.filling.answer_tree import ROW_ID_QUESTION
from core.forms.workbook.reading import WorkbookKind, read_workbook
from core.forms.workbook.workbook import Workbook

Cells = Mapping[str, str]

_QUOTES_AWAY = dict(zip(map(ord, "‘’“”"), "\uf8f0\uf8f1\uf8f2\uf8f3", strict=True))  # of private use
_QUOTES_AGAIN = {ord(away): chr(quote) for quote, away in _QUOTES_AWAY.items()}
_EXTERNAL = re.compile(r"\s*select[_ ]one[_ ]external\s+")
_READ_BY_PEOPLE = re.compile(r"(?i:\s*(?:label|hint|guidance.hint|caption|\w+.message|form.title)\b)")


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


def compile_sheets(sheets: Mapping[str, Sequence[Cells]], form_id: str = "data") -> Compiled:
    """The XForm of the sheets, given as rows by column name; `form_id` where the settings have none.

    Raises KnownError "form_broken".
    """
    from pyxform.errors import PyXFormError  # noqa: PLC0415  # 0.7 s, and only authors need it
    from pyxform.xls2xform import convert  # noqa: PLC0415  # as above

    workbook: dict[str, Any] = {"fallback_form_name": form_id}
    for name, rows in _external_choices_inside(sheets).items():
        kept = [row for _, row in with_row_ids(rows)] if name == "survey" else [dict(row) for row in rows]
        workbook[name] = [_kept_quotes(row) for row in kept]
        workbook[f"{name}_header"] = [dict.fromkeys(column for row in kept for column in row)]
    warnings: list[str] = []
    try:
        converted = convert(xlsform=workbook, pretty_print=True, form_name="data", warnings=warnings)
    except (PyXFormError, ValueError, LookupError, TypeError, AttributeError, ExpatError) as e:
        raise KnownError("form_broken", place="survey", reason="workbook", detail=str(e)) from e
    xml: str = converted.xform.translate(_QUOTES_AGAIN)
    return Compiled(xml.encode("utf-8"), tuple(warnings))


def _external_choices_inside(sheets: Mapping[str, Sequence[Cells]]) -> Mapping[str, Sequence[Cells]]:
    """`select_one_external` as `select_one`: its lists stood apart because old phones read them slowly."""
    if not sheets.get("external_choices"):
        return sheets
    survey = [{**row, "type": _EXTERNAL.sub("select_one ", row.get("type", ""))} for row in sheets["survey"]]
    there = {_list_name(row) for row in sheets.get("choices", ())}
    added = [row for row in sheets["external_choices"] if _list_name(row) not in there]
    settings = [{**row, "allow_choice_duplicates": "yes"} for row in sheets.get("settings") or [{}]]
    return {
        **{name: rows for name, rows in sheets.items() if name != "external_choices"},
        "survey": survey,
        "choices": [*sheets.get("choices", ()), *added],
        "settings": settings,
    }


def _list_name(row: Cells) -> str:
    return row.get("list_name") or row.get("list name") or ""


def _kept_quotes(row: Cells) -> dict[str, str]:
    """The row whose Chinese quotation marks pyxform will not make plain ones in what people read."""
    return {
        column: text.translate(_QUOTES_AWAY) if _READ_BY_PEOPLE.match(column) else text
        for column, text in row.items()
    }


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
