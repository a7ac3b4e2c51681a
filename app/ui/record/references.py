"""The references of the record that is open: records searched, named, begun, and those that refer to it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal

from app.i18n import language, tr
from app.jobs import Job
from app.ui.forms.binding import FormBinding
from app.ui.forms.reference_editor import ReferenceEditor
from app.ui.record.tasks import FormTasks
from app.usecases.applications import NextYear, begin_next_year
from app.usecases.records import RecordRow, record_row
from app.usecases.references import (
    BackLink,
    Target,
    create_linked,
    create_referred,
    find_targets,
    linkable_forms,
    linked_to,
    target_of,
)
from app.workspace import Workspace
from core.forms.answers import names_in
from core.forms.filling.carrying import previous_question
from core.forms.model.form import Form
from core.forms.paths import template_path
from core.values import choices_value


class RecordReferences(FormTasks):
    """Does what the editors and the related records of a page ask for."""

    opened = Signal(str)  # a record that is referred to
    begun = Signal(str, str)  # a new record, and the path here that is to refer to it ("": it refers here)
    linked = Signal(list, list)  # what refers to the record, and what could

    def follow(self, binding: FormBinding) -> None:
        """Listen to the form that is on screen now, and find what refers to its record."""
        super().follow(binding)
        binding.targets_searched.connect(self.search)
        binding.targets_named.connect(self.name)
        binding.record_opened.connect(self.opened)
        binding.record_begun.connect(self.begin)
        self.read_links()

    def search(self, path: str, text: str, editor: ReferenceEditor) -> None:
        """Find records for this question, answers given a moment ago counted in."""
        assert self._binding is not None
        self._binding.flush_wanted.emit()
        record_id = self._binding.session.record_id
        work = partial(find_targets, self._desk.workspace, record_id, path, text)
        self._desk.jobs.start(
            editor,
            Job(f"record:{record_id}", tr("picker.searching"), lambda _: work()),
            partial(editor.show_found, text),
            failed=self.failed.emit,
            stream="search",
        )

    def name(self, record_ids: Sequence[str], editor: ReferenceEditor) -> None:
        """Tell the editor what these records are called."""
        work = partial(_targets, self._desk.workspace, record_ids)
        job = Job("targets", tr("picker.reading"), lambda _: work())
        self._desk.jobs.start(editor, job, editor.show_targets, failed=self.failed.emit)

    def begin(self, path: str) -> None:
        """Begin a record that the question of this path is to refer to."""
        assert self._binding is not None
        record_id = self._binding.session.record_id
        work = partial(create_referred, self._desk.workspace, record_id, path)
        self._start(record_id, work, path)

    def begin_linked(self, form_id: str, path: str) -> None:
        """Begin a record of that form which refers to this one by that question."""
        assert self._binding is not None
        if _carries_over(self._binding.session.form, form_id, path):
            self.begin_next_year()
            return
        record_id = self._binding.session.record_id
        self._start(record_id, partial(create_linked, self._desk.workspace, form_id, path, record_id), "")

    def begin_next_year(self) -> None:
        """Begin a record with what this one's form takes over into a new year."""
        assert self._binding is not None
        self._binding.flush_wanted.emit()
        record_id = self._binding.session.record_id
        work = partial(begin_next_year, self._desk.workspace, record_id)
        job = Job(f"record:{record_id}", tr("next_year.beginning"), lambda _: work(), must_finish=True)
        self._desk.jobs.start(self, job, self._show_next_year, failed=self.failed.emit)

    def refer_to(self, path: str, record_id: str) -> None:
        """Answer with a record made for this question, if it was kept."""
        assert self._binding is not None
        work = partial(record_row, self._desk.workspace, record_id)
        job = Job(f"record:{record_id}", tr("picker.reading"), lambda _: work())
        answer = partial(self._answer, self._binding.session.record_id, path)
        self._desk.jobs.start(self, job, answer, stream="answer")

    def read_links(self) -> None:
        """Find anew what refers to the record."""
        if self._binding is None:
            return
        record_id, form = self._binding.session.record_id, self._binding.session.form
        job = Job("links", tr("related.reading"), lambda _: _links(self._desk.workspace, record_id, form))
        self._desk.jobs.start(self, job, lambda both: self.linked.emit(*both), stream="links")

    def _show_next_year(self, made: NextYear) -> None:
        self.begun.emit(made.record_id, "")
        self.told.emit("good", tr("next_year.begun"))

    def _answer(self, record_id: str, path: str, made: RecordRow | None) -> None:
        binding = self._binding  # perhaps another one of the same record by now
        if binding is None or binding.session.record_id != record_id:
            return
        if made is None or made.unsaved or made.days_left is not None:  # never touched, or deleted again
            return
        question = binding.session.form.question(template_path(path))
        several = question is not None and question.kind == "select_multiple"
        named = names_in(binding.session.value(path)) if several else []
        binding.commit(path, choices_value([*named, made.record_id]) if several else made.record_id)
        binding.leave(path)

    def _start(self, record_id: str, work: partial[str], path: str) -> None:
        job = Job(f"record:{record_id}", tr("picker.beginning"), lambda _: work(), must_finish=True)
        self._desk.jobs.start(self, job, lambda new: self.begun.emit(new, path), failed=self.failed.emit)


def _targets(workspace: Workspace, record_ids: Sequence[str]) -> list[Target]:
    return [target_of(workspace, record_id) for record_id in record_ids]


def _links(
    workspace: Workspace, record_id: str, form: Form
) -> tuple[list[BackLink], list[tuple[str, str, str]]]:
    linkable = [
        (form_id, tr("next_year.begin") if _carries_over(form, form_id, path) else title, path)
        for form_id, title, path in linkable_forms(workspace, record_id, language())
    ]
    return linked_to(workspace, record_id, language()), linkable


def _carries_over(form: Form, form_id: str, path: str) -> bool:
    """Whether a record that refers to another by that question is begun from it."""
    previous = previous_question(form)
    return previous is not None and (form_id, path) == (form.form_id, previous.path)
