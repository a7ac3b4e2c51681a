"""The bundled forms in a small world: samples filled in one after the other, seen by those that refer to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from app.demo.samples import Sample, answer, read_samples
from core.forms.answers import answer_text
from core.forms.filling.session import FormSession
from core.forms.model.form import Form
from core.forms.xform.reading import parse_xform
from core.values import photo_value
from tests.core.forms.making import RECORD, StandingClock
from tools.compile_forms import FORMS

SURVEYED = ("building", "facility", "facelift_site", "facelift_design", "photo_point", "estimate")
"""The forms whose samples need no table of divisions."""


@cache
def bundled(form_id: str, switches: str = "") -> Form:
    """A form as it is installed; `switches` in place of its own list of that name."""
    folder = FORMS / form_id
    media = {file.name: file.read_bytes() for file in (folder / "form-media").glob("*")}
    if switches:
        media["switches.csv"] = switches.encode()
    return parse_xform((folder / "form.xml").read_bytes(), media)


class RecordWorld:
    """Records by form and key, as the list of their form shows them; the sample villages are there already."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, str]]] = {
            "village_profile": [
                {"name": sample.key, "label": sample.key, "village": sample.answers["village"]}
                for sample in read_samples()
                if sample.form == "village_profile"
            ]
        }

    def add(self, key: str, session: FormSession) -> None:
        """The record of a session, under its key."""
        answers = {
            q.name: answer_text(session.value(q.path))
            for q in session.form.questions()
            if q.asked and q.path.count("/") == 1
        }
        rows = self.rows.setdefault(session.form.form_id, [])
        rows.append({**answers, "name": key, "label": session.title("zh")})

    def items_where(self, instance_id: str, column: str, value: str) -> Sequence[Mapping[str, str]]:
        return [row for row in self.rows.get(instance_id, ()) if row.get(column) == value]

    def item(self, instance_id: str, name: str) -> Mapping[str, str] | None:
        return next(iter(self.items_where(instance_id, "name", name)), None)

    def stand_in(self, instance_id: str, name: str, language: str) -> str:
        return ""

    def other_with(self, form_id: str, path: str, text: str, record_id: str) -> str | None:
        return next((row["label"] for row in self.items_where(form_id, path.lstrip("/"), text)), None)

    def county_at(self, longitude: float, latitude: float) -> str | None:
        return None


def begin(form_id: str, world: RecordWorld | None = None, switches: str = "") -> FormSession:
    """A new record of a bundled form."""
    return FormSession(bundled(form_id, switches), RECORD, StandingClock(), None, world or RecordWorld())


def fill(session: FormSession, sample: Sample) -> None:
    """Everything the sample says, typed as a person types it; the id of a record is the key of its sample."""
    for name, keys in sample.refers.items():
        answer(session, f"/{name}", keys)
    for name, typed in sample.answers.items():
        answer(session, f"/{name}", typed)
    for repeat, rows in {**sample.rows, **sample.photos}.items():
        there = session.rows(f"/{repeat}")
        for number, row in enumerate(rows):
            path = there[number] if number < len(there) else session.add_row(f"/{repeat}")
            if repeat in sample.photos:
                picture = next(q for q in session.form.questions() if q.kind == "image" and repeat in q.path)
                digest = f"sha256:{number:064x}"
                session.set(f"{path}/{picture.name}", photo_value(digest, 5, "image/jpeg"))
            for name, typed in row.items():
                answer(session, f"{path}/{name}", typed)


def filled(form_id: str) -> FormSession:
    """The first sample of that form, with the records of the others around it."""
    wanted = next(sample for sample in read_samples() if sample.form == form_id)
    session = begin(form_id, _world_without(wanted.key))
    fill(session, wanted)
    return session


@cache
def _world_without(key: str) -> RecordWorld:
    world = RecordWorld()
    for sample in read_samples():
        if sample.key != key and sample.form in SURVEYED:
            session = begin(sample.form, world)
            fill(session, sample)
            world.add(sample.key, session)
    return world


def asked_otherwise(form_id: str, fields: str) -> list[tuple[str, object]]:
    """Fields that the form asks in another way than told: lines and `|` of `name kind [R] [unit]`."""
    form, otherwise = bundled(form_id), list[tuple[str, object]]()
    for field in filter(str.strip, fields.replace("\n", "|").split("|")):
        name, kind, *rest = field.split()
        question = form.question(f"/{name}")
        found = question and (question.kind, question.required is not None, question.unit)
        if found != (kind, "R" in rest, "".join(part for part in rest if part != "R")):
            otherwise.append((field, found))
    return otherwise


def first_of(session: FormSession, path: str) -> str:
    """The path in the first row, for a question in a repeat."""
    repeat, name = path.rsplit("/", 1)
    return f"{(session.rows(repeat) or [session.add_row(repeat)])[0]}/{name}" if repeat else path


def put(session: FormSession, path: str, value: Any) -> None:
    """An answer as typed or as a value, in the first row of a repeat; "removed" takes all rows away."""
    if value == "removed":
        for row in session.rows(path):
            session.remove_row(row)
    elif isinstance(value, dict):
        session.set(path, value)
    else:
        answer(session, first_of(session, path), value)


def put_wrong(session: FormSession, path: str, typed: Any) -> None:
    """What is wrong: typed at the path, or several answers by their paths."""
    several = isinstance(typed, dict) and "g" not in typed
    for at, value in (typed if several else {path: typed}).items():
        put(session, at, value)
