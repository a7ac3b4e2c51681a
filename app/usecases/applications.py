"""An application from year to year, and how complete it is."""

from __future__ import annotations

from dataclasses import dataclass

from app.changes import Changes
from app.saving import form_in_use, save_answers
from app.storage.records import visible_answers
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.filling.carrying import carried_answers, previous_question
from core.forms.filling.completeness import Completeness, completeness
from core.forms.filling.session import FormSession
from core.ids import new_uuid7
from core.records.operation import SAMPLE


@dataclass(frozen=True)
class NextYear:
    """A record begun from an earlier one."""

    record_id: str
    changes: Changes


def completeness_of(workspace: Workspace, record_id: str) -> Completeness:
    """How complete a record is with unsaved answers. Raises KnownError "record_missing", "form_missing"."""
    with workspace.database.read():
        session = _session(workspace, record_id)
        return completeness(session)


def begin_next_year(workspace: Workspace, record_id: str) -> NextYear:
    """A new saved record with the answers, photos and files that its form takes over from this one.

    The earlier one stays as it is, finalised or not; the new one names it, so that each leads to the other.
    One never saved is saved first. Raises KnownError "record_missing", "form_missing", "no_next_year".
    """
    with workspace.database.transaction():
        old = _session(workspace, record_id)
        if previous_question(old.form) is None:
            raise KnownError("no_next_year", form=old.form.form_id)
        changes = Changes()
        if workspace.records.merged(record_id) is None:
            changes = save_answers(workspace, record_id)
        merged, made = workspace.records.merged(record_id), new_uuid7(workspace.clock)
        new = workspace.records.session(made, old.form, None)
        sample = {SAMPLE: True} if merged is not None and merged.sample else {}
        workspace.drafts.begin(made, old.form.digest, carried_answers(old, new) | sample)
        return NextYear(made, changes | save_answers(workspace, made))


def _session(workspace: Workspace, record_id: str) -> FormSession:
    """The record as it stands, unsaved answers laid over."""
    merged = workspace.records.merged(record_id)
    form = form_in_use(workspace, record_id, merged)
    drafts = workspace.drafts.answers(record_id)
    unsaved = {path: answer.value for path, answer in drafts.items()}
    return workspace.records.session(record_id, form, visible_answers(merged) | unsaved)
