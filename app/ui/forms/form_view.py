"""A form on screen, made from its session: sections as cards, questions in two or three columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeGuard

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.forms.binding import FormBinding
from app.ui.forms.division_line import DivisionLine, division_cascades
from app.ui.forms.field_box import FieldBox
from app.ui.forms.label_media import PlaceMedia, has_media
from app.ui.forms.repeat_box import RepeatBox
from app.ui.forms.six_columns import COLUMNS, SixColumns
from app.ui.forms.tab_order import next_stop
from app.ui.look import Look
from app.ui.tokens import GAP
from app.ui.widgets.card import Card, named_label
from app.ui.widgets.marked_label import MarkedLabel
from core.forms.model import Group, Item, Question, Repeat
from core.forms.session import FormSession, NodeView

PHOTO_GRID = "cj-photos"
LONG_FORM = 300  # groups and questions
AT_ONCE = 60
QUESTION_PX = 64
TOGETHER = 12
AHEAD_MS = 300
_MOST_IN_A_QUESTION = 500  # things in one question that take the keyboard


def is_photo_repeat(path: str, item: Item) -> bool:
    """Whether a repeat is a grid of photos beside the form. Inside rows it stands as rows like any other."""
    grid = isinstance(item, Repeat) and item.has_appearance(PHOTO_GRID) and "]" not in path
    return grid and any(_is_image(child) for child in item.children)


def image_in(repeat: Repeat) -> Question:
    """The photo question of a photo repeat."""
    return next(child for child in repeat.children if _is_image(child))


def shown_children(session: FormSession, path: str, item: Item) -> Iterator[NodeView]:
    """What stands inside a group or row, in the form's order, calculations with a label included."""
    asked = {id(view.node): view for view in session.children(path)}
    assert not isinstance(item, Question)
    row = path if path.endswith("]") else path.rpartition("]")[0] + "]" if "]" in path else ""
    for child in item.children:
        if id(child) in asked:
            yield asked[id(child)]
        elif isinstance(child, Question) and child.kind == "calculate" and child.text:
            yield NodeView("question", f"{row}/{child.step}", child)


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


class GroupHeading(QWidget):
    """The heading of a group inside a section."""

    def __init__(self, look: Look, binding: FormBinding, path: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._binding, self._path = binding, path
        self._words = MarkedLabel(look.tokens, "subsection")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 6, 0, 0)
        row.addWidget(self._words)
        binding.refreshed.connect(self.refresh)
        self.refresh()

    @property
    def wanted(self) -> bool:
        """Whether the group is relevant."""
        return self._binding.session.relevant(self._path)

    def refresh(self) -> None:
        """Show the label with the present answers in it."""
        if self._binding.session.relevant(self._path):
            marked = self._binding.session.marked(self._path, self._binding.language, "label")
            self._words.show_marked(marked)

    def retire(self) -> None:
        """The row it stands in is gone."""
        self._binding.refreshed.disconnect(self.refresh)


class Unmade(QWidget):
    """Stands for questions of a long form until one sees them."""

    seen = Signal()

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self.grid = grid
        self.questions: list[tuple[str, Question]] = []
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # so that Tab comes by and has them made

    def stand_for(self, path: str, question: Question) -> None:
        """For this one too."""
        self.questions.append((path, question))
        self.setFixedHeight(QUESTION_PX * (len(self.questions) + 1) // 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        self.seen.emit()


class FormView(QWidget):
    """All sections of a form, one under the other. Photo grids stand elsewhere: see `photo_repeats`."""

    def __init__(self, look: Look, binding: FormBinding, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._binding = look, binding
        self.photo_repeats: list[NodeView] = []
        self._unmade: list[Unmade] = []
        self._sections: list[tuple[Card, str, Grid]] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP)
        self._build()
        self._nothing = named_label("hint", tr("widgets.nothing_asked"), wrap=True)
        self._column.addWidget(self._nothing)
        self._column.addStretch(1)
        binding.arranged.connect(self._show_relevant)
        self._show_relevant()

    def box(self, path: str) -> FieldBox | None:
        """The question of that path, if the form shows it; in a section not yet made, it is made now."""
        for unmade in [one for one in self._unmade if any(path == made for made, _ in one.questions)]:
            self.make(unmade)
        for rows in self.findChildren(RepeatBox):
            if path.startswith(f"{rows.path}["):
                rows.reveal(path)
        return next((box for box in self.findChildren(FieldBox) if box.path == path), None)

    def make(self, unmade: Unmade) -> None:
        """Questions that nobody has seen yet; those behind them follow, so that Tab leads on."""
        if unmade in self._unmade:
            at = self._unmade.index(unmade)
            self._make(unmade)
            for following in self._unmade[at : at + 1]:
                QTimer.singleShot(AHEAD_MS, following, partial(self._make, following))

    def make_first(self, section: str) -> None:
        """The first questions of a section, if nobody has seen them yet."""
        card = self.sections().get(section)
        for unmade in self._unmade:
            if card is not None and card.isAncestorOf(unmade):
                self.make(unmade)
                return

    def _make(self, unmade: Unmade) -> None:
        if unmade in self._unmade:
            self._unmade.remove(unmade)
            unmade.grid.make(unmade)

    def _put_off(self, grid: Grid, path: str, question: Question) -> bool:
        """Of a long form only what is first in sight is made at once: a question takes some 3 ms."""
        places = self._binding.session.form.document_places
        if len(places) < LONG_FORM or places[question.full_path] < AT_ONCE:
            return False
        last = self._unmade[-1] if self._unmade else None
        if last is None or not grid.ends_with(last) or len(last.questions) >= TOGETHER:
            last = Unmade(grid)
            last.seen.connect(partial(self.make, last), Qt.ConnectionType.QueuedConnection)
            self._unmade.append(last)
            grid.add(last)
        last.stand_for(path, question)
        return True

    def sections(self) -> dict[str, Card]:
        """The sections that are shown and have a title, by their paths."""
        shown = ((path, card) for card, path, _ in self._sections if card.isVisibleTo(self))
        return {path: card for path, card in shown if card.title.text()}

    def go_to(self, path: str) -> None:
        """Bring the person to a question."""
        found = self.box(path)
        if found is not None:
            found.set_focus()

    def focus_first(self) -> None:
        """Bring the person to the first question."""
        first = next((box for box in self.findChildren(FieldBox) if box.editor is not None), None)
        if first is not None:
            first.set_focus()

    def focusNextPrevChild(self, onwards: bool) -> bool:
        """Qt asks here before Tab moves on from anything in the form."""
        self._binding.flush_wanted.emit()  # what was typed may ask for the very next question
        start = self.focusWidget()
        stop = next_stop(start, onwards=onwards) if start is not None else None
        if stop is None:
            return super().focusNextPrevChild(onwards)
        if isinstance(stop, Unmade):
            self.make(stop)
            QTimer.singleShot(0, self, partial(self.focusNextPrevChild, onwards))  # once they are shown
        else:
            tab, backtab = Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason
            stop.setFocus(tab if onwards else backtab)
        return True

    def _build(self) -> None:
        root, session = self._binding.session.form.root, self._binding.session
        loose: Grid | None = None
        for view in shown_children(session, "", root):
            self._note_photo_repeats(view)
            if isinstance(view.node, Group) or (
                isinstance(view.node, Repeat) and not is_photo_repeat(view.path, view.node)
            ):
                grid = self._section(session.label(view.path, self._binding.language), view.path)
                if isinstance(view.node, Repeat):
                    rows = repeat_box(self._look, self._binding, view.path, view.node, grid)
                    rows.heading.hide()  # the section says it
                    grid.add(rows)
                else:
                    grid.add_media(view)
                    grid.fill(view.path, view.node, put_off=self._put_off)
                loose = None
            elif isinstance(view.node, Question):
                loose = loose or self._section("", "")
                loose.add(loose.question_box(view.path, view.node))

    def _section(self, title: str, path: str) -> Grid:
        card = Card(title, self)
        grid = Grid(self._look, self._binding, card)
        card.body.addWidget(grid)
        self._column.addWidget(card)
        self._sections.append((card, path, grid))
        return grid

    def _note_photo_repeats(self, view: NodeView) -> None:
        if is_photo_repeat(view.path, view.node):
            self.photo_repeats.append(view)
        elif isinstance(view.node, Group):
            for inner in self._binding.session.children(view.path):
                self._note_photo_repeats(inner)

    def _show_relevant(self) -> None:
        asked = bool(self.photo_repeats)
        for card, path, grid in self._sections:
            relevant = not path or self._binding.session.relevant(path)
            if path and relevant:
                card.title.setText(self._binding.session.label(path, self._binding.language))
            shown = relevant and grid.has_something
            card.setVisible(shown)
            asked = asked or shown
        self._nothing.setVisible(not asked)


def _is_image(item: Item) -> TypeGuard[Question]:
    return isinstance(item, Question) and item.kind == "image"


def _wanted(entry: QWidget) -> bool:
    return bool(getattr(entry, "wanted", True))
