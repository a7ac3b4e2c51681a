"""From what was read to what is said: the sections of a layout, for some days and some forms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.i18n import Language
from app.reports.record_content import shown_day
from app.reports.summary_charts import Charts
from app.reports.summary_content import (
    Head,
    KeyFigure,
    KeyFigures,
    Paragraphs,
    PhotoPairs,
    Section,
    SummaryContent,
    SummarySource,
)
from app.reports.summary_counting import Counted
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
from app.reports.summary_tables import Tables
from core.statistics.coverage import doubled
from core.statistics.facts import ALWAYS, Period


def read_summary(
    source: SummarySource,
    layout: SummaryLayout,
    lang: Language,
    *,
    period: Period = ALWAYS,
    forms: Sequence[str] | None = None,
) -> SummaryContent:
    """The summary of a division for the days of a period and some of the forms (None: all)."""
    return _Writer(Counted(source, lang, period, forms), layout).content()


class _Writer:
    """Makes the sections of a layout from what counts."""

    def __init__(self, counted: Counted, layout: SummaryLayout) -> None:
        self._counted = counted
        self._say = counted.say
        self._lang = counted.lang
        self._source = counted.source
        self._records = counted.records
        self._forms = counted.forms
        self._coverage = counted.coverage
        self._period = counted.period
        self._layout = layout
        self._tables = Tables(counted)
        self._charts = Charts(counted)

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
                cells = [self._key_figure(cell) for cell in section.cells if self._counted.wanted(cell)]
                yield KeyFigures(said(section.title, self._lang), tuple(cells))
            case TableLayout():
                yield from self._tables.tables(section)
            case ChartLayout():
                yield from self._charts.chart(section)
            case PhotosLayout():
                yield from self._photos(section)
            case TextLayout():
                texts = tuple(said(text, self._lang) for text in section.paragraphs)
                yield Paragraphs(said(section.title, self._lang), texts + self._doubts())
            case _:
                yield self._head()

    def _head(self) -> Head:
        lines = [
            (self._say["summary.period"], self._shown_period()),
            (self._say["summary.as_of"], self._shown_as_of()),
            (self._say["summary.made"], shown_day(self._source.as_of.made, self._lang)),
            (self._say["summary.forms"], self._say["words.comma"].join(self._form_titles())),
        ]
        if any(record.sample for record in self._records):
            lines.append((self._say["paper.sample"], self._say["summary.sample"]))
        return Head(said(self._layout.title, self._lang), self._source.territory.full_name, tuple(lines))

    def _form_titles(self) -> list[str]:
        return [self._source.forms[form] for form in self._forms]

    def _shown_period(self) -> str:
        first, last = (shown_day(day, self._lang) for day in (self._period.first, self._period.last))
        key = {(False, False): "all", (True, False): "since", (False, True): "until"}.get(
            (bool(first), bool(last)), "from_to"
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
                names = self._say["words.comma"].join(self._counted.village_name(code) for code in twice)
                title = self._source.forms[form.id]
                texts.append(self._say["summary.doubled"].format(form=title, count=len(twice), names=names))
        if self._coverage.unknown:
            codes = self._say["words.comma"].join(self._coverage.unknown)
            texts.append(self._say["summary.unknown"].format(count=len(self._coverage.unknown), codes=codes))
        if self._coverage.higher:
            texts.append(self._say["summary.higher"].format(count=self._coverage.higher))
        return tuple(texts)

    def _key_figure(self, layout: FigureLayout) -> KeyFigure:
        value, unit = self._counted.measured(layout, self._records, self._coverage)
        return KeyFigure(
            self._counted.label(layout), value or self._say["summary.none"], unit if value else ""
        )

    def _photos(self, layout: PhotosLayout) -> Iterator[PhotoPairs]:
        counted = {record.record_id for record in self._records if record.form_id == layout.form}
        pairs = tuple(pair for pair in self._source.pairs if pair.record_id in counted)
        if pairs:
            yield PhotoPairs(said(layout.title, self._lang), pairs)
