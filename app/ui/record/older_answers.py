"""Beside the form: what earlier versions of it asked and this one does not, with the answers as they were."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout

from app.i18n import tr
from app.ui.widgets.card import Card, clear_layout, named_label
from app.usecases.older_answers import OlderAnswer

SHOWN = 100


class OlderAnswers(Card):
    """Hidden while there are none."""

    def __init__(self) -> None:
        super().__init__(tr("older_answers.title"))
        self.body.addWidget(named_label("hint", tr("older_answers.hint"), wrap=True))
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        self.body.addLayout(self._rows)
        self.hide()

    def show_answers(self, answers: Sequence[OlderAnswer]) -> None:
        """Show these."""
        clear_layout(self._rows)
        for answer in answers[:SHOWN]:
            line = tr("older_answers.line", label=answer.label, text=answer.text)
            self._rows.addWidget(named_label("muted", line, wrap=True, selectable=True))
        if len(answers) > SHOWN:
            self._rows.addWidget(named_label("muted", tr("import_form.more", count=len(answers) - SHOWN)))
        self.setVisible(bool(answers))
