"""What pyxform says in English as findings with sheet, row and column, by the patterns of its messages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal

from core.forms.findings import Finding

_ROW = re.compile(r"\[row : (\d+)\]")
_SHEET = re.compile(r"On the '(\w+)' sheet")
_COLUMN = re.compile(r"the '([^']+)' value (?:'[^']*' )?is (?:invalid|problematic)")
# Words of pyxform 4.5.0 (errors.py, xls2json.py, survey.py), and the code of our sentence for them.
# Named groups become its values. The first that fits counts.
_PATTERNS: Final = tuple(
    (re.compile(pattern, re.DOTALL), code)
    for pattern, code in (
        (r"Could not find the name '(?P<name>[^']*)'", "unknown_name"),
        (r"There is no survey element named '(?P<name>[^']*)'", "unknown_name"),
        (r"There are multiple survey elements named '(?P<name>[^']*)'", "ambiguous_name"),
        (r"names must be unique anywhere in the 'survey'\. The name '(?P<name>[^']*)'", "ambiguous_name"),
        (r"Reference variables must start with", "bad_reference"),
        (r"Reference variable lists must have a comma", "bad_reference"),
        (r"'name' value '(?P<name>[^']*)' is problematic", "similar_name"),
        (r"Repeat names must not be the same as the survey root", "root_name"),
        (r"'name' value '(?P<name>[^']*)' is invalid\. Questions", "double_name"),
        (r"'name' value '(?P<name>[^']*)' is invalid\. Repeat", "double_repeat"),
        (r"The name 'meta' is reserved", "reserved_name"),
        (r"Choices must have a name", "choice_without_name"),
        (r"Choices should have a label", "choice_without_label"),
        (r"Choice names must be unique", "double_choice"),
        (r"Choice names with spaces .*See \[(?P<name>[^\]]*)\] in \[(?P<list>[^\]]*)\]", "choice_with_space"),
        (r"Names must begin with a letter", "bad_name"),
        (r"Unmatched 'end_(?P<kind>\w+)'", "end_without_begin"),
        (r"Unmatched 'begin_(?P<kind>\w+)'", "begin_without_end"),
        (r"List name not in (?:choices|external choices|columns) sheet: ?(?P<list>\S+)", "unknown_list"),
        (r"Unknown question type '(?P<type>[^']*)'", "unknown_type"),
        (r"Question or group with no name", "no_name"),
        (r"Question with no type", "no_type"),
        (r"Missing calculation", "no_calculation"),
        (r"element named '(?P<element>[^']*)' has no label", "no_label"),
        (r"has no label", "no_label"),
        (r"Row without name, text, or label is being skipped", "row_skipped"),
        (r"parameter keys? for this question type are '(?P<accepted>[^']*)'.*: '(?P<rejected>[^']*)'",
         "bad_parameter"),
        (r"Parameters must be in the form", "bad_parameters"),
        (r"For the 'range' question type, the parameters? '(?P<name>[^']*)'", "range_parameter"),
        (r"[Pp]arameter (?P<name>[\w-]+) must", "parameter_value"),
        (r"'(?P<name>[\w-]+)' parameter (?:must|may)", "parameter_value"),
        (r"(?P<name>[\w-]+) (?:value )?must be (?:set to|a number or)", "parameter_value"),
        (r"Invalid value for (?P<name>[\w-]+)\.", "parameter_value"),
        (r"Audits must always be named", "audit_name"),
        (r"The 'disabled' column header", "disabled_column"),
        (r"Cannot omit instanceID", "encrypted"),
        (r"'save_to'", "entities"),
        (r"Use the max-pixels parameter", "photos_unbounded"),
        (r"declarations do not contain valid machine-readable codes: (?P<names>.*?)\. ",
         "language_without_code"),
        (r"'(?P<language>[^']*)' is missing the (?P<sheet>\w+) (?:columns )?(?P<columns>.*?)(?: column)?\.",
         "language_incomplete"),
        (r"names for the same column were found: '(?P<one>[^']*)', '(?P<other>[^']*)'",
         "same_column_twice"),
        (r"required column headers were not found: (?P<columns>.*?)\. ", "missing_columns"),
        (r"Column headers must not be empty", "bad_column"),
        (r"Invalid headers provided for sheet: '(?P<sheet>\w+)'", "bad_headings"),
        (r"You must have a sheet named", "no_survey"),
        (r"should end with one of the supported file extensions", "bad_list_file"),
        (r"is no longer supported on most devices", "device_gone"),
        (r"uses or_other and translations", "or_other_language"),
        (r"entit(?:y|ies)", "entities"),
    )
)  # fmt: skip
_COLUMN_OF: Final = {
    "no_label": "label", "no_name": "name", "no_type": "type", "unknown_type": "type", "unknown_list": "type",
    "no_calculation": "calculation", "begin_without_end": "type", "end_without_begin": "type",
    "bad_list_file": "type", "photos_unbounded": "parameters", "range_parameter": "parameters",
    "parameter_value": "parameters", "audit_name": "name",
}  # fmt: skip
"""The column that a message means and does not name."""


def finding_of(
    message: str, severity: Literal["error", "warning"], row_of: Callable[[str, int], int | None]
) -> Finding:
    """The finding of a message; one nobody knows keeps pyxform's own words under the code "pyxform".

    `row_of` turns the sheet and row that pyxform counts into the row that the author sees.
    """
    said = " ".join(message.split())
    row, sheet, column = _ROW.search(said), _SHEET.search(said), _COLUMN.search(said)
    values: dict[str, object] = {"detail": _ROW.sub("", said).strip()[:300]}
    code = "pyxform"
    for pattern, known in _PATTERNS:
        match = pattern.search(said)
        if match is not None:
            code, values = known, match.groupdict()
            break
    name = str(values.pop("sheet", "") or (sheet.group(1) if sheet else "survey" if row else ""))
    number = row_of(name, int(row.group(1))) if row else None
    stands = column.group(1) if column else _COLUMN_OF.get(code, "")
    return Finding(code, severity, name, number, stands, values)
