"""The row above the list of records that says which ones it shows."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from app.i18n import language, tr
from app.ui.desk import Desk
from app.ui.widgets.card import button
from app.ui.widgets.composition import CompositionGuard
from app.ui.widgets.place_search import PlaceSearch
from app.ui.widgets.still_fields import ChoiceBox
from app.usecases.records import RecordFilter
from core.forms.model.form import Form

SEARCH_DELAY_MS = 150
PLACE_WIDTH = 150
_FILTERS = {
    "all": RecordFilter(),
    "draft": RecordFilter(state="draft"),
    "final": RecordFilter(state="final"),
    "returned": RecordFilter(returned=True),
    "conflict": RecordFilter(in_conflict=True),
    "problems": RecordFilter(with_problems=True),
    "unsent": RecordFilter(unsent=True),
    "deleted": RecordFilter(deleted=True),
}


class RecordFilters(QWidget):
    """What is searched for, the place, the form and the state. `changed` when other records are wanted."""

    changed = Signal()
    left = Signal()  # the keyboard goes on to the list

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._form_wanted: str | None = None  # until the forms have been read
        self._place: str | None = None  # the division that the list keeps to
        self._delay = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._delay.timeout.connect(self.changed)
        self._build_search()
        self._build_place()
        self._build_boxes()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.search, 1)
        for made in (self.place_button, self.place_filter, self.form_box, self.state_box):
            row.addWidget(made)

    @property
    def wanted(self) -> RecordFilter:
        """The records that are asked for."""
        return replace(
            _FILTERS[self.state_box.currentData()],
            form_id=self._form_wanted or self.form_box.currentData(),
            text=self.search.text().strip() or None,
            place=self._place,
        )

    @property
    def narrowed(self) -> bool:
        """Whether records are left out that are not of the form asked for."""
        return bool(self.search.text().strip() or self._place) or self.state_box.currentIndex() > 0

    def narrow(self, wanted: RecordFilter) -> None:
        """Ask for these records; what the filters here do not know of it does not count."""
        alone = replace(wanted, form_id=None, text=None, place=None)
        state = next((key for key, known in _FILTERS.items() if known == alone), "all")
        with QSignalBlocker(self.search):
            self.search.setText(wanted.text or "")
        known = self.form_box.findData(wanted.form_id)
        self._form_wanted = wanted.form_id if known < 0 else None
        self.form_box.setCurrentIndex(max(0, known))
        self.state_box.setCurrentIndex(self.state_box.findData(state))
        self._keep_to(wanted.place)
        self.changed.emit()

    def offer_forms(self, forms: list[Form]) -> None:
        """These forms can be asked for."""
        chosen = self._form_wanted or self.form_box.currentData()
        self._form_wanted = None
        self.form_box.clear()
        self.form_box.addItem(tr("records.all_forms"), None)
        for form in forms:
            self.form_box.addItem(form.title(language()), form.form_id)
        self.form_box.setCurrentIndex(max(0, self.form_box.findData(chosen)))

    def take_keys(self) -> None:
        """Bring the person to the search."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _build_search(self) -> None:
        look = self._desk.look
        self.search = QLineEdit()
        self._guard = CompositionGuard(self.search)
        self.search.setPlaceholderText(tr("records.search"))
        self.search.setAccessibleName(tr("records.search"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(
            QAction(look.icons.icon("search", look.tokens.muted), "", self.search),
            QLineEdit.ActionPosition.LeadingPosition,
        )
        down = QShortcut(QKeySequence(Qt.Key.Key_Down), self.search)
        down.setContext(Qt.ShortcutContext.WidgetShortcut)
        down.activated.connect(self.left)
        self.search.textChanged.connect(lambda _: self._delay.start())

    def _build_place(self) -> None:
        self.place_button = button(self._desk.look, "", "x", "flat")
        self.place_button.setToolTip(tr("villages.everywhere"))
        self.place_button.clicked.connect(self._leave_place)
        self.place_button.hide()
        self.place_filter = PlaceSearch(self._desk, tr("list.place_any"), "map-pin")
        self.place_filter.setFixedWidth(PLACE_WIDTH)
        self.place_filter.setAccessibleName(tr("list.place"))
        self.place_filter.setToolTip(tr("list.place_search"))
        self.place_filter.chosen.connect(self._choose_place)

    def _build_boxes(self) -> None:
        self.form_box, self.state_box = ChoiceBox(), ChoiceBox()
        self.form_box.setAccessibleName(tr("records.column.form"))
        self.state_box.setAccessibleName(tr("records.column.state"))
        self.form_box.setMinimumWidth(220)
        self.state_box.setMinimumWidth(120)
        self.offer_forms([])
        for key in _FILTERS:
            self.state_box.addItem(tr(f"records.filter.{key}"), key)
        self.form_box.activated.connect(lambda _: self.changed.emit())
        self.state_box.activated.connect(lambda _: self.changed.emit())

    def _keep_to(self, place: str | None) -> None:
        """Ask only for what lies in this division, None for everywhere."""
        self._place = place
        name = self._desk.workspace.divisions.name(place) or place if place else ""
        self.place_button.setText(tr("villages.only_here", name=name))
        self.place_button.setVisible(place is not None)
        self.place_filter.setVisible(place is None)

    def _choose_place(self, place: str) -> None:
        self._keep_to(place)
        self.changed.emit()
        self.left.emit()

    def _leave_place(self) -> None:
        self._keep_to(None)
        self.changed.emit()
