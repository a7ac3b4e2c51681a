"""Look up who changed what in a record, from what to what."""

from __future__ import annotations

from dataclasses import dataclass

from app.storage.operations import Person
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.answers import answer_text
from core.forms.filling.session import FormSession
from core.forms.paths import rows_on, template_path
from core.forms.submission.xml import UNREAD
from core.records.history import FieldChange, field_changes
from core.records.merge import MergedRecord, merge, returned_of
from core.records.operation import INSTANCE, LIFE, RETURNED, SAMPLE, STATE, OpRef
from core.values import Value


@dataclass(frozen=True)
class HistoryLine:
    """One field in one saved change, in words.

    `what` is the label of the question, or `@state`, `@returned`, `@life`, `@row` for what is none; `row`
    counts the rows of a repeat from 1 and is 0 outside of one. `before` and `after` are shown text, "" for
    nothing. `who` is None where the log does not say.
    """

    change: FieldChange
    who: Person | None
    mine: bool
    what: str
    row: int
    before: str
    after: str


@dataclass(frozen=True)
class RecordHistory:
    """What happened to a record, the latest to come here first. `sample`: its answers are invented."""

    title: str
    sample: bool
    lines: tuple[HistoryLine, ...]


def record_history(workspace: Workspace, record_id: str, language: str = "zh") -> RecordHistory:
    """Every saved change of every field.

    Raises KnownError "record_missing", "form_missing".
    """
    with workspace.database.read():
        ops = workspace.operations.of_record(record_id)
        if not ops:
            raise KnownError("record_missing", record=record_id)
        arrived = {op.ref: place for place, op in enumerate(ops)}
        merged = merge(ops)
        sessions = _sessions(workspace, merged)
        own = {replica.id for replica in workspace.operations.replicas() if replica.role != "other"}
        authors = {op.ref: workspace.operations.author(op.ref) for op in ops}
    rows = _row_numbers(sessions[0])
    changes = [change for change in field_changes(ops) if _is_shown(change.path)]
    changes.sort(key=lambda change: arrived[change.ref], reverse=True)
    lines = tuple(
        _line(change, authors, own, _asking(sessions, change.path), rows, language) for change in changes
    )
    return RecordHistory(sessions[0].heading(language), merged.sample, lines)


def _sessions(workspace: Workspace, merged: MergedRecord) -> list[FormSession]:
    """The record in the form as it is now, and in older versions where it has answers asked no more."""
    form = workspace.records.form_of(merged.form or "")
    if form is None:
        raise KnownError("form_missing", form=merged.form)
    forms = [form]
    if any(form.item(template_path(path)) is None and "/@" not in path for path in merged.values):
        forms += workspace.forms.versions(form.form_id)
    return [workspace.records.session(merged.record_id, one, merged.values) for one in forms]


def _asking(sessions: list[FormSession], path: str) -> FormSession:
    """The newest that asks this question; for what no version asks the newest of all."""
    asked = template_path(path)
    return next((one for one in sessions if one.form.question(asked) is not None), sessions[0])


def _is_shown(path: str) -> bool:
    """Whether people see this path as a change: the order of rows and what only the program reads are not."""
    return not path.endswith("/@pos") and path not in {SAMPLE, INSTANCE} and not path.startswith(UNREAD)


def _line(
    change: FieldChange,
    authors: dict[OpRef, Person | None],
    own: set[str],
    session: FormSession,
    rows: dict[str, int],
    language: str,
) -> HistoryLine:
    row = next((rows.get(f"{repeat}[{row_id}]", 0) for repeat, row_id in rows_on(change.path)), 0)
    before = change.before[0] if change.before else None
    return HistoryLine(
        change=change,
        who=authors[change.ref],
        mine=change.ref.replica in own,
        what=_what(change.path, session, language),
        row=row,
        before=_shown(change.path, before, session, language),
        after=_shown(change.path, change.after, session, language),
    )


def _what(path: str, session: FormSession, language: str) -> str:
    if path in {STATE, RETURNED, LIFE}:
        return path[1:]
    if path.endswith(LIFE):
        return "@row"
    question = session.form.question(template_path(path))
    return path.rpartition("/")[2] if question is None else session.form.called(question, language)


def _shown(path: str, value: Value, session: FormSession, language: str) -> str:
    if path == RETURNED:
        said = returned_of(value)
        return "" if said is None else said.reason
    question = session.form.question(template_path(path))
    if question is None:
        return answer_text(value)
    shown = session.shown_value(path, value, language)
    return f"{shown} {question.unit}" if shown and question.unit else shown


def _row_numbers(session: FormSession) -> dict[str, int]:
    """By row path: its place among the rows that are there now, from 1."""
    return {
        row: number
        for item in session.form.items()
        if item.kind == "repeat" and "[" not in item.path and item.path.count("/") == 1
        for number, row in enumerate(session.rows(item.path), 1)
    }
