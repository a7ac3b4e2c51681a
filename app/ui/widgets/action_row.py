"""A line one can go to: an icon, what it is, a word about it, and perhaps a state at its end."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.ui.icons import SIDE_PX
from app.ui.look import Look
from app.ui.tokens import ACTION_ROW, CARD_PADDING, GAP, TALL_ACTION_ROW
from app.ui.widgets.card import Card, ElidedLabel, button, named_label, set_kind

ICON_ROOM_PX = 34
INSET_PX = 8


class ActionRow(QPushButton):
    """The whole line is one button. `kind` colours the icon: quiet, link, good, warn or bad.

    With a `detail` it has two lines; `at_end` stands at the right in quiet words.
    """

    def __init__(
        self, look: Look, icon: str, words: str, detail: str = "", *, kind: str = "quiet", at_end: str = ""
    ) -> None:
        super().__init__()
        self.setObjectName("actionRow")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("，".join(filter(None, (words, detail, at_end))))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setProperty("tall", "true" if detail else "")
        self.words, self.detail, self.at_end = words, detail, at_end
        row = QHBoxLayout(self)
        row.setContentsMargins(INSET_PX, 0, INSET_PX, 0)
        row.setSpacing(10)
        row.addWidget(_picture(look, icon, kind, wide=bool(detail)))
        column = QVBoxLayout()
        column.setSpacing(1)
        column.addStretch(1)
        column.addWidget(ElidedLabel("rowTitle" if detail else "rowText", words))
        if detail:
            column.addWidget(ElidedLabel("hint", detail))
        column.addStretch(1)
        row.addLayout(column, 1)
        if at_end:
            row.addWidget(named_label("hint", at_end))
        for part in self.findChildren(QWidget):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        return QSize(self.layout().sizeHint().width(), TALL_ACTION_ROW if self.detail else ACTION_ROW)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.layout().minimumSize().width(), self.sizeHint().height())


class RowsCard(Card):
    """A card of such lines, whose icons stand under its title."""

    def __init__(self, look: Look, title: str) -> None:
        super().__init__(title)
        self._look = look
        side = CARD_PADDING - INSET_PX
        self.body.setContentsMargins(side, GAP, side, GAP)
        self.body.setSpacing(2)
        self.heading.setContentsMargins(INSET_PX, 0, 0, 2)

    def add_row(
        self,
        icon: str,
        words: str,
        run: Callable[[], object],
        detail: str = "",
        *,
        kind: str = "quiet",
        at_end: str = "",
    ) -> ActionRow:
        """One more line, which calls `run`."""
        row = ActionRow(self._look, icon, words, detail, kind=kind, at_end=at_end)
        row.clicked.connect(lambda _=False: run())
        self.body.addWidget(row)
        return row

    def lead_on(self, words: str, run: Callable[[], object]) -> None:
        """A quiet button beside the title, to where there is more."""
        made = button(self._look, words, kind="flat")
        made.clicked.connect(lambda _=False: run())
        self.heading.addWidget(made)


def _picture(look: Look, icon: str, kind: str, *, wide: bool) -> QLabel:
    tokens = look.tokens
    colour = {"good": tokens.good, "warn": tokens.warn, "bad": tokens.bad, "link": tokens.link}.get(kind)
    made = QLabel()
    made.setObjectName("rowIcon" if wide else "rowIconPlain")
    made.setPixmap(look.icons.pixmap(icon, colour or tokens.muted, SIDE_PX))
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    made.setFixedSize(ICON_ROOM_PX if wide else SIDE_PX + 6, ICON_ROOM_PX if wide else SIDE_PX + 6)
    set_kind(made, kind)
    return made
