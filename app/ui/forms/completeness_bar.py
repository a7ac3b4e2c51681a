"""How complete the record is: a calm bar, and how that is counted."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.look import Look
from app.ui.widgets.card import button, named_label
from core.forms.filling.completeness import Completeness
from core.forms.filling.session import FormSession

BAR_PX = 6
BAR_WIDTH = 160


class CompletenessBar(QWidget):
    """Follows the answers of a form; hidden for one that requires nothing."""

    def __init__(self, look: Look) -> None:
        super().__init__()
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
        for widget in (self.told, self.bar):
            heading.addWidget(widget)
        heading.addStretch(1)
        heading.addWidget(self._why)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(heading)
        column.addWidget(self.evidence)
        column.addWidget(self.rules)
        self.hide()

    def show_completeness(self, found: Completeness, session: FormSession, lang: str, *, final: bool) -> None:
        """Show how complete the record is now; `final`: it was finalised, and nobody changed it since."""
        self.setVisible(found.required > 0)
        if not found.required:
            return
        self.bar.setRange(0, found.required)
        self.bar.setValue(found.done)
        self.told.setText(completeness_words(found, final=final))
        self.bar.setAccessibleName(self.told.text())
        words = _evidence_words(found, session, lang)
        self.evidence.setText(words)
        self.evidence.setVisible(bool(words))


def completeness_words(found: Completeness, *, final: bool = False) -> str:
    """How much of what is required is there, in one sentence."""
    if found.wrong and not found.missing:
        return tr("completeness.wrong_only", done=found.done, required=found.required, wrong=found.wrong)
    if found.wrong:
        return tr(
            "completeness.wrong",
            done=found.done, required=found.required, missing=found.missing, wrong=found.wrong,
        )  # fmt: skip
    if found.missing:
        return tr("completeness.open", done=found.done, required=found.required, missing=found.missing)
    if final:
        return tr("completeness.complete_final", required=found.required)
    key = "completeness.complete_warned" if found.warnings else "completeness.complete"
    return tr(key, required=found.required, warnings=found.warnings)


def _evidence_words(found: Completeness, session: FormSession, lang: str) -> str:
    absent = [session.shown_value(kind.path, kind.name, lang) for kind in found.evidence if not kind.present]
    count, there = len(found.evidence), len(found.evidence) - len(absent)
    if not absent:
        return tr("completeness.evidence_all", count=count) if count else ""
    return tr("completeness.evidence", there=there, count=count, absent=tr("words.comma").join(absent))
