"""pyxform's own example workbooks: each loads, or fails with the reason that its author needs."""

from __future__ import annotations

import tomllib
import warnings
from pathlib import Path

import pytest

from app.errors import finding_sentence
from core.errors import KnownError
from core.forms.authoring.comparison import form_content
from core.forms.authoring.form_reading import read_sheets
from core.forms.sheets.form_sheets import form_sheets
from core.forms.workbook.reading import read_workbook
from core.forms.workbook.writing import write_xlsx

HERE = Path(__file__).parent
TABLE = tomllib.loads((HERE / "WORKBOOKS.toml").read_text("utf-8"))["workbook"]
VERDICTS = tomllib.loads((HERE / "verdicts.toml").read_text("utf-8"))
KINDS = {".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xls", ".csv": "csv"}


def outcome_of(file, beside=()):
    """What becomes of it: `loads` or `refused`, its findings in words, and the form."""
    media = {name: (file.parent / name).read_bytes() for name in beside}
    with warnings.catch_warnings(action="ignore"):  # openpyxl about parts of a workbook that no form has
        try:
            read = read_sheets(read_workbook(file.read_bytes(), KINDS[file.suffix]), media, file.stem)
        except KnownError as e:
            return "refused", [e.code], None
    found = [
        " ".join(str(part) for part in (one.severity, one.code, one.sheet, one.row or "", one.column) if part)
        for one in read.findings
    ]
    assert all(finding_sentence(one) for one in read.findings), "words with all their values"
    return "loads" if read.form is not None else "refused", found, read.form


@pytest.mark.parametrize("one", TABLE, ids=lambda one: one["file"])
def test_a_workbook_of_pyxform_loads_or_fails_as_it_should(one):
    file = HERE / "fetched" / one["file"]
    if not file.is_file():
        pytest.skip("python3 dev.py fetch-workbooks brings the workbooks")
    outcome, found, form = outcome_of(file, one.get("media", ()))
    assert (outcome, found) == (one["outcome"], one.get("finds", []))
    if form is not None:  # and it is the same after Excel
        again = read_sheets(read_workbook(write_xlsx(form_sheets(form)), "xlsx"), form.media).form
        assert again is not None
        assert form_content(again) == form_content(form)


def test_what_odk_validate_accepts_loads_and_what_it_refuses_does_not_or_the_table_says_why():
    assert {one["file"] for one in TABLE} == set(VERDICTS)
    for one in TABLE:
        same = (VERDICTS[one["file"]] == "accepts") == (one["outcome"] == "loads")
        assert same != bool(one.get("reason")), one["file"]
