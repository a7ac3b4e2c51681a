"""A form on screen, made from its session: sections as cards, questions in two or three columns."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.forms.binding import FormBinding
from app.ui.forms.field_box import FieldBox
from app.ui.forms.form_parts import is_photo_repeat, shown_children
from app.ui.forms.grid import Grid, repeat_box
from app.ui.forms.long_form import LongForm
from app.ui.forms.repeat_box import RepeatBox
from app.ui.forms.tab_order import next_stop
from app.ui.forms.unmade import Unmade
from app.ui.look import Look
from app.ui.tokens import GAP
from app.ui.widgets.card import Card, named_label
from core.forms.filling.session import NodeView
from core.forms.model.items import Group, Question, Repeat


class FormView(QWidget):
    """All sections of a form, one under the other. Photo grids stand elsewhere: see `photo_repeats`."""

    def __init__(self, look: Look, binding: FormBinding, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._binding = look, binding
        self.photo_repeats: list[NodeView] = []
        self._long = LongForm(binding.session.form, self)
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
        self._long.make_question(path)
        for rows in self.findChildren(RepeatBox):
            if path.startswith(f"{rows.path}["):
                rows.reveal(path)
        return next((box for box in self.findChildren(FieldBox) if box.path == path), None)

    def make_first(self, section: str) -> None:
        """The first questions of a section, if nobody has seen them yet."""
        card = self.sections().get(section)
        if card is not None:
            self._long.make_first(card)

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
            self._long.make(stop)
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
                    grid.fill(view.path, view.node, put_off=self._long.put_off)
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
