"""Where one is in a form that scrolls, and the ways to somewhere else in it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from app.ui.forms.field_box import FieldBox
from app.ui.forms.form_view import FormView
from app.ui.forms.reference_editor import ReferenceEditor
from app.ui.forms.section_index import Entry, SectionIndex, entries_of
from app.ui.look import Look
from app.ui.record.side import RecordSide
from app.ui.widgets.card import Card
from app.ui.widgets.scroll_page import ScrollPage
from core.forms.filling.completeness import Completeness

BELOW_PX = 72
"""Empty below the last question: as high as a message of two lines, which then never moves it."""
_ROOM_PX = 80  # that a question one is led to has above and below


@dataclass(frozen=True)
class Spot:
    """A question, "" for none, how far the form is scrolled, and what a search in the question is for."""

    path: str
    scrolled_px: int
    searching: str | None = None


class FormPlace(QObject):
    """The area in which a form scrolls, and the index of its sections; its photos stand in `side`."""

    def __init__(self, look: Look, side: RecordSide, page: QWidget) -> None:
        super().__init__(page)
        self._side = side
        self._form: FormView | None = None
        self.index = SectionIndex(look)
        self.index.wanted.connect(self._go_to_section)
        self.area = ScrollPage()
        self.area.verticalScrollBar().valueChanged.connect(self._mark_section)

    def show_form(self, form: FormView) -> None:
        """This form scrolls here now."""
        self._form = form
        form.setContentsMargins(0, 0, 0, BELOW_PX)
        self.area.setWidget(form)

    def show_completeness(self, found: Completeness) -> None:
        """The sections of the form, each with what it lacks."""
        titles = {path: card.title.text() for path, card in self._sections().items()}
        self.index.show_entries(entries_of(titles, found))

    @property
    def focused_path(self) -> str:
        """The question that has the keyboard, "" for none."""
        boxes = self._form.findChildren(FieldBox) if self._form is not None else []
        return next((box.path for box in boxes if box.editor and box.editor.has_focus_inside()), "")

    def spot(self) -> Spot:
        """Where one is now."""
        path = self.focused_path
        editor = self._searching_editor(path)
        searching = editor.searching if editor is not None else None
        return Spot(path, self.area.verticalScrollBar().value(), searching)

    def stand_at(self, spot: Spot) -> None:
        """Be there again; the form gets its height only once it is laid out."""
        assert self._form is not None
        bar = self.area.verticalScrollBar()
        QTimer.singleShot(0, self.area, lambda: bar.setValue(spot.scrolled_px))
        if not spot.path:
            return
        self._form.go_to(spot.path)
        editor = self._searching_editor(spot.path)
        if spot.searching is not None and editor is not None:
            editor.go_on_searching(spot.searching)

    def go_to(self, path: str) -> None:
        """Bring the person to a question, or to the first of a repeat, or to its photos."""
        assert self._form is not None
        boxes = self._form.findChildren(FieldBox)
        first = next((box.path for box in boxes if box.path.startswith(f"{path}[")), path)
        self._form.go_to(first)
        box = self._form.box(first)
        if box is not None:
            self.area.ensureWidgetVisible(box, 0, _ROOM_PX)
        self._side.go_to_photos(path)

    def _searching_editor(self, path: str) -> ReferenceEditor | None:
        box = self._form.box(path) if self._form is not None and path else None
        return box.editor if box is not None and isinstance(box.editor, ReferenceEditor) else None

    def _sections(self) -> dict[str, Card]:
        return self._form.sections() if self._form is not None else {}

    def _go_to_section(self, entry: Entry) -> None:
        """Bring the person to what is left in the section, or to its first question."""
        if self._form is not None:
            self._form.make_first(entry.path)
        card = self._sections().get(entry.path)
        boxes = card.findChildren(FieldBox) if card is not None else []
        goal = entry.goal or next((box.path for box in boxes if box.editor is not None), "")
        if card is not None:
            self.area.verticalScrollBar().setValue(card.y())
        self.go_to(goal)

    def _mark_section(self, scrolled: int) -> None:
        """The section at the height of the page that corresponds to how far it is scrolled."""
        share = scrolled / max(self.area.verticalScrollBar().maximum(), 1)
        line = scrolled + share * self.area.viewport().height()
        starts = [card.y() for card in self._sections().values()]
        begun = sum(start <= line for start in starts) if any(starts) else 0  # no places yet: at the top
        self.index.mark(max(0, begun - 1))
