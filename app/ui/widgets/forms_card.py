"""The card that lists the installed forms: version, records, where each is from, and a way into Excel."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout

from app.given_files import file_name
from app.i18n import language, tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.widgets.banner import Banner
from app.ui.widgets.card import Card, ElidedLabel, button, clear_layout
from app.usecases.forms import InstalledForm, export_form, installed_forms


class FormsCard(Card):
    """One row a form, its newest version."""

    import_wanted = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__(tr("forms_card.title"))
        self._desk = desk
        more = button(desk.look, tr("forms_card.import"), "plus")
        more.setObjectName("importForm")
        more.clicked.connect(self.import_wanted)
        self.heading.addWidget(more)
        self._say = Banner(desk.look)
        self.body.addWidget(self._say)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        self.body.addLayout(self._rows)
        self.forms: list[InstalledForm] = []

    def reload(self) -> None:
        """Show what is installed now."""
        job = Job("forms", tr("forms_card.reading"), lambda _: installed_forms(self._desk.workspace))
        self._desk.jobs.start(self, job, self._show, stream="forms")

    def export(self, form_id: str, title: str) -> None:
        """Ask where to and write the form as a workbook."""
        name = str(Path(self._desk.preferences.last_folder) / file_name(title, ".xlsx"))
        kinds = f"{tr('forms_card.workbook')} (*.xlsx);;{tr('forms_card.xform')} (*.xml)"
        chosen, _ = QFileDialog.getSaveFileName(self, tr("forms_card.export_where"), name, kinds)
        if chosen:
            self.export_to(form_id, Path(chosen))

    def export_to(self, form_id: str, file: Path) -> None:
        """Write the form as this workbook."""
        self._desk.preferences.use_folder(file.parent)
        work = partial(export_form, self._desk.workspace, form_id, file)
        job = Job("forms", tr("import_form.exporting"), lambda _: work())
        done = tr("forms_card.exported", file=str(file))
        self._desk.jobs.start(
            self,
            job,
            lambda _: self._say.show_message("good", done),
            failed=self._desk.jobs.failed.emit,
        )

    def _show(self, forms: list[InstalledForm]) -> None:
        self.forms = forms
        clear_layout(self._rows)
        for one in forms:
            self._rows.addLayout(self._row(one))

    def _row(self, one: InstalledForm) -> QHBoxLayout:
        title = one.form.title(language())
        source = tr("forms_card.bundled") if one.bundled else tr("forms_card.imported")
        if one.server:
            source = tr("openrosa.source", server=one.server)
        words = tr("forms_card.line", version=one.form.version, records=one.records, source=source)
        out = button(self._desk.look, tr("forms_card.export"), "download", "flat")
        out.setAccessibleName(tr("forms_card.export_of", title=title))
        out.setObjectName(f"export_{one.form.form_id}")
        out.clicked.connect(lambda: self.export(one.form.form_id, title))
        row = QHBoxLayout()
        row.addWidget(ElidedLabel("shown", title), 2)
        row.addWidget(ElidedLabel("muted", words), 3)
        row.addWidget(out)
        return row
