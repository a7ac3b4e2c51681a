"""Rows of a table out of Excel, read against the questions of a repeat."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.ui.forms.typed_values import answer_in
from core.forms.model.choices import Choice
from core.forms.model.items import Question
from core.values import Value

ROWS_AT_MOST = 2000


@dataclass(frozen=True)
class PastedCell:
    """One cell: its text, the answer it gives, and whether the text was understood."""

    text: str
    value: Value
    understood: bool


@dataclass(frozen=True)
class Pasted:
    """What a table gives: the question of each column, None for one that no question is known for."""

    columns: tuple[Question | None, ...]
    rows: tuple[tuple[PastedCell, ...], ...]

    @property
    def not_understood(self) -> int:
        """How many cells would be left empty although something stands in them."""
        return sum(not cell.understood for row in self.rows for cell in row)

    def answers(self) -> list[dict[str, Value]]:
        """The answers of each row by the last steps of their paths, without empty ones."""
        return [
            {
                question.step: cell.value
                for question, cell in zip(self.columns, row, strict=True)
                if question is not None and cell.value is not None
            }
            for row in self.rows
        ]


def read_table(
    text: str, questions: Sequence[Question], choices: Callable[[Question], Sequence[Choice]], language: str
) -> Pasted:
    """Tab-separated text as spreadsheets copy it, cells with line breaks and quotes included.

    A first line whose cells are labels or names of questions says which column is which; else the columns
    are the questions in their order, beginning with the first.
    """
    lines = _lines(text)
    lines = [line for line in lines if any(cell.strip() for cell in line)][: ROWS_AT_MOST + 1]
    width = max(map(len, lines), default=0)
    named = [_named(cell, questions, language) for cell in lines[0]] if lines else []
    if any(named) and len([one for one in named if one]) * 2 >= len(named):
        columns, lines = [*named, *[None] * (width - len(named))], lines[1:]
    else:
        columns = [*questions[:width], *[None] * (width - len(questions))]
    offered = {question.step: choices(question) for question in columns if question is not None}
    rows = tuple(
        tuple(
            _cell(question, offered, text)
            for question, text in zip(columns, _padded(line, width), strict=True)
        )
        for line in lines
    )
    return Pasted(tuple(columns), rows)


def _lines(text: str) -> list[list[str]]:
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip("\n")
    try:
        return list(csv.reader(io.StringIO(plain), dialect="excel-tab"))
    except csv.Error:  # a cell longer than the module takes: no spreadsheet's
        return [line.split("\t") for line in plain.split("\n")]


def _named(cell: str, questions: Sequence[Question], language: str) -> Question | None:
    wanted = _bare(cell)
    names = (
        (question, {_bare(question.label(language)), question.name.casefold()}) for question in questions
    )
    return next((question for question, known in names if wanted and wanted in known), None)


def _bare(label: str) -> str:
    """A heading without its unit in brackets and without the star of what is required."""
    return label.replace("(", "（").split("（")[0].strip(" *\t").casefold()


def _padded(line: list[str], width: int) -> list[str]:
    return [*line, *[""] * (width - len(line))]


def _cell(question: Question | None, offered: dict[str, Sequence[Choice]], text: str) -> PastedCell:
    if question is None:
        return PastedCell(text, None, not text.strip())
    return PastedCell(text, *answer_in(question, offered[question.step], text))
