"""What a summary says, as plain data: the same sections are shown on the screen and set on paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from app.i18n import Language, words
from app.reports.record_content import Photo, shown_day
from app.reports.summary_layout import (
    ChartLayout,
    FigureLayout,
    FiguresLayout,
    PhotosLayout,
    SectionLayout,
    SummaryLayout,
    TableLayout,
    TextLayout,
    said,
)
from core.divisions import code_prefix
from core.statistics.coverage import (
    Coverage,
    Place,
    Territory,
    beyond_parts,
    coverage_of,
    doubled,
    standings,
)
from core.statistics.facts import ALWAYS, CountedRecord, Period, SummedQuestion, within
from core.statistics.figures import QuestionFigure, figure_of, percent, shown_number

BEGUN_SIGN: Final = "＊"
MOST_BARS: Final = 40


@dataclass(frozen=True)
class AsOf:
    """How far this machine knows: `server` "" for none; times are ISO; `waiting` records are not sent yet.

    `synced`: the last whole sync, "" for never; `failed`: the latest try did not end well.
    """

    made: str
    server: str = ""
    synced: str = ""
    failed: bool = False
    waiting: int = 0


@dataclass(frozen=True)
class PhotoPair:
    """The same view before and after, from one record."""

    record_id: str
    heading: str
    before: Photo
    after: Photo


@dataclass(frozen=True)
class SummarySource:
    """All that was read for one division; what is shown is made of it for any period and any of its forms."""

    territory: Territory
    forms: Mapping[str, str]
    questions: Mapping[tuple[str, str], SummedQuestion]
    records: tuple[CountedRecord, ...]
    pairs: tuple[PhotoPair, ...]
    as_of: AsOf


@dataclass(frozen=True)
class Head:
    """The head of the first page."""

    title: str
    place: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class KeyFigure:
    """One number to be seen at once."""

    label: str
    value: str
    unit: str = ""


@dataclass(frozen=True)
class KeyFigures:
    """Numbers to be seen at once, in cells."""

    title: str
    cells: tuple[KeyFigure, ...]


@dataclass(frozen=True)
class SummaryTable:
    """Rows of text; the columns in `right` are numbers. `total`: the last row sums the others up."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()
    total: bool = False
    note: str = ""
    form: str = ""
    """The title of the form it is of; tables of one title stand together, one a form."""
    lists_missing: bool = False
    """Whether its rows are the villages of `SummaryContent.missing`."""


@dataclass(frozen=True)
class Bar:
    """One bar: how long of `whole` (the longest bar, or 100 %), and what is written at its end."""

    label: str
    value: Decimal
    whole: Decimal
    shown: str


@dataclass(frozen=True)
class BarChart:
    """Bars one below the other; the note says what they are measured by."""

    title: str
    bars: tuple[Bar, ...]
    note: str = ""


@dataclass(frozen=True)
class PhotoPairs:
    """Photos before and after, a pair a row."""

    title: str
    pairs: tuple[PhotoPair, ...]


@dataclass(frozen=True)
class Paragraphs:
    """What is to be said beside the numbers."""

    title: str
    texts: tuple[str, ...]


Section = Head | KeyFigures | SummaryTable | BarChart | PhotoPairs | Paragraphs


@dataclass(frozen=True)
class SummaryContent:
    """A summary ready for the screen and for paper; `missing` are the villages without a finalised record."""

    title: str
    place: str
    sections: tuple[Section, ...]
    missing: tuple[Place, ...]
    sample: bool

    @property
    def pairs(self) -> tuple[PhotoPair, ...]:
        """The photos to print, in order."""
        found = (section.pairs for section in self.sections if isinstance(section, PhotoPairs))
        return tuple(pair for pairs in found for pair in pairs)


def read_summary(
    source: SummarySource,
    layout: SummaryLayout,
    lang: Language,
    *,
    period: Period = ALWAYS,
    forms: Sequence[str] | None = None,
) -> SummaryContent:
    """The summary of a division for the days of a period and some of the forms (None: all)."""
    return _Writer(source, layout, lang, period, forms).content()


class _Writer:
    """Makes the sections of a layout from what counts."""

    def __init__(
        self,
        source: SummarySource,
        layout: SummaryLayout,
        lang: Language,
        period: Period,
        forms: Sequence[str] | None,
    ) -> None:
        self._source = source
        self._layout = layout
        self._lang = lang
        self._say = words(lang)
        self._period = period
        self._forms = [form for form in source.forms if forms is None or form in forms]
        self._records = [
            record
            for record in source.records
            if record.form_id in self._forms and period.contains(record.day)
        ]
        self._coverage: Coverage = coverage_of(source.territory, self._records)

    @property
    def _lowest(self) -> bool:
        """Whether the parts are villages already, or there are none: one table of them is enough."""
        return (
            len(self._source.territory.parts) == len(self._source.territory.villages)
            or not self._coverage.parts
        )

    def content(self) -> SummaryContent:
        sections = (self._section(section) for section in self._layout.sections)
        return SummaryContent(
            title=said(self._layout.title, self._lang),
            place=self._source.territory.full_name,
            sections=tuple(one for some in sections for one in some),
            missing=self._coverage.whole.missing,
            sample=any(record.sample for record in self._records),
        )

    def _section(self, section: SectionLayout) -> Iterator[Section]:
        """What the layout asks for; nothing where there is nothing to show."""
        match section:
            case FiguresLayout():
                cells = [self._key_figure(cell) for cell in section.cells if self._wanted(cell)]
                yield KeyFigures(said(section.title, self._lang), tuple(cells))
            case TableLayout():
                yield from self._tables(section)
            case ChartLayout():
                yield from self._chart(section)
            case PhotosLayout():
                yield from self._photos(section)
            case TextLayout():
                texts = tuple(said(text, self._lang) for text in section.paragraphs)
                yield Paragraphs(said(section.title, self._lang), texts + self._doubts())
            case _:
                yield self._head()

    # The head, and what is said beside the numbers

    def _head(self) -> Head:
        lines = [
            (self._say["summary.period"], self._shown_period()),
            (self._say["summary.as_of"], self._shown_as_of()),
            (self._say["summary.made"], shown_day(self._source.as_of.made, self._lang)),
            (self._say["summary.forms"], self._say["summary.comma"].join(self._form_titles())),
        ]
        if any(record.sample for record in self._records):
            lines.append((self._say["paper.sample"], self._say["summary.sample"]))
        return Head(said(self._layout.title, self._lang), self._source.territory.full_name, tuple(lines))

    def _form_titles(self) -> list[str]:
        return [self._source.forms[form] for form in self._forms]

    def _shown_period(self) -> str:
        first, last = (shown_day(day, self._lang) for day in (self._period.first, self._period.last))
        key = (
            ("since" if first else "until") if bool(first) != bool(last) else ("from_to" if first else "all")
        )
        return self._say[f"summary.period_{key}"].format(first=first, last=last)

    def _shown_as_of(self) -> str:
        as_of = self._source.as_of
        if not as_of.server:
            return self._say["summary.local"]
        key = "synced" if as_of.synced else "never_synced"
        text = self._say[f"summary.{key}"].format(
            server=as_of.server, moment=shown_day(as_of.synced, self._lang)
        )
        failed = self._say["summary.sync_failed"] if as_of.failed else ""
        waiting = self._say["summary.waiting"].format(count=as_of.waiting) if as_of.waiting else ""
        return text + failed + waiting

    def _doubts(self) -> tuple[str, ...]:
        """What makes numbers doubtful: several records a village, unknown codes, records of no village."""
        texts = []
        for form in self._layout.forms:
            if form.once and form.id in self._forms and (twice := doubled(form.id, self._records)):
                names = self._say["summary.comma"].join(self._village_name(code) for code in twice)
                title = self._source.forms[form.id]
                texts.append(self._say["summary.doubled"].format(form=title, count=len(twice), names=names))
        if self._coverage.unknown:
            codes = self._say["summary.comma"].join(self._coverage.unknown)
            texts.append(self._say["summary.unknown"].format(count=len(self._coverage.unknown), codes=codes))
        if self._coverage.higher:
            texts.append(self._say["summary.higher"].format(count=self._coverage.higher))
        return tuple(texts)

    def _village_name(self, code: str) -> str:
        return next((v.name for v in self._source.territory.villages if v.code == code), code)

    # Numbers

    def _wanted(self, figure: FigureLayout) -> bool:
        """Whether the figure is of a chosen form that is here, and of a question that is added up."""
        if figure.path:
            return figure.form in self._forms and (figure.form, figure.path) in self._source.questions
        return not figure.form or figure.form in self._forms

    def _key_figure(self, layout: FigureLayout) -> KeyFigure:
        value, unit = self._measured(layout, self._records, self._coverage)
        return KeyFigure(self._label(layout), value or self._say["summary.none"], unit if value else "")

    def _label(self, layout: FigureLayout) -> str:
        question = self._source.questions.get((layout.form, layout.path))
        return said(layout.label, self._lang) or ("" if question is None else question.label)

    def _unit(self, layout: FigureLayout) -> str:
        question = self._source.questions.get((layout.form, layout.path))
        if layout.measure in {"coverage", "share"}:
            return "%"
        return said(layout.unit, self._lang) or ("" if question is None else question.unit)

    def _measured(
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
        return shown_number(number), self._unit(layout)

    def _of_question(self, layout: FigureLayout, records: Sequence[CountedRecord]) -> tuple[str, str]:
        question = self._source.questions[layout.form, layout.path]
        if layout.measure in {"total", "median"}:
            question = replace(question, kind="total" if layout.measure == "total" else "median")
        figure = figure_of(question, records)
        if layout.measure == "answered":
            return str(figure.answered), self._unit(layout)
        if layout.measure == "share":
            chosen = sum(choice.records for choice in figure.choices if choice.value == layout.choice)
            return (str(percent(chosen, figure.answered)), "%") if figure.answered else ("", "")
        return ("", "") if figure.amount is None else (shown_number(figure.amount), self._unit(layout))

    # Tables

    def _tables(self, layout: TableLayout) -> Iterator[SummaryTable]:
        title, note = said(layout.title, self._lang), said(layout.note, self._lang)
        match layout.of:
            case "forms":
                yield replace(self._of_forms(title), note=note)
            case "parts" if self._lowest:
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
        columns = [column for column in layout.columns if self._wanted(column)]
        rows = [
            self._place_row(name, columns, records, place)
            for name, records, place in self._places(layout.of, columns)
        ]
        sums = self._place_row(self._say["summary.sum"], columns, self._records, self._source.territory)
        heads = [self._say["summary.place"], *(self._column_head(column) for column in columns)]
        right = frozenset(range(1, len(heads)))
        return SummaryTable(title, tuple(heads), (*rows, sums), right, total=True)

    def _places(
        self, of: str, columns: Sequence[FigureLayout]
    ) -> Iterator[tuple[str, list[CountedRecord], Territory | None]]:
        territory = self._source.territory
        if of == "parts":
            for part in territory.parts:
                inside = tuple(v for v in territory.villages if v.code.startswith(code_prefix(part.code)))
                yield part.name, within(self._records, part.code), Territory(part, part.name, (), inside)
            beyond = beyond_parts(territory, self._records) if territory.parts else []
            if any(self._measured(column, beyond, None)[0] not in {"", "0"} for column in columns):
                yield self._say["summary.beyond"], beyond, None
            return
        names = {village.code: self._placed_name(village) for village in territory.villages}
        counted = sorted({r.division for r in self._records if r.final and r.division in names})
        for code in counted:
            records = [record for record in self._records if record.division == code]
            yield names[code], records, Territory(Place(code, names[code]), names[code], (), ())

    def _placed_name(self, village: Place) -> str:
        """The village behind the part it lies in: one name may stand for villages of several townships."""
        parts = () if self._lowest else self._source.territory.parts
        part = next((part.name for part in parts if village.code.startswith(code_prefix(part.code))), "")
        return f"{part}　{village.name}" if part else village.name

    def _place_row(
        self,
        name: str,
        columns: Sequence[FigureLayout],
        records: Sequence[CountedRecord],
        place: Territory | None,
    ) -> tuple[str, ...]:
        coverage = None if place is None else coverage_of(place, records)
        none = self._say["summary.none"]
        return (name, *(self._measured(column, records, coverage)[0] or none for column in columns))

    def _column_head(self, column: FigureLayout) -> str:
        unit = self._unit(column)
        return self._label(column) + (self._say["summary.unit"].format(unit=unit) if unit else "")

    def _of_missing(self, title: str) -> SummaryTable:
        parts = (self._coverage.whole,) if self._lowest else self._coverage.parts
        begun = {village.code for part in parts for village in part.begun}
        rows = [
            (
                part.place.name,
                str(part.known),
                str(len(part.missing)),
                self._say["summary.comma"].join(
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
            rows.append((name, str(figure.answered), say["summary.comma"].join(answers)))
        return SummaryTable(title, heads, tuple(rows), frozenset({1}))

    # Charts and photos

    def _chart(self, layout: ChartLayout) -> Iterator[BarChart]:
        title = said(layout.title, self._lang)
        match layout.of:
            case "coverage":
                bars = [
                    Bar(
                        part.place.name,
                        Decimal(part.covered),
                        Decimal(part.known),
                        f"{part.covered}/{part.known}",
                    )
                    for part in (() if self._lowest else self._coverage.parts)
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
        if figure is None or not self._wanted(figure):
            return []
        unit = self._unit(figure)
        found = [
            (name, Decimal(self._measured(figure, records, None)[0] or 0))
            for name, records, _ in self._places("parts", [figure])
        ]
        most = max((value for _, value in found), default=Decimal())
        return [
            Bar(name, value, most, f"{shown_number(value)} {unit}".strip()) for name, value in found if most
        ]

    def _bars_of_choices(self, layout: ChartLayout) -> tuple[list[Bar], str]:
        question = self._source.questions.get((layout.form, layout.path))
        if question is None or layout.form not in self._forms:
            return [], ""
        figure = figure_of(question, self._records)
        bars = [
            Bar(choice.label, choice.percent, Decimal(100), f"{choice.percent} %（{choice.records}）")
            for choice in figure.choices
        ]
        note = self._say["summary.choices_note"].format(
            form=self._source.forms[layout.form], question=question.label, count=figure.answered
        )
        return bars, note

    def _photos(self, layout: PhotosLayout) -> Iterator[PhotoPairs]:
        counted = {record.record_id for record in self._records if record.form_id == layout.form}
        pairs = tuple(pair for pair in self._source.pairs if pair.record_id in counted)
        if pairs:
            yield PhotoPairs(said(layout.title, self._lang), pairs)
