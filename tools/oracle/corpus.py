"""The corpus beside the tests: expressions over one filled form, small forms with scripts, the answers."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.forms.workbook.xlsform import compile_xlsform

CORPUS = Path(__file__).resolve().parent.parent.parent / "tests" / "oracle"
EXPRESSION_ANSWERS = CORPUS / "answers" / "expressions.jsonl"
FORM_ANSWERS = CORPUS / "answers" / "forms.jsonl"
SUBMISSION_ANSWERS = CORPUS / "answers" / "submissions.jsonl"
WORLD = CORPUS / "world.toml"


@dataclass(frozen=True)
class Question:
    """An expression and the node it is asked at."""

    topic: str
    context: str
    source: str


@dataclass(frozen=True)
class Script:
    """A small form and what a person does with it: one command a step, fields separated by one space."""

    name: str
    xml: bytes
    steps: tuple[tuple[str, ...], ...]
    media: dict[str, bytes] = field(default_factory=dict)


def questions() -> Iterator[Question]:
    """All expressions, by topic. A line that starts with `@` changes the node they are asked at."""
    for file in sorted((CORPUS / "expressions").glob("*.txt")):
        context = "/data"
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("@"):
                context = line[1:].strip()
            elif line.strip() and not line.startswith("#"):
                yield Question(file.stem, context, line)


def world() -> Script:
    """The filled form that every expression is asked in."""
    return _script(tomllib.loads(WORLD.read_text(encoding="utf-8")))


def scripts() -> Iterator[Script]:
    """All small forms."""
    for file in sorted((CORPUS / "forms").glob("*.toml")):
        for one in tomllib.loads(file.read_text(encoding="utf-8"))["form"]:
            yield _script({**one, "name": f"{file.stem}: {one['name']}"})


def answers(file: Path) -> list[Any]:
    """The lines of a file of answers, its heading left out."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()[1:]]


def _script(one: dict[str, Any]) -> Script:
    steps = (line.strip() for line in one.get("steps", "").splitlines())
    return Script(
        one["name"],
        one["xml"].encode() if "xml" in one else _compiled(one),
        tuple(_fields(step) for step in steps if step),
        {name: text.encode() for name, text in one.get("media", {}).items()},
    )


def _fields(step: str) -> tuple[str, ...]:
    """Command and fields; an answer may hold spaces, and may be none."""
    fields = tuple(step.split(" ", 1 if step.startswith("language ") else 2))
    return (*fields, "") if fields[0] == "set" and len(fields) == 2 else fields


def _compiled(one: dict[str, Any]) -> bytes:
    """The XForm of sheets written as lines of cells between bars; the first line names the columns."""
    settings = one.get("settings", "form_id | version\nsample | 1")
    lines: list[str] = []
    for sheet, rows in (
        ("survey", one["survey"]),
        ("choices", one.get("choices", "")),
        ("settings", settings),
    ):
        if rows:
            lines.append(f"| {sheet} |")
            lines += [f"| | {row.strip()} |" for row in rows.strip().splitlines()]
    return compile_xlsform("\n".join(lines), "md")
