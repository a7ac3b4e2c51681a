"""Records that were begun and never saved: no operation and no row tells of them, only their drafts."""

from __future__ import annotations

from app.saving import form_in_use
from app.storage.listing import RecordFilter
from app.storage.record_rows import RecordRow
from app.storage.search_tokens import finds
from app.storage.shown_record import shown_record
from app.workspace import Workspace
from core.records.operation import ALIVE, DRAFT, FINAL, SAMPLE

EVERYTHING = RecordFilter()


def begun_rows(workspace: Workspace, wanted: RecordFilter = EVERYTHING) -> list[RecordRow]:
    """Those of them that such a list shows, the one begun last first."""
    if (
        wanted.deleted
        or wanted.in_conflict
        or wanted.state == FINAL
        or wanted.place
        or wanted.unsent is False
    ):
        return []
    rows = [begun_row(workspace, begun.record) for begun in workspace.drafts.begun_records()]
    return [
        row
        for row in rows
        if wanted.form_id in {None, row.form_id}
        and wanted.with_problems in {None, row.problems > 0}
        and finds(wanted.text or "", [row.title, *row.columns.values()])
    ]


def begun_row(workspace: Workspace, record_id: str) -> RecordRow:
    """One of them as a list shows it."""
    form = form_in_use(workspace, record_id, None)
    begun = workspace.drafts.begun(record_id)
    started = "" if begun is None else begun.started
    answers = {path: answer.value for path, answer in workspace.drafts.answers(record_id).items()}
    shown = shown_record(workspace.records.session, record_id, form, answers)
    return RecordRow(
        record_id=record_id,
        form_id=form.form_id,
        form=form.digest,
        title=shown.title,
        columns=shown.columns,
        state=DRAFT,
        life=ALIVE,
        conflicts=0,
        parallel=False,
        problems=shown.problems,
        photos=0,
        sample=answers.get(SAMPLE) is True,
        created=started,
        updated=started,
        unsent=False,
        unsaved=True,
    )
