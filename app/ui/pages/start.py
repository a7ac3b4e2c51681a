"""Where one begins: what there is to do, how to go on, and for a first start where to begin."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.changes import Changes
from app.i18n import language, tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.page import Page
from app.ui.tokens import GAP
from app.ui.widgets.action_row import ActionRow, RowsCard
from app.ui.widgets.agenda_card import AgendaCard, day_words
from app.ui.widgets.card import clear_layout, named_label
from app.ui.widgets.first_steps import FIRST_STEP, FirstSteps
from app.ui.widgets.new_record_button import NewRecordButton
from app.ui.widgets.record_rows import add_record
from app.ui.widgets.scroll_page import ScrollPage
from app.usecases.forms import list_forms
from app.usecases.records import RecordFilter, create_record
from app.usecases.start import Agenda, Due, forms_due, read_agenda

if TYPE_CHECKING:
    from core.forms.model.form import Form

SIDE_WIDTH = 320
NOT_BEGUN_HERE = {"local_division"}
"""Forms that are filled in on the way, where something is missing, and never first."""


class StartPage(Page):
    """The agenda first, from numbers alone; forms and their days follow once they are read."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("start.title"))
        self._agenda: Agenda | None = None
        self._due: list[Due] = []
        self._entered = False
        self.forms: list[Form] = []
        self._build_heading()
        body = QWidget()
        body.setObjectName("pageBody")
        self._row = QHBoxLayout(body)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GAP)
        self._left, self._right = QVBoxLayout(), QVBoxLayout()
        self._side = QWidget()
        self._side.setFixedWidth(SIDE_WIDTH)
        self._side.setLayout(self._right)
        for column in (self._left, self._right):
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(GAP)
        self._row.addLayout(self._left, 1)
        self._row.addWidget(self._side)
        self._left.addWidget(named_label("muted", tr("start.reading")))  # until the numbers are there
        self._left.addStretch(1)
        self.add_scrolling(ScrollPage(body))

    @property
    def record_ids(self) -> list[str]:
        """The records that previous and next lead to from here."""
        return [row.record_id for row in self._agenda.recent] if self._agenda is not None else []

    @property
    def rows(self) -> list[ActionRow]:
        """The lines one can go to, as they stand."""
        return [row for card in self._cards for row in card.findChildren(ActionRow)]

    @property
    def _cards(self) -> list[QWidget]:
        """What stands in the columns now; what stood there before may still wait for its deletion."""
        items = [column.itemAt(at) for column in (self._left, self._right) for at in range(column.count())]
        return [widget for item in items if (widget := item.widget()) is not None]

    def enter(self) -> None:
        self._entered = True
        self.reload()

    def follow(self, changes: Changes) -> None:
        if changes and self.isVisible():
            self.reload()

    def reload(self) -> None:
        """Read what there is to do; the forms come after it."""
        job = Job("start", tr("start.reading"), lambda _: read_agenda(self.desk.workspace))
        self.desk.jobs.start(self, job, self._show_and_go_on, stream="agenda")

    # What the menus do here

    def new_record(self) -> None:
        """Begin a record; with several forms the button asks which."""
        self.new_button.begin()

    def preview(self) -> None:
        """The paper of the record changed last."""
        if self._agenda is not None and self._agenda.recent:
            self.preview_wanted.emit(self._agenda.recent[0].record_id)

    # Building

    def _build_heading(self) -> None:
        self.heading.addStretch(1)
        self._day = named_label("muted")
        self.heading.addWidget(self._day)
        self.new_button = NewRecordButton(self.desk.look)
        self.new_button.form_chosen.connect(self._begin)
        self.heading.addWidget(self.new_button)

    def _read_forms(self) -> tuple[list[Form], list[Due]]:
        return list_forms(self.desk.workspace), forms_due(self.desk.workspace)

    # Showing

    def _show_and_go_on(self, agenda: Agenda) -> None:
        """The numbers at once; the first steps of a first start are made of the forms."""
        self._agenda = agenda
        if not agenda.nothing_yet:
            self._show(agenda)
        job = Job("start", tr("start.reading"), lambda _: self._read_forms())
        self.desk.jobs.start(self, job, self._show_forms, stream="forms")

    def _show_forms(self, read: tuple[list[Form], list[Due]]) -> None:
        forms, self._due = read
        self.forms = [form for form in forms if form.form_id not in NOT_BEGUN_HERE]
        self.new_button.offer(self.forms)
        if self._agenda is not None:
            self._show(self._agenda)

    def _show(self, agenda: Agenda) -> None:
        self._agenda = agenda
        today = self.desk.workspace.clock.now().date()
        self._day.setText(_long_day(today))
        focused = next((row.words for row in self.rows if row.hasFocus()), "")
        clear_layout(self._left)
        clear_layout(self._right)
        self._side.setVisible(not agenda.nothing_yet)
        self.title.setText(tr("start.welcome" if agenda.nothing_yet else "start.title"))
        if agenda.nothing_yet:
            self._show_first_steps()
        else:
            self._left.addWidget(self._to_do(agenda))
            self._left.addWidget(self._recent(agenda))
            self._right.addWidget(self._go_on(agenda))
            if agenda.villages:
                self._right.addWidget(self._villages(agenda))
            if self.forms:
                self._right.addWidget(self._new())
            self._right.addStretch(1)
        self._left.addStretch(1)
        again = next((row for row in self.rows if focused and row.words == focused), None)
        if again is not None or (self._entered and self.isVisible()):
            QTimer.singleShot(0, self, partial(self._take_keys, again))

    def _take_keys(self, row: ActionRow | None) -> None:
        """Whoever goes by the keyboard goes on from this line, or from the first thing to do here."""
        steps = (step for card in self._cards for step in card.findChildren(QPushButton, FIRST_STEP))
        choices = [row, *self.rows, *(step for step in steps if step.isEnabled())]
        wanted = next((one for one in choices if one is not None and isValid(one)), None)
        if wanted is not None:
            self._entered = False
            wanted.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_first_steps(self) -> None:
        steps = FirstSteps(self.desk.look, {form.form_id for form in self.forms})
        steps.begin_wanted.connect(self._begin)
        steps.page_wanted.connect(self.page_wanted)
        self._left.addWidget(steps)

    def _to_do(self, agenda: Agenda) -> AgendaCard:
        card = AgendaCard(self.desk.look, agenda, self._due)
        card.record_wanted.connect(self.record_wanted)
        card.list_wanted.connect(self.list_wanted)
        card.page_wanted.connect(self.page_wanted)
        card.sync_wanted.connect(self.sync_wanted)
        return card

    def _recent(self, agenda: Agenda) -> RowsCard:
        card = RowsCard(self.desk.look, tr("start.recent"))
        forms = {form.form_id: form for form in self.forms}
        for row in agenda.recent:
            add_record(card, row, forms, self.record_wanted.emit)
        show = partial(self.list_wanted.emit, RecordFilter())
        card.lead_on(tr("start.all_records", count=agenda.records), show)
        return card

    def _go_on(self, agenda: Agenda) -> RowsCard:
        card = RowsCard(self.desk.look, tr("start.go_on"))
        if agenda.last:
            last = partial(self.record_wanted.emit, agenda.last)
            card.add_row("square-pen", tr("start.continue"), last, kind="link")
        if agenda.joined:
            card.add_row("refresh-cw", tr("start.sync"), self.sync_wanted.emit, kind="link")
        if agenda.recent:
            card.add_row("printer", tr("start.print"), self.preview, kind="link")
        return card

    def _new(self) -> RowsCard:
        card = RowsCard(self.desk.look, tr("start.new_records"))
        for form in self.forms:
            card.add_row("plus", form.title(language()), partial(self._begin, form.form_id))
        return card

    def _villages(self, agenda: Agenda) -> RowsCard:
        card = RowsCard(self.desk.look, tr("start.villages"))
        for code, name in agenda.villages:
            card.add_row("map-pin", name, partial(self.village_wanted.emit, code))
        card.lead_on(tr("start.all_villages"), partial(self.page_wanted.emit, "villages"))
        return card

    # Doing

    def _begin(self, form_id: str) -> None:
        self.begin_record(partial(create_record, self.desk.workspace, form_id))


def _long_day(day: date) -> str:
    return tr("start.today", day=day_words(day), weekday=tr(f"start.weekday_{day.isoweekday()}"))
