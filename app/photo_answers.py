"""What a photo can answer of the row it lies in: the place and the time it was taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.media.photo import PhotoFacts
from core.clock import iso_seconds
from core.forms.filling.session import FormSession
from core.forms.model.form import Form
from core.forms.model.items import Question
from core.forms.paths import template_path
from core.geometry import distance_m
from core.values import Value, point_value

FAR_M: Final = 2_000
FAR_DAYS: Final = 2
"""Beyond these a place or time is not taken over by itself: another village, another visit, a wrong clock."""


@dataclass(frozen=True)
class Answerable:
    """An open question and the photo's answer to it.

    `far` is None, or why it is not to be taken by itself: "far_away" (in metres from the record's place) or
    "far_off" (in days from the record's day), and by how much.
    """

    path: str
    value: Value
    far: tuple[str, int] | None


def answerable(session: FormSession, row: str, facts: PhotoFacts, now: datetime) -> Iterator[Answerable]:
    """The first place and the first time asked in the row, where they are open and the photo knows them.

    A camera without offset is believed to show the time of the zone of `now`. Each is looked at when its turn
    comes: the one before may have been answered by then.
    """
    taken = facts.taken_at
    if taken is not None and taken.tzinfo is None:
        taken = taken.replace(tzinfo=now.tzinfo)
    for question in _place_and_time(session.form, row):
        path = f"{row}/{question.step}"
        if session.value(path) is not None or not session.relevant(path):
            continue
        if question.kind == "geopoint":
            if facts.position_wgs84 is not None:
                value: Value = point_value(*facts.position_wgs84, source="exif")
                yield Answerable(path, value, _far_away(session, facts.position_wgs84))
        elif taken is not None:
            value = taken.date().isoformat() if question.kind == "date" else iso_seconds(taken)
            yield Answerable(path, value, _far_off(session, taken.date(), now.date()))


def questions_in(form: Form, template: str) -> Iterator[Question]:
    """The question of that path, or those directly in the rows of that repeat."""
    return (q for q in form.questions() if q.path == template or q.path.rpartition("/")[0] == template)


def _place_and_time(form: Form, row: str) -> list[Question]:
    asked = [q for q in questions_in(form, template_path(row)) if q.asked and q.calculate is None]
    places = [q for q in asked if q.kind == "geopoint"]
    times = [q for q in asked if q.kind in {"date", "dateTime"}]
    return places[:1] + times[:1]


def _far_away(session: FormSession, position: tuple[float, float]) -> tuple[str, int] | None:
    place = _place_of(session)
    metres = distance_m(place, position) if place is not None else 0
    return ("far_away", round(metres)) if metres > FAR_M else None


def _far_off(session: FormSession, taken: date, today: date) -> tuple[str, int] | None:
    days = abs((taken - (_day_of(session) or today)).days)
    return ("far_off", days) if days > FAR_DAYS else None


def _place_of(session: FormSession) -> tuple[float, float] | None:
    """(latitude, longitude) of the record: its first answered position outside rows."""
    for value in _answers_outside_rows(session, {"geopoint"}):
        shape = value.get("g") if isinstance(value, dict) else None
        if isinstance(shape, dict) and shape.get("type") == "Point":
            longitude, latitude = shape["coordinates"][:2]
            return float(latitude), float(longitude)
    return None


def _day_of(session: FormSession) -> date | None:
    """The day of the survey: the record's first answered date outside rows."""
    for value in _answers_outside_rows(session, {"date"}):
        if isinstance(value, str):
            return date.fromisoformat(value)
    return None


def _answers_outside_rows(session: FormSession, kinds: Iterable[str]) -> Iterator[Value]:
    for question in session.form.questions():
        if question.kind in kinds and question.asked and question.path.count("/") == 1:
            yield session.value(question.path)
