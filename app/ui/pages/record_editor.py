"""One record: its form, its photos, what is missing, and save, finalise, previous, next, preview."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout

from app.changes import Changes
from app.i18n import language, tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.forms.binding import FormBinding
from app.ui.forms.completeness_bar import CompletenessBar
from app.ui.forms.field_box import FieldBox
from app.ui.forms.form_media import FormMedia
from app.ui.forms.form_view import FormView
from app.ui.forms.record_divisions import RecordDivisions
from app.ui.forms.record_files import RecordFiles
from app.ui.forms.record_heading import RecordHeading
from app.ui.forms.record_photos import RecordPhotos, accept_offers, attach_words, offers_by_kind
from app.ui.forms.record_references import RecordReferences
from app.ui.forms.record_returning import RecordReturning
from app.ui.forms.record_side import RecordSide
from app.ui.forms.reference_editor import ReferenceEditor
from app.ui.forms.section_index import Entry, SectionIndex, entries_of
from app.ui.page import Page, Standpoint
from app.ui.tokens import GAP
from app.ui.widgets.card import Card
from app.ui.widgets.photo_inlet import is_paste, photos_of
from app.ui.widgets.scroll_page import ScrollPage
from app.usecases.copying import Lent, previous_answers
from app.usecases.older_answers import OlderAnswer, older_answers
from app.usecases.photos import AttachResult, Offer, Source
from app.usecases.records import (
    Finalised,
    RecordRow,
    close_session,
    count_as_seen,
    delete_record,
    record_row,
)
from app.usecases.references import BackLink
from core.forms.session import FormSession
from core.problems import Problem


@dataclass(frozen=True)
class _Opened:
    """A record as it was read to be shown."""

    session: FormSession
    arrival: int
    row: RecordRow | None
    older: list[OlderAnswer]


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
        self._own_saves = 0
        self._dirty = False
        self._kept = 0
        self._kept_when_asked = 0
        self.keeper = desk.keeper
        self.photos = RecordPhotos(desk, self)
        self.photos.started.connect(self._attaching)
        self.photos.stepped.connect(self._show_progress)
        self.photos.attached.connect(self._attached)
        self.photos.failed.connect(self.show_error)
        self.files = RecordFiles(desk, self)
        self.files.started.connect(self._attaching_files)
        self.files.ended.connect(self._files_attached)
        self.files.told.connect(self.banner.show_message)
        self.files.failed.connect(self.show_error)
        self.media = FormMedia(desk, self)
        self.media.told.connect(self.banner.show_message)
        self.media.failed.connect(self.show_error)
        self.divisions = RecordDivisions(desk, self)
        self.divisions.told.connect(self.banner.show_message)
        self.references = RecordReferences(desk, self)
        self.references.opened.connect(self._go_on)
        self.references.begun.connect(self._begun)
        self.references.linked.connect(self._show_links)
        self.references.told.connect(self.banner.show_message)
        self.references.failed.connect(self.show_error)
        self.returning = RecordReturning(desk, self)
        self.returning.wanted.connect(self._go_to)
        self.returning.failed.connect(self.show_error)
        self.column.addWidget(self.returning.strip)
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
        self._start_save(partial(self.keeper.save, self.record_id), self._saved)

    def finalise(self) -> None:
        """Save and mark as final, unless something is missing or wrong: then that is shown."""
        self._flush()
        if self.binding is None:
            return
        open_ones = [one for one in self.binding.problems if one.severity == "error"]
        if any(self.binding.is_unreadable(one.path) for one in open_ones):  # the record knows nothing of them
            self._start_save(partial(self.keeper.save, self.record_id), lambda _: self._not_final(open_ones))
        else:
            self._start_save(partial(self.keeper.finalise, self.record_id), self._finalised)

    def preview(self) -> None:
        """Show the paper of what stands here now."""
        self._flush()
        show = partial(self.preview_wanted.emit, self.record_id)
        self._start_save(partial(self.keeper.save, self.record_id), lambda _: show())

    def export_instances(self) -> None:
        """Write what stands here now as a submission file with its photos."""
        from app.ui.instances import export_records  # noqa: PLC0415  # seldom asked for

        self._flush()
        record = self.record_id
        self._start_save(partial(self.keeper.save, record), lambda _: export_records(self, lambda: [record]))

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
        self._forget()
        self.desk.jobs.start(self, job, lambda _: self.back_wanted.emit(), failed=self.show_error)

    # Being a page

    def leave(self) -> None:
        if self.record_id and self.binding is not None:
            self._flush()
            if self._dirty or self.keeper.waits(self.record_id):  # a record nobody touched leaves nothing
                self._start_save(partial(self.keeper.save, self.record_id), lambda _: None)
            self._dirty = False
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
        if self._own_saves:
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

    def _build(self) -> None:
        names = ("previous", "next", "preview", "finalise", "save", "undo", "redo")
        run = {name: getattr(self, name) for name in names}
        run |= {"back": self.back_wanted.emit, "copy": self.copy_previous}
        self.top = RecordHeading(self.desk.look, self.heading, self, run)
        self.completeness = CompletenessBar(self.desk.look)
        self.index = SectionIndex(self.desk.look)
        self.index.wanted.connect(self._go_to_section)
        self.area = ScrollPage()
        self.area.verticalScrollBar().valueChanged.connect(self._mark_section)
        self.side = RecordSide(self.desk.look)
        self.side.question_wanted.connect(self._go_to)
        self.side.record_opened.connect(self._go_on)
        self.side.record_begun.connect(self.references.begin_linked)
        self.side.attaching_cancelled.connect(self.photos.stop)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.area, 1)
        row.addWidget(self.side)
        self.column.addWidget(self.completeness)
        self.column.addWidget(self.index)
        self.column.addLayout(row, 1)

    # Showing

    def _reload(self) -> None:
        record_id = self.record_id
        self._kept_when_asked = self._kept
        work = partial(self._open, record_id)
        job = Job(f"record:{record_id}", tr("record.opening"), lambda _: work())
        self.desk.jobs.start(self, job, self._show, failed=self.show_error, stream="open")

    def _open(self, record_id: str) -> _Opened:
        session, arrival = self.keeper.look_at(record_id)
        older = older_answers(self.desk.workspace, session, language())
        return _Opened(session, arrival, record_row(self.desk.workspace, record_id), older)

    def _show(self, opened: _Opened) -> None:
        session, arrival, row = opened.session, opened.arrival, opened.row
        if session.record_id != self.record_id:
            return
        again = self.binding is not None and self.binding.session.record_id == session.record_id
        offset = self.area.verticalScrollBar().value() if again else 0
        self._flush()
        if again and self._kept != self._kept_when_asked:
            self._reload()  # something was answered since: this session knows nothing of it
            return
        count_as_seen(self.desk.workspace, self.record_id, arrival)
        focused = self._focused_path() if again else ""
        searching = self._searching(focused)
        old = self.binding
        if self.form_view is not None and old is not None:
            old.blockSignals(True)
            self.form_view.hide()  # its editors lose the keyboard while all of them live
        self.binding = FormBinding(session, self)
        if again and old is not None:
            self.binding.take_over(old)
        self.photos.follow(self.binding)
        self.files.follow(self.binding)
        self.media.follow(self.binding)
        self.references.follow(self.binding)
        self.divisions.follow(self.binding)
        self.binding.draft.connect(self._keep)
        self.binding.refreshed.connect(self._show_facts)
        self.form_view = FormView(self.desk.look, self.binding, self.area)
        self.area.setWidget(self.form_view)
        if old is not None:
            old.deleteLater()
        self.side.show_form(self.binding, self.form_view.photo_repeats)
        self.side.older.show_answers(opened.older)
        self._row = row
        self._show_facts()
        if again:
            QTimer.singleShot(0, self.area, lambda: self.area.verticalScrollBar().setValue(offset))
        back, self._returning = self._returning, None
        if focused:
            self.form_view.go_to(focused)
            self._go_on_searching(focused, searching)
        elif back is not None and back.record_id == self.record_id:
            self._take_up(back)
        elif not again:
            self.form_view.focus_first()

    def _show_facts(self) -> None:
        if self.binding is None:
            return
        session = self.binding.session
        self.title.setText(session.heading(language()).strip() or tr("records.untitled"))
        self.top.show_row(self._row)
        self.top.show_steps(self.binding.undoing)
        self.returning.show_row(self._row)
        self.side.show_facts(self.binding, self._row)
        found = self.binding.judgement.completeness()
        self.completeness.show_completeness(found, session, self.binding.language)
        titles = {path: card.title.text() for path, card in self._sections().items()}
        self.index.show_entries(entries_of(titles, found))
        place = self._place()
        self.top.show_neighbours(before=place > 0, after=0 <= place < len(self._beside) - 1)

    # To other records and back

    def _go_on(self, record_id: str) -> None:
        self._start_from_here(record_id, self._focused_path(), awaits="")

    def _begun(self, record_id: str, path: str) -> None:
        self._start_from_here(record_id, path or self._focused_path(), awaits=record_id if path else "")

    def _start_from_here(self, record_id: str, path: str, awaits: str) -> None:
        offset = self.area.verticalScrollBar().value()
        self.linked_wanted.emit(record_id, Standpoint(self.record_id, self._beside, offset, path, awaits))

    def _searching(self, path: str) -> str | None:
        box = self.form_view.box(path) if self.form_view is not None and path else None
        return box.editor.searching if box is not None and isinstance(box.editor, ReferenceEditor) else None

    def _go_on_searching(self, path: str, typed: str | None) -> None:
        box = self.form_view.box(path) if self.form_view is not None else None
        if typed is not None and box is not None and isinstance(box.editor, ReferenceEditor):
            box.editor.go_on_searching(typed)

    def _take_up(self, back: Standpoint) -> None:
        """Stand where one stood; the form gets its height only once it is laid out."""
        assert self.form_view is not None
        self.form_view.go_to(back.path)
        QTimer.singleShot(0, self.area, lambda: self.area.verticalScrollBar().setValue(back.scrolled_px))
        if back.awaits:
            self.references.refer_to(back.path, back.awaits)

    def _show_links(self, links: list[BackLink], linkable: list[tuple[str, str, str]]) -> None:
        if self.binding is not None:
            self.side.related.show_links(links, linkable, startable=bool(self.binding.session.answers()))

    def _go_to(self, path: str) -> None:
        """Bring the person to a question, or to the first of a repeat, or to its photos."""
        assert self.form_view is not None
        boxes = self.form_view.findChildren(FieldBox)
        first = next((box.path for box in boxes if box.path.startswith(f"{path}[")), path)
        self.form_view.go_to(first)
        box = self.form_view.box(first)
        if box is not None:
            self.area.ensureWidgetVisible(box, 0, 80)
        for panel in self.side.panels:
            if panel.path == path:
                panel.add_button.setFocus()

    def _sections(self) -> dict[str, Card]:
        return self.form_view.sections() if self.form_view is not None else {}

    def _go_to_section(self, entry: Entry) -> None:
        """Bring the person to what is left in the section, or to its first question."""
        if self.form_view is not None:
            self.form_view.make_first(entry.path)
        bar, card = self.area.verticalScrollBar(), self._sections().get(entry.path)
        boxes = card.findChildren(FieldBox) if card is not None else []
        goal = entry.goal or next((box.path for box in boxes if box.editor is not None), "")
        if card is not None:
            bar.setValue(card.y())
        self._go_to(goal)

    def _mark_section(self, scrolled: int) -> None:
        """The section at the height of the page that corresponds to how far it is scrolled."""
        share = scrolled / max(self.area.verticalScrollBar().maximum(), 1)
        line = scrolled + share * self.area.viewport().height()
        starts = [card.y() for card in self._sections().values()]
        begun = sum(start <= line for start in starts) if any(starts) else 0  # no places yet: at the top
        self.index.mark(max(0, begun - 1))

    # Changing several answers at once

    def _take_step(self, nothing: str, take: Callable[[FormBinding], str | None]) -> None:
        self._flush()
        path = take(self.binding) if self.binding is not None else None
        if path is None:
            self.banner.show_message("info", tr(f"undo.{nothing}"))
        elif path:
            self._go_to(path)

    def _fill_empty(self, lent: Lent | None) -> None:
        filled = self.binding.fill_empty(lent.answers) if lent is not None and self.binding is not None else 0
        if lent is None or not filled:
            self.banner.show_message("info", tr("copy_previous.nothing"))
        else:
            self.banner.show_message("good", tr("copy_previous.done", title=lent.title, count=filled))

    # Keeping

    def _keep(self, answers: dict[str, Any]) -> None:
        self._dirty = True
        self._kept += 1
        work = partial(self.keeper.keep, self.record_id, answers)
        job = Job(f"record:{self.record_id}", tr("record.keeping"), lambda _: work(), must_finish=True)
        self.top.show_unsaved()
        if self._row is not None:
            self._row = msgspec.structs.replace(self._row, unsaved=True)  # until it is read anew
        self.desk.jobs.start(self, job, failed=self._tell)

    def _flush(self) -> None:
        if self.binding is not None:
            self.binding.flush_wanted.emit()

    def _start_save(self, work: Any, done: Any) -> None:
        self._own_saves += 1
        job = Job(f"record:{self.record_id}", tr("record.saving"), lambda _: work(), must_finish=True)
        self.desk.jobs.start(self, job, partial(self._end_save, done), failed=self._save_failed)

    def _end_save(self, done: Any, result: Any) -> None:
        self._own_saves -= 1
        done(result)

    def _save_failed(self, error: BaseException) -> None:
        self._own_saves -= 1
        self._tell(error)

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
        self._go_to(problems[0].path)

    def _read_row(self) -> None:
        work = partial(record_row, self.desk.workspace, self.record_id)
        job = Job(f"record:{self.record_id}", tr("record.opening"), lambda _: work())
        self.desk.jobs.start(self, job, self._show_row, stream="row")

    def _show_row(self, row: RecordRow | None) -> None:
        if row is None or row.record_id == self.record_id:
            self._row = row
            self._show_facts()

    # Photos

    def attach(self, path: str, sources: list[Source]) -> None:
        """Attach these to the photos, or the one photo, of `path`."""
        self.photos.attach(path, sources)

    def _attaching(self, path: str, count: int) -> None:
        self._own_saves += 1
        self._show_progress(path, 0, count)

    def _show_progress(self, path: str, done: int, total: int) -> None:
        self.side.show_progress(path, done, total)

    def _attached(self, result: AttachResult) -> None:
        self._own_saves -= 1
        self._dirty = True
        self.side.show_progress("", 0, 0)
        self._reload()
        kinds = offers_by_kind(result).items()
        accept = {tr(f"photos.accept.{why}"): partial(self._accept, offers) for why, offers in kinds}
        self.banner.show_offers(*attach_words(result), accept)

    def _attaching_files(self) -> None:
        self._own_saves += 1

    def _files_attached(self) -> None:
        self._own_saves -= 1
        self._dirty = True
        self._reload()

    def _accept(self, offers: list[Offer]) -> None:
        if self.binding is not None:
            accept_offers(self.binding, offers)

    # Where one is

    def _place(self) -> int:
        return self._beside.index(self.record_id) if self.record_id in self._beside else -1

    def _step(self, step: int) -> None:
        place = self._place() + step
        if self._place() >= 0 and 0 <= place < len(self._beside):
            self.open(self._beside[place])

    def _focused_path(self) -> str:
        if self.form_view is None:
            return ""
        boxes = self.form_view.findChildren(FieldBox)
        return next((box.path for box in boxes if box.editor and box.editor.has_focus_inside()), "")

    def _forget(self) -> None:
        self.binding = None
