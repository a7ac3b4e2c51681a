"""Beside the form: its photos, what is to do, what belongs to the record, and what is known about it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import language, tr
from app.ui.forms.binding import FormBinding
from app.ui.forms.photo_panel import PhotoPanel
from app.ui.look import Look
from app.ui.models.record_list_model import day_and_time
from app.ui.record.older_answers import OlderAnswers
from app.ui.record.related_records import RelatedRecords
from app.ui.record.to_do_list import ToDoList
from app.ui.tokens import GAP
from app.ui.widgets.card import Card, clear_layout, named_label
from app.ui.widgets.scroll_page import ScrollPage
from app.usecases.records import RecordRow
from core.forms.filling.session import NodeView

SIDE_WIDTH = 340


class RecordSide(ScrollPage):
    """Made anew for every form that is shown."""

    question_wanted = Signal(str)  # path
    record_opened = Signal(str)
    record_begun = Signal(str, str)  # form, path of the question by which it refers to this record
    attaching_cancelled = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.panels: list[PhotoPanel] = []
        self.setFixedWidth(SIDE_WIDTH)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GAP)
        self.setWidget(inside)

    def show_form(self, binding: FormBinding, photo_repeats: list[NodeView]) -> None:
        """Stand beside this form, whose grids of photos are these."""
        clear_layout(self._column)
        self.panels = [PhotoPanel(self._look, binding, view, self) for view in photo_repeats]
        self.todo = ToDoList(self._look)
        self.todo.wanted.connect(self.question_wanted)
        self.related = RelatedRecords(self._look)
        self.related.opened.connect(self.record_opened)
        self.related.begun.connect(self.record_begun)
        self.older = OlderAnswers()
        self.about = Card(tr("record.about"))
        self._about_text = named_label("muted", wrap=True, selectable=True)
        self.about.body.addWidget(self._about_text)
        for panel in self.panels:
            panel.cancelled.connect(self.attaching_cancelled)
        for card in (*self.panels, self.todo, self.related, self.older, self.about):
            self._column.addWidget(card)
        self._column.addStretch(1)

    def go_to_photos(self, path: str) -> None:
        """Bring the person to the photos of that repeat, if they stand here."""
        for panel in self.panels:
            if panel.path == path:
                panel.add_button.setFocus()

    def show_facts(self, binding: FormBinding, row: RecordRow | None) -> None:
        """What is to do, and when the record was made and changed."""
        form = binding.session.form
        self.todo.show_problems(binding)
        lines = [tr("record.form", title=form.title(language()), version=form.version)]
        if row is not None:
            lines.append(tr("record.created", at=day_and_time(row.created)))
            lines.append(tr("record.updated", at=day_and_time(row.updated)))
        self._about_text.setText("\n".join(lines))

    def show_progress(self, path: str, done: int, total: int) -> None:
        """How far attaching photos to `path` is; "" is every panel, `total` 0 hides it."""
        for panel in self.panels:
            if path in {"", panel.path}:
                panel.show_progress(done, total)
