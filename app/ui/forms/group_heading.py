"""The heading of a group inside a section of a form."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.ui.forms.binding import FormBinding
from app.ui.look import Look
from app.ui.widgets.marked_label import MarkedLabel


class GroupHeading(QWidget):
    """Shows the label as long as the group is relevant."""

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
