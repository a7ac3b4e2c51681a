"""The choices of Collect's `search()` appearance: rows of a CSV file, found by what was answered.

Source: ODK Collect (externaldata), docs.getodk.org ("Dynamic selects from pre-loaded data"). A choice whose
value is no whole number names columns: its value the one that is stored, its label those that are shown. The
call becomes a list of its own and a filter over it, so that nothing else of the engine knows about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Final

from core.forms.model.choices import StaticChoice
from core.forms.model.form import Form
from core.forms.model.texts import Text
from core.forms.secondary import ListItem, ListRoot
from core.forms.xform.list_files import rows_in_csv

_CALL: Final = re.compile(r"\bsearch\s*\((.*)\)", re.DOTALL)
_WORD: Final = re.compile(r"""'([^']*)'|"([^"]*)\"""")
_KINDS: Final = {"contains": "contains", "startswith": "starts-with", "endswith": "ends-with", "matches": "="}
_LETTERS: Final = ("'ABCDEFGHIJKLMNOPQRSTUVWXYZ'", "'abcdefghijklmnopqrstuvwxyz'")
_STEP: Final = r"[A-Za-z_][\w.-]*"
_FROM_ROOT: Final = re.compile(rf"(?<![\w.)\]*/])/{_STEP}(?:/{_STEP})*(?![\w.-]*\s*[\[(/])")
_FROM_HERE: Final = re.compile(r"(?<![\w./)\]*])\.{1,2}(?=/)")
_FIXED: Final = "fixed"  # the column that says of a choice that it is no row


@dataclass(frozen=True)
class SearchCall:
    """`search(file, how, columns, wanted, column, equals)`: `wanted` and `equals` are expressions."""

    file: str
    how: str = ""
    columns: tuple[str, ...] = ()
    wanted: str = ""
    column: str = ""
    equals: str = ""


@dataclass(frozen=True)
class SearchChoices:
    """The list that a call asks, by the id it gets, and the path over it that gives the choices.

    `texts` are those of its rows where a label is more than words in one language; then `label` is their id.
    """

    list_id: str
    root: ListRoot
    nodeset: str
    texts: Mapping[str, Text] | None


def search_call(appearance: str) -> SearchCall | None:
    """The call in an appearance; None if there is none, or none whose file and columns are fixed words."""
    found = _CALL.search(appearance)
    if found is None:
        return None
    parts = [part.strip() for part in _arguments(found[1])]
    if len(parts) not in {1, 4, 6}:
        return None
    words = [_WORD.fullmatch(part) for part in parts]
    fixed = [one[1] or one[2] or "" if one is not None else None for one in words]
    if any(fixed[at] is None for at in {0, 1, 2, 4} & {*range(len(parts))}):
        return None
    file = fixed[0] or ""
    call = SearchCall(file if file.endswith(".csv") else f"{file}.csv")
    if len(parts) == 1:
        return call
    how, columns = _KINDS.get((fixed[1] or "").lower(), "contains"), tuple(_columns(fixed[2] or ""))
    column, equals = (fixed[4] or "", parts[5]) if len(parts) == 6 else ("", "")
    return SearchCall(call.file, how, columns, parts[3], column, equals)


def search_choices(
    call: SearchCall, choices: Sequence[StaticChoice], data: bytes, place: tuple[str, ...]
) -> SearchChoices:
    """What that call offers at a question, out of its file. Raises ValueError if that is no table."""
    list_id, root = "search /" + "/".join(place), ListRoot("root")
    rows = sorted(_rows(data), key=_place)
    texts: dict[str, Text] | None = None if all(map(_is_plain, choices)) else {}
    asked = [_safe(column) for column in (*call.columns, *filter(None, [call.column]))]
    for choice in choices:
        fixed = _is_fixed(choice)
        for row in [dict[str, str]()] if fixed else rows:
            cells = {column: row.get(column, "").lower() for column in asked}
            cells["name"] = choice.value if fixed else row.get(_safe(choice.value), "")
            cells["label"] = (
                f"{list_id} {len(texts)}" if texts is not None else _words(_told(choice.label), row)
            )
            cells[_FIXED] = "1" if fixed else ""
            if texts is not None:
                texts[cells["label"]] = choice.label if fixed else _shown(choice.label, row)
            root.append(ListItem(root, cells))
    condition = " and ".join(_conditions(call, place))
    if condition and any(map(_is_fixed, choices)):
        condition = f"{_FIXED} = '1' or ({condition})"
    return SearchChoices(
        list_id, root, f"instance('{list_id}')/root/item" + (f"[{condition}]" if condition else ""), texts
    )


def searched_columns(form: Form) -> frozenset[str]:
    """The columns of all files that the calls of a form search: its choices name them in place of words."""
    calls = (search_call(question.appearance) for question in form.questions() if question.itemset)
    files = {call.file for call in calls if call is not None}
    return frozenset(column for file in files for column in next(rows_in_csv(form.media.get(file, b"")), {}))


def _rows(data: bytes) -> Iterator[dict[str, str]]:
    """The rows of the file by Collect's names of its columns."""
    names: dict[str, str] = {}
    for row in rows_in_csv(data):
        yield {names.get(column) or names.setdefault(column, _safe(column)): row[column] for column in row}


def _place(row: Mapping[str, str]) -> float:
    """Its place in the order that a column `sortby` gives, 0 for the order of the file."""
    try:
        return float(row.get("c_sortby", ""))
    except ValueError:
        return 0.0


def _is_fixed(choice: StaticChoice) -> bool:
    """Whether it is a choice by itself and names no columns."""
    return re.fullmatch(r"[+-]?\d+", choice.value) is not None


def _is_plain(choice: StaticChoice) -> bool:
    """Whether its label names the columns of all languages and no picture."""
    return not _is_fixed(choice) and len(choice.label.languages) <= 1 and not choice.label.forms


def _shown(label: Text, row: Mapping[str, str]) -> Text:
    """The label of a row in each language, and its picture."""
    said = {language: (_words(_told(Text({"": parts})), row),) for language, parts in label.languages.items()}
    column = _told(label.forms.get("image", Text())).rpartition("/")[2]
    picture = row.get(_safe(column), "") if column else ""
    return Text(said, {"image": Text({"": (picture,)})} if picture else {})


def _words(columns: str, row: Mapping[str, str]) -> str:
    """As Collect shows cells: the first as it is, the others with the names of their columns in brackets."""
    first, *others = _columns(columns) or [""]
    beside = (f" ({column}: {row.get(_safe(column), '')})" for column in others)
    return row.get(_safe(first), "") + "".join(beside)


def _told(text: Text) -> str:
    """What a text says in its first language, apart from answers."""
    return "".join(part for part in text.parts("") if isinstance(part, str)).strip()


def _columns(told: str) -> list[str]:
    """Columns parted by commas, or by blanks where there is no comma."""
    parts = [part.strip() for part in told.split(",") if part.strip()]
    return told.split() if len(parts) == 1 else parts


@lru_cache(1000)
def _safe(column: str) -> str:
    """A column by the name that Collect gives it: letters of ASCII, digits and `_`, all small."""
    return "c_" + re.sub(r"[^A-Za-z0-9_]", "_", column.strip()).lower()


def _conditions(call: SearchCall, place: tuple[str, ...]) -> Iterator[str]:
    """What rows must fulfil, equality first, which an index answers.

    Letters of ASCII count alike, large or small, as SQLite's LIKE and NOCASE take them.
    """
    if call.column:
        yield f"{_safe(call.column)} = {_folded(call.equals, place)}"
    if call.columns:
        wanted = _folded(call.wanted, place)
        each = [
            f"{_safe(column)} = {wanted}" if call.how == "=" else f"{call.how}({_safe(column)}, {wanted})"
            for column in call.columns
        ]
        yield each[0] if len(each) == 1 else f"({' or '.join(each)})"


def _folded(expression: str, place: tuple[str, ...]) -> str:
    return f"translate({_from_question(expression, place)}, {', '.join(_LETTERS)})"


def _from_question(expression: str, place: tuple[str, ...]) -> str:
    """The expression as a condition on rows says it: paths lead from the question, not from the row."""
    parts = re.split(r"""('[^']*'|"[^"]*")""", expression)
    for at in range(0, len(parts), 2):  # between the quotes
        here = _FROM_HERE.sub(r"current()/\g<0>", parts[at])
        parts[at] = _FROM_ROOT.sub(lambda found: _relative(found[0], place), here)
    return "".join(parts)


def _relative(path: str, place: tuple[str, ...]) -> str:
    names = tuple(path.split("/")[1:])
    same = len([*takewhile(lambda pair: pair[0] == pair[1], zip(names, place, strict=False))])
    return "/".join(["current()", *[".."] * (len(place) - same), *names[same:]])


def _arguments(told: str) -> Iterator[str]:
    """The arguments of a call, parted by the commas that stand in no brackets and no quotes."""
    part, depth, quote = "", 0, ""
    for sign in told:
        if quote or sign in "'\"":
            quote = "" if sign == quote else quote or sign
        elif sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        if sign == "," and not depth and not quote:
            yield part
            part = ""
        else:
            part += sign
    yield part
