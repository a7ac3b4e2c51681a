"""A form's workbook as it was written: sheets of named cells with their row numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from core.forms.findings import Finding

SHEETS: Final = ("survey", "choices", "settings", "external_choices", "entities", "osm")
"""The sheets that mean something to a form (xlsform.org); others are passed over."""


@dataclass(frozen=True)
class Row:
    """The filled cells of a row by column; `number` counts as Excel does."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """A sheet: its headings in order and the rows that have something in them; `first` has the headings."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    first: int = 1


@dataclass(frozen=True)
class Workbook:
    """The sheets of a form by their names in lower case, and what reading them found."""

    sheets: Mapping[str, Sheet]
    found: tuple[Finding, ...] = field(default=())

    def rows(self, sheet: str) -> tuple[Row, ...]:
        """The rows of a sheet, none if there is no such sheet."""
        found = self.sheets.get(sheet)
        return found.rows if found is not None else ()
