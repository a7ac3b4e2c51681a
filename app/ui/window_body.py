"""What fills the window: the places at the left, the page in front, the status line at the foot."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.i18n import tr
from app.ui.look import Look
from app.ui.navigation import Navigation
from app.ui.page import MARGIN
from app.ui.places import PLACES
from app.ui.status import StatusLine
from app.usecases.status import Standing


class WindowBody(QWidget):
    """Made anew with a new theme. The navigation counts what the status line reads."""

    def __init__(self, look: Look, status: StatusLine) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.navigation = Navigation(look)
        for key, icon in PLACES.items():
            self.navigation.add(key, tr(f"navigation.{key}"), icon)
        self.stack = QStackedWidget()
        status.setContentsMargins(MARGIN, 0, MARGIN, 8)
        status.read.connect(self._count)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.stack, 1)
        right.addWidget(status)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.navigation)
        row.addLayout(right, 1)

    def _count(self, standing: Standing) -> None:
        """How much waits at the places of the navigation."""
        self.navigation.show_count("start", standing.records_returned)
        self.navigation.show_count("conflicts", standing.records_in_conflict)
        waiting = standing.records_waiting if standing.project_name is not None else 0
        self.navigation.show_count("sync", waiting)
