"""Two versions of a form side by side: questions added, removed and retyped, choices added and removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

from core.forms.answer_tree import ROW_ID_QUESTION
from core.forms.expressions import Expression
from core.forms.instance import Node
from core.forms.model import Form, Question, Repeat, Text

ChangeKind = Literal["added", "removed", "retyped", "choices"]
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

    Blank space in expressions and at the ends of texts counts as one blank.
    """
    return (
        form.form_id, form.version, tuple(sorted(form.titles.items())), form.languages, form.due,
        tuple(sorted(form.reads)), _plain(form.instance_name), _plain(form.root), _plain(form.set_values),
        tuple(sorted(form.external_lists)), tuple(sorted(form.media.items())),
        tuple(sorted((name, tuple(_list_rows(form, root))) for name, root in form.lists.items())),
        tuple(sorted(form.instance_attributes.items())),
    )  # fmt: skip


def _list_rows(form: Form, root: Node) -> Iterator[tuple[tuple[str, Any], ...]]:
    for items in root.children.values():
        for item in items:
            yield tuple(
                (column, _plain(form.texts.get(cells[0].text)) if column == "itextId" else cells[0].text)
                for column, cells in sorted(item.children.items())
            )


def _plain(thing: Any) -> Any:
    if isinstance(thing, Expression):
        return " ".join(thing.source.split())
    if isinstance(thing, str):
        return " ".join(thing.split())
    if is_dataclass(thing):
        return (type(thing).__name__, *((f.name, _plain(getattr(thing, f.name))) for f in fields(thing)))
    if isinstance(thing, Mapping):
        return tuple(sorted((key, _plain(value)) for key, value in thing.items()))
    if isinstance(thing, tuple):
        return tuple(_plain(part) for part in thing)
    return thing
