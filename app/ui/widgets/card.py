"""A white card with a heading, and the small labels that stand on cards."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QVBoxLayout, QWidget

from app.ui.icons import SIDE_PX
from app.ui.look import Look
from app.ui.tokens import CARD_PADDING, GAP

ICON_GAP = 5


class Card(QFrame):
    """A frame with a heading row (`heading`, to which buttons may be added) and a `body` layout."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(CARD_PADDING, GAP, CARD_PADDING, CARD_PADDING)
        self.body.setSpacing(GAP - 2)
        self.heading = QHBoxLayout()
        self.title = named_label("section", title)
        self.heading.addWidget(self.title)
        self.heading.addStretch(1)
        self.body.addLayout(self.heading)
        self.title.setVisible(bool(title))  # now that it has a parent: else it would be a window


class ElidedLabel(QLabel):
    """One line that ends in "…" where there is no room; the whole text is its tool tip."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(text)
        self.setObjectName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(60, super().sizeHint().width()), super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip(self.text() if shown != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignVCenter), shown)


class Badge(QLabel):
    """A short state on a soft ground. `kind`: quiet, good, warn or bad."""

    def __init__(self, text: str = "", kind: str = "quiet") -> None:
        super().__init__(text)
        self.setObjectName("badge")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.set_state(text, kind)

    def set_state(self, text: str, kind: str) -> None:
        """Show another state."""
        self.setText(text)
        set_kind(self, kind)


def named_label(name: str, text: str = "", *, wrap: bool = False, selectable: bool = False) -> QLabel:
    """A plain-text label with the look `name` of the style sheet."""
    label = QLabel(text)
    label.setObjectName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(wrap)
    label.setIndent(0)  # else Qt moves the words of those with a box of their own to the right
    if selectable:
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def button(look: Look, text: str, icon: str = "", kind: str = "") -> QPushButton:
    """A push button. `kind`: "", primary or flat."""
    made = QPushButton(text)
    furnish(made, look, icon, kind)
    return made


def furnish(made: QPushButton, look: Look, icon: str, kind: str) -> None:
    """Give a push button its looks, as `button` does."""
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    if kind:
        made.setProperty("kind", kind)
    if icon:
        colour = {"primary": look.tokens.on_accent, "flat": look.tokens.link}.get(kind, look.tokens.text)
        gap_px = ICON_GAP if made.text() else 0
        made.setIcon(look.icons.icon(icon, colour, gap_px=gap_px))
        made.setIconSize(QSize(SIDE_PX + gap_px, SIDE_PX))


def set_kind(widget: QWidget, kind: str) -> None:
    """Give the widget another `kind` of the style sheet; nothing happens if it has it already."""
    if widget.property("kind") == kind:
        return
    widget.setProperty("kind", kind)
    repolish(widget)


def repolish(widget: QWidget) -> None:
    """Let the style sheet look at the widget's properties again."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def clear_layout(layout: QLayout) -> None:
    """Take every item out of the layout and delete its widgets."""
    while (item := layout.takeAt(0)) is not None:
        if (inner := item.layout()) is not None:
            clear_layout(inner)
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
