"""What of a long form is made at once, what when one comes to see it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

from app.ui.forms.grid import Grid
from app.ui.forms.unmade import Unmade
from core.forms.model.form import Form
from core.forms.model.items import Question

LONG_FORM = 300  # groups and questions
AT_ONCE = 60
TOGETHER = 12
AHEAD_MS = 300


class LongForm(QObject):
    """Of a long form only what is first in sight is made at once: a question takes some 3 ms."""

    def __init__(self, form: Form, parent: QWidget) -> None:
        super().__init__(parent)
        self._places = form.document_places
        self._waiting: dict[Unmade, Grid] = {}  # in the form's order

    def put_off(self, grid: Grid, path: str, question: Question) -> bool:
        """Whether the question is made later; something stands for it in the grid then."""
        if len(self._places) < LONG_FORM or self._places[question.full_path] < AT_ONCE:
            return False
        last = next(reversed(self._waiting), None)
        if last is None or not grid.ends_with(last) or len(last.questions) >= TOGETHER:
            last = Unmade(grid)
            last.seen.connect(partial(self.make, last), Qt.ConnectionType.QueuedConnection)
            self._waiting[last] = grid
            grid.add(last)
        last.add(path, question)
        return True

    def make(self, unmade: Unmade) -> None:
        """Questions that nobody has seen yet; those behind them follow, so that Tab leads on."""
        waiting = list(self._waiting)
        if unmade in self._waiting:
            self._make(unmade)
            for following in waiting[waiting.index(unmade) + 1 :][:1]:
                QTimer.singleShot(AHEAD_MS, following, partial(self._make, following))

    def make_question(self, path: str) -> None:
        """The question of that path, with those around it, if nobody has seen it yet."""
        for unmade in [one for one in self._waiting if one.stands_for(path)]:
            self.make(unmade)

    def make_first(self, section: QWidget) -> None:
        """The first questions of a section, if nobody has seen them yet."""
        first = next((one for one in self._waiting if section.isAncestorOf(one)), None)
        if first is not None:
            self.make(first)

    def _make(self, unmade: Unmade) -> None:
        grid = self._waiting.pop(unmade, None)
        if grid is not None:
            grid.make(unmade)
