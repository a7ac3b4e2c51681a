"""What counts in a summary, for some days and some forms, and single numbers of it with their units."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from app.i18n import Language, words
from app.reports.summary_content import SummarySource
from app.reports.summary_layout import FigureLayout, said
from core.divisions import code_prefix
from core.statistics.coverage import Coverage, Place, Territory, beyond_parts, coverage_of
from core.statistics.facts import CountedRecord, Period, within
from core.statistics.figures import figure_of, percent, shown_number


class Counted:
    """The records of a source that count."""

    def __init__(
        self, source: SummarySource, lang: Language, period: Period, forms: Sequence[str] | None
    ) -> None:
        self.source = source
        self.lang = lang
        self.say = words(lang)
        self.period = period
        self.forms = [form for form in source.forms if forms is None or form in forms]
        self.records = [
            record
            for record in source.records
            if record.form_id in self.forms and period.contains(record.day)
        ]
        self.coverage: Coverage = coverage_of(source.territory, self.records)

    @property
    def lowest(self) -> bool:
        """Whether the parts are villages already, or there are none: one table of them is enough."""
        return (
            len(self.source.territory.parts) == len(self.source.territory.villages) or not self.coverage.parts
        )

    def wanted(self, figure: FigureLayout) -> bool:
        """Whether the figure is of a chosen form that is here, and of a question that is added up."""
        if figure.path:
            return figure.form in self.forms and (figure.form, figure.path) in self.source.questions
        return not figure.form or figure.form in self.forms

    def label(self, layout: FigureLayout) -> str:
        """The label of the layout, else that of the question."""
        question = self.source.questions.get((layout.form, layout.path))
        return said(layout.label, self.lang) or ("" if question is None else question.label)

    def unit(self, layout: FigureLayout) -> str:
        """The unit of the layout, else that of the question; "" for none."""
        question = self.source.questions.get((layout.form, layout.path))
        if layout.measure in {"coverage", "share"}:
            return "%"
        return said(layout.unit, self.lang) or ("" if question is None else question.unit)

    def measured(
        self, layout: FigureLayout, records: Sequence[CountedRecord], coverage: Coverage | None
    ) -> tuple[str, str]:
        """The number as written, "" for none, and its unit."""
        of_form = [record for record in records if layout.form in {"", record.form_id}]
        place = None if coverage is None else coverage.whole
        match layout.measure:
            case "records":
                number = Decimal(sum(1 for record in of_form if record.final))
            case "unfinished":
                number = Decimal(sum(1 for record in of_form if not record.final))
            case "conflicts":
                number = Decimal(sum(1 for record in of_form if record.conflicts))
            case "warnings":
                number = Decimal(sum(1 for record in of_form if record.final and record.warnings))
            case "known" | "covered" | "coverage" | "missing":
                if place is None:
                    return "", ""
                numbers = {
                    "known": Decimal(place.known),
                    "covered": Decimal(place.covered),
                    "coverage": place.percent,
                    "missing": Decimal(len(place.missing)),
                }
                number = numbers[layout.measure]
                if layout.measure == "coverage":
                    return str(number), "%"
            case _:
                return self._of_question(layout, records)
        return shown_number(number), self.unit(layout)

    def _of_question(self, layout: FigureLayout, records: Sequence[CountedRecord]) -> tuple[str, str]:
        question = self.source.questions[layout.form, layout.path]
        if layout.measure in {"total", "median"}:
            question = replace(question, kind="total" if layout.measure == "total" else "median")
        figure = figure_of(question, records)
        if layout.measure == "answered":
            return str(figure.answered), self.unit(layout)
        if layout.measure == "share":
            chosen = sum(choice.records for choice in figure.choices if choice.value == layout.choice)
            return (str(percent(chosen, figure.answered)), "%") if figure.answered else ("", "")
        return ("", "") if figure.amount is None else (shown_number(figure.amount), self.unit(layout))

    def places(
        self, of: str, columns: Sequence[FigureLayout]
    ) -> Iterator[tuple[str, list[CountedRecord], Territory | None]]:
        """Each part of the division, or each village with finalised records: its name and records.

        What lies in no part comes last, without a territory, if any of the columns has something of it.
        """
        territory = self.source.territory
        if of == "parts":
            for part in territory.parts:
                inside = tuple(v for v in territory.villages if v.code.startswith(code_prefix(part.code)))
                yield part.name, within(self.records, part.code), Territory(part, part.name, (), inside)
            beyond = beyond_parts(territory, self.records) if territory.parts else []
            if any(self.measured(column, beyond, None)[0] not in {"", "0"} for column in columns):
                yield self.say["summary.beyond"], beyond, None
            return
        names = {village.code: self.placed_name(village) for village in territory.villages}
        counted = sorted({r.division for r in self.records if r.final and r.division in names})
        for code in counted:
            records = [record for record in self.records if record.division == code]
            yield names[code], records, Territory(Place(code, names[code]), names[code], (), ())

    def placed_name(self, village: Place) -> str:
        """The village behind the part it lies in: one name may stand for villages of several townships."""
        parts = () if self.lowest else self.source.territory.parts
        part = next((part.name for part in parts if village.code.startswith(code_prefix(part.code))), "")
        return f"{part}　{village.name}" if part else village.name

    def village_name(self, code: str) -> str:
        """The name that the territory knows for a code, else the code."""
        return next((v.name for v in self.source.territory.villages if v.code == code), code)
