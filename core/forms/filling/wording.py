"""What people read of a record: labels, hints, choices, answers and its title, in a language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from core.forms.answers import answer_text, names_in
from core.forms.budget import LOOK_STEPS
from core.forms.filling.restoring import RestorableAnswers
from core.forms.filling.settling import effective
from core.forms.instance import Node
from core.forms.model.choices import Choice
from core.forms.model.form import NAMING
from core.forms.model.items import Question
from core.forms.model.markup import is_marked, plain_words
from core.forms.model.texts import Media, Text
from core.values import Value, safe_text


class WordedAnswers(RestorableAnswers):
    """Answers with the words around them."""

    def label(self, path: str, language: str) -> str:
        """The words of the label with the answers it shows; "" if there is none."""
        return plain_words(self.marked(path, language, "label"))

    def hint(self, path: str, language: str) -> str:
        """The words of the hint with the answers it shows; "" if there is none."""
        return plain_words(self.marked(path, language, "hint"))

    def guidance(self, path: str, language: str) -> str:
        """What the form says besides to whoever asks for it; "" for nothing."""
        return plain_words(self.marked(path, language, "guidance"))

    def marked(self, path: str, language: str, part: Literal["label", "hint", "guidance"]) -> str:
        """The same with its markup (`core.forms.model.markup`)."""
        item = self._item(path)
        self.budget.allow(LOOK_STEPS)
        text = item.text if part == "label" else item.hint_text
        text = text.forms.get("guidance", Text()) if part == "guidance" else text
        return self._parts_text(text, self._text_node(path), language)

    def media(self, path: str, language: str) -> Media:
        """The files of the form beside the label."""
        return self._media_of(self._item(path).text, self._text_node(path), language)

    def hint_media(self, path: str, language: str) -> Media:
        """The files of the form beside the hint."""
        return self._media_of(self._item(path).hint_text, self._text_node(path), language)

    def choices(self, path: str, language: str) -> list[Choice]:
        """What can be chosen now, in order, and what is chosen although the list does not have it.

        Records to refer to are only listed where a filter tells which; else one searches for them.
        """
        self.budget.allow(LOOK_STEPS)
        node = self._node(path)
        question = node.spec
        if question.itemset is not None:
            items = self._items(question.itemset, node)
            offered = [self._choice(question.itemset, item, language) for item in items]
            listed = frozenset(choice.value for choice in offered)
            return offered + self._chosen_besides(node, listed, language)
        return [
            Choice(
                choice.value,
                plain_words(text),
                media=self._media_of(choice.label, node, language),
                marked=text if is_marked(text) else "",
            )
            for choice in question.static_choices
            for text in (self._parts_text(choice.label, node, language),)
        ]

    def shown(self, path: str, language: str) -> str:
        """The answer as people read it: labels for choices, no unit; "" when empty."""
        return self.shown_value(path, effective(self._node(path)), language)

    def shown_value(self, path: str, value: Value, language: str) -> str:
        """How that value would read as the answer there, whether or not it is the answer or still offered."""
        question = self._item(path)
        if isinstance(question, Question) and question.is_selection and value is not None:
            separator = "、" if language.startswith("zh") else ", "
            names = self._as_listed(question, names_in(value))
            return safe_text(separator.join(self._name_of(question, name, language) for name in names))
        return safe_text(answer_text(value))

    def title(self, language: str) -> str:
        """The record's own title (the form's instance name), "" when the form has none."""
        expression = self.form.instance_name
        if expression is None:
            return ""
        with self._speaking(language):
            return safe_text(self._text_of(expression, self._title_node()))

    def heading(self, language: str) -> str:
        """What people call the record: its title, or its first words or choice where the form gives none.

        Personal answers are passed over, for a list is seen by whoever stands by. "" if there is nothing yet.
        """
        return self.title(language) if self.form.instance_name else next(self._words(language), "")

    # Inside

    def _chosen_besides(self, node: Node, listed: frozenset[str], language: str) -> list[Choice]:
        """The answers in force that an outside list does not offer: unknown or deleted there."""
        if node.spec.itemset.instance_id not in self.form.external_lists:
            return []
        missing = [name for name in names_in(effective(node)) if name not in listed]
        return [Choice(name, self._name_of(node.spec, name, language)) for name in missing]

    def _as_listed(self, question: Question, names: list[str]) -> list[str]:
        """Several choices in the order of their list where the form holds it; a ranking keeps its own."""
        itemset = question.itemset
        held = self.form.lists.get(itemset.instance_id) if itemset is not None else None
        if itemset is None or held is None or question.kind == "rank" or len(names) < 2:
            return names
        cells = (item.children[itemset.value_column][0].text for item in held.children.get("item", ()))
        places = {cell: place for place, cell in enumerate(cells)}
        return sorted(names, key=lambda name: places.get(name, len(places)))

    def _words(self, language: str) -> Iterator[str]:
        """The answers in text or of one choice that stand in no row, in the order of the form."""
        for node in self._in_order(self.root, rows=False):
            question = node.spec
            told = isinstance(question, Question) and question.asked and question.kind in NAMING
            seen = told and node.relevant and question.personal == "none"
            words = " ".join(self.shown(node.path, language).split()) if seen else ""
            if words:
                yield words

    def _text_node(self, path: str) -> Node:
        """From where the texts of a path read answers: a repeat's from what it stands in."""
        node = self._nodes.get(path)
        return node if node is not None else self._repeat_at(path)[0]

    def _title_node(self) -> Node:
        meta = self.root.children.get("meta") or self.root.children.get("orx:meta")
        names = (
            meta[0].children.get("instanceName") or meta[0].children.get("orx:instanceName") if meta else None
        )
        return names[0] if names else self.root
