"""Records of the first versions of bundled forms, after the program brought newer ones."""

from __future__ import annotations

import pytest

from app.bootstrap import install_bundled_forms
from app.demo.samples import answer, read_samples
from app.usecases.forms import install_form
from app.usecases.records import (
    close_session,
    create_record,
    finalise_record,
    keep_draft,
    open_session,
    save_record,
)
from app.usecases.reports import record_pdf
from app.workspace import open_workspace

OLD = "2026112101"


@pytest.fixture
def workspace(tmp_path, clock, checkout):
    """A workspace that has the first versions only."""
    with open_workspace(tmp_path / "ws", clock=clock) as opened:
        for form in ("village_profile", "cluster_application"):
            install_form(opened, checkout / "tests" / "golden" / f"{form}-{OLD}.xml")
        yield opened


def an_old_record(workspace, key):
    """A finalised record with what the sample says and the first version asked."""
    sample = next(sample for sample in read_samples() if sample.key == key)
    record = create_record(workspace, sample.form)
    session = open_session(workspace, record)
    assert session.form.version == OLD
    for name, typed in sample.answers.items():
        if session.form.question(f"/{name}"):
            answer(session, f"/{name}", typed)
    for repeat in filter(session.form.repeat, (f"/{name}" for name in sample.rows)):
        for row in sample.rows[repeat[1:]]:
            path = session.add_row(repeat)
            for name, typed in row.items():
                if session.form.question(f"{repeat}/{name}"):
                    answer(session, f"{path}/{name}", typed)
    keep_draft(workspace, record, session.answers())
    assert finalise_record(workspace, record).done
    close_session(workspace, record)
    return record


@pytest.mark.parametrize("key", ["yucun", "dehua"])
def test_a_record_of_the_first_version_keeps_every_answer_in_the_newest(workspace, key):
    record = an_old_record(workspace, key)
    before = open_session(workspace, record).answers()
    close_session(workspace, record)
    install_bundled_forms(workspace)
    session = open_session(workspace, record)
    assert session.form.version > OLD and session.answers() == before
    assert all(session.value(path) == value for path, value in before.items() if "/@" not in path)
    assert {problem.code for problem in session.problems()} <= {"required"}, "only what is newly asked"


def test_a_village_of_the_first_version_is_completed_in_the_newest(workspace):
    record = an_old_record(workspace, "yucun")
    install_bundled_forms(workspace)
    asked = {problem.path for problem in open_session(workspace, record).problems()}
    assert asked == {"/is_town_seat", "/water_supply", "/has_village_plan"}
    save_record(
        workspace, record, {"/is_town_seat": "no", "/water_supply": "central", "/has_village_plan": "no"}
    )
    assert finalise_record(workspace, record).done


def test_the_application_prints_the_same_bytes_with_the_newest_version(workspace):
    record = an_old_record(workspace, "dehua")
    printed = record_pdf(workspace, record).pdf
    install_bundled_forms(workspace)
    assert record_pdf(workspace, record).pdf == printed
