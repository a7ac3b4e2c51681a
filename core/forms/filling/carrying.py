"""What a new record takes over from an earlier one of its form, as the form says question by question.

`cj:carry` on a question, group or repeat: "no" leaves it empty in the new record (the figures of a year, a
consent to be asked for again), "previous" is answered with the earlier record itself. All else is taken
over, photos and files by their digests.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.forms.filling.session import FormSession
from core.forms.model.form import Form
from core.forms.model.items import Item, Question, Repeat
from core.forms.paths import DELETED, LIFE, template_path
from core.values import Value


def previous_question(form: Form) -> Question | None:
    """The question that names the record one was begun from; None: the form begins none from another."""
    return next((question for question in form.questions() if question.carry == "previous"), None)


def carried_answers(old: FormSession, new: FormSession) -> dict[str, Value]:
    """The answers of a record begun from `old`; `new` is a session of a new record, its defaults in it.

    Raises ValueError if the form does not say by which question the new record names the old one.
    """
    previous = previous_question(new.form)
    if previous is None:
        raise ValueError(f"{new.form.form_id} begins no record from another")
    left = {item.path for item in _left_out(new.form.root, left=False)}
    taken = {path: value for path, value in _living(old.answers()) if _stands_in(new.form, path, left)}
    rows = tuple(f"{repeat}[" for repeat in _repeats(new.form) if repeat not in left)
    defaults = {path: value for path, value in new.answers().items() if not path.startswith(rows)}
    return defaults | taken | {previous.path: old.record_id}


def _living(answers: dict[str, Value]) -> Iterator[tuple[str, Value]]:
    """The answers outside of removed rows."""
    gone = tuple(
        path.removesuffix(LIFE) for path, value in answers.items() if path.endswith(LIFE) and value == DELETED
    )
    return ((path, value) for path, value in answers.items() if not path.startswith(gone))


def _stands_in(form: Form, path: str, left: set[str]) -> bool:
    """Whether an answer is one of the form's, or the place of a row, and nothing around it is left out."""
    template = template_path(path)
    row, _, name = template.rpartition("/")
    known = row if name.startswith("@") else template
    return known != "" and form.item(known) is not None and known not in left


def _left_out(item: Item, *, left: bool) -> Iterator[Item]:
    """Everything that is not taken over, what stands inside it too."""
    left = left or item.carry in {"no", "previous"}
    if left and item.path:
        yield item
    if not isinstance(item, Question):
        for child in item.children:
            yield from _left_out(child, left=left)


def _repeats(form: Form) -> Iterator[str]:
    return (item.path for item in form.items() if isinstance(item, Repeat))
