"""What a form is: its items in order, its lists, languages and actions, and how they are found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from core.forms.list_names import DIVISIONS
from core.forms.model.items import Group, Item, Question, Repeat
from core.forms.model.texts import Text
from core.forms.secondary import ListRoot
from core.forms.xpath.expressions import Expression

NAMING: Final = frozenset({"string", "barcode", "select_one"})
"""The kinds of answers by which people tell records apart where a form does not name them."""
_SHORT: Final = NAMING | {"int", "decimal", "date"}
_LISTED: Final = 3  # columns of a form that names none: as many as fit beside title and state


@dataclass(frozen=True)
class SetValue:
    """An action: when `event` happens, `target` (full path) gets the value."""

    event: str
    target: tuple[str, ...]
    value: Expression
    trigger: tuple[str, ...] = ()  # full path of the question whose change fires it


@dataclass(frozen=True, eq=False)
class Form:
    """One version of a form. It never changes: `digest` covers the XForm and its media.

    `external_lists` are asked outside: the divisions, and forms whose records are rows; `reads` names those
    forms that only expressions read; `last_saved` are lists that stand for the record of this form that was
    saved last; `due` is the day of every year, MM-DD, by which records are to be
    finished, "" for none. `passed_over` is what has no effect or another than it says: place, code of the
    finding, and detail.
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
    passed_over: tuple[tuple[str, str, str], ...] = ()
    namespaces: Mapping[str, str] = field(repr=False, default_factory=dict)
    xml: bytes = field(repr=False, default=b"")
    media: Mapping[str, bytes] = field(repr=False, default_factory=dict)

    def title(self, language: str) -> str:
        """The title in that language, else in the form's default one, else its id."""
        return self.titles.get(language) or next(iter(self.titles.values()), self.form_id)

    def item(self, path: str) -> Item | None:
        """The group, repeat or question of that template path, or None."""
        return self._items.get(path)

    def question(self, path: str) -> Question | None:
        """The question of that template path, None if it is none or something else stands there."""
        found = self._items.get(path)
        return found if isinstance(found, Question) else None

    def repeat(self, path: str) -> Repeat | None:
        """The repeat of that template path, None if it is none or something else stands there."""
        found = self._items.get(path)
        return found if isinstance(found, Repeat) else None

    def at(self, full_path: tuple[str, ...]) -> Item | None:
        """What stands at that path of the instance, None for nothing."""
        return self._places.get(full_path)

    def items(self) -> Iterator[Item]:
        """Everything in the form, in order, the root group first."""
        yield from self._places.values()

    def questions(self) -> Iterator[Question]:
        """Every question of the form, notes and calculations too, in order."""
        return (item for item in self.items() if isinstance(item, Question))

    def called(self, item: Item, language: str) -> str:
        """The label of an item, else its name; with its groups in front where others are called like it."""
        around = [self.at(item.full_path[:depth]) for depth in range(2, len(item.full_path))]
        groups = [one.label(language) for one in around if isinstance(one, Group)] if "~" in item.step else []
        return " · ".join(filter(None, [*groups, item.label(language) or item.name]))

    def beside(self, item: Item, name: str) -> Question | None:
        """The question of that name in the same row or, if there is none, in one around it; else None.

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
