"""What expressions ask of a record: its answers, lists and texts, each within a budget of steps."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

from core.clock import Clock
from core.forms.atoms import Atom, atom_text
from core.forms.budget import MOST_AFTER, MOST_GIVEN_UP, MOST_STEPS, STEPS_A_NODE, Budget, SpentError
from core.forms.filling.answer_tree import AnswerTree
from core.forms.filling.links import Links
from core.forms.instance import Node, cell_text
from core.forms.list_names import DIVISIONS, LOCAL_COLUMN
from core.forms.model.choices import Choice, Itemset
from core.forms.model.form import Form
from core.forms.model.items import Question
from core.forms.model.markup import is_marked, plain_words
from core.forms.model.quoting import literal, unquoted
from core.forms.model.texts import MEDIA_FORMS, NO_MEDIA, Media, Output, Text
from core.forms.remembered import Remembered
from core.forms.secondary import ExternalRoot, SecondarySource
from core.forms.xpath.expressions import Expression, ExpressionError, Scope, World
from core.forms.xpath.path_steps import nodes_of
from core.problems import Problem
from core.values import Value, safe_text

_STEPS_A_RULE = 40  # what running one costs beside the nodes it visits

T = TypeVar("T")
S = TypeVar("S")


class AskingTree(AnswerTree):
    """Answers that expressions can ask about (`expressions.World`), and the texts with answers in them."""

    def __init__(
        self,
        form: Form,
        record_id: str,
        clock: Clock,
        answers: Mapping[str, Value],
        source: SecondarySource | None,
    ) -> None:
        super().__init__(form, record_id, clock, answers)
        self.remembered = Remembered()
        self.budget = Budget()
        self._source = source
        self._lists: dict[str, Node] = dict(form.lists)
        self._lists.update((name, ExternalRoot(name, source)) for name in form.external_lists)
        self._links = Links(form, record_id, self._lists, source, self._nodes.get)
        self._language = form.languages[0] if form.languages else ""
        self._taken: defaultdict[int, int] = defaultdict(int)  # steps by the id of the expression
        self._asked: dict[int, Node] = {}  # where it was asked last
        self._given_up: dict[int, Problem] = {}

    def read_lists_anew(self) -> None:
        """Asks the lists outside again from now on: somebody has added to them."""
        for root in self._lists.values():
            if isinstance(root, ExternalRoot):
                root.forget()
        self._edits.touched = None

    # What expressions ask

    def now(self) -> datetime:
        """The moment on the clock that the session was given, with its time zone."""
        return self._clock.now()

    def secondary(self, instance_id: str) -> Node | None:
        """The root of that list, None if the form has none of the name."""
        return self._lists.get(instance_id)

    def random(self) -> float:
        """A number from 0 to below 1 that nobody can foresee."""
        return secrets.randbelow(1 << 53) / (1 << 53)

    def form_version(self) -> str:
        """The version as the form's author wrote it, "" for none."""
        return self.form.version

    def itext(self, text_id: str) -> str:
        """That text of the form in the language that is shown, without its markup; "" for none."""
        text = self.form.texts.get(text_id, Text())
        return plain_words(self._parts_text(text, self.root, self._language))

    def choice_label(self, node: Node, question_path: str, value: str) -> str:
        """The label of a value among the choices of the question at that XPath; "" if unknown."""
        try:
            references = Expression(question_path).references
        except ExpressionError:  # a path that the form computes and that is none
            return ""
        steps = references[0].from_context(tuple(one.name for one in node.lineage)) if references else ()
        question = self.form.at(tuple(step.name for step in steps))
        return (
            unquoted(self._label_of(question, value, self._language))
            if isinstance(question, Question)
            else ""
        )

    # The budget

    def _begin(self) -> None:
        """A person has done something: what follows from it may take all the steps there are."""
        self.budget.left = MOST_STEPS + STEPS_A_NODE * len(self._nodes)
        self._taken.clear()

    def _bounded(
        self, expression: Expression, node: Node, ask: Callable[[Node, World], T], otherwise: S
    ) -> T | S:
        """What the expression gives; `otherwise` once it, or those before it, have used up the steps."""
        asked, budget = id(expression), self.budget
        if asked in self._given_up:
            return otherwise
        before = budget.left
        self._asked[asked] = node
        try:
            budget.spend(_STEPS_A_RULE)
            given = ask(node, self)
            self._taken[asked] += before - budget.left
        except SpentError:
            self._taken[asked] += before
            self._give_up(max(self._taken, key=self._taken.__getitem__))
            return otherwise
        return given

    def _give_up(self, expression: int) -> None:
        """Never run an expression of this record again, by its `id`, and say so at the question."""
        self._given_up[expression] = _given_up_at(self._asked[expression], self._language)
        self._taken.clear()
        self.budget.left = MOST_AFTER
        if len(self._given_up) % MOST_GIVEN_UP == 0:
            for other, node in self._still_to_ask(self._asked[expression]):
                self._given_up.setdefault(id(other), _given_up_at(node, self._language))

    def _still_to_ask(self, _node: Node) -> Iterator[tuple[Expression, Node]]:
        """What would be asked next if nothing were given up here, and for which node."""
        yield from ()

    # Lists and texts

    def _items(self, itemset: Itemset, node: Node) -> list[Node]:
        def items(node: Node, world: World) -> list[Node]:
            found = nodes_of(itemset.nodeset.evaluate(Scope(node, world)))
            return _first_of_each(found, itemset.value_column) if itemset.distinct else found

        return self._bounded(itemset.nodeset, node, items, list[Node]())

    def _choice(self, itemset: Itemset, item: Node, language: str) -> Choice:
        value, marked = cell_text(item, itemset.value_column), self._choice_text(itemset, item, language)
        media = NO_MEDIA
        if itemset.label_is_text_id:
            text = self.form.texts.get(cell_text(item, itemset.label_column), Text())
            media = self._media_of(text, self.root, language)
        shown = plain_words(marked) or self._links.stand_in(itemset, value, language) or value
        local = itemset.instance_id == DIVISIONS and bool(item.children.get(LOCAL_COLUMN))
        return Choice(value, shown, local=local, media=media, marked=marked if is_marked(marked) else "")

    def _choice_text(self, itemset: Itemset, item: Node, language: str) -> str:
        """The label of a row with its markup; what people wrote in lists outside or in this form has none."""
        label = cell_text(item, itemset.label_column)
        if itemset.label_is_text_id:
            text = self.form.texts.get(label)
            return self._parts_text(text, self.root, language) if text is not None else ""
        written = itemset.instance_id not in self.form.lists
        return literal(label) if written else unquoted(label)

    def _name_of(self, question: Question, value: str, language: str) -> str:
        """How a choice is shown, whether or not its list has it."""
        label = plain_words(self._label_of(question, value, language))
        return label or self._links.stand_in(question.itemset, value, language) or value

    def _label_of(self, question: Question, value: str, language: str) -> str:
        """The label of a choice with its markup."""
        itemset = question.itemset
        if itemset is None:
            found = next((one for one in question.static_choices if one.value == value), None)
            return self._parts_text(found.label, self.root, language) if found is not None else ""
        root = self._lists.get(itemset.instance_id)
        items = root.children_where("item", itemset.value_column, value) if root is not None else []
        return self._choice_text(itemset, items[0], language) if items else ""

    def _parts_text(self, text: Text, node: Node, language: str) -> str:
        """The text with its markup; the answers in it are none."""
        parts = text.parts(language)
        words = [part for part in parts if isinstance(part, str)]
        if len(words) == len(parts):
            return safe_text("".join(words).strip())
        with self._speaking(language):
            shown = [
                literal(self._text_of(part.expression, node)) if isinstance(part, Output) else part
                for part in parts
            ]
        marked = safe_text("".join(shown).strip())
        return marked if unquoted(marked) else ""

    @contextmanager
    def _speaking(self, language: str) -> Iterator[None]:
        """Meanwhile expressions give the texts of the form in that language."""
        before, self._language = self._language, language
        try:
            yield
        finally:
            self._language = before

    def _text_of(self, expression: Expression, node: Node) -> str:
        return atom_text(self._atom_of(expression, node))

    def _atom_of(self, expression: Expression, node: Node) -> Atom:
        return self._bounded(expression, node, expression.atom, "")

    def _media_of(self, text: Text, node: Node, language: str) -> Media:
        """The names of the files beside a text, in the language or else in the default one."""
        if not text.forms:
            return NO_MEDIA
        found = (text.forms.get(form, Text()) for form in MEDIA_FORMS)
        return Media(*(unquoted(self._parts_text(one, node, language)).rpartition("/")[2] for one in found))


def _given_up_at(node: Node, language: str) -> Problem:
    label = node.spec.label(language) or node.name
    return Problem(node.path, "given_up", {"question": label}, "warning")


def _first_of_each(items: list[Node], column: str) -> list[Node]:
    """Of items with one value the first."""
    first: dict[str, Node] = {}
    for item in items:
        first.setdefault(cell_text(item, column), item)
    return [*first.values()]
