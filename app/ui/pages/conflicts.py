"""Where two people answered differently: what it was, mine and theirs side by side, and the decision."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QRadioButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.changes import Changes
from app.i18n import language, tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.look import Look
from app.ui.models.record_list_model import day_and_time
from app.ui.page import Page
from app.ui.tokens import GAP
from app.ui.widgets.card import Badge, Card, button, clear_layout, named_label, set_kind
from app.ui.widgets.empty_state import EmptyState
from app.ui.widgets.photo_label import PhotoLabel
from app.ui.widgets.scroll_page import ScrollPage
from app.usecases.conflicts import (
    Candidate,
    FieldConflict,
    conflict_detail,
    list_conflicts,
    resolve_conflict,
)
from app.usecases.photos import photo_thumbnail
from app.usecases.records import read_session, record_row
from app.workspace import Workspace
from core.forms.filling.session import FormSession
from core.forms.paths import template_path
from core.values import Value, photo_digests

LIST_WIDTH = 260
THUMBNAIL_PX = 320


@dataclass(frozen=True)
class _Reading:
    """One record's conflicts with what is needed to show them in words."""

    record_id: str
    conflicts: list[FieldConflict]
    session: FormSession
    sample: bool


class ConflictsPage(Page):
    """Records with something to decide on the left, the decision on the right."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, tr("conflicts.title"))
        self.record_id = ""
        self.fields: list[ConflictCard] = []
        self._wanted = ""
        self.count = Badge()
        self.heading.addWidget(self.count)
        self.sample_badge = Badge(tr("records.mark"), "warn")
        self.sample_badge.hide()
        self.heading.addWidget(self.sample_badge)
        self.heading.addStretch(1)
        self._build_body()
        self.reload()

    def follow(self, changes: Changes) -> None:
        if changes.records:
            self.reload()

    def choose(self, record_id: str) -> None:
        """Show the conflicts of this record."""
        self._wanted = record_id
        self.reload()

    def reload(self) -> None:
        """Read anew what there is to decide."""
        job = Job("conflicts", tr("conflicts.reading"), lambda _: list_conflicts(self.desk.workspace))
        self.desk.jobs.start(self, job, self._show_list, failed=self.show_error, stream="list")

    def resolve(self) -> None:
        """Make what is chosen the answer, as one saved change."""
        choices = {card.conflict.path: card.choice() for card in self.fields if card.is_decided}
        seen = min(card.conflict.seen for card in self.fields)
        work = partial(resolve_conflict, self.desk.workspace, self.record_id, choices, seen=seen)
        job = Job(f"record:{self.record_id}", tr("conflicts.resolving"), lambda _: work(), must_finish=True)
        self.desk.jobs.start(self, job, lambda _: self._resolved(), failed=self.show_error)

    def _build_body(self) -> None:
        left = Card()
        left.setFixedWidth(LIST_WIDTH)
        left.body.setContentsMargins(6, 6, 6, 6)
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.list.setSpacing(1)
        self.list.setWordWrap(True)
        self.list.currentItemChanged.connect(self._chosen)
        left.body.addWidget(self.list, 1)
        right = QWidget()
        self._cards = QVBoxLayout(right)
        self._cards.setContentsMargins(0, 0, 0, 0)
        self._cards.setSpacing(GAP)
        self.area = ScrollPage(right)
        look = self.desk.look
        self._open = button(look, tr("conflicts.open_record"), "clipboard-list")
        self._open.clicked.connect(lambda: self.record_wanted.emit(self.record_id))
        self.resolve_button = button(look, tr("conflicts.resolve"), "check", "primary")
        self.resolve_button.clicked.connect(self.resolve)
        self._progress = named_label("muted")
        below = QHBoxLayout()
        below.addWidget(self._progress)
        below.addStretch(1)
        below.addWidget(self._open)
        below.addWidget(self.resolve_button)
        side = QVBoxLayout()
        side.setSpacing(GAP)
        side.addWidget(self.area, 1)
        side.addLayout(below)
        filled = QWidget()
        row = QHBoxLayout(filled)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(left)
        row.addLayout(side, 1)
        empty = Card()
        empty.body.addWidget(
            EmptyState(look, "circle-check", tr("conflicts.none"), tr("conflicts.none_hint"))
        )
        area = QWidget()
        self._layers = QStackedLayout(area)
        self._layers.addWidget(filled)
        self._layers.addWidget(empty)
        self.column.addWidget(area, 1)

    def _show_list(self, rows: list) -> None:
        counted: dict[str, tuple[str, int]] = {}
        for row in rows:
            counted[row.record_id] = (row.title, counted.get(row.record_id, ("", 0))[1] + 1)
        self.count.set_state(tr("conflicts.count", count=len(counted)), "bad" if counted else "good")
        self._layers.setCurrentIndex(0 if counted else 1)
        self.sample_badge.setVisible(bool(counted) and self.sample_badge.isVisible())
        keep = self._wanted or self.record_id
        self._wanted = ""
        with QSignalBlocker(self.list):
            self.list.clear()
            for record_id, (title, count) in counted.items():
                words = f"{title or tr('records.untitled')}\n{tr('conflicts.fields', count=count)}"
                item = QListWidgetItem(words)
                item.setData(Qt.ItemDataRole.UserRole, record_id)
                self.list.addItem(item)
            places = list(counted)
            if counted:
                self.list.setCurrentRow(places.index(keep) if keep in counted else 0)
        self._chosen()

    def _chosen(self) -> None:
        item = self.list.currentItem()
        self.record_id = str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""
        if self.record_id:
            work = partial(_read, self.desk.workspace, self.record_id)
            job = Job(f"record:{self.record_id}", tr("conflicts.reading"), lambda _: work())
            self.desk.jobs.start(self, job, self._show_fields, failed=self.show_error, stream="detail")

    def _show_fields(self, reading: _Reading) -> None:
        clear_layout(self._cards)
        self.sample_badge.setVisible(reading.sample)
        self.fields = []
        for conflict in reading.conflicts:
            card = ConflictCard(self.desk.look, conflict, reading.session)
            card.decided.connect(self._count)
            for photo in card.photos:
                self._fetch(photo)
            self.fields.append(card)
            self._cards.addWidget(card)
        self._cards.addStretch(1)
        self._count()

    def _count(self) -> None:
        decided = sum(card.is_decided for card in self.fields)
        self._progress.setText(tr("conflicts.decided", done=decided, total=len(self.fields)))
        self.resolve_button.setEnabled(decided > 0 and decided == len(self.fields))

    def _fetch(self, photo: PhotoLabel) -> None:
        work = partial(photo_thumbnail, self.desk.workspace, photo.digest, THUMBNAIL_PX)
        job = Job(f"thumbnail:{photo.digest}", tr("photos.reading"), lambda _: work())
        self.desk.jobs.start(photo, job, photo.show_bytes, failed=lambda _: photo.show_missing())

    def _resolved(self) -> None:
        self.banner.show_message("good", tr("conflicts.resolved"))


class ConflictCard(Card):
    """One field: what both started from, and the values that stand against each other."""

    decided = Signal()

    def __init__(self, look: Look, conflict: FieldConflict, session: FormSession) -> None:
        super().__init__(_heading(conflict, session))
        self.conflict = conflict
        self.photos: list[PhotoLabel] = []
        self.options: list[Option] = []
        row = QHBoxLayout()
        row.setSpacing(GAP)
        if conflict.kind == "values":
            base = Option(tr("conflicts.base"), "", radio=False)
            self._fill(look, base, conflict.path, conflict.base, session)
            row.addWidget(base, 1)
        for candidate in conflict.candidates:
            option = Option(_who(candidate), day_and_time(candidate.claimed_at), radio=True)
            if conflict.kind == "deleted_edited":
                option.add_words(tr(f"conflicts.{candidate.value}"))
            else:
                self._fill(look, option, conflict.path, candidate.value, session)
            option.chosen.connect(partial(self._choose, option))
            self.options.append(option)
            row.addWidget(option, 1)
        self.body.addLayout(row)

    @property
    def is_decided(self) -> bool:
        """Whether one of the values is chosen."""
        return any(option.is_chosen for option in self.options)

    def choice(self) -> Value:
        """The chosen value."""
        return next(
            candidate.value
            for candidate, option in zip(self.conflict.candidates, self.options, strict=True)
            if option.is_chosen
        )

    def _choose(self, chosen: Option) -> None:
        for option in self.options:
            option.set_chosen(option is chosen)
        self.decided.emit()

    def _fill(self, look: Look, option: Option, path: str, value: Value, session: FormSession) -> None:
        digest = next(photo_digests(value), "")
        if digest:
            photo = PhotoLabel(look, digest)
            self.photos.append(photo)
            option.add(photo)
        else:
            question = session.form.question(template_path(path))
            shown = session.shown_value(path, value, language()) if question is not None else str(value or "")
            unit = f" {question.unit}" if question is not None and question.unit and shown else ""
            option.add_words(f"{shown}{unit}" if shown else tr("conflicts.blank"))


class Option(QFrame):
    """One value on a soft ground; a click anywhere on it chooses it."""

    chosen = Signal()

    def __init__(self, heading: str, when: str, *, radio: bool) -> None:
        super().__init__()
        self.setObjectName("option" if radio else "row")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 8, 12, 10)
        self._column.setSpacing(4)
        self.radio = QRadioButton(heading)
        self.radio.setAutoExclusive(False)
        self.radio.clicked.connect(self.chosen)
        if radio:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self._column.addWidget(self.radio)
        else:
            self._column.addWidget(named_label("label", heading))
        if when:
            self._column.addWidget(named_label("hint", when))
        self._column.addStretch(1)

    @property
    def is_chosen(self) -> bool:
        """Whether this value was chosen."""
        return self.radio.isChecked()

    def set_chosen(self, chosen: bool) -> None:
        """Mark this value as chosen or not."""
        self.radio.setChecked(chosen)
        set_kind(self, "on" if chosen else "")

    def add(self, widget: QWidget) -> None:
        """Something to see under the heading."""
        self._column.insertWidget(self._column.count() - 1, widget)

    def add_words(self, words: str) -> None:
        """The value in words."""
        label: QLabel = named_label("value", words, wrap=True)
        self.add(label)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if self.objectName() == "option":
            self.chosen.emit()


def _read(workspace: Workspace, record_id: str) -> _Reading:
    conflicts = conflict_detail(workspace, record_id)
    session = read_session(workspace, record_id)
    row = record_row(workspace, record_id)
    return _Reading(record_id, conflicts, session, row is not None and row.sample)


def _heading(conflict: FieldConflict, session: FormSession) -> str:
    if conflict.kind == "deleted_edited":
        return tr("conflicts.deleted_edited")
    question = session.form.question(template_path(conflict.path))
    return session.form.called(question, language()) if question is not None else conflict.path


def _who(candidate: Candidate) -> str:
    name = candidate.who.name if candidate.who is not None else ""
    if candidate.mine:
        return tr("conflicts.mine")
    return tr("conflicts.theirs", name=name) if name else tr("conflicts.other")
