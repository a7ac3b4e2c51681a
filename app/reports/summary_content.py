"""What a summary says, as plain data: the same sections are shown on the screen and set on paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.reports.record_content import Photo
from core.statistics.coverage import Place, Territory
from core.statistics.facts import CountedRecord, SummedQuestion


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
