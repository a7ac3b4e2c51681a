"""Two versions of a form side by side: questions added, removed and retyped, choices added and removed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

from core.forms.filling.answer_tree import ROW_ID_QUESTION
from core.forms.instance import Node
from core.forms.model.form import Form
from core.forms.model.items import Group, Question, Repeat
from core.forms.model.texts import Text
from core.forms.xpath.expressions import Expression

ChangeKind = Literal["added", "removed", "retyped", "moved", "renamed", "reworded", "choices", "rules"]
_BESIDE_SIGNS = re.compile(r" ?([\[\](),]) ?")
_GROUPS = re.compile(r"(?:/[\w.:-]+)+/(?=[\w.:-])")  # a question that goes to another group says the same
_OF_INSTANCES = ("instance_order", "instance_attributes", "instance_namespace")
"""These say only how an instance document is written, not what is asked."""
_FILLED_IN = {"instanceID", "instanceName", "deprecatedID"}
MOST_CHOICES = 2_000
"""Choices that are looked at; longer lists are tables of data."""


@dataclass(frozen=True)
class QuestionChange:
    """What became of one question between two versions.

    `before` and `after` are its kinds, "" where it is not; of one that was reworded its words. `old_path` is
    where the answers of one that was moved or renamed are. Choices are pairs of value and label. `rules`
    names what else changed: constraint, required, relevant, readonly, calculate, default, choice_filter, or
    the count of its rows.
    """

    kind: ChangeKind
    path: str
    label: str
    before: str = ""
    after: str = ""
    old_path: str = ""
    choices_added: tuple[tuple[str, str], ...] = ()
    choices_removed: tuple[tuple[str, str], ...] = ()
    rules: tuple[str, ...] = ()


def compare_forms(old: Form, new: Form, language: str) -> list[QuestionChange]:
    """The changes in the order of the newer form, removed questions last; notes and calculations left out."""
    before, after = _answered(old), _answered(new)
    removed = {path: item for path, item in before.items() if path not in after}
    stayed = {item.full_path for path, item in after.items() if path not in before}
    changes: list[QuestionChange] = []
    for path, item in after.items():
        if path in before:
            changes += _changed(before[path], item, old, new, language)
            continue
        again = _again(item, removed, stayed, language)
        label = _label(item, language)
        if again is None:
            changes.append(QuestionChange("added", path, label, after=item.kind))
        else:
            kind: ChangeKind = "moved" if again.name == item.name else "renamed"
            changes.append(QuestionChange(kind, path, label, item.kind, item.kind, again.path))
            del removed[again.path]
    return changes + [
        QuestionChange("removed", path, _label(item, language), before=item.kind)
        for path, item in removed.items()
    ]


def _answered(form: Form) -> dict[str, Question | Repeat]:
    """By path of answers, what keeps answers in a record."""
    found: dict[str, Question | Repeat] = {}
    for item in form.items():
        asked = isinstance(item, Question) and item.asked and item.name != ROW_ID_QUESTION
        if asked or isinstance(item, Repeat):
            assert isinstance(item, Question | Repeat)
            found[item.path] = item
    return found


def _again(
    item: Question | Repeat,
    removed: Mapping[str, Question | Repeat],
    stayed: Collection[tuple[str, ...]],
    language: str,
) -> Question | Repeat | None:
    """The one that stood here, or elsewhere under this name, or here under another with these words.

    None: it is new. `stayed` are places whose answers have another path now, because their name has come to
    stand twice or does so no more.
    """
    alike = [was for was in removed.values() if was.kind == item.kind]
    here = next((was for was in alike if was.full_path == item.full_path), None)
    if here is not None:
        return here
    alike = [was for was in alike if was.full_path not in stayed]
    around = item.path.rpartition("/")[0]
    for found in (
        [was for was in alike if was.name == item.name],
        [
            was
            for was in alike
            if was.path.rpartition("/")[0] == around and was.label(language) == item.label(language) != ""
        ],
    ):
        if len(found) == 1:
            return found[0]
    return None


def _changed(
    was: Question | Repeat, now: Question | Repeat, old: Form, new: Form, language: str
) -> Iterator[QuestionChange]:
    path, label = now.path, _label(now, language)
    if was.kind != now.kind:
        yield QuestionChange("retyped", path, label, was.kind, now.kind)
        return
    if _label(was, language) != label:
        yield QuestionChange("reworded", path, label, _label(was, language), label)
    if isinstance(was, Question) and isinstance(now, Question):
        earlier, later = offered_choices(old, was, language), offered_choices(new, now, language)
        added = tuple(pair for pair in later.items() if pair[0] not in earlier)
        removed = tuple(pair for pair in earlier.items() if pair[0] not in later)
        if added or removed:
            yield QuestionChange("choices", path, label, was.kind, now.kind, "", added, removed)
    before = _rules(was)
    rules = tuple(name for name, rule in _rules(now).items() if rule != before[name])
    if rules:
        yield QuestionChange("rules", path, label, was.kind, now.kind, rules=rules)


def _rules(item: Question | Repeat) -> dict[str, str]:
    """What decides about its answers, by name, as it counts: groups and blanks left out."""
    said: dict[str, Expression | None] = {"relevant": item.relevant, "readonly": item.readonly}
    if isinstance(item, Repeat):
        said["count"] = item.count
    else:
        said |= {"constraint": item.constraint, "required": item.required, "calculate": item.calculate}
        said["choice_filter"] = item.itemset.nodeset if item.itemset is not None else None
    rules = {name: _said(one) for name, one in said.items()}
    return rules | {"default": item.default if isinstance(item, Question) else ""}


def _said(rule: Expression | None) -> str:
    return "" if rule is None else _GROUPS.sub("", _BESIDE_SIGNS.sub(r"\1", " ".join(rule.source.split())))


def _label(item: Question | Repeat, language: str) -> str:
    return item.label(language) or item.name


def offered_choices(form: Form, question: Question, language: str) -> dict[str, str]:
    """All choices a question's own list has, value to label; none for a list outside of the form."""
    if question.static_choices:
        return {choice.value: choice.label.plain(language) for choice in question.static_choices}
    itemset = question.itemset
    root = form.lists.get(itemset.instance_id) if itemset is not None else None
    if itemset is None or root is None:
        return {}
    choices = {}
    for item in root.children.get("item", ())[:MOST_CHOICES]:
        label = _cell(item, itemset.label_column)
        text = form.texts.get(label, Text()) if itemset.label_is_text_id else None
        value = _cell(item, itemset.value_column)
        choices[value] = (text.plain(language) if text is not None else label) or value
    return choices


def _cell(item: Node, column: str) -> str:
    return next((cell.text for cell in item.children.get(column, ())), "")


def form_content(form: Form) -> Any:
    """What a form says, as plain tuples to compare: its bytes, digest and the ids of its texts left out.

    Blank space in expressions and at the ends of texts counts as one blank; choices written inside a question
    are the same as a list of them.
    """
    content = _Content(form)
    said = (
        form.form_id, form.version, tuple(sorted(form.titles.items())), form.languages, form.due,
        tuple(sorted(form.reads)), content.plain(form.instance_name), content.plain(form.root),
        content.plain(form.set_values), tuple(sorted(form.external_lists)), tuple(sorted(form.media.items())),
        tuple(sorted(form.root.instance_attributes.items())),
    )  # fmt: skip
    return *said, content.lists()


class _Content:
    """Takes a form apart and notes which of its lists expressions read."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._read: set[str] = set()

    def plain(self, thing: Any) -> Any:
        """Anything of the form as nested tuples."""
        if isinstance(thing, Expression):
            self._read |= set(thing.lists)
            return _BESIDE_SIGNS.sub(r"\1", " ".join(thing.source.split()))
        if isinstance(thing, str):
            return " ".join(thing.split())
        if isinstance(thing, Group) and thing.full_path[1:] in {("meta",), ("orx:meta",)}:
            # What every program fills in for itself is no content.
            return "meta", tuple(
                self.plain(one) for one in thing.children if one.name.rpartition(":")[2] not in _FILLED_IN
            )
        if is_dataclass(thing):
            parts = {f.name: getattr(thing, f.name) for f in fields(thing) if f.name not in _OF_INSTANCES}
            if isinstance(thing, Group | Repeat):  # each repeat that is compiled gets the hidden identity
                parts["children"] = tuple(one for one in thing.children if one.name != ROW_ID_QUESTION)
                parts["attributes"] = {k: v for k, v in thing.attributes.items() if k != "first"}
            if isinstance(thing, Question) and self._has_own_choices(thing):
                parts |= {"itemset": None, "static_choices": self._choices(thing)}
            return (type(thing).__name__, *((name, self.plain(part)) for name, part in parts.items()))
        if isinstance(thing, Mapping):
            return tuple(sorted((key, self.plain(part)) for key, part in thing.items()))
        return tuple(map(self.plain, thing)) if isinstance(thing, tuple) else thing

    def lists(self) -> Any:
        """The lists that expressions read, row by row."""
        return tuple(
            (name, tuple(self._rows(self._form.lists[name])))
            for name in sorted(self._read)
            if name in self._form.lists
        )

    def _has_own_choices(self, question: Question) -> bool:
        itemset = question.itemset
        if itemset is None:
            return bool(question.static_choices)
        whole = itemset.nodeset.source.strip() == f"instance('{itemset.instance_id}')/root/item"
        return whole and itemset.instance_id in self._form.lists

    def _choices(self, question: Question) -> tuple[Any, ...]:
        languages = self._form.languages or ("",)
        return tuple(tuple(offered_choices(self._form, question, one).items()) for one in languages)

    def _rows(self, root: Node) -> Iterator[tuple[tuple[str, Any], ...]]:
        for items in root.children.values():
            for item in items:
                yield tuple(
                    (column, self._cell(column, cells[0])) for column, cells in sorted(item.children.items())
                )

    def _cell(self, column: str, cell: Node) -> Any:
        text = self._form.texts.get(cell.text) if column == "itextId" else None
        return cell.text if text is None else self.plain(text)
