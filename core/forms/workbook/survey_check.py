"""What the survey sheet has wrong as a whole: groups left open, names, types and lists, labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from core.forms.findings import Finding
from core.forms.workbook.cell_check import NAME, CellCheck, unknown_word
from core.forms.workbook.headings import Headings
from core.forms.workbook.workbook import Row, Workbook

CONTROL = re.compile(r"(begin|end)[\s_]+(group|repeat|lgroup|looped group|loop)\b.*", re.IGNORECASE)
SELECT = re.compile(
    r"(select_one|select one|select one from|select1|select_multiple|select multiple|select all that apply"
    r"|select all that apply from|rank|add select one prompt using|add select multiple prompt using)"
    r"\s+(\S+)(?:\s+or[\s_](?:specify[\s_])?other)?"
)
_FROM_FILE = re.compile(r"select[\s_](?:one|multiple)[\s_](?:from[\s_]file|external)\s+\S+.*")
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


@dataclass
class _Level:
    """A group or repeat that is open; `names` are those in it, with the row of each."""

    kind: str
    row: int
    names: dict[str, int] = field(default_factory=dict)
    seen: bool = False
    """Whether it holds anything that is shown."""


class SurveyCheck:
    """The survey sheet, read from top to bottom."""

    def __init__(self, workbook: Workbook, headings: Headings) -> None:
        self._rows, self._headings = workbook.rows("survey"), headings
        choices = Headings(workbook, "choices")
        self._lists = {choices.cell(row, "list name") for row in workbook.rows("choices")} - {""}
        names = {name for row in self._rows if (name := headings.cell(row, "name"))}
        self._cells = CellCheck(headings, names, dict(self._places()))
        self._types = _question_types()

    def findings(self) -> Iterator[Finding]:
        """What is wrong, row by row; in the end the groups and repeats that nothing ends."""
        levels = [_Level("", 1)]
        for row in self._rows:
            kind = self._kind(row)
            control = CONTROL.fullmatch(kind)
            if control is not None and control.group(1).lower() == "end":
                yield from _end(levels, row, control.group(2))
                continue
            yield from self._cells.findings(row)
            if kind:
                yield from self._entry(levels, row, kind, control)
            elif self._headings.has(row, "name") or self._headings.has(row, "label"):
                yield Finding("no_type", sheet="survey", row=row.number, column="type")
        for level in levels[1:]:
            values = {"kind": level.kind}
            yield Finding("begin_without_end", sheet="survey", row=level.row, column="type", values=values)

    def _entry(
        self, levels: list[_Level], row: Row, kind: str, control: re.Match[str] | None
    ) -> Iterator[Finding]:
        """A question, or the begin of a group or repeat, which becomes the innermost level."""
        yield from self._name(levels[-1].names, row, kind)
        if control is not None or kind not in _UNSEEN:
            levels[-1].seen = True
        if control is None:
            yield from self._type(row, kind)
            yield from self._label(row, kind)
        else:
            levels.append(_Level(control.group(2), row.number))

    def _kind(self, row: Row) -> str:
        return " ".join(self._headings.cell(row, "type").split())

    def _places(self) -> Iterator[tuple[str, str]]:
        """The path of each name, the last one where it stands twice: some functions look at the levels."""
        around = [""]
        for row in self._rows:
            control = CONTROL.fullmatch(self._kind(row))
            name = self._headings.cell(row, "name")
            if control is not None and control.group(1).lower() == "end":
                around = around[:-1] or [""]
            elif name:
                yield name, f"{around[-1]}/{name}"
                around += [f"{around[-1]}/{name}"] if control is not None else []

    def _name(self, taken: dict[str, int], row: Row, kind: str) -> Iterator[Finding]:
        name = self._headings.cell(row, "name")
        if not name:
            if kind.partition(" ")[0] not in {"note", *_WAITING, *_METADATA}:
                yield Finding("no_name", sheet="survey", row=row.number, column="name")
        elif not NAME.fullmatch(name):
            yield Finding("bad_name", sheet="survey", row=row.number, column="name", values={"name": name})
        elif name in taken:
            values = {"name": name, "other": taken[name]}
            yield Finding("double_name", sheet="survey", row=row.number, column="name", values=values)
        elif kind not in {"csv-external", "xml-external"}:
            taken[name] = row.number

    def _type(self, row: Row, kind: str) -> Iterator[Finding]:
        select = SELECT.fullmatch(kind)
        if kind in _WAITING:
            values = {"place": self._headings.cell(row, "name") or kind}
            yield Finding(_WAITING[kind], "warning", "survey", row.number, "type", values)
        elif select is not None:
            listed = select.group(2)
            if listed not in self._lists and not listed.startswith("${"):
                yield unknown_word("list", row, "type", listed, self._lists)
        elif not _FROM_FILE.fullmatch(kind) and kind not in self._types and not kind.startswith("osm"):
            gone = _GONE.get(kind.lower().partition(" ")[0])
            if gone is not None:
                yield Finding(gone, sheet="survey", row=row.number, column="type", values={"type": kind})
            else:
                yield unknown_word("type", row, "type", kind, _USUAL_TYPES)

    def _label(self, row: Row, kind: str) -> Iterator[Finding]:
        shown = any(
            meaning in {"label", "hint"} or meaning.startswith("media")
            for meaning in map(self._headings.meaning, row.cells)
        )
        asked = kind in {"text", "integer", "decimal", "date", "note"} or kind.startswith("select")
        if asked and not shown and not self._headings.has(row, "bind::calculate"):
            yield Finding("no_label", "warning", "survey", row.number, "label")


def _end(levels: list[_Level], row: Row, kind: str) -> Iterator[Finding]:
    if len(levels) > 1 and levels[-1].kind.lower() == kind.lower():
        ended = levels.pop()
        if ended.kind.lower() == "group" and not ended.seen:
            yield Finding("empty_group", sheet="survey", row=ended.row, column="type")
    else:
        yield Finding(
            "end_without_begin", sheet="survey", row=row.number, column="type", values={"kind": kind}
        )


def _question_types() -> set[str]:
    from pyxform.aliases import _type_alias_map  # noqa: PLC0415  # 0.7 s; pyxform has no other list
    from pyxform.question_type_dictionary import QUESTION_TYPE_DICT  # noqa: PLC0415  # as above

    return {*QUESTION_TYPE_DICT, *_type_alias_map}
