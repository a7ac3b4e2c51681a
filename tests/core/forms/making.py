"""Forms and sessions for these tests: sheets in Markdown, a clock that stands still, a small list outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache

import pytest

from core.errors import KnownError
from core.forms.filling.session import FormSession
from core.forms.model.form import Form
from core.forms.secondary import SecondarySource
from core.forms.workbook.xlsform import compile_xlsform
from core.forms.xform.reading import parse_xform
from core.values import Value

RECORD = "0193e8a0-0000-7000-8000-000000000001"
SHELL = """<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
  xmlns:jr="http://openrosa.org/javarosa" xmlns:cj="urn:cunjiang:forms"><h:head><h:title>表</h:title><model>
  <instance><data id="f" version="3"><a/><b/><g><c/></g><r jr:template=""><d/></r></data></instance>
  <instance id="towns"><root><item><name>1</name><label>一</label></item></root></instance>
  <instance id="divisions" src="jr://file-csv/divisions.csv"/>
  BINDS</model></h:head><h:body>
  <input ref="/data/a"><label>甲</label></input><input ref="b"><label>乙</label></input>
  <group ref="/data/r"><repeat nodeset="/data/r"><input ref="/data/r/d"/></repeat></group>
  BODY</h:body></h:html>"""
"""An XForm with places for binds and for what else its body has."""


class StandingClock:
    """21 November 2026, 08:00 UTC, for ever."""

    def now(self) -> datetime:
        return datetime(2026, 11, 21, 8, 0, tzinfo=UTC)

    def monotonic_ms(self) -> int:
        return 0


class PlaceList:
    """Two provinces with a city each, and a record of what was asked."""

    rows = (
        {"name": "31", "label": "甲省", "parent": ""},
        {"name": "32", "label": "乙省", "parent": ""},
        {"name": "3101", "label": "子市", "parent": "31"},
        {"name": "3201", "label": "丑市", "parent": "32"},
    )

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    def items_where(self, instance_id: str, column: str, value: str) -> Sequence[Mapping[str, str]]:
        self.asked.append((instance_id, column, value))
        return [row for row in self.rows if row[column] == value]

    def item(self, instance_id: str, name: str) -> Mapping[str, str] | None:
        return next((row for row in self.rows if row["name"] == name), None)

    def stand_in(self, instance_id: str, name: str, language: str) -> str:
        return ""

    def other_with(self, form_id: str, path: str, text: str, record_id: str) -> str | None:
        return None

    def county_at(self, longitude: float, latitude: float) -> str | None:
        return None


@cache
def form_of(survey: str, choices: str = "", settings: str = "") -> Form:
    """A form out of Markdown rows; the first row of each sheet names the columns."""
    settings = settings or "| form_id | version |\n| sample | 1 |"
    sheets = {"survey": survey, "choices": choices, "settings": settings}
    lines = []
    for name, rows in sheets.items():
        if rows:
            lines.append(f"| {name} |")
            lines += ["| | " + row.strip() for row in rows.strip().splitlines()]
    return parse_xform(compile_xlsform("\n".join(lines), "md"))


def session_of(
    form: Form, answers: Mapping[str, Value] | None = None, source: SecondarySource | None = None
) -> FormSession:
    return FormSession(form, RECORD, StandingClock(), answers, source)


def xform(binds: str = "", body: str = "", shell: str = SHELL) -> Form:
    """The shell as a form, with these binds and with this in its body."""
    return parse_xform(shell.replace("BINDS", binds).replace("BODY", body).encode())


def broken(*arguments: str, **named: str) -> dict[str, object]:
    """What is said of such a form when it is refused."""
    with pytest.raises(KnownError) as raised:
        xform(*arguments, **named)
    assert raised.value.code == "form_broken"
    return raised.value.values
