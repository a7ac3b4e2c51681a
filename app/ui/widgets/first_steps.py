"""Where each of the three users begins in a workspace in which nothing has been written yet."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.look import Look
from app.ui.tokens import GAP
from app.ui.widgets.card import Card, button, named_label

USERS = (("designer", "land-plot", "village_profile"), ("applicant", "file-text", "cluster_application"))
"""Who begins with a form: the icon, and which form."""
FIRST_STEP = "firstStep"
"""The object name of the buttons."""


class FirstSteps(QWidget):
    """A card for the designer, the applicant and the coordinator, each with its first button."""

    begin_wanted = Signal(str)  # form id
    page_wanted = Signal(str)

    def __init__(self, look: Look, forms: Collection[str]) -> None:
        super().__init__()
        self._look = look
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addWidget(named_label("muted", tr("first.intro"), wrap=True))
        row = QHBoxLayout()
        row.setSpacing(GAP)
        for user, icon, form_id in USERS:
            card = self._card(user, icon)
            begin = self._button(card, f"first.{user}_begin", "plus")
            begin.clicked.connect(partial(self.begin_wanted.emit, form_id))
            begin.setEnabled(form_id in forms)
            row.addWidget(card, 1)
        card = self._card("coordinator", "user-round")
        join = self._button(card, "first.coordinator_begin", "ticket")
        join.clicked.connect(partial(self.page_wanted.emit, "sync"))
        row.addWidget(card, 1)
        column.addLayout(row)
        column.addWidget(named_label("hint", tr("first.where"), wrap=True))

    def _card(self, user: str, icon: str) -> Card:
        card = Card()
        picture = QLabel()
        picture.setObjectName("rowIcon")
        picture.setProperty("kind", "link")
        picture.setFixedSize(40, 40)
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        picture.setPixmap(self._look.icons.pixmap(icon, self._look.tokens.link, 22))
        card.body.addWidget(picture)
        card.body.addWidget(named_label("section", tr(f"first.{user}")))
        words = named_label("muted", tr(f"first.{user}_words"), wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop)
        card.body.addWidget(words, 1)
        return card

    def _button(self, card: Card, key: str, icon: str) -> QPushButton:
        made = button(self._look, tr(key), icon, "primary")
        made.setObjectName(FIRST_STEP)
        card.body.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        return made
