"""The groups, repeats and questions that a form is made of, with their texts and logic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from core.forms.model.choices import Itemset, StaticChoice
from core.forms.model.markup import one_line
from core.forms.model.texts import Text
from core.forms.xpath.expressions import Expression

Kind = Literal[
    "string", "int", "decimal", "boolean", "date", "time", "dateTime", "geopoint", "geotrace", "geoshape",
    "select_one", "select_multiple", "rank", "image", "audio", "video", "file", "barcode", "acknowledge",
    "note", "calculate",
]  # fmt: skip
"""How a question is asked: "note" shows text, "calculate" is not asked at all."""
_LIST_DIGITS: Final = 4  # of the place of a column


@dataclass(frozen=True)
class Entry:
    """What group, repeat and question share.

    `path` is the path of answers (`core.forms.answer_paths`); `full_path` is the path in the instance, as
    expressions write it. `attributes` are our own columns (`cj:unit` as "unit"). In an instance document the
    element has `instance_attributes` and, unless it is one of the XForm's own, `instance_namespace`.
    """

    name: str
    path: str
    full_path: tuple[str, ...]
    text: Text = field(default_factory=Text)
    hint_text: Text = field(default_factory=Text)
    appearance: str = ""
    relevant: Expression | None = None
    readonly: Expression | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    instance_attributes: Mapping[str, str] = field(repr=False, default_factory=dict)
    instance_namespace: str = ""

    def label(self, language: str) -> str:
        """The label on one line without the parts that depend on answers; "" if it has none."""
        return one_line(self.text.plain(language))

    def short_label(self, language: str) -> str:
        """The label for the head of a column: its short form where the author wrote one."""
        return one_line(self.text.forms.get("short", self.text).plain(language))

    def hint(self, language: str) -> str:
        """The hint without the parts that depend on answers, in as many lines as it has; "" for none."""
        return self.hint_text.plain(language)

    def has_appearance(self, word: str) -> bool:
        """Whether this is one of the words of its appearance."""
        return word in self.appearance.split()

    @cached_property
    def step(self) -> str:
        """The end of its path of answers: what stands behind the path of its row."""
        return self.path.rpartition("/")[2]

    @property
    def section(self) -> str:
        """Where it stands on screen and paper, as the author named it."""
        return self.attributes.get("section", "")

    @property
    def paper(self) -> str:
        """How it stands on paper: "never" (nor in exports), "table" for a repeat, or "" for the usual way."""
        return self.attributes.get("paper", "")

    @property
    def carry(self) -> str:
        """What a record begun from this one makes of it: "no" (empty), "previous" (this one), or a copy."""
        return self.attributes.get("carry", "")

    @property
    def width(self) -> str:
        """Share of the row: "full", "half", "third", or "" for the renderer's choice."""
        return self.attributes.get("width", "")


@dataclass(frozen=True)
class Group(Entry):
    """Questions that belong together, in the order of the body; `instance_order` is that of the instance."""

    children: tuple[Group | Repeat | Question, ...] = ()
    instance_order: tuple[str, ...] = ()
    kind: Literal["group"] = "group"
    visible: bool = True


@dataclass(frozen=True)
class Repeat(Entry):
    """A group that is answered any number of times, once a row.

    `first_rows` is how many rows a new record starts with: as many as the XForm's instance has, none for a
    photo grid (appearance `cj-photos`) or where the author says `cj:first` = none. In a repeat inside of
    another, `template_rows` is how many a row that is added around it starts with. `first_answers` are the
    texts that the instance has in its rows, by full path. `rows_fixed`: the form says that nobody adds or
    removes rows.
    """

    children: tuple[Group | Repeat | Question, ...] = ()
    instance_order: tuple[str, ...] = ()
    count: Expression | None = None
    rows_fixed: bool = False
    first_rows: int = 0
    template_rows: int = 0
    first_answers: tuple[Mapping[tuple[str, ...], str], ...] = ()
    kind: Literal["repeat"] = "repeat"

    @property
    def own_rows(self) -> bool:
        """Whether the person adds and removes rows."""
        return self.count is None and not self.rows_fixed


@dataclass(frozen=True)
class Question(Entry):
    """One question, note or calculation. `datatype` is the type its answer is stored in."""

    kind: Kind = "string"
    datatype: str = "string"
    required: Expression | None = None
    required_text: Text = field(default_factory=Text)
    constraint: Expression | None = None
    constraint_text: Text = field(default_factory=Text)
    calculate: Expression | None = None
    default: str = ""
    preload: tuple[str, str] | None = None
    itemset: Itemset | None = None
    static_choices: tuple[StaticChoice, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        """What its number counts or measures, as shown behind it; "" for none."""
        return self.attributes.get("unit", "")

    @property
    def personal(self) -> str:
        """How personal the answer is: none, personal or sensitive."""
        return self.attributes.get("personal", "none")

    @property
    def merge(self) -> str:
        """The unit of merging this question belongs to, "" for its own."""
        return self.attributes.get("merge", "")

    @property
    def summary(self) -> str:
        """How answers are summed up: count, total, median, share, or "" for not at all."""
        return self.attributes.get("summary", "")

    @property
    def basis(self) -> str:
        """Where its limit comes from, as shown beside it; "" for no source."""
        return self.attributes.get("basis", "")

    @property
    def list_column(self) -> int | None:
        """Its place among the columns of the record list, None if it has none."""
        place = self.attributes.get("list", "")
        return int(place) if place.isdecimal() and len(place) <= _LIST_DIGITS else None

    @property
    def refers(self) -> str:
        """The id of the form whose records are its choices, "" if its choices are no records."""
        return self.attributes.get("refers", "")

    @property
    def unique(self) -> bool:
        """Whether no other record of the form should have the same answer."""
        return self.attributes.get("unique") == "yes"

    @property
    def within(self) -> str:
        """The name of the question whose division this position should lie in, "" for none."""
        return self.attributes.get("within", "")

    @property
    def consent(self) -> str:
        """The name of the yes-or-no question beside a photo that must be yes before it is printed, or ""."""
        return self.attributes.get("consent", "")

    @property
    def checklist(self) -> tuple[str, ...]:
        """The choices of it that are kinds of evidence which should all be there in the end."""
        return tuple(self.attributes.get("checklist", "").split())

    @property
    def stamp(self) -> str:
        """The name of the question whose text is written on the printed photo, "" for none."""
        return self.attributes.get("stamp", "")

    @property
    def asked(self) -> bool:
        """Whether a person answers it (not a note, not a calculation)."""
        return self.kind not in ("note", "calculate")

    @property
    def is_selection(self) -> bool:
        """Whether its answer is taken from choices."""
        return self.kind in ("select_one", "select_multiple", "rank")


Item = Group | Repeat | Question
