"""What waits to be done, a line a kind, the most pressing first; each leads to where it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import Signal

from app.i18n import language, tr
from app.ui.look import Look
from app.ui.models.record_list_model import title_of
from app.ui.widgets.action_row import RowsCard
from app.usecases.records import RecordFilter
from app.usecases.start import Agenda, Due

SOON_DAYS = 30


class AgendaCard(RowsCard):
    """Nothing is shown of what there is none of; with nothing to do it says so."""

    record_wanted = Signal(str)
    list_wanted = Signal(object)
    page_wanted = Signal(str)
    sync_wanted = Signal()

    def __init__(self, look: Look, agenda: Agenda, due: Sequence[Due]) -> None:
        super().__init__(look, tr("start.to_do"))
        empty = self.body.count()
        self._returned(agenda)
        if agenda.conflicts:
            words, show = tr("start.conflicts", count=agenda.conflicts), self._page("conflicts")
            self.add_row("git-compare", words, show, tr("start.conflicts_hint"), kind="bad")
        if agenda.photos_damaged:
            words, show = tr("start.damaged", count=agenda.photos_damaged), self._page("settings")
            self.add_row("image-off", words, show, tr("start.damaged_hint"), kind="bad")
        if agenda.refused_elsewhere:
            words, show = tr("start.refused", count=agenda.refused_elsewhere), self._page("sync")
            self.add_row("circle-alert", words, show, tr("start.refused_hint"), kind="bad")
        for one in due:
            self._due(one)
        if agenda.unfinished:
            words, lacking = tr("start.unfinished", count=agenda.unfinished), agenda.missing
            detail = tr("start.missing", count=lacking) if lacking else tr("start.nothing_missing")
            self.add_row("square-pen", words, self._list(RecordFilter(state="draft")), detail, kind="link")
        if agenda.joined:
            self._of_the_server(agenda)
        if self.body.count() == empty:
            done = tr("start.all_done_joined" if agenda.joined else "start.all_done")
            show = self._list(RecordFilter())
            self.add_row("circle-check", tr("start.nothing"), show, done, kind="good")

    def _returned(self, agenda: Agenda) -> None:
        if agenda.returned > len(agenda.returned_rows):
            words, show = tr("start.returned", count=agenda.returned), self._list(RecordFilter(returned=True))
            self.add_row("undo-2", words, show, tr("start.returned_hint"), kind="bad")
            return
        for row in agenda.returned_rows:
            reason = row.returned.reason if row.returned is not None else ""
            open_it = partial(self.record_wanted.emit, row.record_id)
            self.add_row("undo-2", tr("start.returned_one", title=title_of(row)), open_it, reason, kind="bad")

    def _due(self, due: Due) -> None:
        title, show = (
            due.form.title(language()),
            self._list(RecordFilter(form_id=due.form.form_id, state="draft")),
        )
        if due.overdue:
            detail = tr("start.overdue_hint", day=day_words(due.day), count=due.overdue)
            self.add_row("calendar-clock", tr("start.overdue", title=title), show, detail, kind="bad")
            return
        kind = "warn" if due.days_left <= SOON_DAYS else "quiet"
        words = tr("start.due", title=title, days=due.days_left)
        detail = tr("start.due_hint", day=day_words(due.day), count=due.unfinished)
        self.add_row("calendar-clock", words, show, detail, kind=kind)

    def _of_the_server(self, agenda: Agenda) -> None:
        """Who has joined no server has nothing to send."""
        waiting = [
            tr(f"start.waiting_{kind}", count=count)
            for kind, count in (("records", agenda.records_waiting), ("photos", agenda.photos_waiting))
            if count
        ]
        if waiting:
            words = tr("start.unsent", what=tr("words.comma").join(waiting))
            self.add_row("cloud-upload", words, self.sync_wanted.emit, tr("start.unsent_hint"), kind="warn")
        if agenda.photos_awaited:
            words, show = tr("start.awaited", count=agenda.photos_awaited), self._page("sync")
            self.add_row("download", words, show, tr("start.awaited_hint"))

    def _list(self, wanted: RecordFilter) -> partial[None]:
        return partial(self.list_wanted.emit, wanted)

    def _page(self, key: str) -> partial[None]:
        return partial(self.page_wanted.emit, key)


def day_words(day: date) -> str:
    """2027年4月30日."""
    return tr("start.day", year=day.year, month=day.month, day=day.day)
