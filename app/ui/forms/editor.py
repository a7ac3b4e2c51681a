"""What every question editor is: a widget that shows a value, gives it back and says when it changed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from core.forms.model.choices import Choice
from core.values import Value


class Editor(QWidget):
    """`edited`: something was typed and may go on; `settled`: the answer stands and should be kept now."""

    edited = Signal()
    settled = Signal()
    next_wanted = Signal()
    wide = False
    """Whether it needs the whole width of a section."""

    def value(self) -> Value:
        """The answer as it stands; None when there is none. Text that is no number or date comes as text."""
        raise NotImplementedError

    def show_value(self, value: Value) -> None:
        """Show this answer without telling anybody that it changed."""
        raise NotImplementedError

    def set_readonly(self, readonly: bool) -> None:
        """Let it be read only."""
        self.setEnabled(not readonly)

    def set_bad(self, bad: bool) -> None:
        """Mark it as breaking a rule, or not."""

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Offer these choices from now on."""

    def set_counter(self, text: str, bad: bool) -> None:
        """Show how much of an allowed length is used."""

    def has_focus_inside(self) -> bool:
        """Whether the person is in this editor now."""
        focused = self.window().focusWidget()
        return focused is not None and (focused is self or self.isAncestorOf(focused))
