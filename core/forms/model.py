"""What a form is: groups, repeats and questions in order, with their texts, logic and lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from core.forms.expressions import Expression
from core.forms.list_names import DIVISIONS
from core.forms.markup import one_line, plain_words
from core.forms.quoting import literal
from core.forms.secondary import ListRoot

# The kind of a question says how it is asked. "note" shows text, "calculate" is not asked at all.
Kind = Literal[
    "string", "int", "decimal", "boolean", "date", "time", "dateTime", "geopoint", "geotrace", "geoshape",
    "select_one", "select_multiple", "rank", "image", "audio", "video", "file", "barcode", "acknowledge",
    "note", "calculate",
]  # fmt: skip


@dataclass(frozen=True)
class Output:
    """A place in a text that shows the value of an expression."""

    expression: Expression


@dataclass(frozen=True)
class Media:
    """Files of the form that stand beside a text, by name; "" for none. A click shows the big image."""

    image: str = ""
    big_image: str = ""
    audio: str = ""
    video: str = ""

    def __bool__(self) -> bool:
        return bool(self.image or self.big_image or self.audio or self.video)


MEDIA_FORMS: Final = ("image", "big-image", "audio", "video")
"""The forms of a text that name files, in the order of `Media`."""
NO_MEDIA: Final = Media()
NAMING: Final = frozenset({"string", "barcode", "select_one"})
"""The kinds of answers by which people tell records apart where a form does not name them."""
_SHORT: Final = NAMING | {"int", "decimal", "date"}
_LISTED: Final = 3  # columns of a form that names none: as many as fit beside title and state
_LIST_DIGITS: Final = 4  # of the place of a column


@dataclass(frozen=True)
class Text:
    """A text in the languages of the form, by language code ("" for a form without languages).

    `forms` are its other forms, each with languages of its own: "image", "big-image", "audio", "video"
    (addresses of files), "short" and "guidance".
    """

    languages: Mapping[str, tuple[str | Output, ...]] = field(default_factory=dict)
    forms: Mapping[str, Text] = field(default_factory=dict)

    def parts(self, language: str) -> tuple[str | Output, ...]:
        """The text in that language, else in the form's default one (the first)."""
        found = self.languages.get(language)
        return found if found is not None else next(iter(self.languages.values()), ())

    def plain(self, language: str) -> str:
        """The words of the text, without markup, with nothing in the places that depend on answers."""
        parts = self.parts(language)
        return plain_words("".join(part if isinstance(part, str) else literal("") for part in parts).strip())

    def __bool__(self) -> bool:
        return any(self.languages.values())


@dataclass(frozen=True)
class Choice:
    """One choice as offered: the value that is stored and the label that is shown.

    `local`: a division that people added and no official table has. `marked` is the label with its markup
    (`core.forms.markup`), "" where it has none.
    """

    value: str
    label: str
    local: bool = False
    media: Media = NO_MEDIA
    marked: str = ""


@dataclass(frozen=True)
class Itemset:
    """Where the choices come from: a path over a list, and which cells hold value and label."""

    nodeset: Expression
    filtered: bool
    value_column: str
    label_column: str
    label_is_text_id: bool

    @property
    def instance_id(self) -> str:
        """The list they come from, "" when the items are nodes of the form itself."""
        return next(iter(self.nodeset.lists), "")


@dataclass(frozen=True)
class StaticChoice:
    """A choice written inside the question itself."""

    value: str
    label: Text


@dataclass(frozen=True)
class SetValue:
    """An action: when `event` happens, `target` (full path) gets the value."""

    event: str
    target: tuple[str, ...]
    value: Expression
    trigger: tuple[str, ...] = ()  # full path of the question whose change fires it


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
        return self.hint_text.plain(language)

    def has_appearance(self, word: str) -> bool:
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
        """Where its limit comes from."""
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
        return self.kind in ("select_one", "select_multiple", "rank")


Item = Group | Repeat | Question


@dataclass(frozen=True, eq=False)
class Form:
    """One version of a form. It never changes: `digest` covers the XForm and its media.

    `external_lists` are asked outside: the divisions, and forms whose records are rows; `reads` names those
    forms that only expressions read; `last_saved` are lists that stand for the record of this form that was
    saved last; `due` is the day of every year, MM-DD, by which records are to be
    finished, "" for none.
    """

    form_id: str
    version: str
    digest: str
    titles: Mapping[str, str]
    languages: tuple[str, ...]
    root: Group
    texts: Mapping[str, Text] = field(repr=False, default_factory=dict)
    lists: Mapping[str, ListRoot] = field(repr=False, default_factory=dict)
    external_lists: frozenset[str] = frozenset()
    due: str = ""
    reads: frozenset[str] = frozenset()
    last_saved: frozenset[str] = frozenset()
    instance_name: Expression | None = None
    set_values: tuple[SetValue, ...] = ()
    namespaces: Mapping[str, str] = field(repr=False, default_factory=dict)
    xml: bytes = field(repr=False, default=b"")
    media: Mapping[str, bytes] = field(repr=False, default_factory=dict)

    def title(self, language: str) -> str:
        return self.titles.get(language) or next(iter(self.titles.values()), self.form_id)

    def item(self, path: str) -> Item | None:
        """The group, repeat or question of that template path, or None."""
        return self._items.get(path)

    def question(self, path: str) -> Question | None:
        found = self._items.get(path)
        return found if isinstance(found, Question) else None

    def repeat(self, path: str) -> Repeat | None:
        found = self._items.get(path)
        return found if isinstance(found, Repeat) else None

    def at(self, full_path: tuple[str, ...]) -> Item | None:
        """What stands at that path of the instance."""
        return self._places.get(full_path)

    def items(self) -> Iterator[Item]:
        """Everything in the form, in order, the root group first."""
        yield from self._places.values()

    def questions(self) -> Iterator[Question]:
        return (item for item in self.items() if isinstance(item, Question))

    def called(self, item: Item, language: str) -> str:
        """The label of an item, else its name; with its groups in front where others are called like it."""
        around = [self.at(item.full_path[:depth]) for depth in range(2, len(item.full_path))]
        groups = [one.label(language) for one in around if isinstance(one, Group)] if "~" in item.step else []
        return " · ".join(filter(None, [*groups, item.label(language) or item.name]))

    def beside(self, item: Item, name: str) -> Question | None:
        """The question of that name in the same row or, if there is none, in one around it.

        Of several in different groups it is the one that shares most groups with the item, else the first.
        """
        found = [one for one in self._named.get(name, ()) if f"{item.path}/".startswith(_row(one))]
        return max(found, key=lambda one: _nearness(one, item), default=None)

    @cached_property
    def _named(self) -> dict[str, list[Question]]:
        named: dict[str, list[Question]] = {}
        for question in self.questions():
            named.setdefault(question.name, []).append(question)
        return named

    @cached_property
    def linkable(self) -> tuple[Question, ...]:
        """The questions by whose answers records of this form can be found: equality on them is indexed."""
        return tuple(
            question
            for question in self.questions()
            if question.refers or question.unique or self._asks_divisions(question)
        )

    @cached_property
    def set_on_change(self) -> dict[tuple[str, ...], list[SetValue]]:
        """The actions that the change of a question sets off, by its full path."""
        actions: dict[tuple[str, ...], list[SetValue]] = {}
        for action in self.set_values:
            if action.event == "xforms-value-changed":
                actions.setdefault(action.trigger, []).append(action)
        return actions

    @cached_property
    def with_checklist(self) -> tuple[Question, ...]:
        """The questions that tell the kinds of evidence which should be there."""
        return tuple(question for question in self.questions() if question.checklist)

    def _asks_divisions(self, question: Question) -> bool:
        itemset = question.itemset
        return itemset is not None and itemset.instance_id == DIVISIONS and DIVISIONS in self.external_lists

    def merge_units(self) -> dict[str, str]:
        """Template path -> unit of merging, for the questions that have one."""
        return {question.path: question.merge for question in self.questions() if question.merge}

    @cached_property
    def list_columns(self) -> tuple[Question, ...]:
        """The questions that are columns of the record list, in their order.

        Of a form that names none, as any from elsewhere, the first few with short answers, besides the one
        that its records are called by.
        """
        placed = [(question.list_column, question) for question in self.questions()]
        columns = [(place, question) for place, question in placed if place is not None]
        if columns:
            return tuple(question for _, question in sorted(columns, key=lambda pair: pair[0]))
        short = [
            one
            for one in self.questions()
            if one.kind in _SHORT and one.personal == "none" and one.path.count("/") == 1
        ]
        naming = None if self.instance_name else next((one for one in short if one.kind in NAMING), None)
        return tuple([one for one in short if one is not naming][:_LISTED])

    @cached_property
    def _places(self) -> dict[tuple[str, ...], Item]:
        return {item.full_path: item for item in _walk(self.root)}

    @cached_property
    def document_places(self) -> dict[tuple[str, ...], int]:
        """The place of each item in the order of the form, by its full path."""
        return {full_path: place for place, full_path in enumerate(self._places)}

    @cached_property
    def _items(self) -> dict[str, Item]:
        return {item.path: item for item in _walk(self.root)}


def _row(question: Question) -> str:
    """The template path of the row a question stands in, with the `/` behind it."""
    return question.path.removesuffix(question.step)


def _nearness(question: Question, item: Item) -> tuple[int, int]:
    """How many rows lie around the question, and how many steps its place has in common with the item's."""
    shared = 0
    for one, other in zip(question.full_path, item.full_path, strict=False):
        if one != other:
            break
        shared += 1
    return question.path.count("/"), shared


def _walk(item: Item) -> Iterator[Item]:
    yield item
    if not isinstance(item, Question):
        for child in item.children:
            yield from _walk(child)
