from __future__ import annotations

import pytest

from core.forms.filling.completeness import completeness
from core.values import photo_value
from tests.core.forms.bundled import begin, filled, put

FILE = photo_value("sha256:" + "1" * 64, 5, "application/pdf", name="规划.pdf")


@pytest.fixture
def session():
    return begin("cluster_application")


def measured(session):
    return completeness(session)


def section(session, path):
    return next(one for one in measured(session).sections if one.path == path)


def test_an_empty_record_lacks_all_that_is_required_section_by_section(session):
    found = measured(session)
    assert (found.required, found.done, found.complete) == (9, 0, False)
    assert section(session, "/region").missing == (
        "/province", "/prefecture", "/county", "/applying_region", "/applying_unit",
    )  # fmt: skip
    assert section(session, "/region").state == "open"
    assert section(session, "/cluster").state == "optional"
    assert [one.path for one in found.sections][:3] == ["/region", "/profile", "/contact"]


def test_what_is_answered_counts_and_what_breaks_a_rule_does_not(session):
    session.set("/industry_profile", "示例" * 150)
    assert section(session, "/profile").state == "done"
    session.set("/industry_profile", "长" * 301)
    profile = section(session, "/profile")
    assert (profile.state, profile.done, profile.wrong, profile.first) == (
        "wrong", 0, ("/industry_profile",), "/industry_profile",
    )  # fmt: skip


def test_what_nobody_must_answer_is_named_only_when_it_is_wrong(session):
    before = measured(session).required
    session.set("/contact_consent", "no")
    found = measured(session)
    assert found.required == before
    assert found.wrong == 1
    assert section(session, "/contact").first == "/contact_consent"


def test_a_row_begun_asks_for_what_its_rows_require_and_a_row_removed_no_more(session):
    row = session.add_row("/statistics")
    assert section(session, "/figures").missing == (f"{row}/year",)
    session.remove_row(row)
    assert section(session, "/figures").required == 0


def test_a_warning_stands_in_nobodys_way():
    session = filled("cluster_application")
    put(session, "/applying_region", "福建省泉州市德化县")
    put(session, "/evidence/has_people", "yes")
    put(session, "/evidence/people_consent", "no")
    found = measured(session)
    assert found.complete
    assert found.warnings == 1


def test_a_kind_of_evidence_is_there_once_a_row_of_it_holds_a_file(session):
    kinds = {kind.name: kind.present for kind in measured(session).evidence}
    assert {"aerial", "sealed_form"} <= set(kinds)
    assert not any(kinds.values())
    row = session.add_row("/attachments")
    session.set(f"{row}/attachment_kind", "plan")
    assert not any(kind.present for kind in measured(session).evidence)
    session.set(f"{row}/file", FILE)
    assert [kind.name for kind in measured(session).evidence if kind.present] == ["plan"]
