"""Print a record, or the blank official form behind it, as a PDF file."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from app.i18n import Language, words
from app.jobs import Progress
from app.print_copies import PrintCopies, print_copies
from app.reports.document import PrintedPdf
from app.reports.official_form import FormLayout, official_layout, official_pdf
from app.reports.record_content import Photo, RecordContent, read_record, shown_day
from app.reports.record_report import RecordFacts, record_report_pdf
from app.storage.records import visible_answers
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.filling.session import FormSession
from core.records.merge import MergedRecord
from core.records.operation import FINAL, STATE
from core.values import Value


def record_pdf(
    workspace: Workspace,
    record_id: str,
    lang: Language = "zh",
    *,
    hide_personal: bool = True,
    progress: Progress | None = None,
) -> PrintedPdf:
    """The record on paper: its official form cell by cell if it has one, else a report with photos.

    What is typed and not yet saved is printed too; such a record, like any unfinished one, says 草稿. In a
    report personal data are hidden in part; an official form is the applicant's own letter and shows them.
    Raises KnownError "record_missing", "form_missing", "print_too_long"; JobCancelledError between photos.
    """
    with workspace.database.read():
        paper = _read(workspace, record_id, lang)
    if paper.layout is not None:
        return official_pdf(paper.layout, paper.cells(), mark=paper.facts.mark(words(lang)), lang=lang)
    content = paper.content(hide_personal=hide_personal)
    with _copies(workspace, paper, content, progress) as photos:
        return record_report_pdf(content, paper.facts, photos.read, lang)


def record_word(
    workspace: Workspace,
    record_id: str,
    lang: Language = "zh",
    *,
    hide_personal: bool = True,
    progress: Progress | None = None,
) -> bytes:
    """The same paper as `record_pdf` as a Word file; photos in it are copies, as on paper. Raises as that."""
    from app.reports.word import official_docx, record_docx  # noqa: PLC0415  # 0.2 s: only when somebody asks

    with workspace.database.read():
        paper = _read(workspace, record_id, lang)
    if paper.layout is not None:
        return official_docx(paper.layout, paper.cells(), mark=paper.facts.mark(words(lang)), lang=lang)
    content = paper.content(hide_personal=hide_personal)
    with _copies(workspace, paper, content, progress) as photos:
        return record_docx(content, paper.facts, photos.read, lang)


def blank_form_pdf(workspace: Workspace, form_id: str) -> PrintedPdf:
    """The official form with its placeholders, to be filled in by hand.

    Raises KnownError "form_missing", "no_blank_form" (this form has no official paper).
    """
    if workspace.forms.newest(form_id) is None:
        raise KnownError("form_missing", form=form_id)
    layout = official_layout(form_id)
    if layout is None:
        raise KnownError("no_blank_form", form=form_id)
    return official_pdf(layout, None)


@dataclass(frozen=True)
class _Paper:
    """What goes on paper. `calculated`: how a final record was calculated when it became final."""

    session: FormSession
    facts: RecordFacts
    calculated: Mapping[str, Value]
    lang: Language

    @property
    def layout(self) -> FormLayout | None:
        """The official form that the record has, if any."""
        return official_layout(self.session.form.form_id)

    def cells(self) -> dict[str, str]:
        """The shown answers that the official form has cells for; one that is not asked is empty."""
        assert self.layout is not None
        paths = {path for row in self.layout.rows for cell in row.cells for path in cell.fields}
        session, lang = self.session, self.lang
        return {path: session.shown(path, lang) if session.relevant(path) else "" for path in sorted(paths)}

    def content(self, *, hide_personal: bool) -> RecordContent:
        """The report. What was not answered gets a stroke once the record is final, and room before."""
        blank = words(self.lang)["paper.empty"] if self.facts.final else ""
        return read_record(
            self.session, self.lang, calculated=self.calculated, hide_personal=hide_personal, blank=blank
        )


def _read(workspace: Workspace, record_id: str, lang: Language) -> _Paper:
    """The record in its form with unsaved answers laid over."""
    merged = workspace.records.merged(record_id)
    begun = workspace.drafts.begun(record_id)
    digest = merged.form or "" if merged is not None else (begun.form if begun is not None else None)
    if digest is None:
        raise KnownError("record_missing", record=record_id)
    form = workspace.records.form_of(digest)
    if form is None:
        raise KnownError("form_missing", form=digest)
    typed = workspace.drafts.answers(record_id)
    answers = visible_answers(merged) | {path: answer.value for path, answer in typed.items()}
    session = workspace.records.session(record_id, form, answers)
    final = merged is not None and merged.state == FINAL and not typed
    row = workspace.records.row(record_id)
    facts = RecordFacts(
        record_id=record_id,
        version=form.version,
        final=final,
        changed="" if row is None else shown_day(row.updated, lang),
        sample=merged is not None and merged.sample,
        author=workspace.person.name,
    )
    calculated = _finalised(workspace, merged) if final and merged is not None else {}
    return _Paper(session, facts, calculated, lang)


def _finalised(workspace: Workspace, merged: MergedRecord) -> Mapping[str, Value]:
    """The calculations as they were seen by whoever made the record final."""
    ref = merged.fields[STATE].shown.ref
    ops = workspace.operations.of_record(merged.record_id)
    return next((op.op.c for op in ops if op.ref == ref), {})


def _copies(
    workspace: Workspace, paper: _Paper, content: RecordContent, progress: Progress | None
) -> AbstractContextManager[PrintCopies]:
    """The photos of the record and the pictures of its form, as paper wants them."""
    return print_copies(workspace.photo_files, _photos(content), progress, paper.session.form.media)


def _photos(content: RecordContent) -> list[tuple[str, ...]]:
    """The digests of the photos to print, in order."""
    return [entry.digests for entry in content.entries if isinstance(entry, Photo) and entry.digests]
