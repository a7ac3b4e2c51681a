"""The heading of the record page: where the record stands, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QWidget

from app.i18n import tr
from app.ui.forms.undoing import Undoing
from app.ui.look import Look
from app.ui.models.record_list_model import state_of, sync_of
from app.ui.widgets.card import Badge, button
from app.usecases.records import RecordRow

NARROW_PX = 960  # of the page: below it the less needed buttons are icons only
_BUTTONS = {
    "previous": "chevron-left",
    "next": "chevron-right",
    "preview": "file-text",
    "finalise": "file-check",
    "save": "save",
}


class RecordHeading:
    """Fills the heading row of `page`. `run` holds what to do, by name."""

    def __init__(
        self, look: Look, row: QHBoxLayout, page: QWidget, run: Mapping[str, Callable[[], object]]
    ) -> None:
        self._look, self._row = look, row
        row.setSpacing(10)
        row.insertWidget(0, self._icon("arrow-left", tr("record.back"), run["back"]))
        self.sample = Badge(tr("records.mark"), "warn")
        self.badge, self.sync_badge = Badge(), Badge()
        self.undo_button = self._icon("undo-2", tr("undo.undo"), run["undo"])
        self.redo_button = self._icon("redo-2", tr("undo.redo"), run["redo"])
        for made in (self.sample, self.badge, self.sync_badge, self.undo_button, self.redo_button):
            row.addWidget(made)
        self.sample.hide()
        row.addStretch(1)
        self.buttons: dict[str, QPushButton] = {}
        for name, icon in _BUTTONS.items():
            self._add(name, icon, run[name])
        self._add_menu(run)
        for keys, name in ((QKeySequence.StandardKey.Undo, "undo"), (QKeySequence.StandardKey.Redo, "redo")):
            shortcut = QShortcut(QKeySequence(keys), page)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(run[name])

    def show_row(self, row: RecordRow | None) -> None:
        """Say how the record stands; None: it is nowhere yet."""
        for made in (self.badge, self.sync_badge):
            made.setVisible(row is not None)
        self.sample.setVisible(row is not None and row.sample)
        if row is not None:
            self.badge.set_state(*state_of(row))
            self.sync_badge.set_state(*sync_of(row))

    def show_unsaved(self) -> None:
        """Something was answered that is no operation yet."""
        self.sync_badge.set_state(tr("records.sync.unsaved"), "warn")

    def show_steps(self, undoing: Undoing) -> None:
        """Offer what can be taken back and done again."""
        self.undo_button.setEnabled(undoing.can_undo)
        self.redo_button.setEnabled(undoing.can_redo)

    def show_neighbours(self, *, before: bool, after: bool) -> None:
        """Offer the records before and after this one."""
        self.buttons["previous"].setEnabled(before)
        self.buttons["next"].setEnabled(after)

    def fit(self, width: int) -> None:
        """Icons alone where the page is narrow."""
        narrow = width < NARROW_PX
        self._row.setSpacing(6 if narrow else 10)
        for made in (self.undo_button, self.redo_button):
            made.setVisible(not narrow)  # the menu has them too
        for name, made in self.buttons.items():
            made.setText("" if narrow and name != "save" else made.accessibleName())

    def _add(self, name: str, icon: str, run: Callable[[], object]) -> None:
        words = tr(f"record.{name}")
        made = button(self._look, words, icon, "primary" if name == "save" else "")
        made.clicked.connect(lambda _=False: run())
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setToolTip(words)
        made.setAccessibleName(words)
        self.buttons[name] = made
        self._row.addWidget(made)

    def _add_menu(self, run: Mapping[str, Callable[[], object]]) -> None:
        more = self._icon("ellipsis", tr("record.more"), lambda: None)
        self.menu = QMenu(more)
        for name in ("undo", "redo"):
            self.menu.addAction(tr(f"undo.{name}"), run[name])
        self.menu.addSeparator()
        self.menu.addAction(tr("copy_previous.action"), run["copy"])
        more.clicked.connect(lambda: self.menu.popup(more.mapToGlobal(more.rect().bottomLeft())))
        self._row.addWidget(more)

    def _icon(self, icon: str, words: str, run: Callable[[], object]) -> QPushButton:
        made = button(self._look, "", icon, "flat")
        made.setToolTip(words)
        made.setAccessibleName(words)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.clicked.connect(lambda _=False: run())
        return made
