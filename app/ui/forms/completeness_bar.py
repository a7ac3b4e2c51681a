"""How complete the record is: a calm bar, and a button for each section that lacks something."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.forms.binding import FormBinding
from app.ui.look import Look
from app.ui.widgets.card import ICON_GAP, button, named_label
from app.ui.widgets.flow import FlowLayout
from core.forms.completeness import Completeness, completeness
from core.forms.session import FormSession

BAR_PX = 6
BAR_WIDTH = 160


class CompletenessBar(QWidget):
    """Follows the answers of a form; hidden for one that requires nothing. `wanted` carries a question."""

    wanted = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._shown: tuple[tuple[str, str, str], ...] = ()
        self.told = named_label("label")
        self.evidence = named_label("hint", wrap=True)
        self.rules = named_label("hint", tr("completeness.rules"), wrap=True)
        self.rules.hide()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setStyleSheet(f"min-height: {BAR_PX}px; max-height: {BAR_PX}px; border-radius: 3px;")
        self._why = button(look, tr("completeness.how"), "info", "flat")
        self._why.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._why.clicked.connect(lambda: self.rules.setVisible(self.rules.isHidden()))
        heading = QHBoxLayout()
        heading.setSpacing(12)
        self.bar.setFixedWidth(BAR_WIDTH)
        self.sections: dict[str, QPushButton] = {}
        self._chips = QWidget()
        self._flow = FlowLayout(self._chips, gap=4)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self._chips.setSizePolicy(policy)
        for widget, stretch in ((self.told, 0), (self.bar, 0), (self._chips, 1), (self._why, 0)):
            heading.addWidget(widget, stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(heading)
        column.addWidget(self.evidence)
        column.addWidget(self.rules)
        self.hide()

    def show_completeness(self, binding: FormBinding) -> None:
        """Show how complete the record is now."""
        found, session, lang = (
            completeness(binding.session, binding.problems),
            binding.session,
            binding.language,
        )
        self.setVisible(found.required > 0)
        if not found.required:
            return
        self.bar.setRange(0, found.required)
        self.bar.setValue(found.done)
        self.told.setText(completeness_words(found))
        self.bar.setAccessibleName(self.told.text())
        self._show_sections(found, session, lang)
        words = _evidence_words(found, session, lang)
        self.evidence.setText(words)
        self.evidence.setVisible(bool(words))

    def _show_sections(self, found: Completeness, session: FormSession, lang: str) -> None:
        """One button each; they are only made anew when something in them changes."""
        shown = []
        for section in found.sections:
            if section.first:
                title = session.label(section.path, lang) if section.path else ""
                left = len(section.missing) + len(section.wrong)
                words = tr("completeness.left", title=title or tr("completeness.loose"), left=left)
                shown.append((section.path, words, section.first))
        if tuple(shown) == self._shown:
            return
        self._shown = tuple(shown)
        states = {section.path: section.state for section in found.sections}
        for old in self.sections.values():
            old.deleteLater()
        while self._flow.takeAt(0) is not None:
            pass
        self.sections = {path: self._chip(states[path], words, goal) for path, words, goal in shown}
        self._chips.updateGeometry()

    def _chip(self, state: str, words: str, goal: str) -> QPushButton:
        tokens = self._look.tokens
        made = button(self._look, words, kind="flat")
        icon, colour = ("circle-alert", tokens.bad) if state == "wrong" else ("square-pen", tokens.warn)
        made.setIcon(self._look.icons.icon(icon, colour, gap_px=ICON_GAP))
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        made.setAccessibleName(words)
        made.clicked.connect(partial(self.wanted.emit, goal))
        self._flow.addWidget(made)
        made.show()
        return made


def completeness_words(found: Completeness) -> str:
    """How much of what is required is there, in one sentence."""
    if found.wrong:
        return tr(
            "completeness.wrong",
            done=found.done, required=found.required, missing=found.missing, wrong=found.wrong,
        )  # fmt: skip
    if found.missing:
        return tr("completeness.open", done=found.done, required=found.required, missing=found.missing)
    key = "completeness.complete_warned" if found.warnings else "completeness.complete"
    return tr(key, required=found.required, warnings=found.warnings)


def _evidence_words(found: Completeness, session: FormSession, lang: str) -> str:
    absent = [session.shown_value(kind.path, kind.name, lang) for kind in found.evidence if not kind.present]
    count, there = len(found.evidence), len(found.evidence) - len(absent)
    if not absent:
        return tr("completeness.evidence_all", count=count) if count else ""
    return tr("completeness.evidence", there=there, count=count, absent=tr("words.comma").join(absent))
