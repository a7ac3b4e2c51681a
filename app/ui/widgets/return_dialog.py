"""Asks why a record is returned, and which of its answers is meant."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.ui.widgets.card import named_label
from app.ui.widgets.still_fields import ChoiceBox
from app.usecases.returning import REASON_SIGNS

WIDTH = 460
REASON_HEIGHT = 96


class ReturnDialog(QDialog):
    """`decided` carries the reason and the path of the question, "" for the whole record."""

    decided = Signal(str, str)

    def __init__(self, parent: QWidget, questions: Sequence[tuple[str, str]]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("returning.title"))
        self.setMinimumWidth(WIDTH)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(named_label("muted", tr("returning.intro"), wrap=True))
        self.reason = QPlainTextEdit()
        self.reason.setObjectName("returnReason")
        self.reason.setPlaceholderText(tr("returning.reason_example"))
        self.reason.setAccessibleName(tr("returning.reason"))
        self.reason.setFixedHeight(REASON_HEIGHT)
        self.reason.setTabChangesFocus(True)
        self.question = ChoiceBox()
        self.question.setObjectName("returnQuestion")
        self.question.setAccessibleName(tr("returning.question"))
        self.question.addItem(tr("returning.whole"), "")
        for path, label in questions:
            self.question.addItem(label, path)
        self.question.setEditable(True)  # so that typing finds one among many
        self.question.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.question.completer().setFilterMode(Qt.MatchFlag.MatchContains)
        self.question.completer().setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        for words, field in (("returning.reason", self.reason), ("returning.question", self.question)):
            column.addWidget(named_label("label", tr(words)))
            column.addWidget(field)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        cancel.setIcon(QIcon())  # the style's own fits no theme
        self.return_button = buttons.addButton(tr("returning.return"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.return_button.setProperty("kind", "primary")
        self.return_button.setObjectName("returnButton")
        buttons.accepted.connect(self._decide)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.reason.textChanged.connect(self._look)
        self._look()

    def _look(self) -> None:
        """Without a reason there is nothing to return for."""
        self.return_button.setEnabled(0 < len(self._said()) <= REASON_SIGNS)

    def _said(self) -> str:
        return self.reason.toPlainText().strip()

    def _decide(self) -> None:
        meant = self.question.findText(self.question.currentText())
        self.decided.emit(self._said(), self.question.itemData(max(0, meant)))
        self.accept()
