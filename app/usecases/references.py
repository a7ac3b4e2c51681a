"""Records that belong together: find one to refer to, see what refers to one, begin one that does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.i18n import language, tr
from app.saving import form_in_use, save_answers
from app.storage.listing import RecordFilter
from app.storage.record_rows import RecordRow
from app.storage.records import visible_answers
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.answers import names_in
from core.forms.filling.session import FormSession
from core.forms.model.form import Form
from core.forms.model.items import Question
from core.forms.paths import template_path
from core.ids import new_uuid7
from core.values import Value

PAGE = 200  # records looked at in one go where a filter decides which of them fit
DETAILS = 3


@dataclass(frozen=True)
class Target:
    """A record as one refers to it: its title, and the list columns that tell it from others.

    `form_id` is "" for a record that is not on this machine; the title says so then.
    """

    record_id: str
    title: str
    detail: str
    form_id: str


@dataclass(frozen=True)
class BackLink:
    """A record that refers to another one, and by which question."""

    form_id: str
    form_title: str
    question_label: str
    row: RecordRow


def find_targets(
    workspace: Workspace, record_id: str, path: str, text: str = "", limit: int = 50
) -> list[Target]:
    """The saved records that the reference question at `path` of a record may be answered with.

    They fit the question's filter and contain the text; the ones changed last first. Raises KnownError
    "record_missing", "form_missing".
    """
    with workspace.database.read():
        return find_targets_for(workspace, _session(workspace, record_id), path, text, limit)


def find_targets_for(
    workspace: Workspace, session: FormSession, path: str, text: str = "", limit: int = 50
) -> list[Target]:
    """The same for a session whose record is perhaps only tried."""
    with workspace.database.read():
        question = session.form.question(template_path(path))
        if question is None or not question.refers or question.itemset is None:
            return []
        rows = _rows(workspace, RecordFilter(form_id=question.refers, text=text or None))
        if question.itemset.filtered:
            offered = {choice.value for choice in session.choices(path, "zh")}
            rows = (row for row in rows if row.record_id in offered)
        fitting = (_target(workspace, row) for row in rows if row.record_id != session.record_id)
        return [target for target, _ in zip(fitting, range(limit), strict=False)]


def target_of(workspace: Workspace, record_id: str) -> Target:
    """The record that an answer refers to, a deleted one too; one that is not here says so."""
    row = workspace.records.row(record_id)
    return Target(record_id, tr("reference.absent"), "", "") if row is None else _target(workspace, row)


def linked_to(workspace: Workspace, record_id: str, language: str = "zh") -> list[BackLink]:
    """The living records that refer to this one, form by form, in each the ones changed last first."""
    with workspace.database.read():
        referrers = workspace.records.links.referrers(record_id)
        rows = workspace.records.rows_of({referrer.record_id for referrer in referrers})
        links = []
        for referrer in referrers:
            form = workspace.forms.newest(referrer.form_id)
            question = form.question(referrer.path) if form is not None else None
            if form is not None and question is not None and question.refers:
                label = form.called(question, language)
                links.append(BackLink(form.form_id, form.title(language), label, rows[referrer.record_id]))
        return links


def linkable_forms(workspace: Workspace, record_id: str, language: str = "zh") -> list[tuple[str, str, str]]:
    """Form id, title and question path of all that a new record could refer to this one by.

    Raises KnownError "record_missing", "form_missing".
    """
    with workspace.database.read():
        form_id = form_in_use(workspace, record_id, workspace.records.merged(record_id)).form_id
        return [
            (form.form_id, form.title(language), question.path)
            for form in workspace.forms.newest_of_each()
            for question in _references(form)
            if question.refers == form_id
        ]


def create_linked(workspace: Workspace, form_id: str, path: str, target_id: str) -> str:
    """The id of a new record that refers to the target at `path`, all that follows from it filled in.

    What the target itself refers to is taken over where the form asks for the same: a toilet of a house lies
    in the village of the house. As after `create_record`, nothing stays unless somebody answers something;
    the target is saved if it is not. Raises KnownError "form_missing" and what saving raises.
    """
    form = workspace.forms.newest(form_id)
    if form is None:
        raise KnownError("form_missing", form=form_id)
    record_id = new_uuid7(workspace.clock)
    with workspace.database.transaction():
        if workspace.drafts.answers(target_id):
            save_answers(workspace, target_id)
        session = workspace.records.session(record_id, form, None)
        known = _referred_by(workspace, target_id) | {path: target_id}
        for question in _references(form):
            record = known.get(question.path) or known.get(question.refers)
            if record is not None and (question.path == path or question.kind == "select_one"):
                session.set(question.path, [record] if question.kind == "select_multiple" else record)
        workspace.drafts.begin(record_id, form.digest, session.answers())
    return record_id


def create_referred(workspace: Workspace, record_id: str, path: str) -> str:
    """The id of a new record of the form that the question at `path` refers to.

    What this record refers to is taken over where the new form asks for the same. As after `create_record`,
    nothing stays unless somebody answers something. Raises KnownError "record_missing", "form_missing".
    """
    with workspace.database.transaction():
        session = _session(workspace, record_id)
        question = session.form.question(template_path(path))
        form = workspace.forms.newest(question.refers) if question is not None else None
        if form is None:
            raise KnownError("form_missing", form=question.refers if question is not None else "")
        made, known = new_uuid7(workspace.clock), _referred_by(workspace, record_id)
        begun = workspace.records.session(made, form, None)
        for asked in _references(form):
            if asked.refers in known and asked.kind == "select_one":
                begun.set(asked.path, known[asked.refers])
        workspace.drafts.begin(made, form.digest, begun.answers())
    return made


def _references(form: Form) -> Iterator[Question]:
    """The questions of a form, outside of its repeats, whose answers are records."""
    return (one for one in form.questions() if one.refers and one.path.count("/") == 1)


def _referred_by(workspace: Workspace, record_id: str) -> dict[str, str]:
    """By form id: the one record of that form which this record refers to."""
    session = _session(workspace, record_id)
    named: dict[str, set[str]] = {}
    for question in _references(session.form):
        named.setdefault(question.refers, set()).update(names_in(session.value(question.path)))
    return {form_id: next(iter(records)) for form_id, records in named.items() if len(records) == 1}


def _session(workspace: Workspace, record_id: str) -> FormSession:
    """The record as it stands, unsaved answers laid over."""
    merged = workspace.records.merged(record_id)
    form = form_in_use(workspace, record_id, merged)
    drafts = workspace.drafts.answers(record_id)
    unsaved: dict[str, Value] = {path: answer.value for path, answer in drafts.items()}
    return workspace.records.session(record_id, form, visible_answers(merged) | unsaved)


def _rows(workspace: Workspace, wanted: RecordFilter) -> Iterator[RecordRow]:
    """The rows of a list, read a page at a time."""
    offset = 0
    while page := workspace.records.page(wanted, offset=offset, limit=PAGE):
        yield from page
        offset += len(page)


def _target(workspace: Workspace, row: RecordRow) -> Target:
    form = workspace.forms.newest(row.form_id)
    asked = {} if form is None else {question.path: question for question in form.list_columns}
    told = [
        f"{asked[path].label(language())} {text}{asked[path].unit}"
        for path, text in row.columns.items()
        if path in asked and text and text not in row.title
    ]
    return Target(
        row.record_id, row.title.strip() or tr("reference.untitled"), " · ".join(told[:DETAILS]), row.form_id
    )
