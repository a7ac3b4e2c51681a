from __future__ import annotations

import pytest

from app.storage.records import visible_answers
from app.usecases.applications import begin_next_year, completeness_of
from app.usecases.forms import install_form
from app.usecases.photos import attach_photos
from app.usecases.records import create_record, finalise_record, open_session, record_row, save_record
from app.usecases.references import linked_to
from app.usecases.reports import record_pdf
from core.errors import KnownError
from tests.builders import a_workspace

APPLICATION = {
    "/province": "350000000000",
    "/prefecture": "350500000000",
    "/county": "350526000000",
    "/applying_region": "福建省泉州市德化县",
    "/applying_unit": "示例局",
    "/industry_profile": "示例简介",
    "/contact_name": "张示例",
    "/contact_title": "科长",
    "/contact_phone": "13800000000",
    "/contact_consent": "yes",
    "/application_year": 2025,
}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, checkout):
    with a_workspace(tmp_path_factory.mktemp("next") / "ws") as opened:
        for form in ("village_profile", "cluster_application"):
            install_form(opened, checkout / "resources" / "forms" / form / "form.xml")
        yield opened


@pytest.fixture
def final(workspace, checkout):
    record = create_record(workspace, "cluster_application")
    save_record(workspace, record, APPLICATION)
    attach_photos(workspace, record, "/evidence", [checkout / "tests" / "pictures" / "garden.jpg"])
    session = open_session(workspace, record)
    row = session.add_row("/statistics")
    session.set(f"{row}/year", 2024)
    assert finalise_record(workspace, record, session.changed_since_open()).done
    return record


def operations(workspace, record):
    return len(workspace.operations.of_record(record))


def test_the_new_record_is_a_saved_draft_with_what_its_form_takes_over(workspace, final):
    made = begin_next_year(workspace, final)
    assert made.changes.records == {made.record_id}
    row = record_row(workspace, made.record_id)
    assert (row.state, row.unsaved, row.photos) == ("draft", False, 1)
    session = open_session(workspace, made.record_id)
    assert session.value("/applying_unit") == "示例局"
    assert session.value("/application_year") != 2025
    assert session.rows("/statistics") == []
    assert session.value("/contact_consent") is None


def test_the_old_record_is_unchanged_and_prints_as_it_was(workspace, final):
    before = operations(workspace, final), record_pdf(workspace, final).pdf
    begin_next_year(workspace, final)
    assert (operations(workspace, final), record_pdf(workspace, final).pdf) == before
    assert record_row(workspace, final).state == "final"


def test_each_leads_to_the_other(workspace, final):
    made = begin_next_year(workspace, final).record_id
    assert open_session(workspace, made).value("/previous_application") == final
    assert [link.row.record_id for link in linked_to(workspace, final)] == [made]


def test_a_photo_is_carried_by_reference_and_outlives_its_first_record(workspace, final):
    held = len([file for file in workspace.folder.blobs.rglob("*") if file.is_file()])
    made = begin_next_year(workspace, final).record_id
    assert len([file for file in workspace.folder.blobs.rglob("*") if file.is_file()]) == held
    assert workspace.photos.of_record(made) == workspace.photos.of_record(final)


def test_what_was_typed_in_the_old_one_and_not_saved_stays_typed(workspace, final):
    from app.usecases.records import keep_draft

    keep_draft(workspace, final, {"/industry_profile": "还没保存的示例"})
    made = begin_next_year(workspace, final).record_id
    assert open_session(workspace, made).value("/industry_profile") == "还没保存的示例"
    assert visible_answers(workspace.records.merged(final))["/industry_profile"] == "示例简介"
    assert record_row(workspace, final).state == "final"


def test_a_record_never_saved_is_saved_first_and_a_sample_begins_a_sample(workspace):
    record = create_record(workspace, "cluster_application", sample=True)
    made = begin_next_year(workspace, record)
    assert made.changes.records == {record, made.record_id}
    assert record_row(workspace, made.record_id).sample


def test_a_form_without_a_question_for_it_begins_none(workspace):
    record = create_record(workspace, "village_profile")
    with pytest.raises(KnownError) as refused:
        begin_next_year(workspace, record)
    assert refused.value.code == "no_next_year"


def test_completeness_counts_what_is_typed_and_not_saved(workspace):
    from app.usecases.records import keep_draft

    record = create_record(workspace, "cluster_application")
    before = completeness_of(workspace, record).missing
    keep_draft(workspace, record, {"/applying_unit": "示例局"})
    assert completeness_of(workspace, record).missing == before - 1
