"""A form file read for its author: the form if there is one, and everything found in it by its cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec

from core.errors import KnownError
from core.forms.authoring.appearances import look_doubts
from core.forms.authoring.label_media import media_doubts
from core.forms.authoring.map_doubts import map_doubts
from core.forms.authoring.waiting import waiting_features
from core.forms.filling.logic import expressions_of
from core.forms.filling.logic_check import (
    paths_as_truths,
    paths_of_other_forms,
    references_to_nothing,
    truths_in_text,
)
from core.forms.findings import Finding
from core.forms.list_names import DIVISIONS
from core.forms.model.form import Form
from core.forms.workbook.check import check_sheets
from core.forms.workbook.pyxform_words import finding_of
from core.forms.workbook.survey_check import CONTROL
from core.forms.workbook.workbook import Row, Workbook
from core.forms.workbook.xlsform import Compiled, compile_sheets, sheets_of, with_row_ids
from core.forms.xform.reading import parse_xform

_PLACE = re.compile(r"(?:bind |setvalue |body \w+ ?)?(?P<path>/\S*)?\s*(?P<part>\S*)")
_COLUMN_OF: Final = {
    "calculate": "calculation", "requiredMsg": "required_message", "constraintMsg": "constraint_message",
    "jr:count": "repeat_count", "choices": "choice_filter", "output": "label",
}  # fmt: skip
_LIMIT = 500
"""Findings that are shown; nobody mends more at a time."""


@dataclass(frozen=True)
class ReadForm:
    """What a file holds. `form` is None when something stands in the way; `xml` is what is installed."""

    form: Form | None
    xml: bytes
    media: Mapping[str, bytes]
    findings: tuple[Finding, ...]


def read_xform(xml: bytes, media: Mapping[str, bytes]) -> ReadForm:
    """An XForm as it is; what is wrong is named by its place in the form."""
    try:
        form = parse_xform(xml, media)
        return ReadForm(form, xml, media, (*waiting_features(form), *_doubts(form, Workbook({}))))
    except KnownError as e:
        return ReadForm(None, xml, media, tuple(_reader_findings(e, Workbook({}))))


def read_sheets(workbook: Workbook, media: Mapping[str, bytes], name: str = "") -> ReadForm:
    """The form of a workbook, compiled and read once by our own reader.

    `name` is that of its file: the id of a form that has none, as in ODK Central.
    """
    found = [*workbook.found, *check_sheets(workbook, name)]
    form, compiled = None, None
    if workbook.rows("survey"):
        compiled = _compile(workbook, found, name)
    if compiled is not None and not any(one.stands_in_the_way for one in found):
        try:
            form = parse_xform(compiled.xml, media)
            said = {one.code for one in found}
            found.extend(one for one in waiting_features(form) if one.code not in said)
            found.extend(_doubts(form, workbook))
        except KnownError as e:
            found.extend(_reader_findings(e, workbook))
    ordered = dict.fromkeys(sorted(map(_Key, found), key=lambda key: key.order))  # errors before warnings
    findings = tuple(key.finding for key in ordered)[:_LIMIT]
    return ReadForm(form, compiled.xml if compiled else b"", media, findings)


def _doubts(form: Form, workbook: Workbook) -> Iterator[Finding]:
    """Files that are not there, and what other programs take for something else than JavaRosa does."""
    yield from media_doubts(form, workbook)
    for place, expression, _ in expressions_of(form):
        for code in sorted(expression.compiled.doubts):
            yield _doubt(place, code, expression.source, workbook)
    for place, source in paths_as_truths(form):
        yield _doubt(place, "path_as_truth", source, workbook)
    for place, path in references_to_nothing(form):
        yield _doubt(place, "reference_to_nothing", path, workbook)
    for place, path in paths_of_other_forms(form):
        yield _doubt(place, "path_of_another_form", path, workbook)
    for place, code, detail in form.passed_over:
        yield _doubt(place, code, detail, workbook)
    for place, source in truths_in_text(form):
        yield _doubt(place, "truth_in_text", source, workbook)
    for place, code, detail in (*look_doubts(form), *map_doubts(form)):
        yield _doubt(place, code, detail, workbook)


def _doubt(place: str, reason: str, detail: str, workbook: Workbook) -> Finding:
    error = KnownError("form_broken", place=place, reason=reason, detail=detail)
    return msgspec.structs.replace(_reader_finding(error, workbook), severity="warning")


@dataclass(frozen=True)
class _Key:
    """Findings of one cell and one meaning count once."""

    finding: Finding

    def __hash__(self) -> int:
        return hash(self.identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.identity == other.identity

    @property
    def identity(self) -> tuple[str, str, int | None, str]:
        one = self.finding
        return one.code, one.sheet, one.row, str(one.values.get("name", ""))

    @property
    def order(self) -> tuple[bool, int, int]:
        one = self.finding
        sheets = ("", "survey", "choices", "settings")
        at = sheets.index(one.sheet) if one.sheet in sheets else len(sheets)
        return not one.stands_in_the_way, at, one.row or 0


def _compile(workbook: Workbook, found: list[Finding], name: str) -> Compiled | None:
    row_of = _rows_of(workbook)
    ours = {(one.sheet, one.row) for one in found}
    wrong = {(one.sheet, one.row) for one in found if one.stands_in_the_way}
    read = partial(_placed, workbook)
    known_error = any(one.stands_in_the_way for one in found)
    try:
        compiled = compile_sheets(sheets_of(workbook), name or "data")
    except KnownError as e:
        for line in str(e.values["detail"]).splitlines()[:_LIMIT]:
            said = read(finding_of(line, "error", row_of))
            # What we found ourselves it says again in its own way, and after an error it stumbles on.
            if (said.sheet, said.row) not in wrong and not (known_error and said.row is None):
                found.append(said)
        return None
    said_too = (read(finding_of(text, "warning", row_of)) for text in compiled.warnings)
    found.extend(one for one in said_too if (one.sheet, one.row) not in ours or one.row is None)
    return compiled


def _placed(workbook: Workbook, said: Finding) -> Finding:
    """With the row of the question that pyxform names instead of its row."""
    element = said.values.get("element")
    if element is None or said.row is not None:
        return said
    return msgspec.structs.replace(
        said, sheet="survey", row=_row_named(workbook.rows("survey"), [str(element)])
    )


def _rows_of(workbook: Workbook) -> Callable[[str, int], int | None]:
    """From pyxform's count of rows, which begins with 2 and knows no empty ones, to the author's."""
    places = [at for at, _ in with_row_ids([row.cells for row in workbook.rows("survey")])]

    def row_of(sheet: str, counted: int) -> int | None:
        rows, at = workbook.rows(sheet), counted - 2
        if counted == 1:
            return 1
        if sheet == "survey":
            at = places[at] if 0 <= at < len(places) else -1
        return rows[at].number if 0 <= at < len(rows) else None

    return row_of


def _reader_findings(error: KnownError, workbook: Workbook) -> Iterator[Finding]:
    """All that our reader found wrong at once."""
    others = error.values.get("others", ())
    for one in (error, *(others if isinstance(others, tuple) else ())):
        yield _reader_finding(one, workbook)


def _reader_finding(error: KnownError, workbook: Workbook) -> Finding:
    """What our own reader says of a compiled form, put back to the row it comes from."""
    reason, place = str(error.values.get("reason", "")), str(error.values.get("place", ""))
    listed = str(error.values.get("detail", ""))
    if reason in {"whole_list", "unknown_list"} and listed != DIVISIONS and not _of_records(listed, workbook):
        return _list_missing(listed, workbook)
    match = _PLACE.fullmatch(place.strip())
    path, part = (match.group("path") or "", match.group("part")) if match else ("", "")
    names = path.split("/")[1:]
    row = _row_named(workbook.rows("survey"), [name for name in names if name])
    values = {"place": place, "detail": str(error.values.get("detail", ""))[:300]}
    column = f"bind::{part}" if part.startswith("cj:") else _COLUMN_OF.get(part, part)
    if names[-1:] == ["instanceName"] and workbook.rows("settings"):
        row_number = workbook.rows("settings")[0].number
        return Finding(f"form_{reason}", "error", "settings", row_number, "instance_name", values)
    return Finding(f"form_{reason}", "error", "survey" if row else "", row, column if row else "", values)


def _of_records(listed: str, workbook: Workbook) -> bool:
    """Whether the rows of the list are the records of a form."""
    cells = (
        cell for name in ("survey", "settings") for row in workbook.rows(name) for cell in row.cells.items()
    )
    return any(
        column.endswith(("cj:refers", "cj:reads")) and listed in text.split() for column, text in cells
    )


def _list_missing(listed: str, workbook: Workbook) -> Finding:
    """A list whose file does not lie beside the form, at the first cell that names it."""
    named = re.compile(rf"(?<![\w.-]){re.escape(listed)}(?![\w-])")
    row, column = next(
        (
            (row.number, column)
            for row in workbook.rows("survey")
            for column, text in row.cells.items()
            if named.search(text)
        ),
        (None, ""),
    )
    return Finding("form_unknown_list", "error", "survey" if row else "", row, column, {"detail": listed})


def _row_named(rows: Iterable[Row], names: list[str]) -> int | None:
    """The row of the question at the end of a path; of several of its name the one in most of its groups."""
    wanted = names[-1].partition("[")[0] if names else ""
    around: list[str] = []
    found: dict[int, int] = {}
    for row in rows:
        name, control = (
            row.cells.get("name", ""),
            CONTROL.fullmatch(" ".join(row.cells.get("type", "").split())),
        )
        if control is not None and control.group(1).lower() == "end":
            around = around[:-1]
            continue
        if wanted and name == wanted:
            found[row.number] = sum(1 if group in names else -1 for group in around)
        if control is not None:
            around.append(name)
    return max(found, key=found.__getitem__, default=None)
