"""One line above a cascade of division questions that finds the place at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.forms.binding import FormBinding
from app.ui.forms.division_adder import DivisionAdder
from app.ui.look import Look
from app.ui.widgets.composition import CompositionGuard
from app.ui.widgets.place_search import division_row
from app.ui.widgets.search_popup import Found, SearchPopup
from app.usecases.divisions import DivisionFound
from core.divisions import ancestors_of
from core.forms.filling.session import NodeView
from core.forms.list_names import DIVISIONS
from core.forms.model.items import Question

TYPING_MS = 150
_ADD = "+"  # the row by which a place is added


def division_cascades(views: Iterable[NodeView]) -> dict[str, list[str]]:
    """The paths of division questions that stand together, by the first one; a single one has no cascade."""
    cascades: list[list[str]] = [[]]
    for view in views:
        if (
            isinstance(view.node, Question)
            and view.node.itemset
            and view.node.itemset.instance_id == DIVISIONS
        ):
            cascades[-1].append(view.path)
        elif cascades[-1]:
            cascades.append([])
    return {paths[0]: paths for paths in cascades if len(paths) > 1}


class DivisionLine(QWidget):
    """Finds as one types; choosing one answers every question of the cascade at once."""

    def __init__(self, look: Look, binding: FormBinding, paths: list[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._binding, self._paths = binding, paths
        self._take_first = False
        self.line = QLineEdit()
        self.line.setPlaceholderText(tr("divisions.search"))
        self.line.setAccessibleName(tr("divisions.search"))
        self.line.setClearButtonEnabled(True)
        self.line.addAction(
            look.icons.icon("search", look.tokens.muted), QLineEdit.ActionPosition.LeadingPosition
        )
        self._guard = CompositionGuard(self.line)
        self.line.installEventFilter(self)
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._ask)
        self.line.textEdited.connect(self._edited)
        self.popup = SearchPopup(look, self.line)
        self.popup.chosen.connect(self._take)
        self.adder = DivisionAdder(look, binding, paths, self)
        self.adder.added.connect(self._added)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.line)
        column.addWidget(self.adder)

    @property
    def wanted(self) -> bool:
        """Whether any of its questions is asked and can be changed."""
        session = self._binding.session
        return any(session.relevant(path) and not session.readonly(path) for path in self._paths)

    def show_finds(self, typed: str, found: Sequence[DivisionFound]) -> None:
        """List these, unless something else was typed since; at the end one may add a place."""
        if typed != self.line.text().strip() or not self.line.hasFocus():
            return
        take_first, self._take_first = self._take_first, False
        if take_first and found:
            self._choose(found[0].code)
        elif found or typed:
            add = tr("divisions.add") if found else tr("divisions.nothing", text=typed)
            self.popup.show_rows(
                [*map(division_row, found), Found(_ADD, add, icon="plus")], mark_first=bool(found)
            )
        else:
            self.popup.close_rows()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down or a click in the empty line shows the places used last; Enter takes the first that comes."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not self._guard.composing:
                return self._enter()
            if event.key() == Qt.Key.Key_Down:
                self._ask()
                return True
        elif isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseButtonRelease and not self.line.text():
                self._ask()
        elif event.type() == QEvent.Type.FocusOut:
            self._typing.stop()
        return super().eventFilter(watched, event)

    def _enter(self) -> bool:
        """While nothing is found yet, the first that comes; what is found is taken by the popup itself."""
        if self.line.text().strip() and not self.popup.isVisible():
            self._take_first = True
            self._ask()
        return True

    def _edited(self) -> None:
        self._take_first = False
        self.popup.close_rows()
        self._typing.start()

    def _ask(self) -> None:
        self._typing.stop()
        places = [self._binding.session.value(path) for path in self._paths]
        near = next((place for place in reversed(places) if isinstance(place, str)), "")
        self._binding.divisions_asked.emit(self.line.text().strip(), near, self)

    def _take(self, found: Found) -> None:
        if found.key == _ADD:
            typed = self.line.text().strip()
            self.adder.begin("" if typed.isascii() else typed)
        else:
            self._choose(found.key)

    def _choose(self, code: str) -> None:
        """Every question of the cascade takes what it offers of this place and those above it."""
        self.popup.close_rows()
        self.line.clear()
        self._binding.choose_in_turn(self._paths, ancestors_of(code))

    def _added(self, code: str) -> None:
        self._binding.session.read_lists_anew()
        self._choose(code)
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)
