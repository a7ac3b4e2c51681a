"""One record: its form, its photos, what is missing, and save, finalise, previous, next, preview."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout

from app.changes import Changes
from app.i18n import language, tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.forms.binding import FormBinding
from app.ui.forms.completeness_bar import CompletenessBar
from app.ui.forms.form_view import FormView
from app.ui.page import Page, Standpoint
from app.ui.record.attaching import RecordAttaching
from app.ui.record.conflict_strip import ConflictStrip
from app.ui.record.divisions import RecordDivisions
from app.ui.record.files import RecordFiles
from app.ui.record.form_media import FormMedia
from app.ui.record.heading import RecordHeading
from app.ui.record.photos import RecordPhotos
from app.ui.record.place import FormPlace, Spot
from app.ui.record.reading import Opened, RecordReading
from app.ui.record.references import RecordReferences
from app.ui.record.returning import RecordReturning
from app.ui.record.saving import RecordSaving
from app.ui.record.shape_files import ShapeFiles
from app.ui.record.side import RecordSide
from app.ui.tokens import GAP
from app.ui.widgets.photo_inlet import is_paste, photos_of
from app.usecases.copying import Lent, previous_answers
from app.usecases.records import (
    Finalised,
    RecordRow,
    close_session,
    count_as_seen,
    delete_record,
)
from app.usecases.references import BackLink
from core.problems import Problem


class RecordEditorPage(Page):
    """The form of one record, with its draft kept as one types."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "")
        self.record_id = ""
        self.binding: FormBinding | None = None
        self.form_view: FormView | None = None
        self._beside: list[str] = []
        self._row: RecordRow | None = None
        self._returning: Standpoint | None = None
        self._kept_when_asked = 0
        self.saving = RecordSaving(desk, self)
        self.saving.failed.connect(self._tell)
        self.reading = RecordReading(desk, self)
        self.reading.opened.connect(self._show)
        self.reading.row_read.connect(self._show_row)
        self.reading.failed.connect(self.show_error)
        self._build_tasks()
        self.conflict = ConflictStrip(desk.look)
        self.conflict.wanted.connect(self.conflict_wanted)
        for strip in (self.returning.strip, self.conflict):
            self.column.addWidget(strip)
        self._build()

    # What the menus do here

    def open(self, record_id: str, beside: list[str] | None = None) -> None:
        """Show this record; `beside` are the records that previous and next lead to."""
        if beside is not None:
            self._beside = beside if record_id in beside else [record_id, *beside]
        if self.record_id and self.record_id != record_id:
            self.leave()
        self.record_id = record_id
        self._reload()

    def return_to(self, standpoint: Standpoint) -> None:
        """Show a record where it was left, its question answered with the record one comes from."""
        self._returning = standpoint
        self.open(standpoint.record_id, standpoint.beside)

    def save(self) -> None:
        """Make what was typed one operation. Harmless when nothing was."""
        self._flush()
        self.saving.save(self.record_id, self._saved)

    def finalise(self) -> None:
        """Save and mark as final, unless something is missing or wrong: then that is shown."""
        self._flush()
        if self.binding is None:
            return
        open_ones = [one for one in self.binding.problems if one.severity == "error"]
        if any(self.binding.is_unreadable(one.path) for one in open_ones):  # the record knows nothing of them
            self.saving.save(self.record_id, lambda _: self._not_final(open_ones))
        else:
            self.saving.finalise(self.record_id, self._finalised)

    def preview(self) -> None:
        """Show the paper of what stands here now."""
        self._flush()
        show = partial(self.preview_wanted.emit, self.record_id)
        self.saving.save(self.record_id, lambda _: show())

    def export_instances(self) -> None:
        """Write what stands here now as a submission file with its photos."""
        from app.ui.instances import export_records  # noqa: PLC0415  # seldom asked for

        self._flush()
        record = self.record_id
        self.saving.save(record, lambda _: export_records(self, lambda: [record]))

    def previous(self) -> None:
        """The record before this one in the list."""
        self._step(-1)

    def next(self) -> None:
        """The record after this one in the list."""
        self._step(1)

    def undo(self) -> None:
        """Take back what was answered last."""
        self._take_step("nothing", lambda binding: binding.undo())

    def redo(self) -> None:
        """Do again what was taken back last."""
        self._take_step("nothing_to_redo", lambda binding: binding.redo())

    def copy_previous(self) -> None:
        """Answer empty questions as the record of this form that was changed last does."""
        work = partial(previous_answers, self.desk.workspace, self.record_id)
        job = Job(f"record:{self.record_id}", tr("record.opening"), lambda _: work())
        self.desk.jobs.start(self, job, self._fill_empty, failed=self.show_error, stream="lent")

    def return_record(self) -> None:
        """Ask why the record is returned to who filled it in."""
        if self.binding is not None:
            self.returning.ask(self.record_id, self.binding.session.form)

    def add_photos(self) -> None:
        """Ask for photos for the first grid of the form."""
        if self.side.panels:
            self.side.panels[0].choose_files()

    def next_year(self) -> None:
        """Begin a record of the next year from this one."""
        self.references.begin_next_year()

    def delete(self) -> None:
        """Put the record into the bin and go back to the list."""
        work = partial(delete_record, self.desk.workspace, self.record_id)
        job = Job(f"record:{self.record_id}", tr("records.deleting"), lambda _: work(), must_finish=True)
        self.binding = None  # nothing more is kept of it
        self.desk.jobs.start(self, job, lambda _: self.back_wanted.emit(), failed=self.show_error)

    # Being a page

    def leave(self) -> None:
        if self.record_id and self.binding is not None:
            self._flush()
            self.saving.leave(self.record_id)
            close = partial(close_session, self.desk.workspace, self.record_id)
            self.desk.jobs.start(
                self, Job(f"record:{self.record_id}", tr("record.closing"), lambda _: close())
            )

    def enter(self) -> None:
        if self.record_id and self.binding is not None:
            self._reload()

    def follow(self, changes: Changes) -> None:
        if not self.isVisible():
            return
        if self.record_id not in changes.records:
            if changes.records:
                self.references.read_links()
            return
        if self.saving.changing:
            self._read_row()
            self.references.read_links()
        else:
            self._flush()
            self._reload()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A photo pasted anywhere where no text can be goes to the first grid."""
        sources = photos_of(QGuiApplication.clipboard().mimeData()) if is_paste(event) else []
        if sources and self.side.panels:
            self.side.panels[0].give(sources)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.top.fit(event.size().width())

    # Building

    def _build_tasks(self) -> None:
        desk = self.desk
        self.photos, self.files = RecordPhotos(desk, self), RecordFiles(desk, self)
        self.media, self.divisions = FormMedia(desk, self), RecordDivisions(desk, self)
        self.references, self.returning = RecordReferences(desk, self), RecordReturning(desk, self)
        self.shapes = ShapeFiles(desk, self)
        self._tasks = (self.photos, self.files, self.media, self.references, self.divisions, self.shapes)
        for tasks in self._tasks:
            tasks.told.connect(self.banner.show_message)
            tasks.failed.connect(self.show_error)
        self.references.opened.connect(self._go_on)
        self.references.begun.connect(self._begun)
        self.references.linked.connect(self._show_links)
        self.returning.failed.connect(self.show_error)

    def _build(self) -> None:
        names = ("previous", "next", "preview", "finalise", "save", "undo", "redo")
        run = {name: getattr(self, name) for name in names}
        run |= {"back": self.back_wanted.emit, "copy": self.copy_previous}
        self.top = RecordHeading(self.desk.look, self.heading, self, run)
        self.completeness = CompletenessBar(self.desk.look)
        self.side = RecordSide(self.desk.look)
        attaching = RecordAttaching(self, self.photos, self.files, self.saving, self.side)
        attaching.attached.connect(self._reload)
        self.side.record_opened.connect(self._go_on)
        self.side.record_begun.connect(self.references.begin_linked)
        self.place = FormPlace(self.desk.look, self.side, self)
        self.side.question_wanted.connect(self.place.go_to)
        self.returning.wanted.connect(self.place.go_to)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.place.area, 1)
        row.addWidget(self.side)
        self.column.addWidget(self.completeness)
        self.column.addWidget(self.place.index)
        self.column.addLayout(row, 1)
        self.column.removeWidget(self.banner)
        self.column.addWidget(self.banner)  # below the form: coming while one types, it moves nothing

    # Showing

    def _reload(self) -> None:
        self._kept_when_asked = self.saving.kept
        self.reading.open(self.record_id)

    def _show(self, opened: Opened) -> None:
        if opened.session.record_id != self.record_id:
            return
        again = self.binding is not None and self.binding.session.record_id == self.record_id
        self._flush()
        if again and self.saving.kept != self._kept_when_asked:
            self._reload()  # something was answered since: this session knows nothing of it
            return
        count_as_seen(self.desk.workspace, self.record_id, opened.arrival)
        spot = self.place.spot() if again else None
        self._show_form(opened, again=again)
        self._row = opened.row
        self._show_facts()
        back, self._returning = self._returning, None
        if back is not None and back.record_id == self.record_id and not (spot and spot.path):
            self._take_up(back)
        elif spot is not None:
            self.place.stand_at(spot)
        elif self.form_view is not None:
            self.form_view.focus_first()

    def _show_form(self, opened: Opened, *, again: bool) -> None:
        """The form anew; `again`: of the record that is on screen, whose steps can still be taken back."""
        old = self.binding
        if self.form_view is not None and old is not None:
            old.blockSignals(True)
            self.form_view.hide()  # its editors lose the keyboard while all of them live
        self.binding = FormBinding(opened.session, self)
        if again and old is not None:
            self.binding.take_over(old)
        for tasks in self._tasks:
            tasks.follow(self.binding)
        self.binding.draft.connect(self._keep)
        self.binding.refreshed.connect(self._show_facts)
        self.form_view = FormView(self.desk.look, self.binding, self.place.area)
        self.place.show_form(self.form_view)
        if old is not None:
            old.deleteLater()
        self.side.show_form(self.binding, self.form_view.photo_repeats)
        self.side.older.show_answers(opened.older)

    def _show_facts(self) -> None:
        if self.binding is None:
            return
        session = self.binding.session
        self.title.setText(session.heading(language()).strip() or tr("records.untitled"))
        self.top.show_row(self._row)
        self.top.show_steps(self.binding.undoing)
        self.returning.show_row(self._row)
        self.conflict.show_row(self._row)
        self.side.show_facts(self.binding, self._row)
        found = self.binding.judgement.completeness()
        final = self._row is not None and self._row.state == "final" and not self._row.unsaved
        self.completeness.show_completeness(found, session, self.binding.language, final=final)
        self.place.show_completeness(found)
        at = self._at()
        self.top.show_neighbours(before=at > 0, after=0 <= at < len(self._beside) - 1)

    # To other records and back

    def _go_on(self, record_id: str) -> None:
        self._start_from_here(record_id, self.place.focused_path, awaits="")

    def _begun(self, record_id: str, path: str) -> None:
        self._start_from_here(record_id, path or self.place.focused_path, awaits=record_id if path else "")

    def _start_from_here(self, record_id: str, path: str, awaits: str) -> None:
        scrolled_px = self.place.spot().scrolled_px
        self.linked_wanted.emit(
            record_id, Standpoint(self.record_id, self._beside, scrolled_px, path, awaits)
        )

    def _take_up(self, back: Standpoint) -> None:
        """Stand where one stood before one went on to another record."""
        self.place.stand_at(Spot(back.path, back.scrolled_px))
        if back.awaits:
            self.references.refer_to(back.path, back.awaits)

    def _show_links(self, links: list[BackLink], linkable: list[tuple[str, str, str]]) -> None:
        if self.binding is not None:
            self.side.related.show_links(links, linkable, startable=bool(self.binding.session.answers()))

    # Changing several answers at once

    def _take_step(self, nothing: str, take: Callable[[FormBinding], str | None]) -> None:
        self._flush()
        path = take(self.binding) if self.binding is not None else None
        if path is None:
            self.banner.show_message("info", tr(f"undo.{nothing}"))
        elif path:
            self.place.go_to(path)

    def _fill_empty(self, lent: Lent | None) -> None:
        filled = self.binding.fill_empty(lent.answers) if lent is not None and self.binding is not None else 0
        if lent is None or not filled:
            self.banner.show_message("info", tr("copy_previous.nothing"))
        else:
            self.banner.show_message("good", tr("copy_previous.done", title=lent.title, count=filled))

    # Keeping

    def _keep(self, answers: dict[str, Any]) -> None:
        self.saving.keep(self.record_id, answers)
        self.top.show_unsaved()
        if self._row is not None:
            self._row = msgspec.structs.replace(self._row, unsaved=True)  # until it is read anew

    def _flush(self) -> None:
        if self.binding is not None:
            self.binding.flush_wanted.emit()

    def _tell(self, error: BaseException) -> None:
        """Say it on the page where the person is now."""
        if self.isVisible():
            self.show_error(error)
        else:
            self.desk.jobs.failed.emit(error)

    def _saved(self, changes: Changes) -> None:
        self._read_row()
        self.banner.show_message("good", tr("record.saved" if changes else "record.nothing_new"))

    def _finalised(self, result: Finalised) -> None:
        if result.done:
            self._read_row()
            self.banner.show_message("good", tr("record.finalised"))
            return
        self._not_final(result.problems)

    def _not_final(self, problems: Sequence[Problem]) -> None:
        self._read_row()
        assert self.binding is not None
        self.binding.reveal_problems()
        self.banner.show_message("warn", tr("record.not_final", count=len(problems)))
        self.place.go_to(problems[0].path)

    def _read_row(self) -> None:
        self.reading.read_row(self.record_id)

    def _show_row(self, row: RecordRow | None) -> None:
        if row is None or row.record_id == self.record_id:
            self._row = row
            self._show_facts()

    # Beside it

    def _at(self) -> int:
        return self._beside.index(self.record_id) if self.record_id in self._beside else -1

    def _step(self, step: int) -> None:
        at = self._at() + step
        if self._at() >= 0 and 0 <= at < len(self._beside):
            self.open(self._beside[at])
