"""What the bundled forms ask of each other can be answered: the lists are forms, the columns are theirs."""

from __future__ import annotations

import re

import pytest

from core.forms.list_names import DIVISIONS
from tests.core.forms.bundled import bundled
from tools.compile_forms import FORMS

ASKED = re.compile(
    r"instance\('(?P<form>\w+)'\)/root/item\s*\[\s*(?P<column>\w+)\s*=[^][]*\](?:/(?P<read>\w+))?"
)
FORM_IDS = sorted(sheet.parent.name for sheet in FORMS.glob("*/survey.csv"))
INSTALLED = {form_id: bundled(form_id) for form_id in FORM_IDS}


def asked_by(form_id):
    """(form, column, column read) of every look into the records of a form."""
    xml = INSTALLED[form_id].xml.decode()
    found = {match.groups() for match in ASKED.finditer(xml.replace("&#39;", "'").replace("&quot;", '"'))}
    return {one for one in found if one[0] in INSTALLED[form_id].external_lists - {DIVISIONS}}


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_lists_outside_are_forms_of_ours(form_id):
    assert INSTALLED[form_id].external_lists - {DIVISIONS} <= set(FORM_IDS)


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_records_are_looked_up_by_what_is_indexed(form_id):
    for other, column, _ in asked_by(form_id):
        assert column in {"name", *(one.name for one in INSTALLED[other].linkable)}, (other, column)


@pytest.mark.parametrize("form_id", FORM_IDS)
def test_columns_that_are_read_are_answers_that_are_stored(form_id):
    for other, _, column in asked_by(form_id):
        if column not in {None, "name", "label"}:
            question = INSTALLED[other].question(f"/{column}")
            assert question is not None, (other, column)
            assert question.calculate is None or question.calculate.fires_once, (other, column)


def test_some_look_into_others():
    assert any(asked_by(form_id) for form_id in FORM_IDS)
