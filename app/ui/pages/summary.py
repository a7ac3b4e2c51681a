"""The summary of a county or another division: the numbers on the screen, the same numbers on paper."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedWidget,
)

from app.changes import Changes
from app.given_files import file_name, write_given
from app.i18n import language, tr
from app.jobs import Job, Progress
from app.ui.desk import Desk
from app.ui.page import Page
from app.ui.tokens import GAP
from app.ui.widgets.card import Badge, button, named_label
from app.ui.widgets.empty_state import EmptyState
from app.ui.widgets.pdf_view import PdfView
from app.ui.widgets.place_search import PlaceSearch
from app.ui.widgets.scroll_page import ScrollPage
from app.ui.widgets.still_fields import ChoiceBox, DayField
from app.ui.widgets.summary_view import SummaryView
from app.usecases.divisions import recent_divisions
from app.usecases.summary import (
    ALWAYS,
    Period,
    PrintedPdf,
    SummaryContent,
    SummarySource,
    gather_summary,
    summary_content,
    summary_pdf,
)
from core.divisions import ancestors_of, levels_of

PERIODS = ("all_time", "this_year", "last_year", "chosen_days")
SHOWN_SIGNS = 20


class SummaryPage(Page):
    """One division at a time; what was read of it serves every period and any of its forms."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("summary_page.title"))
        self.place = ""
        self.source: SummarySource | None = None
        self.content: SummaryContent | None = None
        self.pdf = b""
        self._outdated = True
        self._build_heading()
        self._build_choices()
        self.numbers = SummaryView(desk.look)
        self.numbers.village_chosen.connect(self.village_wanted)
        self.paper = PdfView(desk.look)
        self.paper.printed.connect(self.banner.show_message)
        self.empty = EmptyState(
            desk.look, "chart-column", tr("summary_page.empty"), tr("summary_page.empty_hint")
        )
        self.area = ScrollPage(self.numbers)
        self.layers = QStackedWidget()
        for layer in (self.empty, self.area, self.paper):
            self.layers.addWidget(layer)
        self.column.addWidget(self.layers, 1)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        escape.activated.connect(lambda: self.preview_button.setChecked(False))
        self._offer()

    def enter(self) -> None:
        (self.paper if self.preview_button.isChecked() else self.search).setFocus()
        if not self.place:
            noted = self.desk.preferences.remembered("summary_place")
            work = partial(_place_to_begin, self.desk, noted)
            job = Job("summary", tr("summary_page.reading"), lambda _: work())
            self.desk.jobs.start(self, job, self._begin, stream="summary_place")
        elif self._outdated:
            self._read()

    def follow(self, changes: Changes) -> None:
        if changes.records or changes.forms or changes.sync:
            self._outdated = True
            if self.isVisible() and self.place and not self.preview_button.isChecked():
                self._read()

    # What is asked

    def choose_place(self, code: str) -> None:
        """Summarise this division."""
        self.place = code
        self.desk.preferences.remember("summary_place", code)
        self.search.near = code
        self.preview_button.setChecked(False)
        self._read()

    def find_records(self) -> None:
        """Bring the person to the search."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def preview(self) -> None:
        """Show the paper; print it if it is shown."""
        if self.preview_button.isChecked():
            self.print()
        else:
            self.preview_button.setChecked(True)

    def print(self) -> None:
        """Ask for a printer and send every page."""
        if self.pdf and self.content is not None:
            self.paper.ask_and_print(self._name())

    def save_pdf(self) -> None:
        """Ask where to, and write the summary there."""
        folder = Path(self.desk.preferences.last_folder)
        name, _ = QFileDialog.getSaveFileName(
            self, tr("summary_page.save"), str(folder / file_name(self._name(), ".pdf")), "PDF (*.pdf)"
        )
        if name:
            self.write_pdf(Path(name))

    def write_pdf(self, file: Path) -> None:
        """Make the summary and write it whole, or leave what is there."""
        content = self.content
        if content is None:
            return

        def work(progress: Progress) -> None:
            write_given(file, summary_pdf(self.desk.workspace, content, language(), progress).pdf)

        job = Job("export", tr("summary_page.saving"), work, must_finish=True)
        self.desk.jobs.start(self, job, lambda _: self._written(file), failed=self.show_error)

    # Building

    def _build_heading(self) -> None:
        look = self.desk.look
        self.badge = Badge()
        self.heading.addWidget(self.badge)
        self.heading.addStretch(1)
        self.save_button = button(look, tr("summary_page.save"), "download")
        self.save_button.clicked.connect(self.save_pdf)
        self.print_button = button(look, tr("summary_page.print"), "printer")
        self.print_button.clicked.connect(self.print)
        self.preview_button = button(look, tr("summary_page.preview"), "file-text", "primary")
        self.preview_button.setCheckable(True)
        self.preview_button.toggled.connect(self._toggle_paper)
        for one in (self.save_button, self.print_button, self.preview_button):
            self.heading.addWidget(one)

    def _build_choices(self) -> None:
        self.search = PlaceSearch(self.desk, tr("summary_page.search"), provinces=False)
        self.search.chosen.connect(self.choose_place)
        self.period = ChoiceBox()
        self.period.setAccessibleName(tr("summary.period"))
        for name in PERIODS:
            self.period.addItem(tr(f"summary_page.{name}"), name)
        self.period.currentIndexChanged.connect(self._period_changed)
        today = self.desk.workspace.clock.now().date()
        self.first, self.last = DayField(self.desk.look), DayField(self.desk.look)
        for edit, day, words in (
            (self.first, QDate(today.year, 1, 1), "from"),
            (self.last, QDate(today.year, today.month, today.day), "to"),
        ):
            edit.setDate(day)
            edit.setAccessibleName(tr(f"summary_page.{words}"))
            edit.dateChanged.connect(self._show_again)
        self.between = named_label("muted", tr("summary_page.to"))
        self.forms_button = QPushButton()
        self.forms_menu = QMenu(self.forms_button)
        self.forms_button.setMenu(self.forms_menu)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.search, 1)
        for widget in (self.period, self.first, self.between, self.last, self.forms_button):
            row.addWidget(widget)
        self.column.addLayout(row)
        self._show_days()

    # What counts

    def chosen_period(self) -> Period:
        """The days that count."""
        year = self.desk.workspace.clock.now().year
        match self.period.currentData():
            case "this_year":
                return Period(f"{year}-01-01", f"{year}-12-31")
            case "last_year":
                return Period(f"{year - 1}-01-01", f"{year - 1}-12-31")
            case "chosen_days":
                days = (edit.date().toString("yyyy-MM-dd") for edit in (self.first, self.last))
                return Period(*sorted(days))
        return ALWAYS

    def chosen_forms(self) -> list[str]:
        """The forms that count."""
        return [str(action.data()) for action in self.forms_menu.actions() if action.isChecked()]

    def _period_changed(self) -> None:
        self._show_days()
        self._show_again()

    def _show_days(self) -> None:
        for widget in (self.first, self.between, self.last):
            widget.setVisible(self.period.currentData() == "chosen_days")

    # Reading and showing

    def _begin(self, code: str) -> None:
        if code and not self.place:
            self.choose_place(code)

    def _read(self) -> None:
        """Read every record of the place anew."""
        self._outdated = False
        self.banner.hide()
        self.badge.set_state(tr("summary_page.reading"), "quiet")
        work = partial(gather_summary, self.desk.workspace, self.place, language())
        job = Job("summary", tr("summary_page.reading"), work)
        self.desk.jobs.start(self, job, self._take, failed=self._failed, stream="summary")

    def _take(self, source: SummarySource) -> None:
        off = {str(action.data()) for action in self.forms_menu.actions() if not action.isChecked()}
        self.source = source
        self.forms_menu.clear()
        for form_id, title in source.forms.items():
            action = self.forms_menu.addAction(title)
            action.setData(form_id)
            action.setCheckable(True)
            action.setChecked(form_id not in off)
            action.toggled.connect(self._show_again)
        self._show_again()

    def _show_again(self) -> None:
        """The same records for the days and forms chosen now."""
        if self.source is None:
            return
        work = partial(
            summary_content,
            self.source,
            language(),
            period=self.chosen_period(),
            forms=self.chosen_forms(),
        )
        job = Job("summary", tr("summary_page.making"), lambda _: work())
        self.desk.jobs.start(self, job, self._show, failed=self._failed, stream="summary_content")

    def _show(self, content: SummaryContent) -> None:
        self.content = content
        self.forms_button.setText(tr("summary_page.forms", count=len(self.chosen_forms())))
        self.title.setText(content.place)
        self.badge.set_state("", "quiet")
        self.badge.setVisible(False)
        self.numbers.show_content(content)
        self.pdf = b""
        if self.preview_button.isChecked():
            self._make_paper()
        else:
            self.layers.setCurrentWidget(self.area)
        self._offer()

    def _toggle_paper(self, on: bool) -> None:
        self.preview_button.setText(tr("summary_page.numbers" if on else "summary_page.preview"))
        if on and self.content is not None:
            self._make_paper()
        else:
            self.paper.close_pdf()
            self.pdf = b""
            self.layers.setCurrentWidget(self.area if self.content is not None else self.empty)
            if self._outdated and self.place:
                self._read()
        self._offer()

    def _make_paper(self) -> None:
        if self.content is None:
            return
        self.badge.setVisible(True)
        self.badge.set_state(tr("summary_page.making"), "quiet")
        work = partial(summary_pdf, self.desk.workspace, self.content, language())
        job = Job("summary", tr("summary_page.making"), work)
        self.desk.jobs.start(self, job, self._show_paper, failed=self._failed, stream="summary_paper")

    def _show_paper(self, printed: PrintedPdf) -> None:
        self.badge.setVisible(False)
        if not self.preview_button.isChecked():
            return
        self.pdf = printed.pdf
        self.paper.show_pdf(printed.pdf)
        self.layers.setCurrentWidget(self.paper)
        self.paper.setFocus()
        if printed.missing:
            signs = "".join(printed.missing[:SHOWN_SIGNS])
            self.banner.show_message("warn", tr("summary_page.missing_signs", signs=signs))
        self._offer()

    def _failed(self, error: BaseException) -> None:
        self.badge.setVisible(False)
        self.show_error(error)

    def _written(self, file: Path) -> None:
        self.desk.preferences.use_folder(file.parent)
        self.banner.show_message("good", tr("summary_page.saved", file=file.name))

    def _offer(self) -> None:
        self.save_button.setEnabled(self.content is not None)
        self.preview_button.setEnabled(self.content is not None)
        self.print_button.setVisible(bool(self.pdf))

    def _name(self) -> str:
        return "" if self.content is None else f"{self.content.place}{self.content.title}"


def _place_to_begin(desk: Desk, noted: str) -> str:
    """The division looked at last, else the county of the record changed last, "" for none."""
    if noted:
        return noted
    recent = [one.code for one in recent_divisions(desk.workspace)]
    counties = (code for one in recent for code in ancestors_of(one) if "county" in levels_of(code))
    return next(counties, "")
