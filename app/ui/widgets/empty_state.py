"""What stands where nothing is yet: a quiet picture, what that means, what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.ui.look import Look
from app.ui.widgets.card import named_label


class EmptyState(QWidget):
    """An icon over one line of meaning and one of advice."""

    def __init__(self, look: Look, icon: str, words: str, advice: str) -> None:
        super().__init__()
        picture = QLabel()
        picture.setPixmap(look.icons.pixmap(icon, look.tokens.line_strong, 44))
        self._words = named_label("subsection")
        self._advice = named_label("muted", wrap=True)
        self._advice.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._words, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._advice)
        column.addStretch(2)
        self.set_words(words, advice)

    def set_words(self, words: str, advice: str) -> None:
        """Say something else."""
        self._words.setText(words)
        self._advice.setText(advice)
        self._advice.setVisible(bool(advice))
