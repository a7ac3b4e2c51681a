"""What the sheets of a form have wrong, cell by cell, all of it at once: pyxform stops at the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from core.forms.findings import Finding
from core.forms.workbook.headings import Headings
from core.forms.workbook.survey_check import SELECT, SurveyCheck
from core.forms.workbook.workbook import Row, Workbook

_ONE = {"select_one", "select one", "select one from", "select1", "add select one prompt using"}
_NO_ID: Final[Mapping[bool, tuple[str, Literal["error", "warning"]]]] = {
    True: ("form_id_of_file", "warning"), False: ("no_form_id", "error"),
}  # fmt: skip
"""Whether there is a file's name to take instead."""


def check_sheets(workbook: Workbook, name: str = "") -> list[Finding]:
    """Everything that can be said without compiling the form, in the order of the sheets.

    `name` stands for a form id that is missing.
    """
    if not workbook.rows("survey"):
        return [Finding("no_survey")]
    survey = Headings(workbook, "survey")
    missing = sorted({"type", "name"} - {survey.meaning(column) for column in survey.columns})
    if missing:
        values = {"columns": " ".join(missing)}
        return [Finding("missing_columns", sheet="survey", row=survey.row, values=values)]
    return [
        *survey.findings(),
        *SurveyCheck(workbook, survey).findings(),
        *_choices(workbook),
        *_settings(workbook, name),
    ]


def _choices(workbook: Workbook) -> Iterator[Finding]:
    headings, settings = Headings(workbook, "choices"), Headings(workbook, "settings")
    yield from headings.findings()
    doubles = any(
        settings.cell(row, "allow_choice_duplicates").lower() in {"yes", "true"}
        for row in workbook.rows("settings")
    )
    taken: dict[tuple[str, str], int] = {}
    several = _asked_for_several(workbook)
    for row in workbook.rows("choices"):
        listed, name = headings.cell(row, "list name"), headings.cell(row, "name")
        if not listed:
            yield Finding("choice_without_list", "warning", "choices", row.number, "list_name")
            continue
        if not name:
            yield Finding("choice_without_name", sheet="choices", row=row.number, column="name")
        elif listed in several and len(name.split()) > 1:
            values: dict[str, object] = {"name": name, "list": listed}
            yield Finding("choice_with_space", "error", "choices", row.number, "name", values)
        elif (listed, name) in taken and not doubles:
            values = {"name": name, "list": listed, "other": taken[listed, name]}
            yield Finding("double_choice", "error", "choices", row.number, "name", values)
        taken.setdefault((listed, name), row.number)
        if not headings.has(row, "label"):
            yield Finding("choice_without_label", "warning", "choices", row.number, "label")


def _asked_for_several(workbook: Workbook) -> set[str]:
    """The lists that a question takes several of: their names are stored with blanks between."""
    survey = Headings(workbook, "survey")
    asked = (SELECT.fullmatch(" ".join(survey.cell(row, "type").split())) for row in workbook.rows("survey"))
    return {one.group(2) for one in asked if one and one.group(1) not in _ONE}


def _settings(workbook: Workbook, name: str) -> Iterator[Finding]:
    headings = Headings(workbook, "settings")
    yield from headings.findings()
    first = next(iter(workbook.rows("settings")), Row(headings.row + 1, {}))
    number = first.number if workbook.rows("settings") else None
    if not headings.has(first, "id_string"):
        code, severity = _NO_ID[bool(name)]
        yield Finding(code, severity, "settings", number, "form_id", {"name": name})
    if not headings.has(first, "version"):
        yield Finding("no_version", "warning", "settings", number, "version")
    if headings.has(first, "public_key"):
        yield Finding("encrypted", sheet="settings", row=number, column="public_key")
    if workbook.rows("entities"):
        yield Finding("entities", "warning", "entities", workbook.rows("entities")[0].number)
    survey = Headings(workbook, "survey")
    own = any(survey.meaning(column).startswith("bind::cj:") for column in survey.columns)
    if own and '"urn:cunjiang:forms"' not in headings.cell(first, "namespaces").replace("'", '"'):
        yield Finding("cj_namespace", sheet="settings", row=number, column="namespaces")
