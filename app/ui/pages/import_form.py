"""Import a form: what the file says and has wrong, what it would change, a try, and then install it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.changes import Changes
from app.i18n import language, tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.forms.binding import FormBinding
from app.ui.forms.form_view import FormView
from app.ui.forms.photo_panel import PhotoPanel
from app.ui.page import Page
from app.ui.record.divisions import RecordDivisions
from app.ui.record.form_media import FormMedia
from app.ui.record.shape_files import ShapeFiles
from app.ui.record.trial import TrialFiles, TrialReferences
from app.ui.tokens import GAP
from app.ui.widgets.card import button, clear_layout, named_label
from app.ui.widgets.empty_state import EmptyState
from app.ui.widgets.form_report import FormReport
from app.ui.widgets.scroll_page import ScrollPage
from app.usecases.forms import FORM_ENDINGS, FormReading, install_read, read_form
from app.usecases.records import create_record
from app.usecases.trying import try_out
from core.forms.filling.session import FormSession


class ImportFormPage(Page):
    """One form file at a time. Nothing is kept before it is installed."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("import_form.title"))
        self.reading: FormReading | None = None
        self.binding: FormBinding | None = None
        self.form_view: FormView | None = None
        self.divisions = RecordDivisions(desk, self)
        self.media, self.files = FormMedia(desk, self), TrialFiles(desk, self)
        self.references, self.shapes = TrialReferences(desk, self), ShapeFiles(desk, self)
        self._tasks = (self.media, self.files, self.references, self.shapes)
        for tasks in self._tasks:
            tasks.told.connect(self.banner.show_message)
            tasks.failed.connect(self.show_error)
        look = desk.look
        self.heading.addStretch(1)
        self.choose_button = button(look, tr("import_form.choose"), "folder-open")
        self.choose_button.setObjectName("chooseForm")
        self.choose_button.clicked.connect(self.install_form)
        self.again_button = button(look, tr("import_form.read_again"), "refresh-cw")
        self.again_button.setToolTip(tr("import_form.read_again_hint"))
        self.again_button.clicked.connect(lambda: self._read(self.reading.file) if self.reading else None)
        self.again_button.hide()
        self.install_button = button(look, tr("import_form.install"), "check", "primary")
        self.install_button.setObjectName("installForm")
        self.install_button.clicked.connect(self.install)
        self.install_button.setEnabled(False)
        self.heading.addWidget(self.again_button)
        self.heading.addWidget(self.choose_button)
        self.heading.addWidget(self.install_button)
        self.empty = EmptyState(look, "file-check", tr("import_form.empty"), tr("import_form.empty_hint"))
        self.report = FormReport(look)
        self._build_trial()
        body = QWidget()
        body.setObjectName("pageBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(self.report)
        column.addWidget(self.trial)
        column.addStretch(1)
        self.area = ScrollPage(body)
        self.area.hide()
        self.column.addWidget(self.empty, 1)
        self.add_scrolling(self.area)

    # What the menus and the window do here

    def install_form(self) -> None:
        """Ask for a form file and read it."""
        endings = " ".join(f"*{ending}" for ending in FORM_ENDINGS)
        kinds = f"{tr('import_form.files')} ({endings});;{tr('import_form.any_file')} (*)"
        folder = self.desk.preferences.last_folder
        name, _ = QFileDialog.getOpenFileName(self, tr("import_form.title"), folder, kinds)
        if name:
            self._read(Path(name))

    def read_files(self, files: list[Path]) -> None:
        """Read the one file that was dropped; of several none, since each is looked at by itself."""
        if len(files) == 1:
            self._read(files[0])
        else:
            self._close()
            self.banner.show_message("warn", tr("import_form.several"))

    def _read(self, file: Path) -> None:
        """Read this file, or folder of sheets, and show what is in it."""
        self.desk.preferences.use_folder(file.parent)
        self._close()
        self.banner.show_message("info", tr("import_form.reading"))
        self.choose_button.setFocus()  # from another page the keyboard would be left at the navigation
        work = partial(read_form, self.desk.workspace, file, language())
        job = Job("forms", tr("import_form.reading"), lambda _: work())
        self.desk.jobs.start(self, job, self._show, failed=self.show_error, stream="form")

    def review(self, reading: FormReading) -> None:
        """Show what is in a form that was fetched from a server."""
        self._close()
        self._show(reading)

    def install(self) -> None:
        """Install what was read."""
        reading = self.reading
        if reading is None or reading.form is None:
            return
        self.install_button.setEnabled(False)
        work = partial(install_read, self.desk.workspace, reading)
        job = Job("forms", tr("import_form.installing"), lambda _: work(), must_finish=True)
        self.desk.jobs.start(self, job, self._installed, failed=self.show_error)

    def try_again(self) -> None:
        """Begin the try anew."""
        if self.reading is not None and self.reading.form is not None:
            work = partial(try_out, self.desk.workspace, self.reading.form)
            job = Job("forms", tr("import_form.reading"), lambda _: work())
            self.desk.jobs.start(self, job, self._show_trial, failed=self.show_error, stream="trial")

    # Showing

    def _build_trial(self) -> None:
        self.trial = QWidget()
        column = QVBoxLayout(self.trial)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        row = QHBoxLayout()
        row.addWidget(named_label("subsection", tr("import_form.try")))
        row.addWidget(named_label("hint", tr("import_form.try_hint"), wrap=True), 1)
        again = button(self.desk.look, tr("import_form.try_again"), "rotate-cw")
        again.clicked.connect(self.try_again)
        row.addWidget(again)
        column.addLayout(row)
        self._trial_place = QVBoxLayout()
        column.addLayout(self._trial_place)
        self.trial.hide()

    def _show(self, reading: FormReading) -> None:
        self.banner.hide()
        self.reading = reading
        self.report.show_reading(reading)
        self.install_button.setEnabled(reading.installable)
        self.again_button.setVisible(reading.origin is None)
        self.empty.hide()
        self.area.show()
        self.area.verticalScrollBar().setValue(0)
        self.try_again()

    def _show_trial(self, session: FormSession) -> None:
        self._clear_trial()
        self.binding = binding = FormBinding(session, self)
        binding.divisions_asked.connect(self.divisions.find)
        binding.map_asked.connect(self.divisions.choose_on_map)
        for tasks in self._tasks:
            tasks.follow(binding)
        for left_out in (binding.record_begun, binding.record_opened, binding.division_begun):
            left_out.connect(lambda *_: self.banner.show_message("info", tr("import_form.try_hint")))
        self.form_view = FormView(self.desk.look, binding, self.trial)
        self._trial_place.addWidget(self.form_view)
        for view in self.form_view.photo_repeats:
            self._trial_place.addWidget(PhotoPanel(self.desk.look, binding, view, self.trial))
        self.trial.show()

    def _clear_trial(self) -> None:
        clear_layout(self._trial_place)
        if self.binding is not None:
            self.binding.deleteLater()
        self.binding, self.form_view = None, None
        self.trial.hide()

    def _close(self) -> None:
        self.reading = None
        self.install_button.setEnabled(False)
        self.again_button.hide()
        self._clear_trial()
        self.area.hide()
        self.empty.show()

    def _installed(self, _changes: Changes) -> None:
        reading = self.reading
        if reading is not None and reading.form is not None:
            form = reading.form
            words = tr("import_form.installed", title=form.title(language()), version=form.version)
            begin = partial(create_record, self.desk.workspace, form.form_id)
            offers = {tr("records.new"): partial(self.begin_record, begin)}
            if reading.origin is not None:
                offers[tr("from_server.back")] = partial(self.page_wanted.emit, "server_forms")
            self.banner.show_lasting("good", words, offers)
