"""The paper of a record: look, print, save as PDF."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog

from app.given_files import file_name, write_given
from app.i18n import language, tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.page import Page
from app.ui.widgets.card import Badge, button
from app.ui.widgets.pdf_view import PdfView
from app.usecases.records import RecordRow, record_row
from app.usecases.reports import PrintedPdf, record_pdf
from app.workspace import Workspace

ZOOM_STEP = 1.25
SHOWN_SIGNS = 20


class PreviewPage(Page):
    """One PDF made from one record."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("preview.title"))
        self.record_id = ""
        self.pdf = b""
        self._name = tr("preview.title")
        look = desk.look
        back = button(look, "", "arrow-left", "flat")
        back.setToolTip(tr("preview.back"))
        back.setAccessibleName(tr("preview.back"))
        back.clicked.connect(self.back_wanted)
        self.heading.insertWidget(0, back)
        self.pages = Badge()
        self.heading.addWidget(self.pages)
        self.heading.addStretch(1)
        self.view = PdfView(look)
        self.view.page_changed.connect(self._show_place)
        for icon, words, run in (
            ("zoom-out", "preview.smaller", lambda: self.view.zoom_by(1 / ZOOM_STEP)),
            ("zoom-in", "preview.larger", lambda: self.view.zoom_by(ZOOM_STEP)),
            ("maximize-2", "preview.fit", self.view.fit_width),
        ):
            small = button(look, "", icon)
            small.setToolTip(tr(words))
            small.setAccessibleName(tr(words))
            small.setFixedWidth(40)
            small.clicked.connect(run)
            self.heading.addWidget(small)
        self.save_button = button(look, tr("preview.save_pdf"), "download")
        self.save_button.clicked.connect(self.save_pdf)
        self.print_button = button(look, tr("preview.print"), "printer", "primary")
        self.print_button.clicked.connect(self.print)
        self.heading.addWidget(self.save_button)
        self.heading.addWidget(self.print_button)
        self.column.addWidget(self.view, 1)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.activated.connect(self.back_wanted)
        self._offer(False)

    def open(self, record_id: str, _beside: list[str] | None = None) -> None:
        """Make the paper of this record and show it."""
        self.record_id = record_id
        self._offer(False)
        self.banner.hide()
        self.view.close_pdf()
        self.pages.set_state(tr("preview.making"), "quiet")
        work = partial(_make, self.desk.workspace, record_id)
        job = Job(f"record:{record_id}", tr("preview.making"), lambda _: work())
        self.desk.jobs.start(self, job, self._show, failed=self._failed, stream="pdf")

    def preview(self) -> None:
        """Print, as the standard key asks on this page."""
        self.print()

    def print(self) -> None:
        """Ask for a printer and send every page."""
        if self.pdf:
            self.view.ask_and_print(self._name)

    def save_pdf(self) -> None:
        """Ask where to, and write the PDF there."""
        folder = Path(self.desk.preferences.last_folder)
        name, _ = QFileDialog.getSaveFileName(
            self, tr("preview.save_pdf"), str(folder / file_name(self._name, ".pdf")), "PDF (*.pdf)"
        )
        if name:
            self.write_pdf(Path(name))

    def write_pdf(self, file: Path) -> None:
        """Write the shown PDF beside and rename it, so that a cut leaves no half file."""
        data = self.pdf
        job = Job("export", tr("preview.saving"), lambda _: write_given(file, data), must_finish=True)
        self.desk.jobs.start(self, job, lambda _: self._written(file), failed=self.show_error)

    def _show(self, made: tuple[PrintedPdf, RecordRow | None]) -> None:
        printed, row = made
        self.pdf = printed.pdf
        self._name = (row.title if row is not None else "") or tr("preview.title")
        self.title.setText(self._name)
        self.view.show_pdf(self.pdf)
        self._offer(True)
        self.view.setFocus()
        if printed.missing:
            signs = "".join(printed.missing[:SHOWN_SIGNS]) + (
                "…" if len(printed.missing) > SHOWN_SIGNS else ""
            )
            self.banner.show_message("warn", tr("preview.missing", signs=signs, count=len(printed.missing)))

    def _show_place(self, page: int, pages: int) -> None:
        self.pages.set_state(tr("preview.place", page=page, pages=pages), "quiet")

    def _failed(self, error: BaseException) -> None:
        self.pages.set_state("", "quiet")
        self.show_error(error)

    def _written(self, file: Path) -> None:
        self.desk.preferences.use_folder(file.parent)
        self.banner.show_message("good", tr("preview.saved", file=file.name))

    def _offer(self, ready: bool) -> None:
        self.save_button.setEnabled(ready)
        self.print_button.setEnabled(ready)


def _make(workspace: Workspace, record_id: str) -> tuple[PrintedPdf, RecordRow | None]:
    return record_pdf(workspace, record_id, language()), record_row(workspace, record_id)
