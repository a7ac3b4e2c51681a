"""One village: what was recorded in it form by form, what changed last, its photos, and a new record here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from app.changes import Changes
from app.i18n import language, tr
from app.jobs import Job, Progress
from app.ui.desk import Desk
from app.ui.models.record_list_model import state_of, title_of
from app.ui.page import Page
from app.ui.tokens import GAP
from app.ui.widgets.action_row import ActionRow, RowsCard
from app.ui.widgets.card import Badge, Card, button, clear_layout, named_label, repolish
from app.ui.widgets.record_rows import add_record
from app.ui.widgets.scroll_page import ScrollPage
from app.usecases.photos import photo_thumbnail
from app.usecases.records import RecordFilter
from app.usecases.references import create_linked
from app.usecases.villages import FormInVillage, VillageDetail, begin_profile, village_detail

SIDE_WIDTH = 340
NARROW_PX = 900
ANY_WIDTH = 16_777_215  # QWIDGETSIZE_MAX of Qt
THUMBNAIL_PX = 149
FIGURES = ("records", "unfinished", "problems", "photos")


class VillagePage(Page):
    """Everything of the village with this division code."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "")
        self.code = ""
        self._arriving = False
        self._detail: VillageDetail | None = None
        self._build_heading()
        body = QWidget()
        body.setObjectName("pageBody")
        self._columns = QHBoxLayout(body)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(GAP)
        self._left, self._right = QVBoxLayout(), QVBoxLayout()
        self._side = QWidget()
        self._side.setLayout(self._right)
        for column in (self._left, self._right):
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(GAP)
        self._columns.addLayout(self._left, 1)
        self._columns.addWidget(self._side)
        self.add_scrolling(ScrollPage(body))

    @property
    def record_ids(self) -> list[str]:
        """The records that previous and next lead to from here."""
        return [row.record_id for row in self._detail.latest] if self._detail is not None else []

    def open_village(self, code: str) -> None:
        """Show this village."""
        self.code = code
        self._arriving = True
        self.reload()

    def follow(self, changes: Changes) -> None:
        if changes.records and self.isVisible():
            self.reload()

    def enter(self) -> None:
        if self._detail is not None:
            self.reload()

    def reload(self) -> None:
        """Read the village anew."""
        work = partial(village_detail, self.desk.workspace, self.code, language())
        job = Job("village", tr("villages.reading"), lambda _: work())
        self.desk.jobs.start(self, job, self._show, failed=self.show_error, stream="village")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the second column stands below the first."""
        super().resizeEvent(event)
        narrow = event.size().width() < NARROW_PX
        way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
        self._columns.setDirection(way)
        self._side.setMinimumWidth(0 if narrow else SIDE_WIDTH)
        self._side.setMaximumWidth(ANY_WIDTH if narrow else SIDE_WIDTH)

    # What the menus do here

    def new_record(self) -> None:
        """Begin something here: the button asks what."""
        self.new_button.showMenu()

    # Building

    def _build_heading(self) -> None:
        look = self.desk.look
        back = button(look, "", "arrow-left", "flat")
        back.setToolTip(tr("record.back"))
        back.setAccessibleName(tr("record.back"))
        back.clicked.connect(self.back_wanted)
        self.heading.insertWidget(0, back)
        self.place = named_label("muted")
        self.heading.addWidget(self.place)
        self.unprofiled = Badge(tr("villages.without_profile"), "warn")
        self.unprofiled.hide()
        self.heading.addWidget(self.unprofiled)
        self.heading.addStretch(1)
        self.profile_button = button(look, tr("villages.open_profile"), "file-text")
        self.profile_button.clicked.connect(self._open_profile)
        self.heading.addWidget(self.profile_button)
        self.new_button = button(look, tr("villages.new_here"), "plus", "primary")
        self.new_button.setProperty("menu", "true")
        self._menu = QMenu(self.new_button)
        self.new_button.setMenu(self._menu)
        repolish(self.new_button)
        self.heading.addWidget(self.new_button)

    # Showing

    def _show(self, detail: VillageDetail) -> None:
        self._detail = detail
        self.title.setText(detail.name)
        self.place.setText(f"{detail.place}　{detail.code}")
        self.unprofiled.setVisible(not detail.profiles)
        words = "villages.open_profile" if detail.profiles else "villages.begin_profile"
        self.profile_button.setText(tr(words))
        self._fill_menu(detail)
        clear_layout(self._left)
        clear_layout(self._right)
        self._left.addWidget(self._forms(detail))
        self._left.addWidget(self._latest(detail))
        self._left.addStretch(1)
        for row in detail.profiles:
            self._right.addWidget(self._profile(detail, row.record_id))
        if detail.photos:
            self._right.addWidget(self._photos(detail))
        self._right.addStretch(1)
        if self._arriving:
            self._arriving = False
            first = next((row for row in self.findChildren(ActionRow) if row.isEnabled()), None)
            if first is not None:
                first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill_menu(self, detail: VillageDetail) -> None:
        self._menu.clear()
        for row in detail.profiles:
            for form in detail.forms:
                if form.begin_at:
                    several = len(detail.profiles) > 1
                    words = (
                        f"{form.form.title(language())} · {title_of(row)}"
                        if several
                        else form.form.title(language())
                    )
                    self._menu.addAction(words, partial(self._begin, form, row.record_id))
        if not detail.profiles:
            self._menu.addAction(tr("villages.begin_profile"), self._begin_profile)

    def _forms(self, detail: VillageDetail) -> Card:
        """A line a form: its records in numbers, and a new one."""
        card = RowsCard(self.desk.look, tr("villages.contents"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        for at, figure in enumerate(FIGURES, 1):
            heading = named_label("heading", tr(f"villages.figure.{figure}"))
            grid.addWidget(heading, 0, at, Qt.AlignmentFlag.AlignRight)
            grid.setColumnMinimumWidth(at, 56)
        for at, form in enumerate(detail.forms, 1):
            icon, kind = ("clipboard-list", "link") if form.counts.records else ("file-text", "quiet")
            line = ActionRow(self.desk.look, icon, form.form.title(language()), kind=kind)
            line.setEnabled(form.counts.records > 0)
            line.clicked.connect(partial(self._list, form.form.form_id))
            grid.addWidget(line, at, 0)
            for column, figure in enumerate(FIGURES, 1):
                number = getattr(form.counts, figure)
                label = named_label(
                    "figure" if figure == "records" and number else "muted", str(number or "—")
                )
                grid.addWidget(label, at, column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            if form.begin_at and detail.profiles:
                new = button(self.desk.look, "", "plus", "flat")
                new.setToolTip(tr("start.new", form=form.form.title(language())))
                new.setAccessibleName(new.toolTip())
                new.clicked.connect(partial(self._begin_clicked, form))
                grid.addWidget(new, at, len(FIGURES) + 1)
        card.body.addLayout(grid)
        return card

    def _latest(self, detail: VillageDetail) -> RowsCard:
        card = RowsCard(self.desk.look, tr("villages.latest"))
        forms = {form.form.form_id: form.form for form in detail.forms}
        for row in detail.latest:
            add_record(card, row, forms, self.record_wanted.emit)
        card.lead_on(tr("villages.all_records"), partial(self._list, None))
        return card

    def _profile(self, detail: VillageDetail, record_id: str) -> Card:
        row = next(one for one in detail.profiles if one.record_id == record_id)
        several = len(detail.profiles) > 1
        card = Card(title_of(row) if several else tr("villages.profile"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for at, (label, text) in enumerate(detail.facts(row)):
            grid.addWidget(named_label("label", label), at, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(named_label("fact", text, wrap=True, selectable=True), at, 1)
        card.body.addLayout(grid)
        words, kind = state_of(row)
        card.heading.addWidget(Badge(words, kind))
        if several:
            open_it = button(self.desk.look, tr("records.open"), kind="flat")
            open_it.clicked.connect(partial(self._open_record, record_id))
            card.heading.addWidget(open_it)
        return card

    def _photos(self, detail: VillageDetail) -> Card:
        card = Card(tr("villages.photos"))
        grid = QGridLayout()
        grid.setSpacing(8)
        grid.setColumnStretch(2, 1)
        for at, (digest, preview) in enumerate(detail.photos):
            tile = QLabel()
            tile.setFixedSize(THUMBNAIL_PX, round(THUMBNAIL_PX * 0.75))
            tile.setAlignment(Qt.AlignmentFlag.AlignCenter)
            tile.setObjectName("rowIcon")
            tile.setPixmap(self.desk.look.icons.pixmap("image", self.desk.look.tokens.line_strong, 32))
            grid.addWidget(tile, at // 2, at % 2)
            side = round(THUMBNAIL_PX * self.devicePixelRatioF())
            work = partial(photo_thumbnail, self.desk.workspace, digest, side, preview)
            job = Job("thumbnails", tr("photos.reading"), partial(_thumbnail, work))
            self.desk.jobs.start(tile, job, partial(_show_picture, tile), failed=lambda _: None)
        card.body.addLayout(grid)
        return card

    # Doing

    def _open_record(self, record_id: str) -> None:
        self.record_wanted.emit(record_id)

    def _list(self, form_id: str | None) -> None:
        self.list_wanted.emit(RecordFilter(form_id=form_id, place=self.code))

    def _open_profile(self) -> None:
        if self._detail is not None and self._detail.profiles:
            self.record_wanted.emit(self._detail.profiles[0].record_id)
        else:
            self._begin_profile()

    def _begin_clicked(self, form: FormInVillage) -> None:
        """With several profiles the button in the heading asks for which."""
        assert self._detail is not None
        if len(self._detail.profiles) == 1:
            self._begin(form, self._detail.profiles[0].record_id)
        else:
            self.new_button.showMenu()

    def _begin(self, form: FormInVillage, profile: str) -> None:
        make = partial(create_linked, self.desk.workspace, form.form.form_id, form.begin_at, profile)
        self.begin_record(make)

    def _begin_profile(self) -> None:
        self.begin_record(partial(begin_profile, self.desk.workspace, self.code))


def _thumbnail(work: Callable[[], bytes], _: Progress) -> bytes:
    return work()


def _show_picture(tile: QLabel, data: bytes) -> None:
    """The picture fills the tile; what does not fit is cut off evenly."""
    picture = QPixmap()
    picture.loadFromData(data)
    scale = tile.devicePixelRatioF()
    size = tile.size() * scale
    filling = picture.scaled(
        size, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    left, top = (filling.width() - size.width()) // 2, (filling.height() - size.height()) // 2
    cut = filling.copy(left, top, size.width(), size.height())
    cut.setDevicePixelRatio(scale)
    tile.setPixmap(cut)
