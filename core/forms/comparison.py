"""Two versions of a form side by side: questions added, removed and retyped, choices added and removed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

from core.forms.answer_tree import ROW_ID_QUESTION
from core.forms.expressions import Expression
from core.forms.instance import Node
from core.forms.model import Form, Group, Question, Repeat, Text

ChangeKind = Literal["added", "removed", "retyped", "choices"]
_BESIDE_SIGNS = re.compile(r" ?([\[\](),]) ?")
_OF_INSTANCES = ("instance_order", "instance_attributes", "instance_namespace")
"""These say only how an instance document is written, not what is asked."""
_MOST_CHOICES = 2_000  # compared; longer lists are tables of data


@dataclass(frozen=True)
class QuestionChange:
    """What became of one question between two versions.

    `before` and `after` are its kinds, "" where it is not. Choices are pairs of value and label.
    """

    kind: ChangeKind
    path: str
    label: str
    before: str = ""
    after: str = ""
    choices_added: tuple[tuple[str, str], ...] = ()
    choices_removed: tuple[tuple[str, str], ...] = ()


def compare_forms(old: Form, new: Form, language: str) -> list[QuestionChange]:
    """The changes in the order of the newer form, removed questions last; notes and calculations left out."""
    before, after = _answered(old), _answered(new)
    changes = [
        change
        for path, item in after.items()
        if (change := _change(path, before.get(path), item, old, new, language))
    ]
    removed = (path for path in before if path not in after)
    return changes + [
        QuestionChange("removed", path, _label(before[path], language), before=before[path].kind)
        for path in removed
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


def _change(
    path: str, was: Question | Repeat | None, now: Question | Repeat, old: Form, new: Form, language: str
) -> QuestionChange | None:
    label = _label(now, language)
    if was is None:
        return QuestionChange("added", path, label, after=now.kind)
    if was.kind != now.kind:
        return QuestionChange("retyped", path, label, before=was.kind, after=now.kind)
    if not isinstance(was, Question) or not isinstance(now, Question):
        return None
    earlier, later = offered_choices(old, was, language), offered_choices(new, now, language)
    added = tuple(pair for pair in later.items() if pair[0] not in earlier)
    removed = tuple(pair for pair in earlier.items() if pair[0] not in later)
    if not added and not removed:
        return None
    return QuestionChange("choices", path, label, was.kind, now.kind, added, removed)


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
    for item in root.children.get("item", ())[:_MOST_CHOICES]:
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
