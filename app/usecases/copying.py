"""What the record before can lend to a new one of the same form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.saving import form_in_use
from app.storage.listing import RecordFilter
from app.storage.records import visible_answers
from app.workspace import Workspace
from core.forms.model.form import Form
from core.forms.model.items import Question
from core.values import Value

NEVER_COPIED = {"image", "audio", "video", "file", "geopoint", "geotrace", "geoshape", "note", "calculate"}
"""What was seen or measured at the other place, and what nobody answers."""


@dataclass(frozen=True)
class Lent:
    """The answers of the record of that title, in the order of the form."""

    title: str
    answers: Mapping[str, Value]


def previous_answers(workspace: Workspace, record_id: str) -> Lent | None:
    """What the record of the same form that was changed last has to lend to this one; None: there is none.

    Left out are photos, positions, personal data, answers that must be unique, and rows. Raises KnownError
    "form_missing".
    """
    with workspace.database.read():
        form = form_in_use(workspace, record_id, workspace.records.merged(record_id))
        rows = workspace.records.page(RecordFilter(form_id=form.form_id), limit=2)
        row = next((one for one in rows if one.record_id != record_id), None)
        if row is None:
            return None
        values = visible_answers(workspace.records.merged(row.record_id))
        unsaved = workspace.drafts.answers(row.record_id)
    values |= {path: answer.value for path, answer in unsaved.items()}
    lent = {path: values[path] for path in _lendable(form) if values.get(path) is not None}
    return Lent(row.title, lent)


def _lendable(form: Form) -> list[str]:
    """The paths of the questions outside rows whose answers may stand in several records."""
    return [one.path for one in form.questions() if one.path.count("/") == 1 and _may_be_lent(one)]


def _may_be_lent(question: Question) -> bool:
    return (
        question.asked
        and question.calculate is None
        and question.kind not in NEVER_COPIED
        and question.personal == "none"
        and not question.unique
        and question.preload is None
    )
