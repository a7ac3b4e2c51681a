"""Stored answers put back into a living record: what comes of it is what a record built of them anew has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from core.forms.filling.answer_tree import ROW_ID_QUESTION, number_places
from core.forms.filling.settling import SettledAnswers
from core.forms.instance import Node
from core.forms.model.items import Question, Repeat
from core.forms.paths import DELETED, LIFE, POSITION, row_path, rows_on, template_path
from core.values import Value


class RestorableAnswers(SettledAnswers):
    """Settled answers that can become what they were."""

    @property
    def _told_by_answers(self) -> bool:
        """Whether the stored answers alone say how all stands, not also what was done to come here."""
        return not (self._type_problems or self._given_up or self._graph.reads_itself)

    def _restore(self, values: Mapping[str, Value]) -> None:
        """Store these answers as they are, and let what depends on them wait. No default or action fires."""
        named: defaultdict[str, set[str]] = defaultdict(set)
        for path, value in values.items():
            self._keep(path, value)
            for repeat_path, row_id in rows_on(path):
                named[repeat_path].add(row_id)
        for repeat_path, ids in named.items():
            self._row_ids.setdefault(repeat_path, set()).update(ids)
        for repeat_path in sorted(named):  # rows around others first
            around, _, _ = repeat_path.rpartition("/")
            if around in self._nodes and self.form.repeat(template_path(repeat_path)):
                self._restore_rows(repeat_path, named[repeat_path], values)
        for path in values:
            if path in self._nodes:
                self._restore_answer(self._nodes[path])

    def _restore_rows(self, repeat_path: str, ids: AbstractSet[str], values: Mapping[str, Value]) -> None:
        """Let these rows of a repeat come, go and move as it is stored."""
        parent, repeat = self._repeat_at(repeat_path)
        paths = {row_id: row_path(repeat_path, row_id) for row_id in ids}
        gone = {row_id for row_id, path in paths.items() if self._stored.get(f"{path}/{LIFE}") == DELETED}
        going = {row_id for row_id in gone if paths[row_id] in self._nodes}
        coming = [row_id for row_id in sorted(ids - gone) if paths[row_id] not in self._nodes]
        moving = any(f"{path}/{POSITION}" in values for path in paths.values())
        if going:
            self._take_rows(parent, repeat, going)
        for row_id in coming:
            self._build_row(parent, repeat, row_id)
        if coming or moving:
            self._sort_rows(parent, repeat)
        if coming or moving or going:
            self._rows_changed(repeat, parent)
            for rule in self._graph.rules_at.get(parent.spec.full_path, ()):
                if rule.item is repeat:  # their number
                    self._wait(rule, parent)

    def _take_rows(self, parent: Node, repeat: Repeat, ids: AbstractSet[str]) -> None:
        """These rows stand in the tree no more."""
        rows = parent.children[repeat.name]
        for row in rows:
            if row.row_id not in ids:
                continue
            for gone in row.descendants():
                self._edits.touch(gone.path)
                if self._nodes.get(gone.path) is gone:
                    del self._nodes[gone.path]
        rows[:] = [row for row in rows if row.row_id not in ids]
        number_places(rows)

    def _restore_answer(self, node: Node) -> None:
        """The node has what is stored for it, and its rules wait; a calculation has none."""
        question = node.spec
        if not isinstance(question, Question) or question.name == ROW_ID_QUESTION:
            return
        if question.calculate is not None and not question.calculate.fires_once:
            return
        before, node.value = node.typed, None
        self._load(node, question)
        node.typed = before
        self._assign(node, node.value)
        self._edits.touch(node.path)
        for rule in self._graph.rules_at.get(question.full_path, ()):
            self._wait(rule, node)
