"""The button that begins a record."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMenu, QPushButton

from app.i18n import language, tr
from app.ui.look import Look
from app.ui.widgets.card import furnish, repolish

if TYPE_CHECKING:
    from core.forms.model.form import Form


_WIDEST_PX = 420  # of a form's title: menus that are wider than the window are cut


class NewRecordButton(QPushButton):
    """Asks in a menu which form; of one form it needs no question. `form_chosen` carries the form's id."""

    form_chosen = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__(tr("records.new"))
        furnish(self, look, "plus", "primary")
        self._forms: list[str] = []
        self._awaited = False  # asked for before it was known which forms there are
        self.clicked.connect(self._clicked)

    def offer(self, forms: Sequence[Form]) -> None:
        """Begin records of these forms from now on."""
        self._forms = [form.form_id for form in forms]
        menu = QMenu(self) if len(forms) > 1 else None
        if menu is not None:
            menu.setToolTipsVisible(True)
            for form in forms:
                self._add(menu, form.form_id, form.title(language()))
        self.setProperty("menu", "true" if menu is not None else "")
        self.setMenu(menu)  # type: ignore[arg-type]  # None takes a menu away, the stubs forget it
        repolish(self)
        if self._awaited:
            self.begin()

    def begin(self) -> None:
        """As if it were clicked: choose the only form, or ask which; at once or when the forms have come."""
        self._awaited = not self._forms
        if len(self._forms) == 1:
            self.form_chosen.emit(self._forms[0])
        elif self._forms:
            self.showMenu()

    def _add(self, menu: QMenu, form_id: str, title: str) -> None:
        shown = menu.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, _WIDEST_PX)
        action = menu.addAction(shown.replace("&", "&&"), partial(self.form_chosen.emit, form_id))
        action.setToolTip(title)

    def _clicked(self) -> None:
        if self.menu() is None:
            self.begin()
