"""The questions of a section, a group or a row, side by side."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QWidget

from app.ui.forms.binding import FormBinding
from app.ui.forms.division_line import DivisionLine, division_cascades
from app.ui.forms.field_box import FieldBox
from app.ui.forms.form_parts import is_photo_repeat, shown_children
from app.ui.forms.group_heading import GroupHeading
from app.ui.forms.label_media import PlaceMedia, has_media
from app.ui.forms.repeat_box import RepeatBox
from app.ui.forms.six_columns import COLUMNS, SixColumns
from app.ui.forms.unmade import Unmade
from app.ui.look import Look
from core.forms.filling.session import NodeView
from core.forms.model.items import Item, Question, Repeat

_MOST_IN_A_QUESTION = 500  # things in one question that take the keyboard
PutOff = Callable[["Grid", str, Question], bool]
"""Asked before a question is made; where it says yes, something stands for the question until it is seen."""


class Grid(QWidget):
    """Questions in six columns; those that are not relevant leave no hole."""

    def __init__(self, look: Look, binding: FormBinding, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self._binding = binding
        self._entries: list[FieldBox | QWidget] = []
        self._placed: tuple[int, ...] = ()
        self._layout = SixColumns(self)
        binding.refreshing.connect(self._hold)
        binding.arranged.connect(self.arrange)

    @property
    def boxes(self) -> list[FieldBox]:
        """The questions that stand directly here."""
        return [entry for entry in self._entries if isinstance(entry, FieldBox)]

    def fill(
        self, path: str, item: Item, skip: frozenset[str] = frozenset(), put_off: PutOff | None = None
    ) -> None:
        """Put everything of a group or row here; paths in `skip` stand elsewhere."""
        lines = division_cascades(shown_children(self._binding.session, path, item))
        for view in shown_children(self._binding.session, path, item):
            if view.path in skip:
                continue
            if isinstance(view.node, Question):
                if view.path in lines:
                    line = DivisionLine(self._look, self._binding, lines[view.path], self)
                    self._entries.append(line)
                elif put_off is not None and put_off(self, view.path, view.node):
                    continue
                self._entries.append(self.question_box(view.path, view.node))
            elif isinstance(view.node, Repeat):
                if not is_photo_repeat(view.path, view.node):
                    self._entries.append(repeat_box(self._look, self._binding, view.path, view.node, self))
            else:
                if view.node.text:
                    self._entries.append(GroupHeading(self._look, self._binding, view.path, self))
                self.add_media(view)
                self.fill(view.path, view.node, put_off=put_off)
        self.arrange()

    def make(self, unmade: Unmade) -> None:
        """The questions of this grid that were put off."""
        at = self._entries.index(unmade)
        self._entries[at : at + 1] = [
            self.question_box(path, question) for path, question in unmade.questions
        ]
        unmade.hide()
        unmade.deleteLater()
        self.arrange()

    def retire(self) -> None:
        """The row shown here is gone."""
        self._binding.refreshing.disconnect(self._hold)
        self._binding.arranged.disconnect(self.arrange)
        for entry in self._entries:
            if isinstance(entry, FieldBox | RepeatBox | GroupHeading | PlaceMedia):
                entry.retire()

    def add_media(self, view: NodeView) -> None:
        """The pictures, sounds and films of a group's label, if it has any."""
        if has_media(view.node.text):
            self._entries.append(PlaceMedia(self._look, self._binding, view.path, self))

    def add(self, entry: QWidget) -> None:
        """One thing more at the end."""
        self._entries.append(entry)
        self.arrange()

    def ends_with(self, entry: QWidget) -> bool:
        """Whether that is the last thing here."""
        return self._entries[-1:] == [entry]

    @property
    def has_something(self) -> bool:
        """Whether anything here is relevant."""
        return any(_wanted(entry) for entry in self._entries)

    def focus_next(self, box: FieldBox) -> None:
        """On to what follows a question, as Tab does, but past all that stands in it."""
        for _ in range(_MOST_IN_A_QUESTION):
            self.focusNextChild()
            if not box.has_focus:
                return

    def _hold(self) -> None:
        # Qt lays out anew at each question that is shown or hidden.
        self._layout.setEnabled(False)

    def arrange(self) -> None:
        """Place what is relevant now."""
        self._layout.setEnabled(True)
        shown = [entry for entry in self._entries if _wanted(entry)]
        places = tuple(map(id, shown))
        if places != self._placed:
            self._placed = places
            spans = [(entry, entry.span if isinstance(entry, FieldBox) else COLUMNS) for entry in shown]
            self._layout.place(spans)
            self.setVisible(bool(shown))

    def question_box(self, path: str, question: Question) -> FieldBox:
        """One question that stands here."""
        box = FieldBox(self._look, self._binding, path, question, self)
        box.next_wanted.connect(partial(self.focus_next, box))
        return box


def repeat_box(look: Look, binding: FormBinding, path: str, repeat: Repeat, parent: QWidget) -> RepeatBox:
    """A repeat whose rows are grids of questions."""

    def make_grid(row: str, frame: QWidget) -> Grid:
        grid = Grid(look, binding, frame)
        grid.fill(row, repeat)
        return grid

    return RepeatBox(look, binding, path, repeat, make_grid, parent)


def _wanted(entry: QWidget) -> bool:
    return bool(getattr(entry, "wanted", True))
