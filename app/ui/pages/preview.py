"""The paper of a record: look, print, save as PDF or Word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog

from app.given_files import file_name, write_given
from app.i18n import language, tr
from app.jobs import Job, Progress
from app.ui.desk import Desk
from app.ui.page import Page
from app.ui.widgets.card import Badge, button
from app.ui.widgets.pdf_view import PdfView
from app.usecases.applications import Completeness, completeness_of
from app.usecases.exports import export_name
from app.usecases.records import record_row
from app.usecases.reports import PrintedPdf, record_pdf, record_word
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
        self.view.printed.connect(self.banner.show_message)
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
        self.word_button = button(look, tr("preview.save_word"), "file-text")
        self.word_button.clicked.connect(self.save_word)
        self.print_button = button(look, tr("preview.print"), "printer", "primary")
        self.print_button.clicked.connect(self.print)
        self.heading.addWidget(self.save_button)
        self.heading.addWidget(self.word_button)
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
        self.view.ask_and_print(self.title.text())

    def save_pdf(self) -> None:
        """Ask where to, and write the PDF there."""
        self._save_as(".pdf", "PDF (*.pdf)", tr("preview.save_pdf"), self.write_pdf)

    def save_word(self) -> None:
        """Ask where to, and write the same paper there as a Word file."""
        self._save_as(".docx", "Word (*.docx)", tr("preview.save_word"), self.write_word)

    def write_pdf(self, file: Path) -> None:
        """Write the shown PDF whole, or leave what is there as it is."""
        pdf = self.pdf
        self._write(file, lambda _: pdf)

    def write_word(self, file: Path) -> None:
        """Make the paper as a Word file and write it whole, or leave what is there as it is."""
        make = partial(record_word, self.desk.workspace, self.record_id, language())
        self._write(file, lambda progress: make(progress=progress))

    def _save_as(self, ending: str, kinds: str, words: str, write: Callable[[Path], None]) -> None:
        """The system's dialog asks before it gives a file that is there; one without ending gets it."""
        preferences = self.desk.preferences
        folder = Path(preferences.remembered("export_folder", preferences.last_folder))
        proposed = str(folder / file_name(self._name, ending))
        chosen, _ = QFileDialog.getSaveFileName(self, words, proposed, kinds)
        if not chosen:
            return
        file = Path(chosen)
        named = file if file.suffix.lower() == ending else file.with_name(file.name + ending)
        if named != file and named.exists():
            self.banner.show_message(
                "warn", tr("preview.there", file=named.name), tr("preview.replace"), partial(write, named)
            )
        else:
            write(named)

    def _write(self, file: Path, make: Callable[[Progress], bytes]) -> None:
        job = Job(
            "export",
            tr("preview.saving"),
            lambda progress: write_given(file, make(progress)),
            must_finish=True,
        )
        self.desk.jobs.start(self, job, lambda _: self._written(file), failed=self.show_error)

    def _show(self, paper: Paper) -> None:
        self.pdf, self._name = paper.printed.pdf, paper.file_name
        self.title.setText(paper.title or tr("preview.title"))
        self.view.show_pdf(self.pdf)
        self._offer(True)
        self.view.setFocus()
        words = _signs_words(paper.printed) + _missing_words(paper.found)
        if words:
            back = "" if paper.found.complete else tr("completeness.go")
            kind = "warn" if paper.printed.missing else "info"
            self.banner.show_message(kind, words, back, self.back_wanted.emit)

    def _show_place(self, page: int, pages: int) -> None:
        self.pages.set_state(tr("preview.place", page=page, pages=pages), "quiet")

    def _failed(self, error: BaseException) -> None:
        self.pages.set_state("", "quiet")
        self.show_error(error)

    def _written(self, file: Path) -> None:
        self.desk.preferences.remember("export_folder", str(file.parent))
        words, show = tr("preview.saved", file=file.name), partial(_open_folder, file.parent)
        self.banner.show_message("good", words, tr("preview.open_folder"), show)

    def _offer(self, ready: bool) -> None:
        for made in (self.save_button, self.word_button, self.print_button):
            made.setEnabled(ready)


@dataclass(frozen=True)
class Paper:
    """The paper of a record, and what the page says of it."""

    printed: PrintedPdf
    title: str
    file_name: str
    found: Completeness


def _make(workspace: Workspace, record_id: str) -> Paper:
    row = record_row(workspace, record_id)
    return Paper(
        record_pdf(workspace, record_id, language()),
        "" if row is None else row.title.strip(),
        export_name(workspace, record_id, language()),
        completeness_of(workspace, record_id),
    )


def _signs_words(printed: PrintedPdf) -> str:
    if not printed.missing:
        return ""
    more = "…" if len(printed.missing) > SHOWN_SIGNS else ""
    signs = "".join(printed.missing[:SHOWN_SIGNS]) + more
    return tr("preview.missing", signs=signs, count=len(printed.missing))


def _missing_words(found: Completeness) -> str:
    if found.wrong and not found.missing:
        return tr("completeness.draft_paper_wrong_only", wrong=found.wrong)
    if found.wrong:
        return tr("completeness.draft_paper_wrong", missing=found.missing, wrong=found.wrong)
    return tr("completeness.draft_paper", missing=found.missing) if found.missing else ""


def _open_folder(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
