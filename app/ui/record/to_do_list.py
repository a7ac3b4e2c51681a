"""What is wrong, odd or missing, as a list that leads to each question."""

from __future__ import annotations

from functools import partial
from heapq import nsmallest

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QVBoxLayout

from app.i18n import tr
from app.ui.forms.binding import FormBinding
from app.ui.forms.field_box import problem_text
from app.ui.look import Look
from app.ui.widgets.card import ICON_GAP, Card, button, clear_layout, named_label
from core.problems import Problem

SHOWN = 8
ROOM_PX = 290  # beside a scroll bar too
ICON_PX = 40


class ToDoList(Card):
    """The first problems of a form by their labels; `wanted` carries the path of the one clicked."""

    wanted = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__(tr("record.to_do"))
        self._look = look
        self._shown: object = None
        self._column = QVBoxLayout()
        self._column.setSpacing(0)
        self.body.addLayout(self._column)

    def show_problems(self, binding: FormBinding) -> None:
        """Show what the form finds wrong now."""
        problems = binding.problems
        first = nsmallest(SHOWN, problems, key=_rank)
        open_ones = sum(problem.severity == "error" for problem in problems)
        lines = [(problem, self._words(binding, problem)) for problem in first]
        if (lines, len(problems), open_ones) == self._shown:
            return
        self._shown = lines, len(problems), open_ones
        clear_layout(self._column)
        for problem, words in lines:
            item = button(self._look, words, "info", "flat")
            item.setIcon(self._icon(problem))
            metrics = item.fontMetrics()
            item.setText(metrics.elidedText(words, Qt.TextElideMode.ElideRight, ROOM_PX - ICON_PX))
            item.setAccessibleName(words)
            item.setToolTip(words)
            item.setStyleSheet("text-align: left;")
            item.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            item.setMaximumWidth(ROOM_PX)
            item.clicked.connect(partial(self.wanted.emit, problem.path))
            self._column.addWidget(item)
        if len(problems) > SHOWN:
            more = tr("record.more_to_do", count=len(problems) - SHOWN)
            self._column.addWidget(named_label("hint", more))
        if not open_ones:
            self._column.addWidget(named_label("muted", tr("record.nothing_to_do"), wrap=True))
        self.title.setText(tr("record.to_do_count", count=open_ones) if open_ones else tr("record.to_do"))

    def _words(self, binding: FormBinding, problem: Problem) -> str:
        label = binding.session.label(problem.path, binding.language)
        if problem.code == "required":
            return label
        words = problem_text(problem, binding.language)
        return words if problem.code == "given_up" else f"{label}：{words}"

    def _icon(self, problem: Problem) -> QIcon:
        tokens = self._look.tokens
        name, colour = [("circle-alert", tokens.bad), ("triangle-alert", tokens.warn), ("info", tokens.link)][
            _rank(problem)
        ]
        return self._look.icons.icon(name, colour, gap_px=ICON_GAP)


def _rank(problem: Problem) -> int:
    """What is wrong comes first, then what is odd; what is only missing is long, and seen in the form."""
    return 2 if problem.code == "required" else 1 if problem.severity == "warning" else 0
