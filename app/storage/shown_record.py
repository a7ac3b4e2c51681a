"""What a form makes of a record's answers for lists: title, columns, links, how much is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from app.log import subject
from app.storage.listed import NOTHING_LISTED, Listed, listed_of
from core.privacy import mask_personal
from core.values import Value

if TYPE_CHECKING:
    from core.forms.filling.session import FormSession
    from core.forms.model.form import Form
    from core.forms.model.items import Question

LOG = subject("storage")
LIST_LANGUAGE = "zh"
OpenSession = Callable[[str, "Form", Mapping[str, Value]], "FormSession"]


class ShownRecord(msgspec.Struct, frozen=True):
    """What a form makes of a record for lists; `links` and `mentions` as of its session."""

    title: str
    columns: Mapping[str, str]
    problems: int
    listed: Listed
    links: frozenset[tuple[str, str]] = frozenset()
    mentions: frozenset[str] = frozenset()


NOTHING_SHOWN = ShownRecord("", {}, 0, NOTHING_LISTED)


def shown_record(
    open_session: OpenSession, record: str, form: Form | None, answers: Mapping[str, Value]
) -> ShownRecord:
    """Title, list columns and number of broken rules. A record that the form engine cannot show has none."""
    if form is None:
        return NOTHING_SHOWN
    try:
        session = open_session(record, form, answers)
        columns = {question.path: _column_text(session, question) for question in form.list_columns}
        errors = [problem for problem in session.problems() if problem.severity == "error"]
        title = session.heading(LIST_LANGUAGE)
        listed = listed_of(session, form, title, columns, LIST_LANGUAGE)
        return ShownRecord(title, columns, len(errors), listed, session.links(), session.mentions())
    except Exception as defect:  # noqa: BLE001  one record must not stop a sync or hide the others
        LOG.defect("record cannot be shown", defect, record=record, form=form.digest)
        return NOTHING_SHOWN


def _column_text(session: FormSession, question: Question) -> str:
    """An answer as lists show it: personal ones hidden in part, for a list is seen by whoever stands by."""
    text = session.shown(question.path, LIST_LANGUAGE)
    return text if question.personal == "none" else mask_personal(text)
