"""What the sheets of a form have wrong, cell by cell, all of it at once: pyxform stops at the first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from core.forms.expressions import Expression, ExpressionError
from core.forms.findings import Finding
from core.forms.workbook import Row, Workbook
from core.forms.xform_texts import NAMESPACES

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_NAME = re.compile(r"(?:[^\W\d][\w.-]*:)?[^\W\d][\w.-]*")
_CONTROL = re.compile(r"(begin|end)[\s_]+(group|repeat|lgroup|looped group|loop)\b.*", re.IGNORECASE)
_SELECT = re.compile(
    r"(select_one|select one|select one from|select1|select_multiple|select multiple|select all that apply"
    r"|select all that apply from|rank|add select one prompt using|add select multiple prompt using)"
    r"\s+(\S+)(?:\s+or[\s_](?:specify[\s_])?other)?"
)
_FROM_FILE = re.compile(r"select[\s_](?:one|multiple)[\s_](?:from[\s_]file|external)\s+\S+.*")
_EXPRESSIONS: Final = {
    "relevant", "relevance", "constraint", "calculation", "calculate", "choice_filter", "required",
    "readonly", "read_only", "repeat_count", "count", "jr:count", "instance_name",
}  # fmt: skip
_UNKNOWN_FUNCTION = re.compile(r"unknown function '([^']+)'")
_NOT_EXPRESSIONS = {"yes", "no", "true", "false", "true()", "false()"}
_NAMED_FIRST = {
    "list name": "list_name",
    "caption": "label",
    "form_name": "form_id",
    "set_form_id": "form_id",
}
_WAITING: Final = {
    "audit": "waits_audit", "start-geopoint": "waits_setgeopoint", "background-geopoint": "waits_setgeopoint",
    "background-audio": "waits_recordaudio",
}  # fmt: skip
"""Types that have no effect here yet, with the words for it (see waiting.py); phones still follow them."""

# What our own columns may say; None: anything. A name must be a question's.
_OWN: Final[Mapping[str, frozenset[str] | None]] = {
    "unit": None, "merge": None, "section": None, "basis": None, "refers": None, "checklist": None,
    "personal": frozenset({"none", "personal", "sensitive"}),
    "summary": frozenset({"count", "total", "median", "share"}),
    "width": frozenset({"full", "half", "third"}),
    "severity": frozenset({"warning"}),
    "first": frozenset({"none"}),
    "paper": frozenset({"never", "table"}),
    "unique": frozenset({"yes"}),
    "carry": frozenset({"no", "previous"}),
    "list": None, "consent": None, "stamp": None, "within": None,
}  # fmt: skip
_NAMES_A_QUESTION = {"consent", "stamp", "within"}


def base_column(column: str) -> str:
    """A heading without its language and in its usual spelling: `label` for "Label::English (en)"."""
    own = column.strip()
    if own.startswith(("bind::", "body::", "instance::", "attribute::", "control::")):
        return own
    base = own.split("::")[0].strip().lower()
    return _NAMED_FIRST.get(base, base)


def check_sheets(workbook: Workbook) -> list[Finding]:
    """Everything that can be said without compiling the form, in the order of the sheets."""
    if not workbook.rows("survey"):
        return [Finding("no_survey")]
    columns = {base_column(column) for column in workbook.sheets["survey"].columns}
    missing = sorted({"type", "name"} - columns - {"command"})
    if missing:
        values = {"columns": " ".join(missing)}
        return [Finding("missing_columns", sheet="survey", row=1, values=values)]
    return [*_Survey(workbook).findings(), *_choices(workbook), *_settings(workbook)]


@dataclass
class _Level:
    """A group or repeat that is open; `names` are those of its repeat level, with the row of each."""

    kind: str
    row: int
    names: dict[str, int] = field(default_factory=dict)


class _Survey:
    """The survey sheet, read from top to bottom."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._lists = {
            cells.get("list_name") or cells.get("list name") or ""
            for cells in (row.cells for row in workbook.rows("choices"))
        }
        self._names = {name for row in workbook.rows("survey") if (name := _cell(row, "name"))}
        self._types = _question_types()

    def findings(self) -> Iterator[Finding]:
        levels = [_Level("", 1)]
        for row in self._workbook.rows("survey"):
            kind = " ".join((_cell(row, "type") or _cell(row, "command")).split())
            control = _CONTROL.fullmatch(kind)
            if control is not None and control.group(1).lower() == "end":
                yield from self._end(levels, row, control.group(2))
                continue
            yield from self._cells(row)
            if not kind:
                if _cell(row, "name") or any(base_column(column) == "label" for column in row.cells):
                    yield Finding("no_type", sheet="survey", row=row.number, column="type")
                continue
            yield from self._name(levels[-1].names, row, kind)
            if control is None:
                yield from self._type(row, kind)
                yield from self._label(row, kind)
            else:
                group = control.group(2).lower() == "group"
                levels.append(_Level(control.group(2), row.number, levels[-1].names if group else {}))
        for level in levels[1:]:
            values = {"kind": level.kind}
            yield Finding("begin_without_end", sheet="survey", row=level.row, column="type", values=values)

    def _end(self, levels: list[_Level], row: Row, kind: str) -> Iterator[Finding]:
        if len(levels) > 1 and levels[-1].kind.lower() == kind.lower():
            levels.pop()
        else:
            yield Finding(
                "end_without_begin", sheet="survey", row=row.number, column="type", values={"kind": kind}
            )

    def _name(self, taken: dict[str, int], row: Row, kind: str) -> Iterator[Finding]:
        name = _cell(row, "name")
        if not name:
            if kind.partition(" ")[0] not in {"note", *_WAITING} and not _may_be_nameless(kind):
                yield Finding("no_name", sheet="survey", row=row.number, column="name")
        elif not _NAME.fullmatch(name):
            yield Finding("bad_name", sheet="survey", row=row.number, column="name", values={"name": name})
        elif name in taken:
            values = {"name": name, "other": taken[name]}
            yield Finding("double_name", sheet="survey", row=row.number, column="name", values=values)
        elif kind not in {"csv-external", "xml-external"}:
            taken[name] = row.number

    def _type(self, row: Row, kind: str) -> Iterator[Finding]:
        select = _SELECT.fullmatch(kind)
        if kind in _WAITING:
            values = {"place": _cell(row, "name") or kind}
            yield Finding(_WAITING[kind], "warning", "survey", row.number, "type", values)
        elif select is not None:
            listed = select.group(2)
            if listed not in self._lists and not listed.startswith("${"):
                yield Finding(
                    "unknown_list", sheet="survey", row=row.number, column="type", values={"list": listed}
                )
        elif not _FROM_FILE.fullmatch(kind) and kind not in self._types and not kind.startswith("osm"):
            yield Finding(
                "unknown_type", sheet="survey", row=row.number, column="type", values={"type": kind}
            )

    def _label(self, row: Row, kind: str) -> Iterator[Finding]:
        shown = any(
            base_column(column) in {"label", "hint", "image", "media::image"} or column.startswith("media")
            for column in row.cells
        )
        asked = kind in {"text", "integer", "decimal", "date", "note"} or kind.startswith("select")
        if asked and not shown and not _cell(row, "calculation"):
            yield Finding("no_label", "warning", "survey", row.number, "label")

    def _cells(self, row: Row) -> Iterator[Finding]:
        for column, text in row.cells.items():
            base = base_column(column)
            for written in _REFERENCE.findall(text):
                name = written.strip().removeprefix("last-saved#")
                if not _NAME.fullmatch(name):
                    values = {"name": written}
                    yield Finding(
                        "bad_reference", sheet="survey", row=row.number, column=column, values=values
                    )
                elif name not in self._names:
                    values = {"name": name}
                    yield Finding(
                        "unknown_name", sheet="survey", row=row.number, column=column, values=values
                    )
            if base in _EXPRESSIONS and text.lower() not in _NOT_EXPRESSIONS:
                yield from expression_findings("survey", row.number, column, text)
            elif base.startswith("bind::cj:"):
                yield from self._own(row, column, base.removeprefix("bind::cj:"), text)

    def _own(self, row: Row, column: str, own: str, text: str) -> Iterator[Finding]:
        place = ("survey", row.number, column)
        if own not in _OWN:
            yield Finding("cj_unknown", "warning", *place, {"column": column})
            return
        allowed = _OWN[own]
        if allowed is not None and text not in allowed:
            yield Finding("cj_value", "error", *place, {"text": text, "allowed": " / ".join(sorted(allowed))})
        elif own == "list" and not text.isdigit():
            yield Finding("cj_number", "error", *place, {"text": text})
        elif own in _NAMES_A_QUESTION and text not in self._names:
            yield Finding("unknown_name", "error", *place, {"name": text})


def expression_findings(sheet: str, row: int, column: str, text: str) -> Iterator[Finding]:
    """What is wrong in the words of an expression itself: brackets, quotes, functions nobody knows."""
    source = _REFERENCE.sub(" /data/x ", text)
    if base_column(column) == "choice_filter":
        source = f"instance('x')/root/item[{source}]"
    try:
        _ = Expression(source, NAMESPACES).compiled
    except ExpressionError as e:
        unknown = _UNKNOWN_FUNCTION.search(str(e))
        if unknown is not None:
            yield Finding("unknown_function", "error", sheet, row, column, {"name": unknown.group(1)})
        else:
            yield Finding("bad_expression", "error", sheet, row, column, {"text": text[:120]})


def _choices(workbook: Workbook) -> Iterator[Finding]:
    doubles = any(
        row.cells.get("allow_choice_duplicates", "").lower() in {"yes", "true"}
        for row in workbook.rows("settings")
    )
    taken: dict[tuple[str, str], int] = {}
    for row in workbook.rows("choices"):
        listed = row.cells.get("list_name") or row.cells.get("list name") or ""
        name = _cell(row, "name") or row.cells.get("value", "")
        if not listed:
            yield Finding("choice_without_list", "warning", "choices", row.number, "list_name")
            continue
        if not name:
            yield Finding("choice_without_name", sheet="choices", row=row.number, column="name")
        elif (listed, name) in taken and not doubles:
            values = {"name": name, "list": listed, "other": taken[listed, name]}
            yield Finding("double_choice", sheet="choices", row=row.number, column="name", values=values)
        taken.setdefault((listed, name), row.number)
        if not any(base_column(column) == "label" for column in row.cells):
            yield Finding("choice_without_label", "warning", "choices", row.number, "label")


def _settings(workbook: Workbook) -> Iterator[Finding]:
    first = workbook.rows("settings")[:1]
    cells = {base_column(column): text for row in first for column, text in row.cells.items()}
    number = first[0].number if first else None
    for column in ("form_id", "version"):
        if not cells.get(column) and not (column == "form_id" and cells.get("id_string")):
            yield Finding(
                f"no_{column}", "error" if column == "form_id" else "warning", "settings", number, column
            )
    if cells.get("public_key"):
        yield Finding("encrypted", sheet="settings", row=number, column="public_key")
    if workbook.rows("entities"):
        yield Finding("entities", "warning", "entities", workbook.rows("entities")[0].number)
    survey = workbook.sheets["survey"].columns
    own = [column for column in survey if base_column(column).startswith("bind::cj:")]
    if own and '"urn:cunjiang:forms"' not in cells.get("namespaces", "").replace("'", '"'):
        yield Finding("cj_namespace", sheet="settings", row=number, column="namespaces")


def _cell(row: Row, wanted: str) -> str:
    """The cell under a heading, however the heading is spelled."""
    found = row.cells.get(wanted)
    if found is not None:
        return found
    return next((text for column, text in row.cells.items() if base_column(column) == wanted), "")


def _may_be_nameless(kind: str) -> bool:
    """Metadata that pyxform names by its type."""
    return kind in {
        "start", "end", "today", "deviceid", "username", "email", "phonenumber", "simserial", "subscriberid"
    }  # fmt: skip


def _question_types() -> set[str]:
    from pyxform.aliases import _type_alias_map  # noqa: PLC0415  # 0.7 s; pyxform has no other list
    from pyxform.question_type_dictionary import QUESTION_TYPE_DICT  # noqa: PLC0415  # as above

    return {*QUESTION_TYPE_DICT, *_type_alias_map}
