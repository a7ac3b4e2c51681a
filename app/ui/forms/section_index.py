"""The sections of a long form, to jump to."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.i18n import tr
from app.ui.look import Look
from app.ui.widgets.card import button
from app.ui.widgets.flow import FlowLayout

LEAST_SECTIONS = 3


class SectionIndex(QWidget):
    """One button a section; the one in sight is marked. Forms with fewer than three sections need none."""

    wanted = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._titles: list[str] = []
        self.buttons: list[QPushButton] = []
        self._flow = FlowLayout(self)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(tr("index.name"))
        self.hide()

    def show_titles(self, titles: list[str]) -> None:
        """These sections are on the page now."""
        self.setVisible(len(titles) >= LEAST_SECTIONS)
        if titles == self._titles:
            return
        self._titles = titles
        while (item := self._flow.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.buttons = []
        for at, title in enumerate(titles):
            made = button(self._look, title, kind="flat")
            made.setCheckable(True)
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.clicked.connect(partial(self._choose, at))
            self.buttons.append(made)
            self._flow.addWidget(made)
        self.mark(0)
        self.updateGeometry()

    def mark(self, at: int) -> None:
        """This section is in sight."""
        for number, made in enumerate(self.buttons):
            made.setChecked(number == at)

    def _choose(self, at: int) -> None:
        self.wanted.emit(at)
        self.mark(at)
