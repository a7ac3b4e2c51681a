"""The bars of a summary."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from app.reports.summary_content import Bar, BarChart
from app.reports.summary_counting import Counted
from app.reports.summary_layout import ChartLayout, said
from core.statistics.figures import figure_of, shown_number

MOST_BARS: Final = 40


class Charts:
    """Makes bars of what counts."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._say = counted.say
        self._source = counted.source

    def chart(self, layout: ChartLayout) -> Iterator[BarChart]:
        """The bars that are asked for; none where there is nothing to compare."""
        title = said(layout.title, self._counted.lang)
        match layout.of:
            case "coverage":
                bars = [
                    Bar(
                        part.place.name,
                        Decimal(part.covered),
                        Decimal(part.known),
                        f"{part.covered}/{part.known}",
                    )
                    for part in (() if self._counted.lowest else self._counted.coverage.parts)
                ]
                note = self._say["summary.coverage_note"]
            case "parts":
                bars, note = self._bars_of_parts(layout), ""
            case "choices":
                bars, note = self._bars_of_choices(layout)
        if bars:
            yield BarChart(title, tuple(bars[:MOST_BARS]), note)

    def _bars_of_parts(self, layout: ChartLayout) -> list[Bar]:
        figure = layout.figure
        if figure is None or not self._counted.wanted(figure):
            return []
        unit = self._counted.unit(figure)
        found = [
            (name, Decimal(self._counted.measured(figure, records, None)[0] or 0))
            for name, records, _ in self._counted.places("parts", [figure])
        ]
        most = max((value for _, value in found), default=Decimal())
        return [
            Bar(name, value, most, f"{shown_number(value)} {unit}".strip()) for name, value in found if most
        ]

    def _bars_of_choices(self, layout: ChartLayout) -> tuple[list[Bar], str]:
        question = self._source.questions.get((layout.form, layout.path))
        if question is None or layout.form not in self._counted.forms:
            return [], ""
        figure = figure_of(question, self._counted.records)
        bars = [
            Bar(choice.label, choice.percent, Decimal(100), f"{choice.percent} %（{choice.records}）")
            for choice in figure.choices
        ]
        note = self._say["summary.choices_note"].format(
            form=self._source.forms[layout.form], question=question.label, count=figure.answered
        )
        return bars, note
