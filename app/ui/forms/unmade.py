"""Questions of a long form that are made as one comes to see them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from core.forms.model.items import Question

QUESTION_PX = 64


class Unmade(QWidget):
    """Stands in a grid for questions of it until one sees them."""

    seen = Signal()

    def __init__(self, grid: QWidget) -> None:
        super().__init__(grid)
        self.questions: list[tuple[str, Question]] = []
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # so that Tab comes by and has them made

    def stands_for(self, path: str) -> bool:
        """Whether the question of that path is one of them."""
        return any(path == one for one, _ in self.questions)

    def add(self, path: str, question: Question) -> None:
        """Stand for this one too."""
        self.questions.append((path, question))
        self.setFixedHeight(QUESTION_PX * (len(self.questions) + 1) // 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        self.seen.emit()
