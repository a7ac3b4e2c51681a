"""The editor of a line or an area: its points one below the other, typed, pasted or read from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QHBoxLayout

from app.i18n import tr
from app.ui.forms.text_editors import LongTextEditor
from app.ui.look import Look
from app.ui.widgets.card import button, named_label, set_kind
from core.coordinates import shown_degrees
from core.tracks import Point, points_in
from core.values import Value

SHAPE_ENDINGS: Final = (".gpx", ".kml", ".geojson", ".json", ".wkt", ".csv", ".txt")


class ShapeEditor(LongTextEditor):
    """A line of each point: latitude, longitude and perhaps the height. An area is closed by itself."""

    file_wanted = Signal()
    file_given = Signal(object)  # Path, dropped here

    def __init__(self, look: Look, *, closed: bool) -> None:
        super().__init__()
        self._closed = closed
        self._readonly = self._reading = False
        self._shown: Value = None
        self._shown_text = ""
        self.text.setPlaceholderText(tr("shapes.example"))
        self.file_button = button(look, tr("shapes.from_file"), "folder-open", "flat")
        self.file_button.clicked.connect(self.file_wanted)
        self._told = named_label("hint")
        row = QHBoxLayout()
        row.addWidget(self.file_button)
        row.addWidget(self._told, 1)
        self.add_row(row)
        self.setAcceptDrops(True)
        self.installEventFilter(self)

    def value(self) -> Value:
        text = self.text.toPlainText()
        if text == self._shown_text:
            return self._shown  # untouched: source and what else it holds stay
        if not text.strip():
            return None
        points = points_in(text)
        return text if points is None else self._shape(points)

    def show_value(self, value: Value) -> None:
        self._shown = value
        self._shown_text = "\n".join(_line_of(point) for point in self._points(value))
        if self._shown_text != self.text.toPlainText():
            self.show_text(self._shown_text)
        self._tell(value)

    def set_readonly(self, readonly: bool) -> None:
        self._readonly = readonly
        self._follow_state()

    def begin_reading(self, file: str) -> None:
        """A file of that name is being read: nothing is typed here that it would replace."""
        self._reading = True
        self._follow_state()
        self._say(tr("shapes.reading", file=file), "")

    def take_points(self, file: str, points: list[Point] | None) -> None:
        """Answer with what was read; None leaves the answer as it is."""
        self._reading = False
        self._follow_state()
        if points is None:
            self._say(tr("shapes.unreadable", file=file), "bad")
            return
        self.show_text("\n".join(map(_line_of, points)))
        self.settled.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self or not isinstance(event, QDropEvent) or self._readonly or self._reading:
            return super().eventFilter(watched, event)
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if len(files) != 1 or files[0].suffix.lower() not in SHAPE_ENDINGS:
            return super().eventFilter(watched, event)  # the window around it says where it belongs
        event.acceptProposedAction()
        if event.type() == QEvent.Type.Drop:
            self.file_given.emit(files[0])
        return True

    def _follow_state(self) -> None:
        super().set_readonly(self._readonly or self._reading)
        self.file_button.setVisible(not self._readonly)
        self.file_button.setEnabled(not self._reading)

    def _say(self, words: str, kind: str) -> None:
        self._told.setText(words)
        set_kind(self._told, kind)

    def _shape(self, points: list[Point]) -> Value:
        coordinates: list[Any] = [[round(number, 7) for number in point] for point in points]
        if not self._closed:
            return {"g": {"type": "LineString", "coordinates": coordinates}, "src": "manual"}
        if coordinates[0][:2] != coordinates[-1][:2]:
            coordinates.append(coordinates[0])
        if len(coordinates) < 4:
            return self.text.toPlainText()  # two points enclose nothing: a problem says so
        return {"g": {"type": "Polygon", "coordinates": [coordinates]}, "src": "manual"}

    def _points(self, value: Value) -> list[Point]:
        shape = value.get("g") if isinstance(value, dict) else None
        coordinates = shape.get("coordinates", []) if isinstance(shape, dict) else []
        return [tuple(point) for point in (coordinates[0] if self._closed and coordinates else coordinates)]

    def _tell(self, value: Value) -> None:
        if not self._reading:
            count = len(self._points(value)) - (1 if self._closed and value else 0)
            self._say(tr("shapes.points", count=count) if count > 0 else "", "")


def _line_of(point: Point) -> str:
    """Latitude, longitude and the height, if there is one."""
    longitude, latitude, *height = point
    return " ".join(map(shown_degrees, (latitude, longitude, *filter(None, height[:1]))))
