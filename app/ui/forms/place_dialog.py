"""Choosing a position on a picture of county borders."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from app.i18n import tr
from app.jobs import Job
from app.ui.desk import Desk
from app.ui.widgets.border_map import BorderMap
from app.ui.widgets.card import named_label
from app.usecases.divisions import county_outlines

CHINA = (35.5, 104.0, 62.0)  # latitude and longitude of the middle, degrees across
AROUND = 1.2  # degrees across where a position is known


class PlaceDialog(QDialog):
    """`taken` carries latitude and longitude in degrees."""

    taken = Signal(float, float)

    def __init__(self, desk: Desk, parent: QWidget, present: tuple[float, float] | None) -> None:
        super().__init__(parent.window())
        self.setWindowTitle(tr("place.map_title"))
        self._desk = desk
        latitude, longitude, span = (*present, AROUND) if present is not None else CHINA
        self.map = BorderMap(desk.look, latitude, longitude, span)
        self.map.outlines_wanted.connect(self._read)
        self.map.point_chosen.connect(self._show_place)
        self.words = named_label("muted", tr("place.map_hint"), wrap=True)
        self.buttons = QDialogButtonBox()
        self._take = self.buttons.addButton(tr("place.map_take"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._take.setProperty("kind", "primary")
        self._take.setEnabled(False)
        self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        for made in (self.map, self.words, self.buttons):
            column.addWidget(made)
        if present is not None:
            self.map.show_point(*present)

    def _read(self, west: float, south: float, east: float, north: float) -> None:
        work = partial(county_outlines, self._desk.workspace, west, south, east, north)
        job = Job("borders", tr("divisions.searching"), lambda _: work())
        self._desk.jobs.start(self, job, self.map.show_outlines, stream="outlines")

    def _show_place(self, latitude: float, longitude: float) -> None:
        self.words.setText(f"{latitude:.5f}, {longitude:.5f}")
        self._take.setEnabled(True)

    def _accept(self) -> None:
        if self.map.point is not None:
            self.taken.emit(round(self.map.point[0], 6), round(self.map.point[1], 6))
        self.accept()
