"""The places of the program, at the left edge of the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.ui.look import Look
from app.ui.tokens import NAVIGATION_WIDTH
from app.ui.widgets.card import named_label

ITEM_HEIGHT = 38
MOST_SHOWN = 999


class Navigation(QWidget):
    """One button a place; `chosen` carries its key. A number of things to do may stand behind a name."""

    chosen = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("navigation")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(NAVIGATION_WIDTH)
        self._look = look
        self.buttons: dict[str, QToolButton] = {}
        self._counts: dict[str, QLabel] = {}
        self._group = QButtonGroup(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 12, 8, 12)
        self._column.setSpacing(2)
        self._column.addStretch(1)

    def add(self, key: str, text: str, icon: str) -> None:
        """A place below the ones before."""
        item = QToolButton()
        item.setObjectName("navigationItem")
        item.setText(text)
        item.setIcon(
            self._look.icons.icon(icon, self._look.tokens.muted, checked=self._look.tokens.link, gap_px=6)
        )
        item.setIconSize(QSize(24, 18))
        item.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        item.setCheckable(True)
        item.setFixedSize(NAVIGATION_WIDTH - 17, ITEM_HEIGHT)
        item.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        item.clicked.connect(lambda: self.chosen.emit(key))
        item.installEventFilter(self)
        count = named_label("navigationCount")
        count.hide()
        inside = QHBoxLayout(item)
        inside.setContentsMargins(0, 0, 10, 0)
        inside.addStretch(1)
        inside.addWidget(count, 0, Qt.AlignmentFlag.AlignVCenter)
        self._group.addButton(item)
        self.buttons[key] = item
        self._counts[key] = count
        self._column.insertWidget(self._column.count() - 1, item)

    def eventFilter(self, item: QObject, event: QEvent) -> bool:
        """Arrows move among the names; Space and Enter go there: Qt alone would go with each step."""
        pressed = event.type() == QEvent.Type.KeyPress
        if pressed and isinstance(event, QKeyEvent) and isinstance(item, QToolButton):
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
            if step is not None:
                items = list(self.buttons.values())
                at = items.index(item) + step
                items[at % len(items)].setFocus(Qt.FocusReason.TabFocusReason)
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                item.click()
                return True
        return super().eventFilter(item, event)

    def show_chosen(self, key: str) -> None:
        """Mark the place one is at."""
        if key in self.buttons:
            self.buttons[key].setChecked(True)

    def show_count(self, key: str, count: int) -> None:
        """How many things wait there; nothing is shown for 0, and many are not counted out."""
        words = str(count) if count <= MOST_SHOWN else f"{MOST_SHOWN}+"
        self._counts[key].setText(words)
        name = self.buttons[key].text()
        self.buttons[key].setAccessibleName(f"{name} {words}" if count else name)
        self._counts[key].setVisible(count > 0)
