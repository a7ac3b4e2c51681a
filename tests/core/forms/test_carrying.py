from __future__ import annotations

import pytest

from core.forms.filling.carrying import carried_answers, previous_question
from core.forms.filling.session import FormSession
from core.forms.paths import template_path
from core.values import photo_value
from tests.core.forms.bundled import RecordWorld, begin, bundled, filled

FILE = photo_value("sha256:" + "1" * 64, 5, "application/pdf", name="规划.pdf")


@pytest.fixture
def old():
    session = filled("cluster_application")
    session.set("/applying_region", "福建省泉州市德化县")
    session.set("/application_year", 2025)
    row = session.add_row("/attachments")
    session.set(f"{row}/file", FILE)
    return session


@pytest.fixture
def answers(old):
    return carried_answers(old, begin("cluster_application"))


def templates(answers):
    return {template_path(path) for path in answers}


def test_answers_photos_and_their_rows_are_taken_over(old, answers):
    assert answers["/industry_profile"] == old.value("/industry_profile")
    for row in old.rows("/evidence"):
        assert answers[f"{row}/photo"] == old.value(f"{row}/photo")
        assert answers[f"{row}/@pos"]


def test_what_belongs_to_a_year_is_empty_and_a_consent_is_asked_for_again(old, answers):
    assert old.rows("/statistics")
    assert not {path for path in templates(answers) if path.startswith(("/statistics", "/attachments"))}
    assert "/contact_consent" not in answers


def test_defaults_of_a_new_record_stand_where_nothing_is_taken_over(answers):
    assert answers["/application_year"] == begin("cluster_application").value("/application_year") != 2025


def test_the_new_record_names_the_old_one(old, answers):
    assert answers["/previous_application"] == old.record_id


def test_removed_rows_and_what_the_form_does_not_know_stay_behind(old):
    gone = old.rows("/evidence")[0]
    old.remove_row(gone)
    world = RecordWorld()
    strange = old.answers() | {"/asked_by_nobody": "x"}
    session = FormSession(old.form, old.record_id, old._clock, strange, world)
    answers = carried_answers(session, begin("cluster_application"))
    assert not [path for path in answers if path.startswith(gone)]
    assert "/asked_by_nobody" not in answers


def test_what_is_taken_over_opens_as_it_was_without_new_faults(old, answers):
    session = FormSession(old.form, "another", old._clock, answers, RecordWorld())
    assert session.rows("/evidence") == old.rows("/evidence")
    assert {problem.path for problem in session.problems() if problem.severity == "error"} == set()


def test_a_form_that_names_no_earlier_record_begins_none(old):
    del old
    assert previous_question(bundled("village_profile")) is None
    village = begin("village_profile")
    with pytest.raises(ValueError):
        carried_answers(village, village)
