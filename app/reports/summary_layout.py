"""What stands in a summary of many records: sections in order, read from `resources/reports/*_summary.toml`.

Another policy's summary is another file. Words are given by language; eight kinds of sections are known here
or in `official_form.py`, a ninth is Python and a page in docs/decisions/.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from app.i18n import Language
from app.paths import resources_folder

COUNTY_SUMMARY: Final = "county_summary"
Words = dict[str, str]

Measure = Literal[
    "records", "unfinished", "conflicts", "warnings",
    "known", "covered", "coverage", "missing",
    "answered", "total", "median", "share",
]  # fmt: skip


class SummedForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A form whose records are summed up, and the question whose day they count under.

    `once`: there should be one finalised record a village; more are told, for their numbers add up.
    """

    id: str
    day: str = ""
    once: bool = False


class FigureLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One number: of places (known … missing), of a form's records (of all forms: no `form`), of a question.

    `share` is of the records that gave the answer `choice`. The label is that of the question unless given.
    """

    measure: Measure
    form: str = ""
    path: str = ""
    choice: str = ""
    label: Words = {}
    unit: Words = {}


class TitleLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="title"):
    """The head of the first page: division, period, as of when."""


class TextLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="text"):
    """Paragraphs, each in the words of a language."""

    paragraphs: tuple[Words, ...]
    title: Words = {}


class FiguresLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="figures"):
    """Key figures in cells."""

    title: Words
    cells: tuple[FigureLayout, ...]


class TableLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="table"):
    """Rows of: forms, the parts of the division, villages with records, missing villages, questions with
    numbers (`questions`) or with choices (`choices`) of one form or of all.
    """

    title: Words
    of: Literal["forms", "parts", "villages", "missing", "questions", "choices"]
    form: str = ""
    columns: tuple[FigureLayout, ...] = ()
    note: Words = {}


class ChartLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="chart"):
    """Bars: covered of known villages of each part, one figure of each part, or the answers to a question."""

    title: Words
    of: Literal["coverage", "parts", "choices"]
    figure: FigureLayout | None = None
    form: str = ""
    path: str = ""


class PhotosLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="photos"):
    """Photos of a repeat before and after, side by side: one pair a record.

    `period` names the question whose answers `before` and `after` tell them apart, `taken` that of their
    date, `heading` the questions (with `bearing` among them) that say where they were taken.
    """

    title: Words
    form: str
    photo: str
    period: str
    before: str
    after: str
    taken: str
    heading: tuple[str, ...] = ()


SectionLayout = TitleLayout | TextLayout | FiguresLayout | TableLayout | ChartLayout | PhotosLayout


class SummaryLayout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole summary."""

    title: Words
    forms: tuple[SummedForm, ...]
    sections: tuple[SectionLayout, ...]

    @property
    def photos(self) -> tuple[PhotosLayout, ...]:
        return tuple(section for section in self.sections if isinstance(section, PhotosLayout))


def summary_layout(name: str = COUNTY_SUMMARY) -> SummaryLayout:
    """The layout of a bundled summary. A broken file is our defect."""
    file = resources_folder() / "reports" / f"{name}.toml"
    return msgspec.toml.decode(file.read_bytes(), type=SummaryLayout)


def said(text: Words, lang: Language) -> str:
    """The words in that language, else in the first one given; "" if there are none."""
    return text.get(lang, next(iter(text.values()), ""))
