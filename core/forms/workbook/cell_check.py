"""What is wrong in a cell of the survey sheet: references, expressions, yes and no, our own columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from core.forms.findings import Finding
from core.forms.workbook.headings import Headings, near_word
from core.forms.workbook.workbook import Row
from core.forms.xform_names import NAMESPACES
from core.forms.xpath.expressions import Expression, ExpressionError
from core.forms.xpath.function_table import FUNCTIONS

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
_WIDE_REFERENCE = re.compile(r"[$＄]\s*[{｛]\s*[\w.-]+\s*[}｝]")
NAME = re.compile(r"(?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*", re.ASCII)
"""JavaRosa reads no other letters in a path: a form with a name in Chinese would open on no phone."""
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_SMART_QUOTES = str.maketrans("‘’“”", "''\"\"")  # pyxform takes them for plain ones
_EXPRESSIONS: Final = {
    "bind::relevant", "bind::constraint", "bind::calculate", "bind::required", "bind::readonly",
    "control::jr:count", "choice_filter",
}  # fmt: skip
_UNKNOWN_FUNCTION = re.compile(r"unknown function '([^']+)'")
_TICKED = {"bind::required", "bind::readonly"}
_YES_NO = {"yes", "Yes", "YES", "no", "No", "NO"}
_NOT_EXPRESSIONS = {"yes", "no", "true", "false", "true()", "false()"}
_TICK = re.compile(r"[\w√✓×]{1,3}")  # 是, Y, √, 必填 …; pyxform knows yes and no alone
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
"""What our own columns may say, None: anything."""
_NAMES_A_QUESTION = {"consent", "stamp", "within"}


class CellCheck:
    """Looks at the cells of the survey one by one. `paths` is the path of each name in the form."""

    def __init__(self, headings: Headings, names: Collection[str], paths: Mapping[str, str]) -> None:
        self._headings, self._names, self._paths = headings, names, paths

    def findings(self, row: Row) -> Iterator[Finding]:
        """What is wrong in the cells of one row, from left to right."""
        for column, text in row.cells.items():
            yield from self._references(row, column, text)
            meaning = self._headings.meaning(column)
            if meaning in _TICKED and _TICK.fullmatch(text) and text not in _YES_NO:
                yield Finding("not_yes_no", "error", "survey", row.number, column, {"text": text})
            elif meaning in _EXPRESSIONS and text.lower() not in _NOT_EXPRESSIONS:
                source = _REFERENCE.sub(self._path, text.translate(_SMART_QUOTES))
                if meaning == "choice_filter":
                    source = f"instance('x')/root/item[{source}]"
                yield from _expression_findings(row.number, column, text, source)
            elif meaning.startswith("bind::cj:"):
                yield from self._own(row, column, meaning.removeprefix("bind::cj:"), text)

    def _references(self, row: Row, column: str, text: str) -> Iterator[Finding]:
        for written in _REFERENCE.findall(text):
            name = written.strip().removeprefix("last-saved#")
            if name in self._names:
                continue
            if NAME.fullmatch(name):
                yield unknown_word("name", row, column, name, self._names)
            else:
                yield Finding("bad_reference", "error", "survey", row.number, column, {"name": written})
        wide = next((one for one in _WIDE_REFERENCE.findall(text) if not one.isascii()), "")
        if wide and not _REFERENCE.fullmatch(wide):
            yield Finding("wide_reference", "warning", "survey", row.number, column, {"text": wide})

    def _path(self, reference: re.Match[str]) -> str:
        name = reference.group(1).strip().removeprefix("last-saved#")
        path = self._paths.get(name, "")
        known = path and path.isascii()  # what is wrong with a name is said in its own row
        return f" /data{path if known else '/x'} "

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


def unknown_word(what: str, row: Row, column: str, text: str, words: Iterable[str]) -> Finding:
    """A name, list or type (`what`) that nothing here is called, with the one that was probably meant."""
    near = near_word(text.partition(" ")[0] if what == "type" else text, words)
    if what == "type" and near == text.partition(" ")[0]:  # the first word is right, what follows is not
        return Finding("type_rest", "error", "survey", row.number, column, {"type": text})
    code = f"unknown_{what}_near" if near else f"unknown_{what}"
    values = {what: text, "near": near} if near else {what: text}
    return Finding(code, "error", "survey", row.number, column, values)


def _expression_findings(row: int, column: str, text: str, source: str) -> Iterator[Finding]:
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
