"""A message inside the page: it interrupts nobody and stays until it is closed or replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from app.i18n import tr
from app.ui.look import Look
from app.ui.widgets.card import clear_layout, named_label, set_kind

GOOD_NEWS_MS = 6000
_ICONS = {"good": "circle-check", "warn": "triangle-alert", "bad": "circle-alert", "info": "info"}


class Banner(QFrame):
    """One message with an icon, perhaps actions. Good news leaves by itself, bad news does not."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._look = look
        self._picture = QLabel()
        self._text = named_label("bannerText", wrap=True, selectable=True)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(4)
        self._close = close = QToolButton()
        close.setObjectName("plain")
        close.setIcon(look.icons.icon("x", look.tokens.muted))
        close.setToolTip(tr("window.close_message"))
        close.setAccessibleName(tr("window.close_message"))
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(8)
        row.addWidget(self._picture)
        row.addWidget(self._text, 1)
        row.addLayout(self._buttons)
        row.addWidget(close)
        self._left = 0
        self._timer = QTimer(self, singleShot=True, interval=GOOD_NEWS_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def show_message(
        self, kind: str, text: str, action: str = "", run: Callable[[], None] | None = None
    ) -> None:
        """Show `text`. `kind`: good, info, warn or bad. `action`: the words of a button that calls `run`."""
        self.show_offers(kind, text, {action: run} if action and run is not None else {})

    def show_offers(self, kind: str, text: str, actions: Mapping[str, Callable[[], None]]) -> None:
        """Show `text` with a button for each action, by its words; the message goes with the last one."""
        set_kind(self, kind)
        set_kind(self._text, kind)
        tokens = self._look.tokens
        colour = {"good": tokens.good, "warn": tokens.warn, "bad": tokens.bad}.get(kind, tokens.link)
        self._picture.setPixmap(self._look.icons.pixmap(_ICONS[kind], colour))
        self._text.setText(text)
        clear_layout(self._buttons)
        self._close.show()
        self._left = len(actions)
        for words, run in actions.items():
            made = QPushButton(words)
            made.setProperty("kind", "flat")
            made.clicked.connect(partial(self._act, made, run))
            self._buttons.addWidget(made)
        self.show()
        self._timer.stop()
        if kind == "good" and not actions:
            self._timer.start()

    def show_lasting(self, kind: str, text: str, actions: Mapping[str, Callable[[], None]]) -> None:
        """Show `text` as part of the page: it stays, whatever is clicked, until somebody hides it."""
        self.show_offers(kind, text, actions)
        self._left = -1
        self.keep_open()

    def keep_open(self) -> None:
        """Let it be part of the page: nobody can close it."""
        self._close.hide()
        self._timer.stop()

    @property
    def message(self) -> str:
        """The words that stand in the banner now; empty when it is hidden."""
        return self._text.text() if not self.isHidden() else ""

    @property
    def actions_offered(self) -> list[QPushButton]:
        """The buttons that can be clicked now."""
        found = (self._buttons.itemAt(at).widget() for at in range(self._buttons.count()))
        return [one for one in found if isinstance(one, QPushButton) and not one.isHidden()]

    def _act(self, clicked: QPushButton, run: Callable[[], None]) -> None:
        if self._left > 0:
            clicked.hide()
            self._left -= 1
            self.setVisible(self._left > 0)
        run()
