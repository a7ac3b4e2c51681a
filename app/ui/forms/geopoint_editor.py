"""The editor of a place: latitude and longitude in degrees, with where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QVBoxLayout

from app.i18n import has_words, tr
from app.ui.forms.editor import Editor
from app.ui.look import Look
from app.ui.widgets.card import button, named_label, set_kind
from core.coordinates import position_in
from core.values import Value, point_value

LATITUDE_LIMIT = 90.0
LONGITUDE_LIMIT = 180.0
ICON_BUTTON_PX = 30


class GeopointEditor(Editor):
    """WGS-84 in decimal degrees. Both numbers make an answer; half of one is marked."""

    wide = True

    map_wanted = Signal()
    photos_wanted = Signal()  # the positions of the record's photos are to be offered

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.latitude, self.longitude = QLineEdit(), QLineEdit()
        self._source = named_label("hint")
        self._shown: Value = None
        row = QHBoxLayout()
        row.setSpacing(6)
        for line, name in ((self.latitude, "latitude"), (self.longitude, "longitude")):
            line.setPlaceholderText(tr(f"form.{name}_example"))
            line.setAccessibleName(tr(f"form.{name}"))
            line.textEdited.connect(self.edited)
            line.setToolTip(tr("place.typing"))
            line.installEventFilter(self)
            row.addWidget(named_label("unit", tr(f"form.{name}")))
            row.addWidget(line, 1)
            row.addWidget(named_label("unit", "°"))
        self.photos_button = button(look, "", "camera", "flat")
        self.photos_button.setToolTip(tr("place.from_photos"))
        self.photos_button.setAccessibleName(tr("place.from_photos"))
        self.photos_button.clicked.connect(self.photos_wanted)
        row.addWidget(self.photos_button)
        self.map_button = button(look, "", "map-pin", "flat")
        self.map_button.setToolTip(tr("place.on_map"))
        self.map_button.setAccessibleName(tr("place.on_map"))
        self.map_button.clicked.connect(self.map_wanted)
        row.addWidget(self.map_button)
        for made in (self.photos_button, self.map_button):
            made.setFixedWidth(ICON_BUTTON_PX)
        self.latitude.returnPressed.connect(self.longitude.setFocus)
        self.longitude.returnPressed.connect(self.next_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self._source)
        self._source.hide()
        self.setFocusProxy(self.latitude)

    def value(self) -> Value:
        latitude = _degrees(self.latitude.text(), LATITUDE_LIMIT)
        longitude = _degrees(self.longitude.text(), LONGITUDE_LIMIT)
        half = (latitude is None) != (longitude is None)
        unreadable = latitude is None and bool(self.latitude.text().strip() + self.longitude.text().strip())
        self.set_bad(half or unreadable)
        if latitude is None or longitude is None:
            return self._shown if half or unreadable else None
        if _coordinates(self._shown) == [longitude, latitude]:
            return self._shown  # untouched: accuracy, source and time of the fix stay
        return point_value(latitude, longitude)

    def show_value(self, value: Value) -> None:
        self._shown = value
        found = _coordinates(value)
        self.longitude.setText(f"{found[0]:.6f}".rstrip("0") if found else "")
        self.latitude.setText(f"{found[1]:.6f}".rstrip("0") if found else "")
        self._source.setText(_source(value))
        self._source.setVisible(bool(self._source.text()))

    def offer_positions(self, found: Sequence[tuple[str, float, float]]) -> None:
        """Let the person take one of these: name, latitude, longitude."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name, latitude, longitude in found:
            words = tr("place.from_photo", name=name, latitude=latitude, longitude=longitude)
            menu.addAction(words, partial(self._take, point_value(latitude, longitude, source="exif")))
        if not found:
            menu.addAction(tr("place.no_photo")).setEnabled(False)
        corner = self.photos_button.rect().bottomRight()
        menu.popup(self.photos_button.mapToGlobal(corner) - QPoint(menu.sizeHint().width(), 0))

    def set_readonly(self, readonly: bool) -> None:
        self.photos_button.setVisible(not readonly)
        self.map_button.setVisible(not readonly)
        self.latitude.setReadOnly(readonly)
        self.longitude.setReadOnly(readonly)

    def set_bad(self, bad: bool) -> None:
        set_kind(self.latitude, "bad" if bad else "")
        set_kind(self.longitude, "bad" if bad else "")

    @property
    def position(self) -> tuple[float, float] | None:
        """Latitude and longitude that stand here now; None for none."""
        found = _coordinates(self.value())
        return (found[1], found[0]) if found else None

    def take_position(self, latitude: float, longitude: float) -> None:
        """Answer with this position."""
        self._take(point_value(latitude, longitude))

    def _take(self, value: Value) -> None:
        self.show_value(value)
        self.settled.emit()

    def _spread(self) -> None:
        """A whole position in one of the two lines fills both."""
        lines = (self.latitude, self.longitude)
        position = next(filter(None, (position_in(line.text()) for line in lines)), None)
        if position is not None:
            for line, degrees in zip(lines, position, strict=True):
                line.setText(f"{degrees:.7f}".rstrip("0").rstrip("."))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut:
            self._spread()
            self.settled.emit()
        return super().eventFilter(watched, event)


def _degrees(text: str, limit: float) -> float | None:
    try:
        number = float(text.strip().rstrip("°"))
    except ValueError:
        return None
    return round(number, 7) if abs(number) <= limit else None


def _coordinates(value: Value) -> list[float]:
    """Longitude and latitude, or nothing."""
    geometry: Any = value.get("g") if isinstance(value, dict) else None
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return []
    return [float(number) for number in geometry["coordinates"][:2]]


def _source(value: Value) -> str:
    if not isinstance(value, dict):
        return ""
    key = f"form.source.{value.get('src', '')}"
    parts = [tr(key)] if has_words(key) else []
    accuracy = value.get("acc")
    if isinstance(accuracy, dict):
        parts.append(tr("form.accuracy", metres=accuracy.get("d", "")))
    return " · ".join(parts)
