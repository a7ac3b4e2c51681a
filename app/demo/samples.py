"""The sample records: invented answers about real places, filled in the way a person fills them in."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from app.paths import resources_folder
from app.usecases.photos import attach_photos
from app.usecases.records import close_session, create_record, finalise_record, keep_draft, open_session
from app.workspace import Workspace
from core.errors import KnownError
from core.forms.model import Question
from core.forms.paths import template_path
from core.forms.session import FormSession
from core.values import Value, choices_value, decimal_value

PICTURES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True)
class Sample:
    """One record to fill in: answers by question name, as typed; `photo_answers` go by the photos' order."""

    key: str
    form: str
    answers: Mapping[str, Any]
    rows: Mapping[str, Sequence[Mapping[str, str]]]
    photos: int
    photo_answers: Mapping[str, Sequence[str]]
    takes_any_number: bool


def read_samples() -> list[Sample]:
    """The samples of resources/sample/records.toml, in order."""
    text = (resources_folder() / "sample" / "records.toml").read_text(encoding="utf-8")
    return [
        Sample(
            entry["key"],
            entry["form"],
            entry["answers"],
            entry.get("rows", {}),
            entry["photos"],
            entry.get("photo_answers", {}),
            entry.get("takes_any_number", False),
        )
        for entry in tomllib.loads(text)["records"]
    ]


def fill_in(workspace: Workspace, sample: Sample, pictures: Sequence[Path]) -> str:
    """The id of a new, finalised record with these answers and pictures.

    KnownError "sample_incomplete" with the problems if the form does not accept them.
    """
    record_id = create_record(workspace, sample.form, sample=True)
    session = open_session(workspace, record_id)
    before = session.answers()
    for name, typed in sample.answers.items():
        answer(session, f"/{name}", typed)
    for repeat, rows in sample.rows.items():
        for row in rows:
            path = session.add_row(f"/{repeat}")
            for name, typed in row.items():
                answer(session, f"{path}/{name}", typed)
    keep_draft(workspace, record_id, changed(before, session.answers()))
    if pictures:
        _photograph(workspace, record_id, sample, pictures)
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
    return typed


def changed(before: Mapping[str, Value], after: Mapping[str, Value]) -> dict[str, Value]:
    """The answers that differ."""
    return {path: value for path, value in after.items() if path not in before or before[path] != value}


def _photograph(workspace: Workspace, record_id: str, sample: Sample, pictures: Sequence[Path]) -> None:
    result = attach_photos(workspace, record_id, "/photos", pictures)
    if result.refused or len(result.attached) != len(pictures):
        raise KnownError("sample_incomplete", sample=sample.key, problems=[str(r) for r in result.refused])
    session = open_session(workspace, record_id)
    before = session.answers()
    for name, texts in sample.photo_answers.items():
        for row, text in zip(session.rows("/photos"), cycle(texts), strict=False):
            answer(session, f"{row}/{name}", text)
    keep_draft(workspace, record_id, changed(before, session.answers()))
