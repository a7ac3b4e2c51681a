"""What the sheets of a form have wrong, cell by cell, all of it at once: pyxform stops at the first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from core.forms.expressions import Expression, ExpressionError
from core.forms.findings import Finding
from core.forms.function_table import FUNCTIONS
from core.forms.headings import Headings, near_word
from core.forms.workbook import Row, Workbook
from core.forms.xform_texts import NAMESPACES

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_WIDE_REFERENCE = re.compile(r"[$＄]\s*[{｛]\s*[\w.-]+\s*[}｝]")
_NAME = re.compile(r"(?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*", re.ASCII)
"""JavaRosa reads no other letters in a path: a form with a name in Chinese would open on no phone."""
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_SMART_QUOTES = str.maketrans("‘’“”", "''\"\"")  # pyxform takes them for plain ones
CONTROL = re.compile(r"(begin|end)[\s_]+(group|repeat|lgroup|looped group|loop)\b.*", re.IGNORECASE)
_SELECT = re.compile(
    r"(select_one|select one|select one from|select1|select_multiple|select multiple|select all that apply"
    r"|select all that apply from|rank|add select one prompt using|add select multiple prompt using)"
    r"\s+(\S+)(?:\s+or[\s_](?:specify[\s_])?other)?"
)
_ONE = {"select_one", "select one", "select one from", "select1", "add select one prompt using"}
_FROM_FILE = re.compile(r"select[\s_](?:one|multiple)[\s_](?:from[\s_]file|external)\s+\S+.*")
_EXPRESSIONS: Final = {
    "bind::relevant", "bind::constraint", "bind::calculate", "bind::required", "bind::readonly",
    "control::jr:count", "choice_filter",
}  # fmt: skip
_UNKNOWN_FUNCTION = re.compile(r"unknown function '([^']+)'")
_YES_NO = {"yes", "Yes", "YES", "no", "No", "NO"}
_NOT_EXPRESSIONS = {"yes", "no", "true", "false", "true()", "false()"}
_TICK = re.compile(r"[\w√✓×]{1,3}")  # 是, Y, √, 必填 …; pyxform knows yes and no alone
_WAITING: Final = {
    "audit": "waits_audit", "start-geopoint": "waits_setgeopoint", "background-geopoint": "waits_setgeopoint",
    "background-audio": "waits_recordaudio",
}  # fmt: skip
"""Types that have no effect here yet, with the words for it (see waiting.py); phones still follow them."""
_KOBO: Final = (
    "begin_score", "score__row", "end_score", "begin_rank", "rank__level", "end_rank", "begin_kobomatrix",
    "end_kobomatrix",
)  # fmt: skip
_GONE: Final = {
    "cascading_select": "old_cascade", "cascading": "old_cascade", "include": "old_include",
    **dict.fromkeys(_KOBO, "kobo_only"),
}  # fmt: skip
"""First words of types that pyxform knew once, and of those that only KoboToolbox's own builder knows."""
_METADATA: Final = {
    "start", "end", "today", "deviceid", "username", "email", "phonenumber", "simserial", "subscriberid"
}  # fmt: skip
_UNSEEN: Final = {*_METADATA, *_WAITING, "calculate", "hidden", "csv-external", "xml-external"}
_USUAL_TYPES: Final = (
    "text", "integer", "decimal", "date", "time", "datetime", "note", "calculate", "geopoint", "geotrace",
    "geoshape", "image", "audio", "video", "file", "barcode", "acknowledge", "hidden", "range", "rank",
    "select_one", "select_multiple", "select_one_from_file", "select_multiple_from_file", "begin group",
    "end group", "begin repeat", "end repeat",
)  # fmt: skip

_NO_ID: Final[Mapping[bool, tuple[str, Literal["error", "warning"]]]] = {
    True: ("form_id_of_file", "warning"), False: ("no_form_id", "error"),
}  # fmt: skip
"""Whether there is a file's name to take instead."""

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
        *_Survey(workbook, survey).findings(),
        *_choices(workbook),
        *_settings(workbook, name),
    ]


@dataclass
class _Level:
    """A group or repeat that is open; `names` are those in it, with the row of each."""

    kind: str
    row: int
    names: dict[str, int] = field(default_factory=dict)
    seen: bool = False
    """Whether it holds anything that is shown."""


class _Survey:
    """The survey sheet, read from top to bottom."""

    def __init__(self, workbook: Workbook, headings: Headings) -> None:
        self._workbook, self._headings = workbook, headings
        choices = Headings(workbook, "choices")
        self._lists = {choices.cell(row, "list name") for row in workbook.rows("choices")} - {""}
        self._names = {name for row in workbook.rows("survey") if (name := headings.cell(row, "name"))}
        self._types = _question_types()
        self._paths = dict(self._places())

    def _places(self) -> Iterator[tuple[str, str]]:
        """The path of each name, the last one where it stands twice: some functions look at the levels."""
        around = [""]
        for row in self._workbook.rows("survey"):
            control = CONTROL.fullmatch(" ".join(self._headings.cell(row, "type").split()))
            name = self._headings.cell(row, "name")
            if control is not None and control.group(1).lower() == "end":
                around = around[:-1] or [""]
            elif name:
                yield name, f"{around[-1]}/{name}"
                around += [f"{around[-1]}/{name}"] if control is not None else []

    def _path(self, reference: re.Match[str]) -> str:
        name = reference.group(1).strip().removeprefix("last-saved#")
        path = self._paths.get(name, "")
        known = path and path.isascii()  # what is wrong with a name is said in its own row
        return f" /data{path if known else '/x'} "

    def findings(self) -> Iterator[Finding]:
        levels = [_Level("", 1)]
        for row in self._workbook.rows("survey"):
            kind = " ".join(self._headings.cell(row, "type").split())
            control = CONTROL.fullmatch(kind)
            if control is not None and control.group(1).lower() == "end":
                yield from self._end(levels, row, control.group(2))
                continue
            yield from self._cells(row)
            if not kind:
                if self._headings.has(row, "name") or self._headings.has(row, "label"):
                    yield Finding("no_type", sheet="survey", row=row.number, column="type")
                continue
            yield from self._name(levels[-1].names, row, kind)
            if control is not None or kind not in _UNSEEN:
                levels[-1].seen = True
            if control is None:
                yield from self._type(row, kind)
                yield from self._label(row, kind)
            else:
                levels.append(_Level(control.group(2), row.number))
        for level in levels[1:]:
            values = {"kind": level.kind}
            yield Finding("begin_without_end", sheet="survey", row=level.row, column="type", values=values)

    def _end(self, levels: list[_Level], row: Row, kind: str) -> Iterator[Finding]:
        if len(levels) > 1 and levels[-1].kind.lower() == kind.lower():
            ended = levels.pop()
            if ended.kind.lower() == "group" and not ended.seen:
                yield Finding("empty_group", sheet="survey", row=ended.row, column="type")
        else:
            yield Finding(
                "end_without_begin", sheet="survey", row=row.number, column="type", values={"kind": kind}
            )

    def _name(self, taken: dict[str, int], row: Row, kind: str) -> Iterator[Finding]:
        name = self._headings.cell(row, "name")
        if not name:
            if kind.partition(" ")[0] not in {"note", *_WAITING, *_METADATA}:
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
            values = {"place": self._headings.cell(row, "name") or kind}
            yield Finding(_WAITING[kind], "warning", "survey", row.number, "type", values)
        elif select is not None:
            listed = select.group(2)
            if listed not in self._lists and not listed.startswith("${"):
                yield self._unknown("list", row, "type", listed, self._lists)
        elif not _FROM_FILE.fullmatch(kind) and kind not in self._types and not kind.startswith("osm"):
            gone = _GONE.get(kind.lower().partition(" ")[0])
            if gone is not None:
                yield Finding(gone, sheet="survey", row=row.number, column="type", values={"type": kind})
            else:
                yield self._unknown("type", row, "type", kind, _USUAL_TYPES)

    def _unknown(self, what: str, row: Row, column: str, text: str, words: Iterable[str]) -> Finding:
        """A word that nothing here is called, and the one that was probably meant."""
        near = near_word(text.partition(" ")[0] if what == "type" else text, words)
        if what == "type" and near == text.partition(" ")[0]:  # the first word is right, what follows is not
            return Finding("type_rest", "error", "survey", row.number, column, {"type": text})
        code = f"unknown_{what}_near" if near else f"unknown_{what}"
        values = {what: text, "near": near} if near else {what: text}
        return Finding(code, "error", "survey", row.number, column, values)

    def _label(self, row: Row, kind: str) -> Iterator[Finding]:
        shown = any(
            meaning in {"label", "hint"} or meaning.startswith("media")
            for meaning in map(self._headings.meaning, row.cells)
        )
        asked = kind in {"text", "integer", "decimal", "date", "note"} or kind.startswith("select")
        if asked and not shown and not self._headings.has(row, "bind::calculate"):
            yield Finding("no_label", "warning", "survey", row.number, "label")

    def _cells(self, row: Row) -> Iterator[Finding]:
        for column, text in row.cells.items():
            meaning = self._headings.meaning(column)
            for written in _REFERENCE.findall(text):
                name = written.strip().removeprefix("last-saved#")
                if name not in self._names:
                    if _NAME.fullmatch(name):
                        yield self._unknown("name", row, column, name, self._names)
                    else:
                        values = {"name": written}
                        yield Finding("bad_reference", "error", "survey", row.number, column, values)
            wide = next((one for one in _WIDE_REFERENCE.findall(text) if not one.isascii()), "")
            if wide and not _REFERENCE.fullmatch(wide):
                yield Finding("wide_reference", "warning", "survey", row.number, column, {"text": wide})
            if (
                meaning in {"bind::required", "bind::readonly"}
                and _TICK.fullmatch(text)
                and text not in _YES_NO
            ):
                yield Finding("not_yes_no", "error", "survey", row.number, column, {"text": text})
            elif meaning in _EXPRESSIONS and text.lower() not in _NOT_EXPRESSIONS:
                source = _REFERENCE.sub(self._path, text.translate(_SMART_QUOTES))
                if meaning == "choice_filter":
                    source = f"instance('x')/root/item[{source}]"
                yield from expression_findings(row.number, column, text, source)
            elif meaning.startswith("bind::cj:"):
                yield from self._own(row, column, meaning.removeprefix("bind::cj:"), text)

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


def expression_findings(row: int, column: str, text: str, source: str) -> Iterator[Finding]:
    """What is wrong in an expression itself: signs, brackets, quotes, functions nobody knows.

    `text` is what the author wrote, `source` the same with paths for names.
    """
    place = ("survey", row, column)
    signs = dict.fromkeys(sign for sign in _QUOTED.sub("", source) if not sign.isascii())
    if signs:
        yield Finding("wide_signs", "error", *place, {"text": text[:120], "signs": " ".join(signs)})
        return
    try:
        _ = Expression(source, NAMESPACES).compiled
    except ExpressionError as e:
        unknown = _UNKNOWN_FUNCTION.search(str(e))
        if unknown is not None:
            near = near_word(unknown.group(1), FUNCTIONS)
            code = "unknown_function_near" if near else "unknown_function"
            yield Finding(code, "error", *place, {"name": unknown.group(1), "near": near})
        else:
            yield Finding("bad_expression", "error", *place, {"text": text[:120]})


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
    asked = (_SELECT.fullmatch(" ".join(survey.cell(row, "type").split())) for row in workbook.rows("survey"))
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


def _question_types() -> set[str]:
    from pyxform.aliases import _type_alias_map  # noqa: PLC0415  # 0.7 s; pyxform has no other list
    from pyxform.question_type_dictionary import QUESTION_TYPE_DICT  # noqa: PLC0415  # as above

    return {*QUESTION_TYPE_DICT, *_type_alias_map}
