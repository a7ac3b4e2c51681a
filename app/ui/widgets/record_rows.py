"""Records as lines one can open: title, form and some answers with their names, state and time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from app.i18n import language
from app.ui.models.record_list_model import day_and_time, progress_of, title_of
from app.ui.widgets.action_row import RowsCard
from app.usecases.records import RecordRow

if TYPE_CHECKING:
    from core.forms.model.form import Form

TOLD = 3  # answers


def add_record(
    card: RowsCard, row: RecordRow, forms: Mapping[str, Form], open_it: Callable[[str], object]
) -> None:
    """One more line for this record; a form that is not read yet leaves its words out."""
    words, kind = progress_of(row)
    form = forms.get(row.form_id)
    detail = " · ".join([form.title(language()), *_told(row, form)]) if form is not None else " "
    end = f"{words}　{day_and_time(row.updated)}"
    card.add_row(_icon(row), title_of(row), partial(open_it, row.record_id), detail, kind=kind, at_end=end)


def _told(row: RecordRow, form: Form) -> list[str]:
    """What the list columns say that the title does not."""
    shown = ((question, row.columns.get(question.path, "")) for question in form.list_columns)
    told = [
        f"{question.label(language())} {text}{question.unit}"
        for question, text in shown
        if text and text not in row.title
    ]
    return told[:TOLD]


def _icon(row: RecordRow) -> str:
    if row.conflicts:
        return "git-compare"
    if row.returned is not None:
        return "undo-2"
    return "file-check" if row.state == "final" else "file-text"
