"""Answers of a record that do not fit the newest version of its form any more, shown as they were kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.storage.values_json import to_json
from app.workspace import Workspace
from core.forms.answers import WrongTypeError, accept_stored, answer_text, names_in
from core.forms.authoring.comparison import MOST_CHOICES, offered_choices
from core.forms.filling.session import FormSession
from core.forms.model.form import Form
from core.forms.model.items import Question
from core.forms.paths import DELETED, LIFE, row_path, rows_on, template_path
from core.values import Value


@dataclass(frozen=True)
class OlderAnswer:
    """One such answer: the question as the version that asked it put it, and what was answered."""

    path: str
    label: str
    text: str


def older_answers(workspace: Workspace, session: FormSession, language: str) -> list[OlderAnswer]:
    """Those of the record that is open, by path. A version that is not here leaves the question's name."""
    left = dict(_left_over(session))
    if not left:
        return []
    versions = workspace.forms.versions(session.form.form_id)
    return [_older_answer(versions, path, value, language) for path, value in sorted(left.items())]


def _left_over(session: FormSession) -> Iterator[tuple[str, Value]]:
    answers = session.answers()
    for path, value in answers.items():
        if value is None or "/@" in path or _still_fits(session.form, path, value):
            continue
        rows = (row_path(repeat, row) for repeat, row in rows_on(path))
        if all(answers.get(f"{row}/{LIFE}") != DELETED for row in rows):
            yield path, value


def _still_fits(form: Form, path: str, value: Value) -> bool:
    """Whether the form asks it, in this type, and still has what was chosen."""
    item = form.item(template_path(path))
    if not isinstance(item, Question):
        return item is not None
    try:
        accepted = accept_stored(item.datatype, value)
    except WrongTypeError:
        return False
    if not item.is_selection:
        return True
    offered = offered_choices(form, item, "")
    return not 0 < len(offered) < MOST_CHOICES or set(names_in(accepted)) <= offered.keys()


def _older_answer(versions: list[Form], path: str, value: Value, language: str) -> OlderAnswer:
    for form in versions:
        question = form.question(template_path(path))
        if question is not None and _still_fits(form, path, value):
            return OlderAnswer(path, form.called(question, language), _shown(form, question, value, language))
    return OlderAnswer(path, path.rpartition("/")[2], answer_text(value) or to_json(value))


def _shown(form: Form, question: Question, value: Value, language: str) -> str:
    if not question.is_selection:
        return answer_text(value)
    labels = offered_choices(form, question, language)
    return "、".join(labels.get(name, name) for name in names_in(value))
