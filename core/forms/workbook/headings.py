"""What a column's heading means, however it is spelled: in pyxform's own words, which read it in the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from functools import cached_property
from typing import Final

from core.forms.findings import Finding
from core.forms.workbook.workbook import Row, Workbook

_OF_TWO: Final = {"bind", "control", "media", "instance", "attribute"}
"""Headings whose second part says what they are: `bind::relevant`."""
_KNOWN: Final = (
    "type", "name", "label", "hint", "guidance_hint", "relevant", "required", "required_message",
    "constraint", "constraint_message", "calculation", "choice_filter", "appearance", "default", "read_only",
    "repeat_count", "parameters", "trigger", "list_name", "image", "audio", "video", "big-image",
)  # fmt: skip

_NEAR = 0.75  # of difflib: one letter wrong in four


class Headings:
    """The headings of one sheet."""

    def __init__(self, workbook: Workbook, sheet: str) -> None:
        found = workbook.sheets.get(sheet)
        self._sheet = sheet
        self.columns = found.columns if found is not None else ()
        self.row = found.first if found is not None else 1
        self._parts = {column: self._read(column) for column in self.columns}

    def meaning(self, column: str) -> str:
        """`label` for "Label::English (en)", `bind::relevant` for "relevance", `bind::cj:unit` for itself."""
        parts = self._parts[column]
        return "::".join(parts[:2] if parts[0] in _OF_TWO else parts[:1])

    def cell(self, row: Row, meaning: str) -> str:
        """The first filled cell under a heading of that meaning, "" for none."""
        return next((text for column, text in row.cells.items() if self.meaning(column) == meaning), "")

    def has(self, row: Row, meaning: str) -> bool:
        """Whether a cell of that meaning, in any language, is filled."""
        return bool(self.cell(row, meaning))

    def findings(self) -> Iterator[Finding]:
        """Two headings for one meaning, and headings that are probably another one misspelled."""
        taken: dict[tuple[str, ...], str] = {}
        for column in self.columns:
            other = taken.setdefault(self._parts[column], column)
            if other != column:
                values = {"one": other, "other": column}
                yield Finding("same_column_twice", "error", self._sheet, self.row, column, values)
            elif self._sheet == "survey" and self.meaning(column).partition("::")[0] not in self._meanings:
                near = near_word(column.partition(":")[0], _KNOWN)
                values = {"near": near, "text": column}
                if near:
                    yield Finding("column_near", "warning", self._sheet, self.row, column, values)

    def _read(self, column: str) -> tuple[str, ...]:
        from pyxform.parsing.sheet_headers import process_header  # noqa: PLC0415  # 0.7 s, only authors need it

        double = any("::" in one for one in self.columns)
        parts: tuple[str, ...] = process_header(column, double, *self._words)[1]
        return parts

    @cached_property
    def _words(self) -> tuple[dict[str, str | tuple[str, ...]], set[str]]:
        """The other spellings of headings, and the headings, of this sheet."""
        from pyxform import aliases  # noqa: PLC0415  # as above
        from pyxform.question import MultipleChoiceQuestion, Option  # noqa: PLC0415  # as above
        from pyxform.survey import Survey  # noqa: PLC0415  # as above

        spellings, thing = {
            "survey": (aliases.survey_header, MultipleChoiceQuestion),
            "settings": (aliases.settings_header, Survey),
        }.get(self._sheet, (aliases.list_header, Option))
        return spellings, set(thing.get_slot_names())

    @cached_property
    def _meanings(self) -> set[str]:
        spellings, known = self._words
        others = (one if isinstance(one, str) else one[0] for one in spellings.values())
        return {*known, *others, *_OF_TWO}


def near_word(text: str, words: Iterable[str]) -> str:
    """The known word that was probably meant, "" for none."""
    near = get_close_matches(text.strip().lower(), list(words), 1, _NEAR)
    return near[0] if near else ""
