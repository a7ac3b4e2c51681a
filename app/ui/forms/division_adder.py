"""A small panel under the division line: add a place that no table has."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.errors import sentence
from app.i18n import tr
from app.ui.forms.binding import FormBinding
from app.ui.look import Look
from app.ui.widgets.card import button, named_label
from app.ui.widgets.composition import CompositionGuard
from core.divisions import join_names, levels_of
from core.errors import KnownError


@dataclass(frozen=True)
class NewDivision:
    """What a person wants to add."""

    parent: str
    name: str
    code: str


class DivisionAdder(QFrame):
    """Name and code of a new division below the place that the questions of the cascade name now."""

    added = Signal(str)  # its code

    def __init__(self, look: Look, binding: FormBinding, paths: list[str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("row")
        self._binding = binding
        self._paths = paths
        self._parent_code = ""
        self.above = named_label("shown", wrap=True)
        self.name, self.code = QLineEdit(), QLineEdit()
        self._guards = [CompositionGuard(line) for line in (self.name, self.code)]
        self.name.setMaxLength(40)
        self.code.setMaxLength(12)
        self.problem = named_label("problem", wrap=True)
        self.save = button(look, tr("divisions.save"), "plus", "primary")
        self.cancel = button(look, tr("divisions.cancel"))
        self.save.clicked.connect(self._ask)
        self.cancel.clicked.connect(self.hide)
        self.name.returnPressed.connect(self._ask)
        self.code.returnPressed.connect(self._ask)
        self._lay_out()
        self.hide()

    def begin(self, name: str) -> None:
        """Open with this name, below the deepest place chosen so far."""
        session, language = self._binding.session, self._binding.language
        chosen = [(path, session.value(path)) for path in self._paths]
        above = [
            (path, code) for path, code in chosen if isinstance(code, str) and levels_of(code) != ("village",)
        ]
        self._parent_code = "" if len(above) < 2 else above[-1][1]
        self.above.setText(
            join_names(session.shown(path, language) for path, _ in above)
            if self._parent_code
            else tr("divisions.choose_above")
        )
        self.name.setText(name)
        self.code.clear()
        self.show_problem("")
        for part in (self.name, self.code, self.save):
            part.setEnabled(bool(self._parent_code))
        self.show()
        if self._parent_code:
            self.name.setFocus(Qt.FocusReason.OtherFocusReason)
            self._binding.division_begun.emit(self._parent_code, self)
        else:
            self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_code(self, code: str) -> None:
        """Offer a code, unless one was typed meanwhile."""
        if not self.code.text():
            self.code.setText(code)

    def show_error(self, error: BaseException) -> None:
        """Say why it was not added; what was typed stays."""
        if not isinstance(error, KnownError):
            raise error
        self.save.setEnabled(True)
        self.show_problem(sentence(error))

    def show_problem(self, text: str) -> None:
        """Words about what is wrong, or none."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def show_added(self, new: NewDivision) -> None:
        """It is there."""
        self.hide()
        self.added.emit(new.code)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _ask(self) -> None:
        if not self._parent_code or any(guard.composing for guard in self._guards):
            return
        self.save.setEnabled(False)  # until it is said what became of it
        new = NewDivision(self._parent_code, self.name.text().strip(), self.code.text().strip())
        self._binding.division_added.emit(new, self)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        column.addWidget(named_label("subsection", tr("divisions.add_title")))
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        for row, (words, part) in enumerate(
            (("below", self.above), ("name", self.name), ("code", self.code))
        ):
            label = named_label("label", tr(f"divisions.{words}"))
            label.setBuddy(part)
            grid.addWidget(label, row, 0)
            grid.addWidget(part, row, 1)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        column.addWidget(named_label("hint", tr("divisions.code_hint"), wrap=True))
        column.addWidget(self.problem)
        buttons = QHBoxLayout()
        buttons.addWidget(self.save)
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        column.addLayout(buttons)
