"""The sample records: invented answers about real places, filled in the way a person fills them in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import cycle
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.paths import resources_folder
from app.usecases.photos import attach_photos
from app.usecases.records import close_session, create_record, finalise_record, keep_draft, open_session
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.filling.session import FormSession
from core.forms.model.items import Question
from core.forms.paths import template_path
from core.values import Value, choices_value, decimal_value, point_value

PICTURES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class Sample:
    """One record to fill in: answers by question name, as typed.

    `refers` names other samples by their keys; `rows` and `photos` hold the answers of each row by the name
    of its repeat. A row of `photos` takes one picture.
    """

    key: str
    form: str
    answers: Mapping[str, Any]
    refers: Mapping[str, str | Sequence[str]]
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    photos: Mapping[str, Sequence[Mapping[str, Any]]]
    takes_any_number: bool

    @property
    def photo_count(self) -> int:
        """How many pictures it needs."""
        return sum(map(len, self.photos.values()))

    @property
    def needs(self) -> set[str]:
        """The keys of the samples it refers to."""
        return {key for keys in self.refers.values() for key in ([keys] if isinstance(keys, str) else keys)}


def read_samples() -> list[Sample]:
    """The samples of resources/sample/*.toml, each after those it refers to."""
    samples: dict[str, Sample] = {}
    for file in sorted((resources_folder() / "sample").glob("*.toml")):
        for entry in tomllib.loads(file.read_text(encoding="utf-8"))["records"]:
            sample = Sample(
                entry["key"],
                entry["form"],
                entry["answers"],
                entry.get("refers", {}),
                entry.get("rows", {}),
                entry.get("photos", {}),
                entry.get("takes_any_number", False),
            )
            samples[sample.key] = sample
    order = TopologicalSorter({sample.key: sorted(sample.needs) for sample in samples.values()})
    return [samples[key] for key in order.static_order()]


def fill_in(
    workspace: Workspace,
    sample: Sample,
    pictures: Sequence[Path],
    records: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """The id of a new, finalised record with these answers and pictures; `records` has the id of each key.

    Pictures beyond those it needs become further rows of its first photo repeat. KnownError
    "sample_incomplete" with the problems if the form does not accept them.
    """
    record_id = create_record(workspace, sample.form, sample=True)
    session = open_session(workspace, record_id)
    before = session.answers()
    for name, keys in sample.refers.items():
        answer(
            session, f"/{name}", records[keys] if isinstance(keys, str) else [records[key] for key in keys]
        )
    for name, typed in sample.answers.items():
        answer(session, f"/{name}", typed)
    for repeat, rows in sample.rows.items():
        there = session.rows(f"/{repeat}")
        for number, row in enumerate(rows):
            path = there[number] if number < len(there) else session.add_row(f"/{repeat}")
            for name, typed in row.items():
                answer(session, f"{path}/{name}", typed)
    keep_draft(workspace, record_id, changed(before, session.answers()))
    _photograph(workspace, record_id, sample, list(pictures))
    done = finalise_record(workspace, record_id)
    close_session(workspace, record_id)
    if not done.done:
        raise KnownError("sample_incomplete", sample=sample.key, problems=[p.path for p in done.problems])
    return record_id


def answer(session: FormSession, path: str, typed: str | Sequence[str]) -> None:
    """Enters what a person typed or chose, as the kind of the question wants it."""
    question = session.form.question(template_path(path))
    if question is None:
        raise KeyError(path)
    session.set(path, as_value(question, typed))


def as_value(question: Question, typed: str | Sequence[str]) -> Value:
    """The value of a typed answer."""
    if not isinstance(typed, str):
        return choices_value(list(typed))
    if question.datatype == "int":
        return int(typed)
    if question.datatype == "decimal":
        return decimal_value(typed)
    if question.datatype == "geopoint":
        latitude, longitude = map(float, typed.split())
        return point_value(latitude, longitude, source="manual")
    return typed


def changed(before: Mapping[str, Value], after: Mapping[str, Value]) -> dict[str, Value]:
    """The answers that differ."""
    return {path: value for path, value in after.items() if path not in before or before[path] != value}


def _photograph(workspace: Workspace, record_id: str, sample: Sample, pictures: list[Path]) -> None:
    more = pictures[sample.photo_count :]
    for repeat, rows in sample.photos.items():
        taken, pictures = pictures[: len(rows)] + more, pictures[len(rows) :]
        more = []
        result = attach_photos(workspace, record_id, f"/{repeat}", taken)
        if result.refused or len(result.attached) != len(taken):
            refused = [str(why) for _, why in result.refused]
            raise KnownError("sample_incomplete", sample=sample.key, problems=refused)
        session = open_session(workspace, record_id)
        before = session.answers()
        for path, answers in zip(session.rows(f"/{repeat}"), cycle(rows), strict=False):
            for name, typed in answers.items():
                answer(session, f"{path}/{name}", typed)
        keep_draft(workspace, record_id, changed(before, session.answers()))
