"""What a pasted table would become, before it does."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.forms.pasted_rows import Pasted
from app.ui.look import Look
from app.ui.tokens import Tokens
from app.ui.widgets.card import named_label
from app.ui.widgets.tinted_cells import TintedCells

ROWS_SHOWN = 200
SIZE = (760, 420)


class PastePreview(QDialog):
    """The rows as they were understood; `agreed` when they are to be added."""

    agreed = Signal()

    def __init__(self, look: Look, pasted: Pasted, language: str, parent: QWidget) -> None:
        super().__init__(parent.window())
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("paste.title"))
        self.resize(*SIZE)
        self.table = QTableWidget(min(len(pasted.rows), ROWS_SHOWN), len(pasted.columns))
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setHorizontalHeaderLabels(
            [one.label(language) if one is not None else tr("paste.unknown_column") for one in pasted.columns]
        )
        self.table.setItemDelegate(TintedCells(self.table))
        self.table.setCornerButtonEnabled(False)
        self._fill(pasted, look.tokens)
        self.table.resizeColumnsToContents()
        self.table.horizontalHeader().setStretchLastSection(True)
        unclear = pasted.not_understood
        self.words = tr("paste.unclear", count=unclear) if unclear else tr("paste.all_clear")
        buttons = QDialogButtonBox()
        add = buttons.addButton(
            tr("paste.add", count=len(pasted.rows)), QDialogButtonBox.ButtonRole.AcceptRole
        )
        add.setProperty("kind", "primary")
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(self.agreed)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(named_label("muted", self.words, wrap=True))
        column.addWidget(self.table, 1)
        if len(pasted.rows) > ROWS_SHOWN:
            more = tr("paste.more", count=len(pasted.rows) - ROWS_SHOWN)
            column.addWidget(named_label("hint", more))
        column.addWidget(buttons)

    def _fill(self, pasted: Pasted, tokens: Tokens) -> None:
        for at, row in enumerate(pasted.rows[:ROWS_SHOWN]):
            for column, cell in enumerate(row):
                item = QTableWidgetItem(cell.text)
                if not cell.understood:
                    item.setData(Qt.ItemDataRole.BackgroundRole, QColor(tokens.bad_soft))
                    item.setForeground(QColor(tokens.bad))
                    item.setToolTip(tr("paste.not_understood"))
                self.table.setItem(at, column, item)
