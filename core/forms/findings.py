"""What is wrong in a form's workbook, with the cell it stands in. The sentence is made on screen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec


class Finding(msgspec.Struct, frozen=True):
    """One thing that the form's author should change. An error stands in the way of installing.

    `sheet` "" and `row` None: the workbook as a whole. `row` counts as Excel does, the heading is row 1.
    `values` fill the sentence of `code`.
    """

    code: str
    severity: Literal["error", "warning"] = "error"
    sheet: str = ""
    row: int | None = None
    column: str = ""
    values: Mapping[str, object] = msgspec.field(default_factory=dict)

    @property
    def stands_in_the_way(self) -> bool:
        """Whether the form cannot be installed with it."""
        return self.severity == "error"
