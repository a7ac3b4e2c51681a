"""What the editors of a form ask for that takes a job, a dialog or another program."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.ui.desk import Desk
from app.ui.forms.binding import FormBinding


class FormTasks(QObject):
    """Does some of what the form on screen asks for, through its `FormBinding`."""

    told = Signal(str, str)  # the kind of a notice and its words
    failed = Signal(object)  # the exception that stopped it

    def __init__(self, desk: Desk, page: QWidget) -> None:
        super().__init__(page)
        self._desk, self._page = desk, page
        self._binding: FormBinding | None = None

    def follow(self, binding: FormBinding) -> None:
        """Listen to the form that is on screen now."""
        self._binding = binding
