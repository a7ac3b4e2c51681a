"""The tables of a summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from app.reports.summary_content import SummaryTable
from app.reports.summary_counting import Counted
from app.reports.summary_layout import FigureLayout, TableLayout, said
from core.statistics.coverage import Territory, coverage_of, standings
from core.statistics.facts import CountedRecord
from core.statistics.figures import QuestionFigure, figure_of, shown_number

BEGUN_SIGN: Final = "＊"


class Tables:
    """Makes tables of what counts."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._say = counted.say
        self._lang = counted.lang
        self._source = counted.source
        self._records = counted.records
        self._forms = counted.forms
        self._coverage = counted.coverage

    def tables(self, layout: TableLayout) -> Iterator[SummaryTable]:
        """The table that is asked for, or one a form; none where there are no rows."""
        title, note = said(layout.title, self._lang), said(layout.note, self._lang)
        match layout.of:
            case "forms":
                yield replace(self._of_forms(title), note=note)
            case "parts" if self._counted.lowest:
                return
            case "parts" | "villages":
                table = self._of_places(title, layout)
                if len(table.rows) > 1:
                    yield replace(table, note=note)
            case "missing":
                table = self._of_missing(title)
                if table.rows:
                    yield replace(table, note=note if self._coverage.whole.begun else "")
            case "questions" | "choices":
                yield from self._of_questions(title, layout)

    def _of_forms(self, title: str) -> SummaryTable:
        say = self._say
        heads = tuple(
            say[f"summary.{key}"] for key in ("form", "final", "unfinished", "in_conflict", "with_warnings")
        )
        counted = standings(self._forms, self._records)
        numbers = [(s.final, s.unfinished, s.conflicts, s.warnings) for s in counted]
        rows = [
            (self._source.forms[s.form_id], *map(str, row)) for s, row in zip(counted, numbers, strict=True)
        ]
        sums = (say["summary.sum"], *(str(sum(column)) for column in zip(*numbers, strict=True)))
        return SummaryTable(title, heads, (*rows, sums), frozenset(range(1, 5)), total=True)

    def _of_places(self, title: str, layout: TableLayout) -> SummaryTable:
        """A row for each part or each village with finalised records, what lies in none, and the sum."""
        columns = [column for column in layout.columns if self._counted.wanted(column)]
        rows = [
            self._place_row(name, columns, records, place)
            for name, records, place in self._counted.places(layout.of, columns)
        ]
        sums = self._place_row(self._say["summary.sum"], columns, self._records, self._source.territory)
        heads = [self._say["summary.place"], *(self._column_head(column) for column in columns)]
        right = frozenset(range(1, len(heads)))
        return SummaryTable(title, tuple(heads), (*rows, sums), right, total=True)

    def _place_row(
        self,
        name: str,
        columns: Sequence[FigureLayout],
        records: Sequence[CountedRecord],
        place: Territory | None,
    ) -> tuple[str, ...]:
        coverage = None if place is None else coverage_of(place, records)
        none = self._say["summary.none"]
        return (name, *(self._counted.measured(column, records, coverage)[0] or none for column in columns))

    def _column_head(self, column: FigureLayout) -> str:
        unit = self._counted.unit(column)
        return self._counted.label(column) + (self._say["summary.unit"].format(unit=unit) if unit else "")

    def _of_missing(self, title: str) -> SummaryTable:
        parts = (self._coverage.whole,) if self._counted.lowest else self._coverage.parts
        begun = {village.code for part in parts for village in part.begun}
        rows = [
            (
                part.place.name,
                str(part.known),
                str(len(part.missing)),
                self._say["words.comma"].join(
                    village.name + (BEGUN_SIGN if village.code in begun else "") for village in part.missing
                ),
            )
            for part in parts
            if part.missing
        ]
        heads = tuple(self._say[f"summary.{key}"] for key in ("place", "known", "missing", "names"))
        return SummaryTable(title, heads, tuple(rows), frozenset({1, 2}), lists_missing=True)

    def _of_questions(self, title: str, layout: TableLayout) -> Iterator[SummaryTable]:
        """One table a form: its totals and medians, or the answers to its choices."""
        wanted = {"total", "median"} if layout.of == "questions" else {"count", "share"}
        for form in self._forms:
            if layout.form not in {"", form}:
                continue
            figures = [
                figure
                for question in self._source.questions.values()
                if question.form_id == form and question.kind in wanted
                if (figure := figure_of(question, self._records)).answered
            ]
            if figures:
                make = self._numbers if layout.of == "questions" else self._answers
                yield replace(make(title, figures), form=self._source.forms[form])

    def _numbers(self, title: str, figures: Sequence[QuestionFigure]) -> SummaryTable:
        say = self._say
        heads = ("question", "kind", "amount", "unit_head", "answered", "least", "greatest")
        rows = [
            (
                figure.question.label,
                say[f"summary.kind_{figure.question.kind}"],
                *(shown_number(figure.amount or Decimal()), figure.question.unit, str(figure.answered)),
                *(shown_number(n or Decimal()) for n in (figure.least, figure.greatest)),
            )
            for figure in figures
        ]
        return SummaryTable(
            title, tuple(say[f"summary.{head}"] for head in heads), tuple(rows), frozenset({2, 4, 5, 6})
        )

    def _answers(self, title: str, figures: Sequence[QuestionFigure]) -> SummaryTable:
        say = self._say
        heads = tuple(say[f"summary.{head}"] for head in ("question", "answered", "answers"))
        rows = []
        for figure in figures:
            several = say["summary.several"] if figure.question.several else ""
            key = "summary.choice_share" if figure.question.kind == "share" else "summary.choice"
            answers = [
                say[key].format(answer=choice.label, count=choice.records, percent=choice.percent)
                for choice in figure.choices
            ]
            name = f"{figure.question.label}{several}"
            rows.append((name, str(figure.answered), say["words.comma"].join(answers)))
        return SummaryTable(title, heads, tuple(rows), frozenset({1}))
