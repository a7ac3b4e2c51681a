"""The sheets of an installed form, made from its XForm: what its author would have written in XLSForm."""

from __future__ import annotations

from typing import Final

from core.errors import KnownError
from core.forms.authoring.comparison import form_content
from core.forms.model.form import Form
from core.forms.sheets.lists import SheetLists
from core.forms.sheets.settings import settings_row
from core.forms.sheets.source import Cells, SheetSource
from core.forms.sheets.survey_rows import survey_rows
from core.forms.workbook.workbook import Row, Sheet, Workbook
from core.forms.workbook.xlsform import compile_sheets
from core.forms.xform.reading import parse_xform

_FIRST: Final = (
    "type", "list_name", "form_title", "form_id", "version", "name", "label", "hint", "required",
    "required_message", "constraint", "constraint_message", "relevant", "readonly", "calculation", "trigger",
    "default", "choice_filter", "repeat_count", "appearance", "parameters",
)  # fmt: skip
"""Columns in the order in which authors look for them; others follow as they come."""


def form_sheets(form: Form) -> Workbook:
    """The sheets survey, choices and settings, which compile to a form that says the same.

    References are written as `${name}` where that comes back as it was. Raises KnownError "form_not_sheets"
    for a form with parts that XLSForm cannot say.
    """
    wanted = form_content(form)
    for friendly in (True, False):
        sheets = _sheets(SheetSource(form, friendly=friendly))
        try:
            again = parse_xform(compile_sheets(sheets).xml, form.media)
        except KnownError:
            continue
        if form_content(again) == wanted:
            return Workbook({name: _sheet(rows) for name, rows in sheets.items() if rows})
    raise KnownError("form_not_sheets", form=form.form_id)


def _sheets(source: SheetSource) -> dict[str, list[Cells]]:
    lists = SheetLists(source)
    survey = survey_rows(source, lists)
    return {"survey": survey, "choices": lists.choices, "settings": [settings_row(source, lists.choices)]}


def _sheet(rows: list[Cells]) -> Sheet:
    columns = dict.fromkeys(column for row in rows for column in row)
    places = {column: at for at, column in enumerate(_FIRST)}
    ordered = sorted(columns, key=lambda column: places.get(column.partition("::")[0], len(places)))
    return Sheet(tuple(ordered), tuple(Row(at, row) for at, row in enumerate(rows, 2)))
