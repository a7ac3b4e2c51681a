"""The sections of a long form, each with what it lacks, to jump to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from app.i18n import tr
from app.ui.look import Look
from app.ui.widgets.card import ICON_GAP, button
from app.ui.widgets.flow import FlowLayout
from core.forms.filling.completeness import Completeness

LEAST_SECTIONS = 3


@dataclass(frozen=True)
class Entry:
    """A section by its path; `goal` is the question to answer or to correct first, "" if nothing is left."""

    path: str
    title: str
    goal: str = ""
    left: int = 0
    wrong: bool = False


def entries_of(titles: dict[str, str], found: Completeness) -> list[Entry]:
    """An entry for each section by its path, and one more for what is left outside of them."""
    counted = {section.path: section for section in found.sections}
    outside = [path for path, section in counted.items() if section.first and path not in titles]
    entries = []
    for path in (*titles, *outside):
        title, section = titles.get(path, tr("completeness.loose")), counted.get(path)
        if section is None:
            entries.append(Entry(path, title))
        else:
            left = len(section.missing) + len(section.wrong)
            entries.append(Entry(path, title, section.first, left, bool(section.wrong)))
    return entries


class SectionIndex(QWidget):
    """One button a section; the one in sight is marked. Forms with fewer than three sections need none.

    `wanted` carries the entry of the button.
    """

    wanted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._entries: list[Entry] = []
        self.buttons: list[QPushButton] = []
        self._flow = FlowLayout(self, gap=2)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(tr("index.name"))
        self.hide()

    def show_entries(self, entries: list[Entry]) -> None:
        """These sections are on the page now; their buttons stay where only what they lack has changed."""
        self.setVisible(len(entries) >= LEAST_SECTIONS)
        if entries == self._entries:
            return
        told = self._entries
        self._entries = entries
        if [(entry.path, entry.title) for entry in entries] != [(entry.path, entry.title) for entry in told]:
            self._make_buttons()
            told = []
        for at, (made, entry) in enumerate(zip(self.buttons, entries, strict=True)):
            if told[at : at + 1] != [entry]:
                self._tell(made, entry)
        self.updateGeometry()

    def mark(self, at: int) -> None:
        """This section is in sight."""
        for number, made in enumerate(self.buttons):
            made.setChecked(number == at)

    def _make_buttons(self) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self.buttons = []
        for at in range(len(self._entries)):
            made = button(self._look, "", kind="flat")
            made.setCheckable(True)
            made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            made.clicked.connect(partial(self._choose, at))
            self.buttons.append(made)
            self._flow.addWidget(made)
        self.mark(0)

    def _tell(self, made: QPushButton, entry: Entry) -> None:
        tokens = self._look.tokens
        icon, colour = ("circle-alert", tokens.bad) if entry.wrong else ("square-pen", tokens.warn)
        words = tr("completeness.left", title=entry.title, left=entry.left) if entry.left else entry.title
        made.setText(words)
        made.setAccessibleName(words)
        made.setIcon(self._look.icons.icon(icon, colour, gap_px=ICON_GAP) if entry.left else QIcon())

    def _choose(self, at: int) -> None:
        self.wanted.emit(self._entries[at])
        self.mark(at)
