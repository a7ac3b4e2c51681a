"""The dialogs of the help menu: the keys, and what this program is."""

from __future__ import annotations

import platform
import sys

from PySide6.QtCore import QLibraryInfo, Qt
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

import app
from app.i18n import tr
from app.ui.tokens import GAP
from app.ui.widgets.card import Card, named_label

KEYS_SIZE = (720, 560)
COLUMNS = 2
HEADING_ROWS = 3
ALWAYS = ("tab", "enter", "arrows", "digits", "paste")
"""Keys that no menu shows."""


def keys_dialog(parent: QWidget, sections: list[tuple[str, list[tuple[str, str]]]]) -> QDialog:
    """Every key of the menus, and those that work in pages."""
    dialog = _dialog(parent, tr("help.keys"))
    dialog.resize(*KEYS_SIZE)
    row = QHBoxLayout()
    row.setSpacing(GAP)
    columns = [QVBoxLayout() for _ in range(COLUMNS)]
    heights = [0] * COLUMNS
    everywhere = [(tr(f"help.key_{name}_words"), tr(f"help.key_{name}")) for name in ALWAYS]
    shown = [*((title, entries) for title, entries in sections if entries), (tr("help.in_pages"), everywhere)]
    for title, entries in shown:
        at = heights.index(min(heights))
        columns[at].addWidget(_keys_card(title, entries))
        heights[at] += len(entries) + HEADING_ROWS
    for column in columns:
        column.setSpacing(GAP)
        column.addStretch(1)
        row.addLayout(column, 1)
    dialog.layout().insertLayout(0, row)
    return dialog


def about_dialog(parent: QWidget, facts: list[tuple[str, str]]) -> QDialog:
    """Version, licence and these facts (label, value), with a button that copies them."""
    dialog = _dialog(parent, tr("menu.about_title"))
    lines = [*own_facts(), *facts]
    card = Card()
    card.body.addWidget(named_label("title", tr("app.title")))
    card.body.addWidget(named_label("muted", tr("app.about"), wrap=True))
    grid = QGridLayout()
    grid.setHorizontalSpacing(GAP)
    grid.setColumnStretch(1, 1)
    for at, (label, value) in enumerate(lines):
        grid.addWidget(named_label("label", label), at, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(named_label("fact", value, wrap=True, selectable=True), at, 1)
    card.body.addLayout(grid)
    card.body.addWidget(named_label("hint", tr("help.licences"), wrap=True))
    dialog.layout().insertWidget(0, card)
    copy = dialog.findChild(QDialogButtonBox).addButton(
        tr("help.copy"), QDialogButtonBox.ButtonRole.ActionRole
    )
    text = "\n".join(f"{label}：{value}" for label, value in lines)
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
    return dialog


def own_facts() -> list[tuple[str, str]]:
    """(label, value): what somebody who helps wants to know first."""
    return [
        (tr("help.version"), app.__version__),
        (tr("help.system"), f"{platform.system()} {platform.release()} · {platform.machine()}"),
        (tr("help.parts"), f"Python {sys.version.split()[0]} · Qt {QLibraryInfo.version().toString()}"),
    ]


def _dialog(parent: QWidget, title: str) -> QDialog:
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.setMinimumWidth(460)
    column = QVBoxLayout(dialog)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.close)
    buttons.button(QDialogButtonBox.StandardButton.Close).setIcon(QIcon())  # the style's own fits no theme
    column.addWidget(buttons)
    return dialog


def _keys_card(title: str, entries: list[tuple[str, str]]) -> Card:
    card = Card(title)
    grid = QGridLayout()
    grid.setHorizontalSpacing(GAP)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(0, 1)
    for at, (words, keys) in enumerate(entries):
        grid.addWidget(named_label("fact", words), at, 0)
        grid.addWidget(named_label("muted", keys), at, 1, Qt.AlignmentFlag.AlignRight)
    card.body.addLayout(grid)
    return card
